//! Addresses of Redis, and how to connect to the right server.
//!
//! The store keeps tenants' data in Redis, and nodes reach each other through it. Each has connections of its own and decides
//! what to do when one is lost.

mod address;
mod connect;

pub use address::{Address, AddressError};
pub use connect::ConnectError;

pub use address::Servers;
pub use connect::{Timeouts, open, open_master};
