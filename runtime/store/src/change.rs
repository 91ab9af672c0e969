//! The meaning of writes, for memory and the file. Redis has scripts that do the same.

use std::time::Duration;

use super::{
    StoreError, StoreLimits,
    read::{self, Entries, is_live},
    space::{self, Space},
};

/// Bytes that an entry counts besides its key and value, so that many small entries are bounded, too.
pub(super) const ENTRY: usize = 64;
/// Expired entries that one transaction removes.
const SWEEP: usize = 256;

/// One write, which happens completely or not at all.
#[derive(Debug)]
pub(super) enum Change {
    Set {
        /// Entries with distinct keys.
        entries: Vec<(String, Vec<u8>)>,
        ttl: Option<Duration>,
    },
    Delete(Vec<String>),
    Increment {
        key: String,
        delta: i64,
    },
    Swap {
        key: String,
        expected: Option<Vec<u8>>,
        value: Vec<u8>,
        ttl: Option<Duration>,
    },
}

/// Entries that can be written, with the tenants' bytes and the times of expiry.
pub(super) trait Tables: Entries {
    /// Writes an entry and its time of expiry. `before` is the previous entry's time of expiry, if there is one.
    fn put(
        &mut self,
        name: &[u8],
        before: Option<u64>,
        expires: u64,
        value: &[u8],
    ) -> Result<(), StoreError>;
    /// Removes an existing entry.
    fn remove(&mut self, name: &[u8], expires: u64) -> Result<(), StoreError>;
    /// Returns the bytes that a tenant stores.
    fn used(&self, tenant: &str) -> Result<u64, StoreError>;
    /// Sets the bytes that a tenant stores.
    fn set_used(&mut self, tenant: &str, bytes: u64) -> Result<(), StoreError>;
    /// Returns the entry that expired first, or `None` if none has expired.
    fn first_expired(&self, now: u64) -> Result<Option<Vec<u8>>, StoreError>;
}

impl Change {
    /// Returns roughly the bytes that the write takes while it waits.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Set { entries, .. } => {
                let sizes = entries
                    .iter()
                    .map(|(key, value)| ENTRY + key.len() + value.len());
                sizes.sum()
            }
            Self::Delete(keys) => keys.iter().map(|key| ENTRY + key.len()).sum(),
            Self::Increment { key, .. } => ENTRY + key.len(),
            Self::Swap {
                key,
                expected,
                value,
                ..
            } => ENTRY + key.len() + expected.as_ref().map_or(0, Vec::len) + value.len(),
        }
    }

    /// Makes the change. Returns the sum of an increment, and 1 for a swap that was made.
    ///
    /// Errors other than [`StoreError::Unavailable`] leave everything unchanged.
    pub(super) fn apply(
        &self,
        tables: &mut impl Tables,
        space: &Space,
        limits: &StoreLimits,
        now: u64,
    ) -> Result<i64, StoreError> {
        match self {
            Self::Set { entries, ttl } => {
                let entries: Vec<(&str, &[u8])> = entries
                    .iter()
                    .map(|(key, value)| (&**key, &**value))
                    .collect();
                put(tables, space, &entries, expires(*ttl, now), limits)?;
                Ok(0)
            }
            Self::Delete(keys) => {
                for key in keys {
                    remove(tables, &space.name(key))?;
                }
                Ok(0)
            }
            Self::Increment { key, delta } => {
                let present = tables.see(&space.name(key), |expires, value| {
                    is_live(expires, now).then(|| (expires, number(value)))
                })?;
                let (expires, number) = match present.flatten() {
                    Some((expires, number)) => (expires, number.ok_or(StoreError::NotANumber)?),
                    None => (0, 0),
                };
                let sum = number.checked_add(*delta).ok_or(StoreError::OutOfRange)?;
                let text = sum.to_string();
                put(tables, space, &[(key, text.as_bytes())], expires, limits)?;
                Ok(sum)
            }
            Self::Swap {
                key,
                expected,
                value,
                ttl,
            } => {
                if read::get(tables, space, key, now)? != *expected {
                    return Ok(0);
                }
                put(tables, space, &[(key, value)], expires(*ttl, now), limits)?;
                Ok(1)
            }
        }
    }
}

/// Removes some expired entries. Returns whether there may be more.
pub(super) fn sweep(tables: &mut impl Tables, now: u64) -> Result<bool, StoreError> {
    for _ in 0..SWEEP {
        match tables.first_expired(now)? {
            Some(name) => remove(tables, &name)?,
            None => return Ok(false),
        }
    }
    Ok(true)
}

fn expires(ttl: Option<Duration>, now: u64) -> u64 {
    ttl.map_or(0, |ttl| now.saturating_add(millis(ttl).max(1)))
}

/// Returns a time to live in milliseconds, limited to what Redis and the file can keep: some hundred thousand years.
pub(super) fn millis(ttl: Duration) -> u64 {
    const MAX: u64 = 1 << 52;
    u64::try_from(ttl.as_millis()).unwrap_or(MAX).min(MAX)
}

/// Parses a number as increments write it and as Redis reads it: without a plus sign or leading zeros.
fn number(value: &[u8]) -> Option<i64> {
    let text = str::from_utf8(value).ok()?;
    let number: i64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

fn put(
    tables: &mut impl Tables,
    space: &Space,
    entries: &[(&str, &[u8])],
    expires: u64,
    limits: &StoreLimits,
) -> Result<(), StoreError> {
    let used = tables.used(space.tenant())?;
    let mut after = used;
    let mut before = Vec::with_capacity(entries.len());
    for (key, value) in entries {
        let present = tables.see(&space.name(key), |expires, value| (expires, value.len()))?;
        after = after.saturating_add(cost(key.len(), value.len()));
        before.push(present);
    }
    for ((key, _), before) in entries.iter().zip(&before) {
        if let Some((_, length)) = before {
            after = after.saturating_sub(cost(key.len(), *length));
        }
    }
    // One that has too much, because the limit was lowered, may still store less.
    if after > used && after > limits.bytes as u64 {
        return Err(StoreError::Full {
            limit: limits.bytes,
        });
    }
    for ((key, value), before) in entries.iter().zip(&before) {
        let before = before.map(|(expires, _)| expires);
        tables.put(&space.name(key), before, expires, value)?;
    }
    tables.set_used(space.tenant(), after)
}

fn remove(tables: &mut impl Tables, name: &[u8]) -> Result<(), StoreError> {
    let present = tables.see(name, |expires, value| (expires, value.len()))?;
    let Some((expires, length)) = present else {
        return Ok(());
    };
    tables.remove(name, expires)?;
    if let Some((tenant, key)) = space::parse(name) {
        let used = tables.used(tenant)?;
        tables.set_used(tenant, used.saturating_sub(cost(key, length)))?;
    }
    Ok(())
}

fn cost(key: usize, value: usize) -> u64 {
    (ENTRY + key + value) as u64
}
