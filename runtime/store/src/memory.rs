//! A store in memory: ordered maps behind a lock that is only held for short times.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    ops::{Bound, ControlFlow},
    sync::Arc,
};

use parking_lot::{Mutex, MutexGuard};

use super::{
    Page, StoreError, StoreLimits,
    backend::{Backend, Reply, at_once},
    change::{self, Change, Tables},
    read::{self, Entries},
    space::Space,
};
use crate::clock::Clock;

pub(super) struct Memory {
    maps: Mutex<Maps>,
    clock: Clock,
}

#[derive(Default)]
struct Maps {
    entries: BTreeMap<Vec<u8>, (u64, Vec<u8>)>,
    expiries: BTreeSet<(u64, Vec<u8>)>,
    used: HashMap<String, u64>,
}

impl Memory {
    pub(super) fn new(clock: Clock) -> Self {
        Self {
            maps: Mutex::default(),
            clock,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Maps> {
        self.maps.lock()
    }
}

impl Backend for Memory {
    fn prepare(&self) -> Reply<'_, ()> {
        at_once(Ok(()))
    }

    fn get<'a>(&'a self, space: &'a Arc<Space>, key: &'a str) -> Reply<'a, Option<Vec<u8>>> {
        at_once(read::get(&*self.lock(), space, key, self.clock.millis()))
    }

    fn exists<'a>(&'a self, space: &'a Arc<Space>, key: &'a str) -> Reply<'a, bool> {
        at_once(read::exists(&*self.lock(), space, key, self.clock.millis()))
    }

    fn get_many<'a>(
        &'a self,
        space: &'a Arc<Space>,
        keys: Vec<String>,
        limit: usize,
    ) -> Reply<'a, Vec<Option<Vec<u8>>>> {
        let now = self.clock.millis();
        at_once(read::get_many(&*self.lock(), space, &keys, limit, now))
    }

    fn list<'a>(&'a self, space: &'a Arc<Space>, cursor: Option<String>) -> Reply<'a, Page> {
        let now = self.clock.millis();
        at_once(read::list(&*self.lock(), space, cursor.as_deref(), now))
    }

    fn change<'a>(
        &'a self,
        space: &'a Arc<Space>,
        change: Change,
        limits: &'a StoreLimits,
    ) -> Reply<'a, i64> {
        let maps = &mut *self.lock();
        let now = self.clock.millis();
        let swept = change::sweep(maps, now);
        at_once(swept.and_then(|_| change.apply(maps, space, limits, now)))
    }
}

impl Entries for Maps {
    fn see<R>(
        &self,
        name: &[u8],
        see: impl FnOnce(u64, &[u8]) -> R,
    ) -> Result<Option<R>, StoreError> {
        let entry = self.entries.get(name);
        Ok(entry.map(|(expires, value)| see(*expires, value)))
    }

    fn scan(
        &self,
        from: Bound<&[u8]>,
        mut see: impl FnMut(u64, &[u8]) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let mut range = self.entries.range::<[u8], _>((from, Bound::Unbounded));
        let _ = range.try_for_each(|(name, (expires, _))| see(*expires, name));
        Ok(())
    }
}

impl Tables for Maps {
    fn put(
        &mut self,
        name: &[u8],
        before: Option<u64>,
        expires: u64,
        value: &[u8],
    ) -> Result<(), StoreError> {
        if let Some(before) = before
            && before != expires
        {
            self.expiries.remove(&(before, name.to_vec()));
        }
        if expires != 0 {
            self.expiries.insert((expires, name.to_vec()));
        }
        self.entries
            .insert(name.to_vec(), (expires, value.to_vec()));
        Ok(())
    }

    fn remove(&mut self, name: &[u8], expires: u64) -> Result<(), StoreError> {
        self.expiries.remove(&(expires, name.to_vec()));
        self.entries.remove(name);
        Ok(())
    }

    fn used(&self, tenant: &str) -> Result<u64, StoreError> {
        Ok(self.used.get(tenant).copied().unwrap_or_default())
    }

    fn set_used(&mut self, tenant: &str, bytes: u64) -> Result<(), StoreError> {
        match self.used.get_mut(tenant) {
            Some(used) => *used = bytes,
            None => {
                self.used.insert(tenant.to_owned(), bytes);
            }
        }
        Ok(())
    }

    fn first_expired(&self, now: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let first = self.expiries.first();
        Ok(first
            .filter(|(expires, _)| *expires <= now)
            .map(|(_, name)| name.clone()))
    }
}
