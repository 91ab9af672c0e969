//! `wasi:keyvalue`.

use crate::bindings::wasi::keyvalue::{atomics, batch, store};
use crate::store::StoreError;

type Result<T> = std::result::Result<T, StoreError>;

pub(crate) struct Bucket(store::Bucket);

/// A value that was read in order to be replaced.
pub(crate) struct Compare(atomics::Cas);

/// What came of replacing it.
pub(crate) enum Swap {
    Done,
    /// Somebody else was faster; this is what is there now.
    Changed(Compare),
}

impl Bucket {
    pub(crate) fn open(name: &str) -> Result<Self> {
        Ok(Self(store::open(name)?))
    }

    pub(crate) fn get(&self, key: &str) -> Result<Option<Vec<u8>>> {
        Ok(self.0.get(key)?)
    }

    pub(crate) fn set(&self, key: &str, value: Vec<u8>) -> Result<()> {
        Ok(self.0.set(key, &value)?)
    }

    pub(crate) fn delete(&self, key: &str) -> Result<()> {
        Ok(self.0.delete(key)?)
    }

    pub(crate) fn exists(&self, key: &str) -> Result<bool> {
        Ok(self.0.exists(key)?)
    }

    pub(crate) fn list_keys(&self, cursor: Option<&str>) -> Result<(Vec<String>, Option<String>)> {
        let page = self.0.list_keys(cursor)?;
        Ok((page.keys, page.cursor))
    }

    pub(crate) fn increment(&self, key: &str, delta: i64) -> Result<i64> {
        Ok(atomics::increment(&self.0, key, delta)?)
    }

    pub(crate) fn compare(&self, key: &str) -> Result<Compare> {
        Ok(Compare(atomics::Cas::new(&self.0, key)?))
    }

    pub(crate) fn get_many(&self, keys: Vec<String>) -> Result<Vec<Option<Vec<u8>>>> {
        let values = batch::get_many(&self.0, &keys)?;
        Ok(values.into_iter().map(|(_, value)| value).collect())
    }

    pub(crate) fn set_many(&self, values: Vec<(String, Vec<u8>)>) -> Result<()> {
        Ok(batch::set_many(&self.0, &values)?)
    }

    pub(crate) fn delete_many(&self, keys: Vec<String>) -> Result<()> {
        Ok(batch::delete_many(&self.0, &keys)?)
    }
}

impl Compare {
    pub(crate) fn current(&self) -> Result<Option<Vec<u8>>> {
        Ok(self.0.current()?)
    }

    pub(crate) fn swap(self, value: Vec<u8>) -> Result<Swap> {
        match atomics::swap(self.0, &value) {
            Ok(()) => Ok(Swap::Done),
            Err(atomics::CasError::CasFailed(cas)) => Ok(Swap::Changed(Compare(cas))),
            Err(atomics::CasError::StoreError(error)) => Err(error.into()),
        }
    }
}

impl From<store::Error> for StoreError {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::NoSuchStore => Self::NoSuchStore,
            store::Error::AccessDenied => Self::AccessDenied,
            store::Error::Other(message) => Self::Other(message),
        }
    }
}
