//! Files with keys. The file of a key set may change while the server runs.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use parking_lot::{Mutex, RwLock};

use super::key_set::{KeySet, KeySetError};

/// Maximum bytes of a file.
const MAX_LEN: u64 = 256 << 10;

/// Reason to refuse a file with keys.
#[derive(Debug, thiserror::Error)]
pub(super) enum KeyFileError {
    #[error(transparent)]
    Read(#[from] io::Error),
    #[error(transparent)]
    Set(#[from] KeySetError),
}

/// A key set in a file. To rotate keys, replace the file.
///
/// A call for the keys reads the file if the interval has passed: a small read, every few seconds at most, by one thread while
/// the others continue with the old keys.
pub(super) struct KeySetFile {
    path: PathBuf,
    /// Time between two reads of the file.
    interval: Duration,
    keys: RwLock<KeySet>,
    last: Mutex<Look>,
}

/// The file when it was last read.
struct Look {
    at: Instant,
    /// Compared with the file's current content, because modification times are too coarse.
    content: Result<Vec<u8>, io::ErrorKind>,
}

impl KeySetFile {
    /// Reads `path` now, and again when keys are needed after `interval`.
    pub(super) fn open(path: PathBuf, interval: Duration) -> Result<Self, KeyFileError> {
        let content = read(&path)?;
        Ok(Self {
            keys: RwLock::new(parse(&content)?),
            last: Mutex::new(Look {
                at: Instant::now(),
                content: Ok(content),
            }),
            path,
            interval,
        })
    }

    /// Returns the keys of the newest valid file.
    pub(super) fn keys(&self) -> KeySet {
        if let Some(mut last) = self.last.try_lock()
            && last.at.elapsed() >= self.interval
        {
            self.look(&mut last);
        }
        let keys = self.keys.read();
        keys.clone()
    }

    fn look(&self, last: &mut Look) {
        last.at = Instant::now();
        let read = read(&self.path);
        let content = read.as_ref().map_err(io::Error::kind);
        if content == last.content.as_ref().map_err(|kind| *kind) {
            return;
        }
        let parsed = match &read {
            Ok(content) => parse(content).map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        // Once for each change, not at every look.
        let path = self.path.display();
        match parsed {
            Ok(keys) => {
                tracing::info!(%path, keys = keys.keys().len(), "keys were rotated");
                *self.keys.write() = keys;
            }
            Err(error) => {
                tracing::error!(%path, %error, "the new keys are not used, the old ones stay")
            }
        }
        last.content = read.map_err(|error| error.kind());
    }
}

/// Reads a file with keys.
pub(super) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?
        .take(MAX_LEN + 1)
        .read_to_end(&mut bytes)?;
    match bytes.len() as u64 > MAX_LEN {
        true => Err(io::ErrorKind::FileTooLarge.into()),
        false => Ok(bytes),
    }
}

fn parse(content: &[u8]) -> Result<KeySet, KeySetError> {
    let text = str::from_utf8(content).map_err(|_| KeySetError::Format)?;
    KeySet::parse(text)
}
