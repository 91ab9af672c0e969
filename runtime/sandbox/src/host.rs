//! What guests may call: one file for each interface of the contract.
//!
//! Whatever a guest passes is checked here, before anything is done with it. Bad input and an exhausted limit are answers
//! that the guest can handle, never traps.
//!
//! # Invariants
//! - Nothing here names a socket library: clients are reached through [`ClientSocket`] and [`Adapter`].
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
mod store_ctx;

pub use client_state::{ClientId, ClientState, Slot};
pub use context::MAX_KEPT;
pub use event::{Disconnect, EventCtx, MessageId, TenantCtx};
pub use fetched::{
    FetchedSockets, Fetching, MAX_FETCHED, RemoteSocket, remote, size as fetched_size,
};
pub use handshake::{FirstRequest, Handshake};
pub use keyvalue::Keyvalue;
pub use log::{GuestLog, Lines};
pub use log::{LogSource, text_fields};
pub use operators::{Adapter, ClientSocket, Delivery, EventSource, Operation, Target, target_size};
pub use socket::{MAX_NAME, MAX_ROOMS, RESERVED_EVENTS};
pub use store_ctx::StoreCtx;
pub(crate) use store_ctx::{Common, MAX_HANDLES};
