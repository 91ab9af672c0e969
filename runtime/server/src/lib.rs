//! Serves a tenant: HTTP, Socket.IO, validation, dispatch, responses, other nodes.
//!
//! An event goes through these modules in this order, and an HTTP request comes in by [`web`]:
//!
//! ```text
//! http ─┬▶ socket ─┬▶ dispatch ─▶ (sandbox) ─▶ response
//!       └▶ web ────┘   └▶ validate
//! ```
//!
//! [`tenant`] is the component that is served: what it says of itself is checked by [`manifest`] and [`options`].
//! [`cluster`] reaches other nodes.

pub mod client_files;
pub mod manifest;
pub mod options;
pub mod tenant;
pub mod traffic;

pub mod http;

pub mod socketio;
pub mod web;

pub mod validate;

pub mod dispatch;

pub mod response;

pub mod cluster;
