//! The event that is being handled.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::host::Host;
use crate::{Payload, Result, Server, Socket};

/// The event that is being handled; FoalTS's `WebsocketContext`.
///
/// It is the same for all hooks, the handler and the post-hooks of an event. What it keeps lies in the host, so it
/// works whether or not events share an instance.
///
/// In unit tests, `Context::new` makes one.
pub struct Context {
    pub(crate) host: Host,
}

impl Context {
    /// The name of the event, with all prefixes; empty in `on_connection` and `on_disconnection`.
    pub fn event_name(&self) -> String {
        self.host.event_name().unwrap_or_default()
    }

    /// What the client sent, as a `T`. An event without payload reads as `null`.
    ///
    /// # Errors
    /// The payload is not a `T`.
    pub fn payload<T: DeserializeOwned>(&self) -> Result<T> {
        self.raw_payload()?.unwrap_or_else(Payload::null).parse()
    }

    /// What the client sent, unread, if anything.
    ///
    /// # Errors
    /// The host has no current event.
    pub fn raw_payload(&self) -> Result<Option<Payload>> {
        Ok(self.host.payload()?)
    }

    /// Identifies this event in the host's log.
    pub fn message_id(&self) -> String {
        self.host.message_id().unwrap_or_default()
    }

    /// The namespace that the client is connected to, such as `/`.
    pub fn namespace(&self) -> String {
        self.host.namespace().unwrap_or_default()
    }

    /// What [`set_state`](Self::set_state) left under `key` during this event.
    ///
    /// # Errors
    /// What is there is not a `T`.
    pub fn state<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>> {
        read(self.host.state(key)?)
    }

    /// Keeps `value` under `key` until the event ends: hooks hand things to the handler this way.
    ///
    /// # Errors
    /// The value cannot be serialised, or the state of this event would exceed its limit (1 MB).
    pub fn set_state(&self, key: &str, value: &impl Serialize) -> Result<()> {
        Ok(self
            .host
            .set_state(key, Some(serde_json::to_string(value)?))?)
    }

    /// Forgets what is under `key`.
    ///
    /// # Errors
    /// The host has no current event.
    pub fn clear_state(&self, key: &str) -> Result<()> {
        Ok(self.host.set_state(key, None)?)
    }

    /// The user of this socket, where a hook or `on_connection` has set one.
    ///
    /// # Errors
    /// The user is not a `T`.
    pub fn user<T: DeserializeOwned>(&self) -> Result<Option<T>> {
        read(self.host.user()?)
    }

    /// Sets the user. It stays with the socket for later events.
    ///
    /// # Errors
    /// The user cannot be serialised, or exceeds the limit (64 KiB).
    pub fn set_user(&self, user: &impl Serialize) -> Result<()> {
        Ok(self.host.set_user(Some(serde_json::to_string(user)?))?)
    }

    /// Forgets the user.
    ///
    /// # Errors
    /// The host has no current event.
    pub fn clear_user(&self) -> Result<()> {
        Ok(self.host.set_user(None)?)
    }

    /// The client that sent the event.
    pub fn socket(&self) -> Socket {
        Socket::new(self.host.clone())
    }

    /// All clients: FoalTS's `WsServer.io`.
    pub fn server(&self) -> Server {
        Server::new(self.host.clone())
    }
}

/// Reads text that [`serde_json`] wrote.
pub(crate) fn read<T: DeserializeOwned>(text: Option<String>) -> Result<Option<T>> {
    Ok(text.map(|text| serde_json::from_str(&text)).transpose()?)
}
