//! The tenants' key-value store: an embedded file, Redis, or memory.
//!
//! A process has one [`Store`]. A [`Bucket`] is the part of it with one name of one tenant. The sandbox shows buckets to guests
//! as `wasi:keyvalue`; sessions are in a bucket that guests cannot name.
//!
//! # Invariants
//! - Every key has its tenant and bucket: [`space`] makes names that cannot collide.
//! - An acknowledged write is in the file or in Redis. In memory it lasts until the process ends.
//! - A tenant's bytes are counted in the same transaction, or script, that stores them.
//! - Every call ends: Redis has two seconds, and the file's queue is bounded.
//!
//! Start at [`Bucket`]. [`backend`] is what each of the three can do. [`change`] has the meaning of writes for file and memory, and `redis/*.lua` for Redis.

mod backend;
mod change;
pub mod clock;
mod embedded;
mod error;
mod health;
mod memory;
mod read;
mod redis;
mod space;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, path::PathBuf, sync::Arc, time::Duration};

pub use error::{StoreError, Unavailable};
pub use read::Page;

use self::redis::Redis;
use crate::clock::Clock;
use backend::Backend;
use change::Change;
use embedded::Embedded;
use memory::Memory;
use space::Space;
use stockade_redis::Address;

/// Maximum keys in one batch call.
pub const MAX_BATCH_KEYS: usize = 1_000;
/// Maximum bytes of keys and values in one batch call, unless a single value may have more.
pub const MAX_BATCH_BYTES: usize = 1 << 20;

/// Where the store is.
#[derive(Debug, Clone)]
pub enum StoreConfig {
    /// In memory. Everything is lost when the process ends.
    Memory,
    /// In a file, which the first write creates. One process at a time can use it.
    Embedded(PathBuf),
    /// In Redis or Valkey, which several nodes can share.
    Redis(Address),
}

/// Limits of what a tenant stores, in bytes.
#[derive(Debug, Clone, Copy)]
pub struct StoreLimits {
    /// One key.
    pub key: usize,
    /// One value.
    pub value: usize,
    /// All keys and values of the tenant, plus 64 for each entry.
    pub bytes: usize,
}

impl Default for StoreLimits {
    fn default() -> Self {
        Self {
            key: 1 << 10,
            value: 1_000_000,
            bytes: 256 << 20,
        }
    }
}

/// The store of this process. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    backend: Arc<dyn Backend>,
    limits: StoreLimits,
    clock: Clock,
}

/// One bucket of one tenant. Cheap to clone.
#[derive(Clone)]
pub struct Bucket {
    store: Store,
    space: Arc<Space>,
}

impl Store {
    /// Creates the store that `config` describes. Does not open it yet: a component that never stores leaves no file and needs no
    /// Redis.
    pub fn new(config: &StoreConfig, limits: StoreLimits) -> Self {
        let backend: Arc<dyn Backend> = match config {
            StoreConfig::Memory => {
                tracing::warn!("the store is in memory: what is stored is lost at exit");
                return Self::memory(limits);
            }
            StoreConfig::Embedded(path) => Arc::new(Embedded::new(path.clone())),
            StoreConfig::Redis(address) => Arc::new(Redis::new(address.clone())),
        };
        Self {
            backend,
            limits,
            clock: Clock::default(),
        }
    }

    /// Creates an empty store in memory, for tests and for `stockade inspect`.
    pub fn memory(limits: StoreLimits) -> Self {
        Self::memory_with_clock(limits, Clock::default())
    }

    /// Creates an empty store in memory, with another clock.
    pub fn memory_with_clock(limits: StoreLimits, clock: Clock) -> Self {
        Self {
            backend: Arc::new(Memory::new(clock.clone())),
            limits,
            clock,
        }
    }

    /// Returns the clock by which entries expire.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Opens an existing file, so that a file that cannot be used is reported at start.
    ///
    /// Redis may come up later: if it is away, that is only logged.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], if the operator has to act.
    pub async fn prepare(&self) -> Result<(), StoreError> {
        self.backend.prepare().await
    }

    /// Returns the bucket of this name that belongs to `tenant`.
    pub fn bucket(&self, tenant: &str, bucket: &str) -> Bucket {
        Bucket {
            store: self.clone(),
            space: Arc::new(Space::new(tenant, bucket)),
        }
    }
}

