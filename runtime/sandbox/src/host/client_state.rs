//! What the host keeps for a client: for a socket between its events, for an HTTP request until it is answered.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use parking_lot::Mutex;
use serde::Deserialize;

use super::Handshake;

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
    /// The user that its session gave it.
    session_user: Slot,
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
            session_user: Slot::default(),
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
        let given = self.session_user.get();
        resumed.session_user.set(given.as_deref());
        resumed
    }

    /// Bytes that it takes to keep, about.
    pub fn size(&self) -> usize {
        let kept = [&self.user, &self.data, &self.session];
        let kept = kept.map(|slot| slot.shared().map_or(0, |json| json.len()));
        let claims = self.claims.lock();
        let claims = claims.as_ref().map_or(0, |(claims, _)| claims.len());
        size_of::<Self>() + self.handshake.size() + kept.iter().sum::<usize>() + claims
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
        let claims = self.claims.lock();
        let (claims, verified) = claims.as_ref()?;
        let age = now.duration_since(*verified).ok()?;
        (age < VERIFIED).then(|| claims.clone())
    }

    /// Remembers the claims of a token that has been verified.
    pub fn set_claims(&self, claims: Arc<str>, now: SystemTime) {
        *self.claims.lock() = Some((claims, now));
    }

    /// Whether it has a user. What JSON calls null is none.
    pub fn has_user(&self) -> bool {
        let user = self.user.shared();
        user.is_some_and(|user| user.trim_ascii() != "null")
    }

    /// Whether its user is that of `other`. A token that was renewed is of the same user where it has the same `sub`.
    pub fn has_user_of(&self, other: &Self) -> bool {
        let (one, other) = (self.user.shared(), other.user.shared());
        one == other
            || one
                .zip(other)
                .is_some_and(|(one, other)| same_subject(&one, &other))
    }

    /// Takes over the user of its session. One that has none any more takes back the user that it gave, and no other: that
    /// came with a token, or a hook has found it.
    pub fn set_session_user(&self, user: Option<&str>) {
        let given = self.session_user.shared();
        if user.is_some() || (given.is_some() && given == self.user.shared()) {
            self.user.set(user);
        }
        self.session_user.set(user);
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

/// The part of a token's claims that says who it is about.
#[derive(PartialEq, Deserialize)]
struct Subject {
    iss: Option<String>,
    sub: String,
}

fn same_subject(one: &str, other: &str) -> bool {
    let subject = |user| serde_json::from_str::<Subject>(user).ok();
    subject(one).is_some_and(|one| Some(one) == subject(other))
}

impl Slot {
    /// The text.
    pub fn get(&self) -> Option<String> {
        let slot = self.0.lock();
        slot.as_deref().map(str::to_owned)
    }

    fn shared(&self) -> Option<Arc<str>> {
        let slot = self.0.lock();
        slot.clone()
    }

    /// Keeps `text`; none forgets it.
    pub fn set(&self, text: Option<&str>) {
        let text = text.map(Arc::from);
        *self.0.lock() = text;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::FirstRequest;

    fn client(user: Option<&str>) -> ClientState {
        let request = FirstRequest::new("/", "", &[], &[]);
        let client = ClientState::new(Handshake::new(Arc::new(request), "{}", 0));
        client.user.set(user);
        client
    }

    #[test]
    fn whatever_stays_is_counted() {
        let (small, large) = (client(None), client(None));
        large.user.set(Some(&"u".repeat(10)));
        large.data.set(Some(&"d".repeat(100)));
        large.set_session_id(Some(&"s".repeat(1_000)));
        large.set_claims("c".repeat(10_000).into(), SystemTime::now());
        assert_eq!(large.size() - small.size(), 11_110);
        let request = FirstRequest::new("/?q", "", &[], &[("q".into(), String::new())]);
        let wordy = ClientState::new(Handshake::new(Arc::new(request), "{}", 0));
        assert_eq!(wordy.size() - small.size(), 3 + 2 * size_of::<u32>());
    }

    #[test]
    fn user_is_the_same_where_the_subject_is() {
        let ada = r#"{"sub":"ada","iat":1}"#;
        for (other, same) in [
            (Some(ada), true),
            (Some(r#"{"iat":2,"sub":"ada"}"#), true),
            (Some(r#"{"sub":"eve","iat":1}"#), false),
            (Some(r#"{"sub":"ada","iss":"elsewhere"}"#), false),
            (Some(r#"{"iat":1}"#), false),
            (None, false),
        ] {
            let found = client(Some(ada)).has_user_of(&client(other));
            assert_eq!(found, same, "{other:?}");
        }
        assert!(client(None).has_user_of(&client(None)));
        let nameless = client(Some(r#"{"iat":1}"#));
        assert!(!nameless.has_user_of(&client(Some(r#"{"iat":2}"#))));
    }

    #[test]
    fn session_takes_back_only_the_user_that_it_gave() {
        let one = client(None);
        one.set_session_user(Some("1"));
        assert_eq!(one.user.get().as_deref(), Some("1"));
        one.set_session_user(None);
        assert!(!one.has_user());
        one.set_session_user(Some("1"));
        one.user.set(Some("2"));
        one.set_session_user(None);
        assert_eq!(one.user.get().as_deref(), Some("2"));
    }
}
