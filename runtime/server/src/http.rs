//! HTTP: listens, counts connections, and hands requests to the tenant's Socket.IO server.

mod connection;
mod cors;
mod fallback;
mod front;
mod listener;
mod requests;

pub use listener::{ServeError, Settings, bind, serve};
