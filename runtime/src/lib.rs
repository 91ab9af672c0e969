//! Hosts untrusted Socket.IO event handlers as WebAssembly components.
//!
//! An event goes through these modules in this order; `ARCHITECTURE.md` beside this crate is the map:
//!
//! ```text
//! socket ─▶ validate ─▶ dispatch ─▶ sandbox ─▶ response
//!                                     └─ host
//! ```

pub mod auth;
pub mod cli;
pub mod config;
pub mod server;
pub mod web;

pub mod dispatch;
pub mod host;
pub mod response;
pub mod sandbox;
pub mod session;
pub mod socket;
pub mod store;
pub mod validate;

pub mod cluster;
pub mod manifest;
pub mod options;
pub mod redis;
pub mod tenant;
