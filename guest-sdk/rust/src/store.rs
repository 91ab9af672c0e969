//! A key-value store, for what has to outlast an event.
//!
//! ```
//! use serde::{Deserialize, Serialize};
//! use stockade_sdk::{Result, bail, store};
//!
//! #[derive(Serialize, Deserialize)]
//! struct Product {
//!     name: String,
//!     left: u32,
//! }
//!
//! fn sell(id: &str) -> Result<Product> {
//!     store::open("products")?.update(id, |product: Option<Product>| match product {
//!         Some(product) if product.left > 0 => Ok(Product {
//!             left: product.left - 1,
//!             ..product
//!         }),
//!         _ => bail!("sold out"),
//!     })
//! }
//! ```
//!
//! Values are JSON, so that components in other languages read them, too; `…_bytes` functions store bytes as they are. What
//! a call has stored when it returns is there for any later event, and lasts. No other component sees it.
//!
//! In unit tests the stores of a [context](crate::Context) are those of its `FakeServer`, in memory.

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Result;
use crate::current::read;
use crate::host::store as host;

/// How often [`Bucket::update`] tries: every time, somebody else has been faster.
const ATTEMPTS: u8 = 100;

/// Opens a bucket. Any name of 1 to 64 letters, digits, `_`, `.` and `-` will do, and needs no preparation.
///
/// # Errors
/// [`StoreError`]: no bucket can have this name, or there is no current event.
#[track_caller]
pub fn open(name: &str) -> Result<Bucket> {
    Ok(Bucket {
        bucket: host::Bucket::open(name)?,
    })
}

/// Values by key.
///
/// A key has at most 1 KiB, a value 1 MB, all that a component stores 256 MiB, and an event makes at most 1,000 operations,
/// unless the operator says otherwise. Each function throws a [`StoreError`] beyond that, and where the store is unavailable.
pub struct Bucket {
    bucket: host::Bucket,
}

impl Bucket {
    #[cfg(not(target_family = "wasm"))]
    pub(crate) fn fake(server: crate::testing::FakeServer, name: &str) -> Self {
        Self {
            bucket: host::Bucket::fake(server, name),
        }
    }

    /// The value of `key`, if it has one.
    ///
    /// # Errors
    /// The value is not a `T`.
    #[track_caller]
    pub fn get<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>> {
        read(self.get_bytes(key)?)
    }

    /// Gives `key` a value, in place of the one that it had.
    ///
    /// # Errors
    /// The value cannot be serialised, or a limit is exceeded.
    #[track_caller]
    pub fn set(&self, key: &str, value: &impl Serialize) -> Result<()> {
        self.set_bytes(key, serde_json::to_vec(value)?)
    }

    /// The value of `key` as it is stored.
    ///
    /// # Errors
    /// See [`Bucket`].
    #[track_caller]
    pub fn get_bytes(&self, key: &str) -> Result<Option<Vec<u8>>> {
        Ok(self.bucket.get(key)?)
    }

    /// Gives `key` a value of bytes.
    ///
    /// # Errors
    /// See [`Bucket`].
    #[track_caller]
    pub fn set_bytes(&self, key: &str, value: impl Into<Vec<u8>>) -> Result<()> {
        Ok(self.bucket.set(key, value.into())?)
    }

    /// Deletes the value of `key`. There need not be one.
    ///
    /// # Errors
    /// See [`Bucket`].
    #[track_caller]
    pub fn delete(&self, key: &str) -> Result<()> {
        Ok(self.bucket.delete(key)?)
    }

    /// Whether `key` has a value.
    ///
    /// # Errors
    /// See [`Bucket`].
    #[track_caller]
    pub fn exists(&self, key: &str) -> Result<bool> {
        Ok(self.bucket.exists(key)?)
    }

