//! HTTP: listens, counts connections, and hands requests to the tenant's Socket.IO server.

mod client_files;
mod connection;
mod cookie;
mod cors;
mod fallback;
mod front;
mod listener;
mod requests;

pub use client_files::ClientFiles;
pub use cookie::{CookieConfig, CookiePriority};
pub use cors::{CorsConfig, Origins};
pub use listener::{ServeError, Settings, bind, serve};
