//! What the host keeps for a client: for a socket between its events, for an HTTP request until it is answered.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

pub use crate::sandbox::bindings::stockade::handler::socket::Connection as Handshake;

/// How long claims are taken for verified, so that a burst of events does not verify the same token each time.
const VERIFIED: Duration = Duration::from_secs(1);

/// Tells clients of this process apart, for as long as it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClientId(u64);

/// One client's user, data and handshake: all that outlives an event.
pub struct ClientState {
    id: ClientId,
    handshake: Handshake,
    user: Slot,
    data: Slot,
    /// The id of its session.
    session: Slot,
    /// Whether the guest gave it another session, or ended it.
    session_changed: AtomicBool,
    /// The claims of its token, and when they were last verified.
    claims: Mutex<Option<(Arc<str>, SystemTime)>>,
}

/// Text that stays with the client.
#[derive(Default)]
pub struct Slot(Mutex<Option<Arc<str>>>);

impl ClientState {
    /// What is kept for a client that came in with `handshake`; an HTTP request has one, too.
    pub fn new(handshake: Handshake) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self {
            id: ClientId(NEXT.fetch_add(1, Ordering::Relaxed)),
            handshake,
            user: Slot::default(),
            data: Slot::default(),
            session: Slot::default(),
            session_changed: AtomicBool::new(false),
            claims: Mutex::default(),
        }
    }

    /// What is kept for a socket whose client has come back, with another `handshake`.
    pub fn resumed(&self, handshake: Handshake) -> Self {
        let resumed = Self::new(handshake);
        resumed.user.set(self.user.get().as_deref());
        resumed.data.set(self.data.get().as_deref());
        resumed.session.set(self.session.get().as_deref());
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
    pub fn id(&self) -> ClientId {
        self.id
    }

    /// The id of its session, where it has one.
    pub fn session_id(&self) -> Option<Arc<str>> {
        self.session.shared()
    }

    /// Makes the session with this id its current one; none forgets it.
    pub fn set_session_id(&self, id: Option<&str>) {
        self.session.set(id);
    }

    /// The same, on the guest's behalf: the client has to be told.
    pub(super) fn change_session(&self, id: Option<&str>) {
        self.set_session_id(id);
        self.session_changed.store(true, Ordering::Relaxed);
    }

    /// Whether the client has to be told of another session.
    pub fn session_changed(&self) -> bool {
        self.session_changed.load(Ordering::Relaxed)
    }

    /// The claims of its token, where they were verified just now.
    pub fn claims(&self, now: SystemTime) -> Option<Arc<str>> {
        let claims = self.claims.lock().unwrap_or_else(PoisonError::into_inner);
        let (claims, verified) = claims.as_ref()?;
        let age = now.duration_since(*verified).ok()?;
        (age < VERIFIED).then(|| claims.clone())
    }

    /// Remembers the claims of a token that has been verified.
    pub fn set_claims(&self, claims: Arc<str>, now: SystemTime) {
        *self.claims.lock().unwrap_or_else(PoisonError::into_inner) = Some((claims, now));
    }

    /// Whether it has a user.
    pub fn has_user(&self) -> bool {
        self.user.is_set()
    }

    /// How it came in.
    pub fn handshake(&self) -> &Handshake {
        &self.handshake
    }

    /// Its user.
    pub fn user(&self) -> &Slot {
        &self.user
    }

    /// Its data.
    pub fn data(&self) -> &Slot {
        &self.data
    }
}

impl Slot {
    /// The text.
    pub fn get(&self) -> Option<String> {
        let slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        slot.as_deref().map(str::to_owned)
    }

    fn shared(&self) -> Option<Arc<str>> {
        let slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        slot.clone()
    }

    fn is_set(&self) -> bool {
        let slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        slot.is_some()
    }

    /// Keeps `text`; none forgets it.
    pub fn set(&self, text: Option<&str>) {
        let text = text.map(Arc::from);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = text;
    }
}