    /// All keys, in the order of their bytes. Where there may be many, [`keys_page`](Self::keys_page) is kinder to memory.
    ///
    /// # Errors
    /// See [`Bucket`].
    #[track_caller]
    pub fn keys(&self) -> Result<Vec<String>> {
        let (mut keys, mut cursor) = self.keys_page(None)?;
        while let Some(next) = cursor {
            let (more, after) = self.keys_page(Some(&next))?;
            keys.extend(more);
            cursor = after;
        }
        Ok(keys)
    }

    /// At most 1,000 keys, and the cursor of the next page if there is one.
    ///
    /// # Errors
    /// See [`Bucket`].
    #[track_caller]
    pub fn keys_page(&self, cursor: Option<&str>) -> Result<(Vec<String>, Option<String>)> {
        Ok(self.bucket.list_keys(cursor)?)
    }

    /// Adds `delta` to the number under `key`, and answers the sum. No value is 0. Nothing comes in between.
    ///
    /// # Errors
    /// The value is no number of 64 bits, or the sum is none.
    #[track_caller]
    pub fn increment(&self, key: &str, delta: i64) -> Result<i64> {
        Ok(self.bucket.increment(key, delta)?)
    }

    /// Makes a new value of the old one, and answers it. Where another event changes the value at the same time, `change` is
    /// called again with what is there then.
    ///
    /// # Errors
    /// What `change` threw; the old value is not a `T`; or the key changes so often that this event has no chance.
    #[track_caller]
    pub fn update<T, F>(&self, key: &str, mut change: F) -> Result<T>
    where
        T: Serialize + DeserializeOwned,
        F: FnMut(Option<T>) -> Result<T>,
    {
        let mut cas = self.bucket.compare(key)?;
        for _ in 0..ATTEMPTS {
            let old = read(cas.current()?)?;
            let new = change(old)?;
            match cas.swap(serde_json::to_vec(&new)?)? {
                host::Swap::Done => return Ok(new),
                host::Swap::Changed(again) => cas = again,
            }
        }
        Err(StoreError::Other(format!("the value of {key} changes too often")).into())
    }

    /// The values of these keys as they were at one moment, in their order.
    ///
    /// # Errors
    /// A value is not a `T`, or there are more than 1,000 keys.
    #[track_caller]
    pub fn get_many<T: DeserializeOwned>(
        &self,
        keys: impl IntoIterator<Item = impl Into<String>>,
    ) -> Result<Vec<Option<T>>> {
        let keys = keys.into_iter().map(Into::into).collect();
        let mut values = Vec::new();
        for value in self.bucket.get_many(keys)? {
            values.push(read(value)?);
        }
        Ok(values)
    }

    /// Gives each key its value; all of them, or none where there is an error.
    ///
    /// # Errors
    /// A value cannot be serialised, or there are more than 1,000 keys.
    #[track_caller]
    pub fn set_many<T: Serialize>(
        &self,
        values: impl IntoIterator<Item = (impl Into<String>, T)>,
    ) -> Result<()> {
        let mut written = Vec::new();
        for (key, value) in values {
            written.push((key.into(), serde_json::to_vec(&value)?));
        }
        Ok(self.bucket.set_many(written)?)
    }

    /// Deletes the values of these keys. They need not have any.
    ///
    /// # Errors
    /// There are more than 1,000 keys.
    #[track_caller]
    pub fn delete_many(&self, keys: impl IntoIterator<Item = impl Into<String>>) -> Result<()> {
        let keys = keys.into_iter().map(Into::into).collect();
        Ok(self.bucket.delete_many(keys)?)
    }
}

/// Why the store refused a call.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreError {
    /// No bucket can have this name.
    NoSuchStore,
    /// There is no current event.
    AccessDenied,
    /// Anything else, in words: a limit, or a store that is unavailable.
    Other(String),
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoSuchStore => "no store can have this name",
            Self::AccessDenied => "there is no current event",
            Self::Other(message) => message,
        })
    }
}

impl std::error::Error for StoreError {}
