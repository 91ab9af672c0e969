//! What the host functions need from whoever owns the sockets.
//!
//! `socket` implements these for real clients; tests may record instead. Names and payloads that arrive here have been
//! checked: payloads are JSON within the limits, and `arguments` is a JSON array.

use std::time::Duration;

use futures::future::BoxFuture;

use super::{ClientState, Disconnect, FetchedSockets};
pub use crate::bindings::stockade::handler::socket::{Delivery, Target};
use crate::{CallError, Payload};

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
    /// The parameters that the pattern has taken from its name; none where there is no pattern.
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
    /// Sends an event to all of `target` in `namespace`.
    fn emit<'a>(
        &'a self,
        namespace: &'a str,
        target: Target,
        event: &'a str,
        arguments: Payload,
        delivery: Delivery,
    ) -> BoxFuture<'a, Result<(), CallError>>;
    /// The sockets of `target`.
    fn fetch_sockets<'a>(
        &'a self,
        namespace: &'a str,
        target: Target,
    ) -> BoxFuture<'a, Result<FetchedSockets, CallError>>;
    /// Makes the sockets of `target` join rooms.
    fn sockets_join<'a>(
        &'a self,
        namespace: &'a str,
        target: Target,
        rooms: Vec<String>,
    ) -> BoxFuture<'a, Result<(), CallError>>;
    /// Makes the sockets of `target` leave rooms.
    fn sockets_leave<'a>(
        &'a self,
        namespace: &'a str,
        target: Target,
        rooms: Vec<String>,
    ) -> BoxFuture<'a, Result<(), CallError>>;
    /// Disconnects the sockets of `target`.
    fn disconnect_sockets<'a>(
        &'a self,
        namespace: &'a str,
        target: Target,
        from: Disconnect,
    ) -> BoxFuture<'a, Result<(), CallError>>;
}
