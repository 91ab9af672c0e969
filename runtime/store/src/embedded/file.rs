//! Opens the file when it is needed, and again after an error.

use std::{
    fs::{self, OpenOptions},
    io,
    os::unix::fs::OpenOptionsExt,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::Arc,
};

use parking_lot::{Mutex, MutexGuard};
use redb::{Database, DatabaseError, StorageError};

use super::super::{StoreError, Unavailable, health::Health};

/// Bytes of the file's pages that are kept in memory.
const CACHE: usize = 64 << 20;

pub(super) struct File {
    path: PathBuf,
    database: Mutex<Option<Arc<Database>>>,
    pub(super) health: Health,
}

impl File {
    pub(super) fn new(path: PathBuf) -> Self {
        Self {
            path,
            database: Mutex::default(),
            health: Health::default(),
        }
    }

    /// Returns the database, or `None` if nothing has been written yet. Blocks, for long after a crash.
    pub(super) fn existing(&self) -> Result<Option<Arc<Database>>, StoreError> {
        let mut database = self.lock();
        if database.is_none() {
            match fs::metadata(&self.path) {
                // One that has just been made, by a process that was then killed, is as good as none.
                Ok(file) if file.len() == 0 => return Ok(None),
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
                _ => *database = Some(Arc::new(self.open()?)),
            }
        }
        Ok(database.clone())
    }

    /// Returns the database, and creates it if there is none.
    pub(super) fn create(&self) -> Result<Arc<Database>, StoreError> {
        let mut database = self.lock();
        match &*database {
            Some(database) => Ok(database.clone()),
            None => {
                make(&self.path).map_err(|cause| self.not_opened(cause))?;
                let opened = Arc::new(self.open()?);
                *database = Some(opened.clone());
                Ok(opened)
            }
        }
    }

    /// Drops a database that has failed, because it does not work any more.
    pub(super) fn close(&self) {
        *self.lock() = None;
    }

    fn open(&self) -> Result<Database, StoreError> {
        let open = || Database::builder().set_cache_size(CACHE).create(&self.path);
        // Some damage is found by assertions only.
        let opened = catch_unwind(AssertUnwindSafe(open));
        let opened = opened.unwrap_or_else(|_| {
            let cause = "it contradicts itself".to_owned();
            Err(DatabaseError::Storage(StorageError::Corrupted(cause)))
        });
        let path = self.path.clone();
        opened.map_err(|error| {
            let unavailable = match error {
                DatabaseError::DatabaseAlreadyOpen => Unavailable::Locked { path },
                DatabaseError::Storage(StorageError::Io(cause))
                    if !matches!(
                        cause.kind(),
                        io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof
                    ) =>
                {
                    return self.not_opened(cause);
                }
                error => Unavailable::Damaged {
                    path,
                    cause: error.to_string(),
                },
            };
            unavailable.into()
        })
    }

    fn not_opened(&self, cause: io::Error) -> StoreError {
        let path = self.path.clone();
        Unavailable::Open { path, cause }.into()
    }

    fn lock(&self) -> MutexGuard<'_, Option<Arc<Database>>> {
        self.database.lock()
    }
}

/// Creates an empty file that others cannot read, if there is none, and flushes its folder.
fn make(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    match options.open(path) {
        Ok(_) => {
            let folder = path.parent().filter(|folder| *folder != Path::new(""));
            fs::File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}
