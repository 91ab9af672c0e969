//! The meaning of reads, for memory and the file.

use std::{
    ops::{Bound, ControlFlow},
    time::{SystemTime, UNIX_EPOCH},
};

use super::{StoreError, space::Space};

/// Maximum keys of a page.
pub(super) const PAGE_KEYS: usize = 1_000;
/// Maximum bytes of a page's keys.
pub(super) const PAGE_BYTES: usize = 256 << 10;

/// Some keys of a bucket.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// The keys. The list may be empty although there is a cursor, if many keys have just expired.
    pub keys: Vec<String>,
    /// Cursor of the next page, or `None` if this is the last.
    pub cursor: Option<String>,
}

/// Returns milliseconds since 1970. Times of expiry have this unit; 0 means never.
pub(super) fn now() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |now| u64::try_from(now.as_millis()).unwrap_or(u64::MAX))
}

pub(super) fn is_live(expires: u64, now: u64) -> bool {
    expires == 0 || expires > now
}

/// Entries by name, including expired ones.
pub(super) trait Entries {
    /// Shows the entry with this name and its time of expiry.
    fn see<R>(
        &self,
        name: &[u8],
        see: impl FnOnce(u64, &[u8]) -> R,
    ) -> Result<Option<R>, StoreError>;

    /// Shows names in order, beginning at `from`, until told to stop.
    fn scan(
        &self,
        from: Bound<&[u8]>,
        see: impl FnMut(u64, &[u8]) -> ControlFlow<()>,
    ) -> Result<(), StoreError>;
}

pub(super) fn get(
    entries: &impl Entries,
    space: &Space,
    key: &str,
    now: u64,
) -> Result<Option<Vec<u8>>, StoreError> {
    let value = entries.see(&space.name(key), |expires, value| {
        is_live(expires, now).then(|| value.to_vec())
    })?;
    Ok(value.flatten())
}

pub(super) fn exists(
    entries: &impl Entries,
    space: &Space,
    key: &str,
    now: u64,
) -> Result<bool, StoreError> {
    let live = entries.see(&space.name(key), |expires, _| is_live(expires, now))?;
    Ok(live.unwrap_or(false))
}

pub(super) fn get_many(
    entries: &impl Entries,
    space: &Space,
    keys: &[String],
    limit: usize,
    now: u64,
) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
    let mut left = limit;
    let values = keys.iter().map(|key| {
        let value = entries.see(&space.name(key), |expires, value| {
            if !is_live(expires, now) {
                return Ok(None);
            }
            left = left
                .checked_sub(key.len() + value.len())
                .ok_or(StoreError::BatchTooLarge { limit })?;
            Ok(Some(value.to_vec()))
        })?;
        value.unwrap_or(Ok(None))
    });
    values.collect()
}

pub(super) fn list(
    entries: &impl Entries,
    space: &Space,
    cursor: Option<&str>,
    now: u64,
) -> Result<Page, StoreError> {
    let first = space.name(cursor.unwrap_or_default());
    let from = match cursor {
        Some(_) => Bound::Excluded(&*first),
        None => Bound::Included(&*first),
    };
    let mut page = Page::default();
    let (mut seen, mut bytes, mut last) = (0, 0, None);
    entries.scan(from, |expires, name| {
        let Some(key) = name.strip_prefix(space.prefix()) else {
            return ControlFlow::Break(());
        };
        // Expired ones count as well: they take as long to pass by.
        if seen == PAGE_KEYS || (seen > 0 && bytes + key.len() > PAGE_BYTES) {
            page.cursor = last.take();
            return ControlFlow::Break(());
        }
        seen += 1;
        bytes += key.len();
        let key = String::from_utf8_lossy(key).into_owned();
        if is_live(expires, now) {
            page.keys.push(key.clone());
        }
        last = Some(key);
        ControlFlow::Continue(())
    })?;
    Ok(page)
}
