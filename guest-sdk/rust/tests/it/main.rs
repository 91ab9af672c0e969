//! The SDK as its users see it, without a host.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "these are tests"
)]

mod controllers;
mod errors;
mod gateways;
mod handlers;
mod hooks;
mod http;
mod namespaces;
mod options;
mod servers;
mod sessions;
mod sockets;
mod stores;
mod validation;
