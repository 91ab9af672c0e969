//! What the host keeps for a socket between its events.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

pub use crate::sandbox::bindings::stockade::handler::socket::Connection as Handshake;

/// Tells sockets of this process apart, for as long as it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SessionId(u64);

/// One socket's user, data and handshake: all that outlives an event.
pub struct Session {
    id: SessionId,
    handshake: Handshake,
    user: Slot,
    data: Slot,
}

/// JSON text that stays with the socket.
#[derive(Default)]
pub(super) struct Slot(Mutex<Option<Arc<str>>>);

impl Session {
    /// A session for a socket that came in with `handshake`.
    pub fn new(handshake: Handshake) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self {
            id: SessionId(NEXT.fetch_add(1, Ordering::Relaxed)),
            handshake,
            user: Slot::default(),
            data: Slot::default(),
        }
    }

    /// The session of a socket whose client has come back, with another `handshake`.
    pub fn resumed(&self, handshake: Handshake) -> Self {
        let resumed = Self::new(handshake);
        resumed.user.set(self.user.get());
        resumed.data.set(self.data.get());
        resumed
    }

    /// Bytes that it takes to keep, about.
    pub fn size(&self) -> usize {
        let Handshake { headers, auth, .. } = &self.handshake;
        let headers = headers.iter().map(|(name, value)| name.len() + value.len());
        let kept = [&self.user, &self.data].map(|slot| slot.get().map_or(0, |json| json.len()));
        size_of::<Self>() + auth.len() + headers.sum::<usize>() + kept.iter().sum::<usize>()
    }

    /// The id.
    pub fn id(&self) -> SessionId {
        self.id
    }

    pub(super) fn handshake(&self) -> &Handshake {
        &self.handshake
    }

    pub(super) fn user(&self) -> &Slot {
        &self.user
    }

    pub(super) fn data(&self) -> &Slot {
        &self.data
    }
}

impl Slot {
    pub(super) fn get(&self) -> Option<String> {
        let slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        slot.as_deref().map(str::to_owned)
    }

    pub(super) fn set(&self, json: Option<String>) {
        let json = json.map(Arc::from);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = json;
    }
}