/// Every function returns [`StoreError::Unavailable`] if the store cannot be reached, besides the errors that it lists.
impl Bucket {
    /// Returns the value of `key`.
    ///
    /// # Errors
    /// The key is too large.
    pub async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.check_key(key)?;
        self.backend().get(&self.space, key).await
    }

    /// Returns whether `key` has a value.
    ///
    /// # Errors
    /// Those of [`Bucket::get`].
    pub async fn exists(&self, key: &str) -> Result<bool, StoreError> {
        self.check_key(key)?;
        self.backend().exists(&self.space, key).await
    }

    /// Stores a value, until it is deleted or `ttl` has passed.
    ///
    /// # Errors
    /// The key or the value is too large, or the tenant would store too much.
    pub async fn set(
        &self,
        key: &str,
        value: Vec<u8>,
        ttl: Option<Duration>,
    ) -> Result<(), StoreError> {
        self.check_key(key)?;
        self.check_value(&value)?;
        let entries = vec![(key.to_owned(), value)];
        self.change(Change::Set { entries, ttl }).await.map(drop)
    }

    /// Deletes a value, if there is one.
    ///
    /// # Errors
    /// Those of [`Bucket::get`].
    pub async fn delete(&self, key: &str) -> Result<(), StoreError> {
        self.check_key(key)?;
        self.change(Change::Delete(vec![key.to_owned()]))
            .await
            .map(drop)
    }

    /// Lists keys in the order of their bytes, at most 1,000 and 256 KiB of them, after `cursor` if there is one.
    ///
    /// # Errors
    /// The cursor is too large.
    pub async fn list_keys(&self, cursor: Option<String>) -> Result<Page, StoreError> {
        self.check_key(cursor.as_deref().unwrap_or_default())?;
        self.backend().list(&self.space, cursor).await
    }

    /// Adds `delta` to a decimal number and returns the sum. A missing value counts as 0; a value with a time to live keeps it.
    ///
    /// # Errors
    /// [`StoreError::NotANumber`], [`StoreError::OutOfRange`], and those of [`Bucket::set`].
    pub async fn increment(&self, key: &str, delta: i64) -> Result<i64, StoreError> {
        self.check_key(key)?;
        let key = key.to_owned();
        self.change(Change::Increment { key, delta }).await
    }

    /// Stores a value as [`Bucket::set`] does, if the current value is `expected` (`None`: no value). Returns whether it was.
    ///
    /// # Errors
    /// Those of [`Bucket::set`].
    pub async fn compare_and_swap(
        &self,
        key: &str,
        expected: Option<&[u8]>,
        value: Vec<u8>,
        ttl: Option<Duration>,
    ) -> Result<bool, StoreError> {
        self.check_key(key)?;
        self.check_value(&value)?;
        let swap = Change::Swap {
            key: key.to_owned(),
            expected: expected.map(<[u8]>::to_vec),
            value,
            ttl,
        };
        Ok(self.change(swap).await? != 0)
    }

    /// Returns the values of `keys`, in their order, as they were at one moment.
    ///
    /// # Errors
    /// There are more than 1,000 keys, or keys and values have more than 1 MiB.
    pub async fn get_many(&self, keys: Vec<String>) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        self.check_batch(&keys, |key| (key, 0))?;
        let bytes = self.batch_bytes();
        self.backend().get_many(&self.space, keys, bytes).await
    }

    /// Stores all values or none. If a key occurs several times, its last value is stored.
    ///
    /// # Errors
    /// Those of [`Bucket::set`]; more than 1,000 keys, or more than 1 MiB.
    pub async fn set_many(
        &self,
        entries: Vec<(String, Vec<u8>)>,
        ttl: Option<Duration>,
    ) -> Result<(), StoreError> {
        self.check_batch(&entries, |(key, value)| (key, value.len()))?;
        entries
            .iter()
            .try_for_each(|(_, value)| self.check_value(value))?;
        let entries: BTreeMap<String, Vec<u8>> = entries.into_iter().collect();
        let entries = entries.into_iter().collect();
        self.change(Change::Set { entries, ttl }).await.map(drop)
    }

    /// Deletes the values of all `keys`.
    ///
    /// # Errors
    /// Those of [`Bucket::get_many`].
    pub async fn delete_many(&self, keys: Vec<String>) -> Result<(), StoreError> {
        self.check_batch(&keys, |key| (key, 0))?;
        self.change(Change::Delete(keys)).await.map(drop)
    }

    async fn change(&self, change: Change) -> Result<i64, StoreError> {
        let (space, limits) = (&self.space, &self.store.limits);
        self.backend().change(space, change, limits).await
    }

    fn check_key(&self, key: &str) -> Result<(), StoreError> {
        let limit = self.store.limits.key;
        match key.len() <= limit {
            true => Ok(()),
            false => Err(StoreError::KeyTooLarge { limit }),
        }
    }

    fn check_value(&self, value: &[u8]) -> Result<(), StoreError> {
        let limit = self.store.limits.value;
        match value.len() <= limit {
            true => Ok(()),
            false => Err(StoreError::ValueTooLarge { limit }),
        }
    }

    fn check_batch<T>(
        &self,
        items: &[T],
        parts: impl Fn(&T) -> (&String, usize),
    ) -> Result<(), StoreError> {
        if items.len() > MAX_BATCH_KEYS {
            return Err(StoreError::TooManyKeys {
                limit: MAX_BATCH_KEYS,
            });
        }
        let mut bytes = 0_usize;
        for item in items {
            let (key, value) = parts(item);
            self.check_key(key)?;
            bytes = bytes.saturating_add(key.len()).saturating_add(value);
        }
        let limit = self.batch_bytes();
        match bytes <= limit {
            true => Ok(()),
            false => Err(StoreError::BatchTooLarge { limit }),
        }
    }

    /// Maximum bytes of a batch call. A value that may be stored may also be read.
    fn batch_bytes(&self) -> usize {
        let limits = self.store.limits;
        MAX_BATCH_BYTES.max(limits.key.saturating_add(limits.value))
    }

    fn backend(&self) -> &dyn Backend {
        &*self.store.backend
    }
}
