//! A store in one file.
//!
//! One thread writes: it takes all writes that are queued, makes one transaction of them, and acknowledges them once the
//! transaction is on disk. Reads do not wait for that; they see the last transaction.

mod file;
mod tables;
mod writer;

use std::{path::PathBuf, sync::Arc};

use parking_lot::Mutex;
use tokio::sync::{Semaphore, oneshot};

use super::{
    Page, StoreError, StoreLimits, Unavailable,
    backend::{Backend, Reply, later},
    change::Change,
    read::{self, now},
    space::Space,
};
use file::File;
use tables::Snapshot;
use writer::{Job, Writer};

/// Maximum KiB of writes that wait.
const ROOM: u32 = 16 << 10;

pub(super) struct Embedded {
    file: Arc<File>,
    /// Started by the first write.
    writer: Mutex<Option<Writer>>,
    /// Room for writes that wait. A write without room waits for its turn.
    room: Arc<Semaphore>,
}

impl Embedded {
    pub(super) fn new(path: PathBuf) -> Self {
        Self {
            file: Arc::new(File::new(path)),
            writer: Mutex::default(),
            room: Arc::new(Semaphore::new(ROOM as usize)),
        }
    }

    async fn write(
        &self,
        space: &Arc<Space>,
        change: Change,
        limits: &StoreLimits,
    ) -> Result<i64, StoreError> {
        let size = u32::try_from(change.size().div_ceil(1 << 10)).unwrap_or(ROOM);
        let room = self.room.clone().acquire_many_owned(size.clamp(1, ROOM));
        let (reply, answer) = oneshot::channel();
        let job = Job {
            space: space.clone(),
            change,
            limits: *limits,
            reply,
            _room: room.await.map_err(|_| Unavailable::Stopped)?,
        };
        self.queue(job)?;
        answer
            .await
            .unwrap_or_else(|_| Err(Unavailable::Stopped.into()))
    }

    fn queue(&self, job: Job) -> Result<(), StoreError> {
        let mut writer = self.writer.lock();
        if writer.as_ref().is_none_or(Writer::has_ended) {
            *writer = Some(Writer::start(self.file.clone())?);
        }
        match &*writer {
            Some(writer) => writer.queue(job),
            None => Err(Unavailable::Stopped.into()),
        }
    }

    /// Reads on a thread that may wait for a disk. Returns `None` if there is no file yet.
    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Snapshot) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<Option<T>, StoreError> {
        let file = self.file.clone();
        let reading = tokio::task::spawn_blocking(move || {
            let Some(database) = file.existing()? else {
                return Ok(None);
            };
            let value = match Snapshot::take(&database)? {
                Some(snapshot) => Some(read(&snapshot)?),
                None => None,
            };
            Ok(value)
        });
        let value = reading
            .await
            .unwrap_or_else(|_| Err(Unavailable::Stopped.into()));
        self.file.health.note(&value);
        value
    }
}

impl Backend for Embedded {
    /// Opens the file if it exists.
    fn prepare(&self) -> Reply<'_, ()> {
        later(async { self.read(|_| Ok(())).await.map(drop) })
    }

    fn get<'a>(&'a self, space: &'a Arc<Space>, key: &'a str) -> Reply<'a, Option<Vec<u8>>> {
        let (space, key) = (space.clone(), key.to_owned());
        let value = self.read(move |snapshot| read::get(snapshot, &space, &key, now()));
        later(async { Ok(value.await?.flatten()) })
    }

    fn exists<'a>(&'a self, space: &'a Arc<Space>, key: &'a str) -> Reply<'a, bool> {
        let (space, key) = (space.clone(), key.to_owned());
        let exists = self.read(move |snapshot| read::exists(snapshot, &space, &key, now()));
        later(async { Ok(exists.await?.unwrap_or(false)) })
    }

    fn get_many<'a>(
        &'a self,
        space: &'a Arc<Space>,
        keys: Vec<String>,
        limit: usize,
    ) -> Reply<'a, Vec<Option<Vec<u8>>>> {
        let (space, count) = (space.clone(), keys.len());
        let values =
            self.read(move |snapshot| read::get_many(snapshot, &space, &keys, limit, now()));
        later(async move { Ok(values.await?.unwrap_or_else(|| vec![None; count])) })
    }

    fn list<'a>(&'a self, space: &'a Arc<Space>, cursor: Option<String>) -> Reply<'a, Page> {
        let space = space.clone();
        let page =
            self.read(move |snapshot| read::list(snapshot, &space, cursor.as_deref(), now()));
        later(async { Ok(page.await?.unwrap_or_default()) })
    }

    fn change<'a>(
        &'a self,
        space: &'a Arc<Space>,
        change: Change,
        limits: &'a StoreLimits,
    ) -> Reply<'a, i64> {
        later(self.write(space, change, limits))
    }
}
