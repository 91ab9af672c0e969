//! Hosts untrusted Socket.IO event handlers as WebAssembly components.
//!
//! An event goes through these modules in this order, and an HTTP request comes in by [`web`]. `ARCHITECTURE.md` beside
//! this crate is the map:
//!
//! ```text
//! server ─┬▶ engine ─▶ socket ─▶ validate ─┬▶ dispatch ─▶ sandbox ─▶ response
//!         └▶ web ──────────────────────────┘      │          └ host ─▶ session, store, cluster
//!                                                 └ auth, session
//! ```
//!
//! [`cli`] starts a server as [`config`] says, and [`tenant`] is the component that it serves: what the component says of
//! itself is checked by [`manifest`] and [`options`]. [`store`] and [`cluster`] reach Redis by way of [`redis`].
//! [`testing`] stands in for clients, and [`clock`] for time.

pub mod cli;
pub mod config;

pub mod manifest;
pub mod options;
pub mod tenant;

pub mod server;

pub mod engine;
pub mod socket;
pub mod web;

pub mod validate;

pub mod dispatch;

pub mod auth;
pub mod session;

pub mod sandbox;

pub mod host;

pub mod response;

pub mod cluster;
pub mod redis;
pub mod store;

pub mod clock;
pub mod testing;
