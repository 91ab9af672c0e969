//! The SDK as its users see it, without a host.

mod controllers;
mod errors;
mod handlers;
mod hooks;
mod namespaces;
mod sockets;
mod validation;
