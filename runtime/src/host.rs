//! What guests may call: one file for each interface of the contract.
//!
//! Whatever a guest passes is checked here, before anything is done with it. Bad input and an exhausted limit are answers
//! that the guest can handle, never traps.
//!
//! # Invariants
//! - Nothing here names a socket library: clients are reached through [`ClientSocket`] and [`TenantServer`].
//! - A function works on the store's own event, so there is no handle to forge.

mod client_state;
mod context;
mod event;
mod fetched;
mod handshake;
mod keyvalue;
mod log;
mod logging;
mod operators;
pub(crate) mod outgoing_http;
mod server;
mod session;
mod socket;
pub(crate) mod stdio;

pub use client_state::{ClientId, ClientState, Slot};
pub(crate) use context::MAX_KEPT;
pub use event::{Disconnect, EventCtx, MessageId, TenantCtx};
#[cfg(test)]
pub(crate) use fetched::MAX_FETCHED;
pub use fetched::{FetchedSockets, RemoteSocket};
pub(crate) use fetched::{Fetching, remote, size as fetched_size};
pub use handshake::{FirstRequest, Handshake};
pub use keyvalue::{Cas, Keyvalue};
pub(crate) use log::{GuestLog, Lines, is_unprintable, text_fields};
pub use log::{LogSource, excerpt, printable, quoted_len};
pub use operators::{Caller, ClientSocket, Delivery, Target, TenantServer};
pub(crate) use socket::{MAX_NAME, MAX_ROOMS};
