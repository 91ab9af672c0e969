//! HTTP: listens, counts connections, and hands requests to the tenant's Socket.IO server.

mod connection;
mod cors;
mod fallback;
mod listener;
mod requests;
mod socket_io_layer;

pub use listener::{ServeError, Settings, bind, serve};
