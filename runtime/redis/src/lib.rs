//! What all that uses Redis has in common: where it is, and how to find the server to talk to.
//!
//! `store` keeps what guests store there, `cluster` reaches other nodes through it; each has connections of its own and
//! decides what to do when one is lost.

mod address;
mod connect;

pub use address::{Address, AddressError};
pub use connect::ConnectError;

pub use address::Servers;
pub use connect::{Timeouts, open, open_master};
