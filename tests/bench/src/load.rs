//! The client of all measurements: many Socket.IO connections on one thread, in a closed loop.
//!
//! It speaks WebSocket itself, without a library, so that the server is what is measured. Nothing is sampled: each
//! acknowledgement is compared with what it must be, and the first that is wrong, missing or double ends the run.
//!
//! Start at [`events::run`]; a connection is a [`socket::Socket`].

mod awake;
pub(crate) mod broadcast;
pub(crate) mod events;
mod exchange;
mod frame;
pub(crate) mod idle;
pub(crate) mod message;
pub(crate) mod socket;
