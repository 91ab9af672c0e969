//! What the host keeps for a client: for a socket between its events, for an HTTP request until it is answered.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

pub use crate::sandbox::bindings::stockade::handler::socket::Connection as Handshake;

/// Tells clients of this process apart, for as long as it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClientId(u64);

/// One client's user, data and handshake: all that outlives an event.
pub struct ClientState {
    id: ClientId,
    handshake: Handshake,
    user: Slot,
    data: Slot,
}

/// JSON text that stays with the client.
#[derive(Default)]
pub(super) struct Slot(Mutex<Option<Arc<str>>>);

impl ClientState {
    /// What is kept for a client that came in with `handshake`; an HTTP request has one, too.
    pub fn new(handshake: Handshake) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self {
            id: ClientId(NEXT.fetch_add(1, Ordering::Relaxed)),
            handshake,
            user: Slot::default(),
            data: Slot::default(),
        }
    }

    /// The id.
    pub fn id(&self) -> ClientId {
        self.id
    }

    /// The id of its session, where it has one.
    pub fn session_id(&self) -> Option<Arc<str>> {
        None
    }

    /// Whether it has a user.
    pub fn has_user(&self) -> bool {
        self.user.is_set()
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

    fn is_set(&self) -> bool {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_some()
    }

    pub(super) fn set(&self, json: Option<String>) {
        let json = json.map(Arc::from);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = json;
    }
}
