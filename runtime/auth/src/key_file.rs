//! Files with keys, one of which may change while the server runs.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError, RwLock},
    time::{Duration, Instant},
};

use super::key_set::{KeySet, KeySetError};

/// Bytes of a file.
const MAX_LEN: u64 = 256 << 10;

/// Why a file with keys is not used.
#[derive(Debug, thiserror::Error)]
pub(super) enum KeyFileError {
    #[error(transparent)]
    Read(#[from] io::Error),
    #[error(transparent)]
    Set(#[from] KeySetError),
}

/// A key set in a file. Keys are rotated by writing it anew.
///
/// Who asks for the keys reads the file, when it is time: a small read, every few seconds at most, by one thread while
/// the others go on with the keys that there are.
pub(super) struct KeySetFile {
    path: PathBuf,
    /// Between two looks at the file.
    interval: Duration,
    keys: RwLock<KeySet>,
    last: Mutex<Look>,
}

/// What the file was when it was last looked at.
struct Look {
    at: Instant,
    /// Compared with what is there now: times of change are too coarse to rely on.
    content: Result<Vec<u8>, io::ErrorKind>,
}

impl KeySetFile {
    /// Reads `path` now, and then again when it is asked for keys after `interval`.
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

    /// The keys of the newest file that was right.
    pub(super) fn keys(&self) -> KeySet {
        if let Ok(mut last) = self.last.try_lock()
            && last.at.elapsed() >= self.interval
        {
            self.look(&mut last);
        }
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
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
                *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
            }
            Err(error) => {
                tracing::error!(%path, %error, "the new keys are not used, the old ones stay")
            }
        }
        last.content = read.map_err(|error| error.kind());
    }
}

/// The bytes of a file with keys.
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
