//! Sessions: data that a user's requests and events share, found by an id that only the user has.
//!
//! Sessions are in a bucket of the tenant's store that guests cannot name. HTTP and socket handlers use them through
//! [`Sessions`], which does not know how the id travels (in a cookie, a header or the handshake).
//!
//! # Invariants
//! - An id has 256 random bits. A text that cannot be an id never reaches the store.
//! - Updates use compare-and-swap and retry on conflict: writers of different keys lose nothing, and a session that was
//!   destroyed does not come back.

mod cookie;
mod data;
mod id;
#[cfg(test)]
mod tests;

use std::time::Duration;

pub use cookie::SessionCookie;
pub use data::SessionData;

use stockade_store::{Bucket, Store, StoreError, clock::Clock};

/// Name of the bucket, which guests may not open.
const BUCKET: &str = "#sessions";
/// Maximum bytes of a stored session.
pub const MAX_SESSION: usize = 64 << 10;
/// Time after a recorded use in which further uses are not recorded, so that not every read costs a write.
const RENEWAL: Duration = Duration::from_secs(60);
/// Time that a session is kept after it has expired, because clocks differ.
const SLACK: Duration = Duration::from_secs(60);
/// Maximum tries of an update. In each round of concurrent updates one succeeds.
const TRIES: usize = 200;
/// Time to live of the empty value that takes the place of an old id until that is deleted.
const MOVED: Duration = Duration::from_secs(1);

/// The section `[session]`.
#[derive(Debug, Clone)]
pub struct SessionConfig {
    /// Time that an unused session is valid.
    pub inactivity: Duration,
    /// Time that a session is valid at most.
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
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The session would have more than 64 KiB.
    #[error("a session has at most {MAX_SESSION} bytes")]
    TooLarge,
    /// There were too many concurrent updates.
    #[error("the session is written by too many at once")]
    Busy,
    /// The system has no randomness for an id.
    #[error("no randomness: {0}")]
    Random(getrandom::Error),
}

/// The sessions of one tenant. Cheap to clone.
#[derive(Clone)]
pub struct Sessions {
    bucket: Bucket,
    inactivity: u64,
    absolute: u64,
    clock: Clock,
}

/// A session, and its bytes in the store.
struct Found {
    data: SessionData,
    stored: Vec<u8>,
}

impl Sessions {
    /// Creates the sessions of `tenant` in `store`, with the store's clock.
    pub fn new(store: &Store, tenant: &str, config: &SessionConfig) -> Self {
        Self {
            bucket: store.bucket(tenant, BUCKET),
            inactivity: millis(config.inactivity),
            absolute: millis(config.absolute),
            clock: store.clock().clone(),
        }
    }

    /// Creates and stores an empty session.
    ///
    /// # Errors
    /// The store failed, or the system has no randomness.
    pub async fn create(&self) -> Result<SessionData, SessionError> {
        let data = SessionData::new(id::random()?, self.clock.millis());
        self.put_new(&data).await?;
        Ok(data)
    }

    /// Returns the session with this id, or `None` if it does not exist or has expired.
    ///
    /// # Errors
    /// The store failed.
    pub async fn read(&self, id: &str) -> Result<Option<SessionData>, SessionError> {
        Ok(self.find(id).await?.map(|found| found.data))
    }

    /// Updates the session with this id, and records its use. `change` may be called again after a conflict. Returns the session
    /// after the update, or `None` if it was destroyed or has expired.
    ///
    /// # Errors
    /// The store failed; [`SessionError::TooLarge`]; [`SessionError::Busy`].
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
            data.touch(self.clock.millis());
            if self.swap(&data, Some(&stored)).await? {
                return Ok(Some(data));
            }
        }
        Err(SessionError::Busy)
    }

    /// Returns the session with this id and extends its validity, or returns `None` if it does not exist or has expired. The use is
    /// recorded at most once a minute.
    ///
    /// # Errors
    /// The store failed.
    pub async fn renew(&self, id: &str) -> Result<Option<SessionData>, SessionError> {
        let Some(Found { mut data, stored }) = self.find(id).await? else {
            return Ok(None);
        };
        let now = self.clock.millis();
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
    /// The store failed.
    pub async fn destroy(&self, id: &str) -> Result<(), SessionError> {
        match id::is_id(id) {
            true => Ok(self.bucket.delete(id).await?),
            false => Ok(()),
        }
    }

    /// Gives the session a new id, for a user who has just logged in, so that the old id becomes worthless. Returns `None` if the
    /// session was destroyed or has expired.
    ///
    /// # Errors
    /// Those of [`Sessions::update`] and [`Sessions::create`].
    pub async fn regenerate(&self, id: &str) -> Result<Option<SessionData>, SessionError> {
        for _ in 0..TRIES {
            let Some(Found { data, stored }) = self.find(id).await? else {
                return Ok(None);
            };
            let mut moved = data.with_id(id::random()?);
            moved.touch(self.clock.millis());
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
        let now = self.clock.millis();
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
        let left = self.valid_until(data).saturating_sub(self.clock.millis());
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
