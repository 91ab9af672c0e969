//! Sessions: what a user's requests and events have in common, found by an id that only the user has.
//!
//! They live in a bucket of the tenant's store that guests cannot name. HTTP and socket handlers read and write them
//! through [`Sessions`], which do not know how the id travels (in a cookie, a header, the handshake).
//!
//! # Invariants
//! - An id is 256 random bits; what does not look like one never reaches the store.
//! - Whoever writes a session replaces what he has read, or tries again: writers of different keys lose nothing, and one
//!   that has been destroyed does not come back.

mod cookie;
mod data;
mod id;
#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Duration};

pub use cookie::SessionCookie;
pub use data::SessionData;

use stockade_store::{Bucket, Store, StoreError};

/// The bucket; the name is none that a guest may open.
const BUCKET: &str = "#sessions";
/// A session as it is stored, in bytes.
pub const MAX_SESSION: usize = 64 << 10;
/// How long a use is not written down after one that was, so that reading does not cost a write each time.
const RENEWAL: Duration = Duration::from_secs(60);
/// How much longer than it is valid a session is kept, for clocks that differ.
const SLACK: Duration = Duration::from_secs(60);
/// How often a write is tried again when others come in between. Of those who write at once one succeeds each time.
const TRIES: usize = 200;
/// How long the place of a session that got another id is held.
const MOVED: Duration = Duration::from_secs(1);

/// `[session]`
#[derive(Debug, Clone)]
pub struct SessionConfig {
    /// How long a session is valid that nobody uses.
    pub inactivity: Duration,
    /// How long a session is valid at all.
    pub absolute: Duration,
    /// The cookie that carries the id.
    pub cookie: SessionCookie,
}

impl Default for SessionConfig {
    fn default() -> Self {
        Self {
            inactivity: Duration::from_secs(15 * 60),
            absolute: Duration::from_secs(7 * 24 * 60 * 60),
            cookie: SessionCookie::default(),
        }
    }
}

/// A session could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The store's reason.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It would have more than 64 KiB.
    #[error("a session has at most {MAX_SESSION} bytes")]
    TooLarge,
    /// Too many write it at once.
    #[error("the session is written by too many at once")]
    Busy,
    /// The system gave no randomness for an id.
    #[error("no randomness: {0}")]
    Random(getrandom::Error),
}

/// Milliseconds since 1970.
pub type Clock = Arc<dyn Fn() -> u64 + Send + Sync>;

/// The sessions of one tenant. Cheap to clone.
#[derive(Clone)]
pub struct Sessions {
    bucket: Bucket,
    inactivity: u64,
    absolute: u64,
    clock: Clock,
}

/// A session as it is, with what it looked like in the store.
struct Found {
    data: SessionData,
    stored: Vec<u8>,
}

impl Sessions {
    /// The sessions of `tenant` in `store`, by the store's clock.
    pub fn new(store: &Store, tenant: &str, config: &SessionConfig) -> Self {
        let clock = store.clock().clone();
        Self::with_clock(store, tenant, config, Arc::new(move || clock.millis()))
    }

    /// The same, by another clock.
    pub fn with_clock(store: &Store, tenant: &str, config: &SessionConfig, clock: Clock) -> Self {
        Self {
            bucket: store.bucket(tenant, BUCKET),
            inactivity: millis(config.inactivity),
            absolute: millis(config.absolute),
            clock,
        }
    }

    /// A new session, stored, with nothing in it.
    ///
    /// # Errors
    /// The store's, or the system's that has no randomness.
    pub async fn create(&self) -> Result<SessionData, SessionError> {
        let data = SessionData::new(id::random()?, (self.clock)());
        self.put_new(&data).await?;
        Ok(data)
    }

    /// The session with this id, unless there is none or it has expired.
    ///
    /// # Errors
    /// The store's.
    pub async fn read(&self, id: &str) -> Result<Option<SessionData>, SessionError> {
        Ok(self.find(id).await?.map(|found| found.data))
    }

