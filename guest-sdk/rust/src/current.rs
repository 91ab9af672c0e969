//! What can be had of every context: state, user, session, the server.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::host::Host;
use crate::{Result, Server, Session};

/// What [`Context`](crate::Context) and [`HttpContext`](crate::HttpContext) share. Both dereference to it: call its
/// methods on them.
///
/// What it keeps lies in the host, so it works whether or not events share an instance.
pub struct Current {
    pub(crate) host: Host,
}

impl Current {
    /// Identifies this event or request in the host's log.
    pub fn message_id(&self) -> String {
        self.host.message_id().unwrap_or_default()
    }

    /// What [`set_state`](Self::set_state) left under `key` during this event or request.
    ///
    /// # Errors
    /// What is there is not a `T`.
    #[track_caller]
    pub fn state<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>> {
        read(self.host.state(key)?)
    }

    /// Keeps `value` under `key` until the event or request ends: hooks hand things to the handler this way.
    ///
    /// # Errors
    /// The value cannot be serialised, or the state of this event would exceed its limit (1 MB).
    #[track_caller]
    pub fn set_state(&self, key: &str, value: &impl Serialize) -> Result<()> {
        Ok(self
            .host
            .set_state(key, Some(serde_json::to_string(value)?))?)
    }

    /// Forgets what is under `key`.
    ///
    /// # Errors
    /// The host has no current event.
    #[track_caller]
    pub fn clear_state(&self, key: &str) -> Result<()> {
        Ok(self.host.set_state(key, None)?)
    }

    /// The user, where `#[jwt]`, `#[session]`, a hook or `on_connection` has set one.
    ///
    /// # Errors
    /// The user is not a `T`.
    #[track_caller]
    pub fn user<T: DeserializeOwned>(&self) -> Result<Option<T>> {
        read(self.host.user()?)
    }

    /// Sets the user. It stays with the socket for later events, or with the HTTP request until it is answered.
    ///
    /// # Errors
    /// The user cannot be serialised, or exceeds the limit (64 KiB).
    #[track_caller]
    pub fn set_user(&self, user: &impl Serialize) -> Result<()> {
        Ok(self.host.set_user(Some(serde_json::to_string(user)?))?)
    }

    /// Forgets the user.
    ///
    /// # Errors
    /// The host has no current event.
    #[track_caller]
    pub fn clear_user(&self) -> Result<()> {
        Ok(self.host.set_user(None)?)
    }

    /// The current session, where `#[session]`, [`create_session`](Self::create_session) or
    /// [`open_session`](Self::open_session) has chosen one.
    ///
    /// # Errors
    /// The host has no current event, or cannot reach its sessions.
    #[track_caller]
    pub fn session(&self) -> Result<Option<Session>> {
        let id = self.host.session_id()?;
        Ok(id.map(|_| Session::new(self.host.clone())))
    }

    /// Begins a session without user and content, and makes it the current one; FoalTS's `createSession`.
    ///
    /// # Errors
    /// The host cannot reach its sessions.
    #[track_caller]
    pub fn create_session(&self) -> Result<Session> {
        self.host.create_session()?;
        Ok(Session::new(self.host.clone()))
    }

    /// Makes the session with this id the current one, for ids that come another way than `#[session]` looks for. `None`
    /// where there is no such session, or no longer.
    ///
    /// # Errors
    /// The host cannot reach its sessions.
    #[track_caller]
    pub fn open_session(&self, id: &str) -> Result<Option<Session>> {
        let is_open = self.host.open_session(id)?;
        Ok(is_open.then(|| Session::new(self.host.clone())))
    }

    /// All clients: FoalTS's `WsServer.io`.
    pub fn server(&self) -> Server {
        Server::new(self.host.clone())
    }
}

/// Reads JSON that was kept.
#[track_caller]
pub(crate) fn read<T: DeserializeOwned>(json: Option<impl AsRef<[u8]>>) -> Result<Option<T>> {
    let value = json.map(|json| serde_json::from_slice(json.as_ref()));
    Ok(value.transpose()?)
}
