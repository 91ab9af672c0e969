//! Stores of unit tests, in memory.

use super::Host;
use crate::store::StoreError;
use crate::testing::{FakeServer, Store};

type Result<T> = std::result::Result<T, StoreError>;

/// How many keys a page has.
const PAGE: usize = 1_000;

pub(crate) struct Bucket {
    server: FakeServer,
    name: String,
}

/// A value that was read in order to be replaced.
pub(crate) struct Compare {
    bucket: Bucket,
    key: String,
    current: Option<Vec<u8>>,
}

/// What came of replacing it.
pub(crate) enum Swap {
    Done,
    /// Somebody else was faster; this is what is there now.
    Changed(Compare),
}

impl Bucket {
    pub(crate) fn fake(server: FakeServer, name: &str) -> Self {
        Self {
            server,
            name: name.to_owned(),
        }
    }

    pub(crate) fn open(name: &str) -> Result<Self> {
        let host = Host::current();
        let server = host.fake_server().map_err(|_| StoreError::AccessDenied)?;
        let is_proper = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
        if !(1..=64).contains(&name.len()) || !name.bytes().all(is_proper) {
            return Err(StoreError::NoSuchStore);
        }
        Ok(Self::fake(server.clone(), name))
    }

    pub(crate) fn get(&self, key: &str) -> Result<Option<Vec<u8>>> {
        Ok(self.visit(|store| store.get(key).cloned()))
    }

    pub(crate) fn set(&self, key: &str, value: Vec<u8>) -> Result<()> {
        self.visit(|store| store.insert(key.to_owned(), value));
        Ok(())
    }

    pub(crate) fn delete(&self, key: &str) -> Result<()> {
        self.visit(|store| store.remove(key));
        Ok(())
    }

    pub(crate) fn exists(&self, key: &str) -> Result<bool> {
        Ok(self.visit(|store| store.contains_key(key)))
    }

    pub(crate) fn list_keys(&self, cursor: Option<&str>) -> Result<(Vec<String>, Option<String>)> {
        Ok(self.visit(|store| {
            let mut rest = store
                .keys()
                .filter(|key| cursor.is_none_or(|cursor| key.as_str() >= cursor));
            let keys: Vec<_> = rest.by_ref().take(PAGE).cloned().collect();
            (keys, rest.next().cloned())
        }))
    }

    pub(crate) fn increment(&self, key: &str, delta: i64) -> Result<i64> {
        self.visit(|store| {
            let old = match store.get(key) {
                None => Some(0),
                Some(value) => str::from_utf8(value)
                    .ok()
                    .and_then(|text| text.parse::<i64>().ok()),
            };
            let sum = old.and_then(|old| old.checked_add(delta));
            let sum = sum.ok_or_else(|| StoreError::Other("not a number of 64 bits".to_owned()))?;
            store.insert(key.to_owned(), sum.to_string().into_bytes());
            Ok(sum)
        })
    }

    pub(crate) fn compare(&self, key: &str) -> Result<Compare> {
        Ok(Compare {
            bucket: Self::fake(self.server.clone(), &self.name),
            key: key.to_owned(),
            current: self.get(key)?,
        })
    }

    pub(crate) fn get_many(&self, keys: Vec<String>) -> Result<Vec<Option<Vec<u8>>>> {
        Ok(self.visit(|store| keys.iter().map(|key| store.get(key).cloned()).collect()))
    }

    pub(crate) fn set_many(&self, values: Vec<(String, Vec<u8>)>) -> Result<()> {
        self.visit(|store| store.extend(values));
        Ok(())
    }

    pub(crate) fn delete_many(&self, keys: Vec<String>) -> Result<()> {
        self.visit(|store| store.retain(|key, _| !keys.contains(key)));
        Ok(())
    }

    fn visit<T>(&self, visit: impl FnOnce(&mut Store) -> T) -> T {
        self.server.with_store(&self.name, visit)
    }
}

impl Compare {
    pub(crate) fn current(&self) -> Result<Option<Vec<u8>>> {
        Ok(self.current.clone())
    }

    pub(crate) fn swap(self, value: Vec<u8>) -> Result<Swap> {
        let is_same = self.bucket.visit(|store| {
            let is_same = store.get(&self.key) == self.current.as_ref();
            if is_same {
                store.insert(self.key.clone(), value);
            }
            is_same
        });
        if is_same {
            return Ok(Swap::Done);
        }
        self.bucket.compare(&self.key).map(Swap::Changed)
    }
}