    /// Changes the session with this id as `change` says, which may be asked again where others come in between, and
    /// notes that it is in use. Answers the session as it is then; none where it has been destroyed or has expired.
    ///
    /// # Errors
    /// The store's; [`SessionError::TooLarge`]; [`SessionError::Busy`].
    pub async fn update(
        &self,
        id: &str,
        change: impl Fn(&mut SessionData),
    ) -> Result<Option<SessionData>, SessionError> {
        for _ in 0..TRIES {
            let Some(Found { mut data, stored }) = self.find(id).await? else {
                return Ok(None);
            };
            change(&mut data);
            data.touch((self.clock)());
            if self.swap(&data, Some(&stored)).await? {
                return Ok(Some(data));
            }
        }
        Err(SessionError::Busy)
    }

    /// Reads the session with this id for somebody who uses it, which makes it valid for longer; none where there is
    /// none or it has expired. The use is written down once a minute at the most.
    ///
    /// # Errors
    /// The store's.
    pub async fn renew(&self, id: &str) -> Result<Option<SessionData>, SessionError> {
        let Some(Found { mut data, stored }) = self.find(id).await? else {
            return Ok(None);
        };
        let now = (self.clock)();
        if now.saturating_sub(data.last_used()) >= millis(RENEWAL).min(self.inactivity / 4) {
            data.touch(now);
            // That others write it meanwhile is as good.
            self.swap(&data, Some(&stored)).await?;
        }
        Ok(Some(data))
    }

    /// Destroys the session with this id, if there is one.
    ///
    /// # Errors
    /// The store's.
    pub async fn destroy(&self, id: &str) -> Result<(), SessionError> {
        match id::is_id(id) {
            true => Ok(self.bucket.delete(id).await?),
            false => Ok(()),
        }
    }

    /// Gives the session with this id a new one, for a user who has just logged in: whoever knew the old one has nothing.
    /// None where it has been destroyed or has expired.
    ///
    /// # Errors
    /// As for [`Sessions::update`], and for [`Sessions::create`].
    pub async fn regenerate(&self, id: &str) -> Result<Option<SessionData>, SessionError> {
        for _ in 0..TRIES {
            let Some(Found { data, stored }) = self.find(id).await? else {
                return Ok(None);
            };
            let mut moved = data.with_id(id::random()?);
            moved.touch((self.clock)());
            self.put_new(&moved).await?;
            // The old one is taken before it is deleted, so that what others do to it now is not lost.
            let taken = self
                .bucket
                .compare_and_swap(id, Some(&stored), Vec::new(), Some(MOVED));
            if taken.await? {
                self.bucket.delete(id).await?;
                return Ok(Some(moved));
            }
            self.bucket.delete(moved.id()).await?;
        }
        Err(SessionError::Busy)
    }

    async fn find(&self, id: &str) -> Result<Option<Found>, SessionError> {
        if !id::is_id(id) {
            return Ok(None);
        }
        let Some(stored) = self.bucket.get(id).await? else {
            return Ok(None);
        };
        // What cannot be read is the place of a session that has moved.
        let data = SessionData::decode(id, &stored);
        let now = (self.clock)();
        let data = data.filter(|data| self.valid_until(data) > now);
        Ok(data.map(|data| Found { data, stored }))
    }

    async fn put_new(&self, data: &SessionData) -> Result<(), SessionError> {
        match self.swap(data, None).await? {
            true => Ok(()),
            // Of 256 bits, never.
            false => Err(SessionError::Busy),
        }
    }

    async fn swap(
        &self,
        data: &SessionData,
        expected: Option<&[u8]>,
    ) -> Result<bool, SessionError> {
        let stored = data.encode();
        if stored.len() > MAX_SESSION {
            return Err(SessionError::TooLarge);
        }
        let left = self.valid_until(data).saturating_sub((self.clock)());
        let ttl = Duration::from_millis(left).saturating_add(SLACK);
        let swap = self
            .bucket
            .compare_and_swap(data.id(), expected, stored, Some(ttl));
        Ok(swap.await?)
    }

    fn valid_until(&self, data: &SessionData) -> u64 {
        let unused = data.last_used().saturating_add(self.inactivity);
        unused.min(data.created().saturating_add(self.absolute))
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
