//! HTTP: listens, counts connections, and hands requests to the tenant's Socket.IO server.

mod connection;
mod cors;
mod fallback;
mod listener;
mod requests;
mod socket_io_layer;
mod tenant_service;

pub use crate::socketio::handshake::PeerAddr;
pub use listener::{ServeError, bind, serve};
pub use socket_io_layer::ResponseBody;
pub use tenant_service::TenantService;
