//! The tables of the file.

use std::ops::{Bound, ControlFlow};

use redb::{
    Database, ReadOnlyTable, ReadableDatabase, ReadableTable, Table, TableDefinition, TableError,
    WriteTransaction,
};

use super::super::{StoreError, change::Tables, read::Entries};

/// Entries by name: eight bytes for the time of expiry, then the value.
const ENTRIES: TableDefinition<'static, &[u8], &[u8]> = TableDefinition::new("entries");
/// Times of expiry in order, each with an entry's name.
const EXPIRIES: TableDefinition<'static, (u64, &[u8]), ()> = TableDefinition::new("expiries");
/// Bytes that each tenant stores.
const USED: TableDefinition<'static, &str, u64> = TableDefinition::new("used");

type EntryTable<'txn> = Table<'txn, &'static [u8], &'static [u8]>;

/// The entries as the last transaction left them.
pub(super) struct Snapshot(ReadOnlyTable<&'static [u8], &'static [u8]>);

/// The tables of a transaction.
pub(super) struct Writing<'txn> {
    entries: EntryTable<'txn>,
    expiries: Table<'txn, (u64, &'static [u8]), ()>,
    used: Table<'txn, &'static str, u64>,
}

impl Snapshot {
    /// Takes a snapshot; `None` if nothing has been written yet.
    pub(super) fn take(database: &Database) -> Result<Option<Self>, StoreError> {
        match database.begin_read()?.open_table(ENTRIES) {
            Ok(entries) => Ok(Some(Self(entries))),
            Err(TableError::TableDoesNotExist(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

/// Returns whether an expired entry is still there.
pub(super) fn has_expired(database: &Database, now: u64) -> Result<bool, StoreError> {
    match database.begin_read()?.open_table(EXPIRIES) {
        Ok(expiries) => {
            let first = expiries.first()?;
            Ok(first.is_some_and(|(at, _)| at.value().0 <= now))
        }
        Err(TableError::TableDoesNotExist(_)) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

impl<'txn> Writing<'txn> {
    pub(super) fn open(transaction: &'txn WriteTransaction) -> Result<Self, StoreError> {
        Ok(Self {
            entries: transaction.open_table(ENTRIES)?,
            expiries: transaction.open_table(EXPIRIES)?,
            used: transaction.open_table(USED)?,
        })
    }
}

impl Entries for Snapshot {
    fn see<R>(
        &self,
        name: &[u8],
        see: impl FnOnce(u64, &[u8]) -> R,
    ) -> Result<Option<R>, StoreError> {
        see_in(&self.0, name, see)
    }

    fn scan(
        &self,
        from: Bound<&[u8]>,
        see: impl FnMut(u64, &[u8]) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        scan_in(&self.0, from, see)
    }
}

impl Entries for Writing<'_> {
    fn see<R>(
        &self,
        name: &[u8],
        see: impl FnOnce(u64, &[u8]) -> R,
    ) -> Result<Option<R>, StoreError> {
        see_in(&self.entries, name, see)
    }

    fn scan(
        &self,
        from: Bound<&[u8]>,
        see: impl FnMut(u64, &[u8]) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        scan_in(&self.entries, from, see)
    }
}

impl Tables for Writing<'_> {
    fn put(
        &mut self,
        name: &[u8],
        before: Option<u64>,
        expires: u64,
        value: &[u8],
    ) -> Result<(), StoreError> {
        if let Some(before) = before
            && before != 0
            && before != expires
        {
            self.expiries.remove((before, name))?;
        }
        if expires != 0 {
            self.expiries.insert((expires, name), ())?;
        }
        let row = [&expires.to_be_bytes(), value].concat();
        self.entries.insert(name, &*row)?;
        Ok(())
    }

    fn remove(&mut self, name: &[u8], expires: u64) -> Result<(), StoreError> {
        if expires != 0 {
            self.expiries.remove((expires, name))?;
        }
        self.entries.remove(name)?;
        Ok(())
    }

    fn used(&self, tenant: &str) -> Result<u64, StoreError> {
        let used = self.used.get(tenant)?;
        Ok(used.map_or(0, |used| used.value()))
    }

    fn set_used(&mut self, tenant: &str, bytes: u64) -> Result<(), StoreError> {
        self.used.insert(tenant, bytes)?;
        Ok(())
    }

    fn first_expired(&self, now: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let first = self.expiries.first()?;
        Ok(first.and_then(|(first, _)| {
            let (at, name) = first.value();
            (at <= now).then(|| name.to_vec())
        }))
    }
}

fn see_in<R>(
    table: &impl ReadableTable<&'static [u8], &'static [u8]>,
    name: &[u8],
    see: impl FnOnce(u64, &[u8]) -> R,
) -> Result<Option<R>, StoreError> {
    Ok(table.get(name)?.map(|row| {
        let (expires, value) = split(row.value());
        see(expires, value)
    }))
}

fn scan_in(
    table: &impl ReadableTable<&'static [u8], &'static [u8]>,
    from: Bound<&[u8]>,
    mut see: impl FnMut(u64, &[u8]) -> ControlFlow<()>,
) -> Result<(), StoreError> {
    for row in table.range::<&[u8]>((from, Bound::Unbounded))? {
        let (name, row) = row?;
        if see(split(row.value()).0, name.value()).is_break() {
            break;
        }
    }
    Ok(())
}

fn split(row: &[u8]) -> (u64, &[u8]) {
    match row.split_first_chunk() {
        Some((expires, value)) => (u64::from_be_bytes(*expires), value),
        None => (0, row),
    }
}
