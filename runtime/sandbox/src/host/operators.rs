//! What the host functions need from whoever owns the sockets.
//!
//! `socketio` implements these. Names and payloads that arrive here have been
//! checked: payloads are JSON within the limits, and `arguments` is a JSON array.

use std::time::Duration;

use futures::future::BoxFuture;

use super::{ClientState, Disconnect, FetchedSockets};
pub use crate::bindings::stockade::handler::socket::{Delivery, Target};
use crate::{CallError, Payload, payload};

/// What a room costs beside its name.
const ROOM: usize = 64;

/// Whose event or request is being handled.
pub trait EventSource: Send + Sync {
    /// Its socket; none for an HTTP request.
    fn socket(&self) -> Option<&dyn ClientSocket>;
    /// What the host keeps for it.
    fn client(&self) -> &ClientState;
    /// All sockets of the tenant.
    fn server(&self) -> &dyn Adapter;
}

/// The socket of a client.
pub trait ClientSocket: Send + Sync {
    /// The id of the socket.
    fn id(&self) -> &str;
    /// The namespace it is connected to.
    fn namespace(&self) -> &str;
    /// The name in the manifest that has matched it: itself, a pattern or a regular expression.
    fn matched_namespace(&self) -> String;
    /// The parameters that the pattern has taken from its name. Empty if there is no pattern.
    fn namespace_params(&self) -> Vec<(String, String)>;
    /// The rooms it is in.
    fn rooms(&self) -> Vec<String>;
    /// Sends an event to the client.
    ///
    /// # Errors
    /// [`CallError::Disconnected`] where it has gone, which includes that it does not read what it is sent.
    fn emit(&self, event: &str, arguments: Payload, delivery: Delivery) -> Result<(), CallError>;
    /// Sends an event to the client and waits for its acknowledgement.
    fn emit_with_ack<'a>(
        &'a self,
        event: &'a str,
        arguments: Payload,
        timeout: Duration,
    ) -> BoxFuture<'a, Result<Payload, CallError>>;
    /// Joins rooms.
    ///
    /// # Errors
    /// [`CallError::Disconnected`] where the client has gone.
    fn join(&self, rooms: Vec<String>) -> Result<(), CallError>;
    /// Leaves rooms.
    ///
    /// # Errors
    /// As for [`ClientSocket::join`].
    fn leave(&self, rooms: Vec<String>) -> Result<(), CallError>;
}

/// All sockets of the tenant.
pub trait Adapter: Send + Sync {
    /// Does something to the sockets of `target` in `namespace`.
    fn apply<'a>(
        &'a self,
        namespace: &'a str,
        target: Target,
        operation: Operation,
    ) -> BoxFuture<'a, Result<(), CallError>>;
    /// The sockets of `target`.
    fn fetch_sockets<'a>(
        &'a self,
        namespace: &'a str,
        target: Target,
    ) -> BoxFuture<'a, Result<FetchedSockets, CallError>>;
}

/// Something that a guest does to sockets.
#[derive(Debug)]
pub enum Operation {
    /// Sends them an event.
    Emit {
        /// Its name.
        event: String,
        /// Its arguments.
        arguments: Payload,
        /// How it is sent.
        delivery: Delivery,
    },
    /// Makes them join rooms.
    Join(Vec<String>),
    /// Makes them leave rooms.
    Leave(Vec<String>),
    /// Disconnects them.
    Disconnect(Disconnect),
}

impl Operation {
    /// Bytes that it takes to keep, about.
    pub fn size(&self) -> usize {
        match self {
            Self::Emit {
                event, arguments, ..
            } => event.len() + payload::size(arguments),
            Self::Join(rooms) | Self::Leave(rooms) => rooms_size(rooms),
            Self::Disconnect(_) => 0,
        }
    }
}

/// The same for what it is done to.
pub fn target_size(target: &Target) -> usize {
    rooms_size(&target.rooms) + rooms_size(&target.except)
}

pub(super) fn rooms_size(rooms: &[String]) -> usize {
    rooms.iter().map(|room| room.len() + ROOM).sum()
}
