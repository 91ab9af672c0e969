//! What guests may call: one file for each interface of the contract.
//!
//! Whatever a guest passes is checked here, before anything is done with it. Bad input and an exhausted limit are answers
//! that the guest can handle, never traps.
//!
//! # Invariants
//! - Nothing here names a socket library: clients are reached through [`ClientSocket`] and [`TenantServer`].
//! - A function works on the store's own event, so there is no handle to forge.

mod context;
mod event;
mod log;
mod logging;
mod operators;
mod server;
mod session;
mod socket;
pub(crate) mod stdio;

pub use event::{Disconnect, EventCtx, MessageId};
pub use log::{GuestLog, LogSource, excerpt};
pub use operators::{ClientSocket, Delivery, Target, TenantServer};
pub use session::{Handshake, Session, SessionId};
pub(crate) use socket::{MAX_NAME, MAX_ROOMS};
