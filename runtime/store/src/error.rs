//! Errors of the store.

use std::{io, path::PathBuf, sync::Arc, time::Duration};

use stockade_redis::ConnectError;

/// A call failed. It changed nothing, except that with [`StoreError::Unavailable`] it may have.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// A key is too large.
    #[error("a key has at most {limit} bytes")]
    KeyTooLarge {
        /// Maximum bytes.
        limit: usize,
    },
    /// A value is too large.
    #[error("a value has at most {limit} bytes")]
    ValueTooLarge {
        /// Maximum bytes.
        limit: usize,
    },
    /// The keys and values of one call are too large together.
    #[error("the keys and values of one call have at most {limit} bytes")]
    BatchTooLarge {
        /// Maximum bytes.
        limit: usize,
    },
    /// One call has too many keys.
    #[error("one call is about at most {limit} keys")]
    TooManyKeys {
        /// Maximum keys.
        limit: usize,
    },
    /// The tenant would store too much.
    #[error("the store has at most {limit} bytes of keys and values")]
    Full {
        /// Maximum bytes.
        limit: usize,
    },
    /// The value to increment is not a decimal number of 64 bits.
    #[error("the value is not a number")]
    NotANumber,
    /// The sum does not fit into 64 bits.
    #[error("the number would be out of range")]
    OutOfRange,
    /// The store cannot be reached. The cause is for the operator.
    #[error("the store is unavailable: {0}")]
    Unavailable(Arc<Unavailable>),
}

/// Reason why the store cannot be reached.
#[derive(Debug, thiserror::Error)]
pub enum Unavailable {
    /// Another process uses the file.
    #[error(
        "{} is in use by another process: stop that one, or give this one a file of its own (`store`)", path.display()
    )]
    Locked {
        /// The file.
        path: PathBuf,
    },
    /// The file is not a store, or is damaged.
    #[error(
        "{} is not a store, or it is damaged ({cause}): bring back a copy, or move it away to begin with an empty one",
        path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with the file.
        cause: String,
    },
    /// The file cannot be opened or created.
    #[error("{} cannot be opened: {cause}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Error of the system.
        cause: io::Error,
    },
    /// Reading or writing the file failed.
    #[error("the file failed: {0}")]
    File(redb::Error),
    /// Redis returned an error.
    #[error("Redis: {0}")]
    Redis(redis::RedisError),
    /// Redis cannot be reached.
    #[error("Redis: {0}")]
    NotConnected(ConnectError),
    /// Redis did not answer in time.
    #[error("Redis did not answer within {0:?}")]
    TimedOut(Duration),
    /// The store's thread or task has ended.
    #[error("it has stopped")]
    Stopped,
}

impl From<Unavailable> for StoreError {
    fn from(cause: Unavailable) -> Self {
        Self::Unavailable(Arc::new(cause))
    }
}

macro_rules! from_redb {
    ($($error:ident),*) => {$(
        impl From<redb::$error> for StoreError {
            fn from(error: redb::$error) -> Self {
                Unavailable::File(error.into()).into()
            }
        }
    )*};
}

from_redb!(StorageError, TableError, TransactionError, CommitError);
