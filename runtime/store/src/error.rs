//! Why a store does not do what it is asked for.

use std::{io, path::PathBuf, sync::Arc, time::Duration};

use stockade_redis::ConnectError;

/// A call came to nothing, and has changed nothing, unless the store is unavailable: then it may have.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// A key is over its limit.
    #[error("a key has at most {limit} bytes")]
    KeyTooLarge {
        /// Bytes.
        limit: usize,
    },
    /// A value is over its limit.
    #[error("a value has at most {limit} bytes")]
    ValueTooLarge {
        /// Bytes.
        limit: usize,
    },
    /// The keys and values of one call are over their limit.
    #[error("the keys and values of one call have at most {limit} bytes")]
    BatchTooLarge {
        /// Bytes.
        limit: usize,
    },
    /// One call is about too many keys.
    #[error("one call is about at most {limit} keys")]
    TooManyKeys {
        /// Keys.
        limit: usize,
    },
    /// The tenant would have more than it may.
    #[error("the store has at most {limit} bytes of keys and values")]
    Full {
        /// Bytes.
        limit: usize,
    },
    /// What is to be incremented is not a decimal number of 64 bits.
    #[error("the value is not a number")]
    NotANumber,
    /// An increment would leave the 64 bits of a number.
    #[error("the number would be out of range")]
    OutOfRange,
    /// The store cannot be reached. The cause is for operators.
    #[error("the store is unavailable: {0}")]
    Unavailable(Arc<Unavailable>),
}

/// Why a store cannot be reached.
#[derive(Debug, thiserror::Error)]
pub enum Unavailable {
    /// Two processes want one file.
    #[error(
        "{} is in use by another process: stop that one, or give this one a file of its own (`store`)", path.display()
    )]
    Locked {
        /// The file.
        path: PathBuf,
    },
    /// The file is not a store, or not a sound one.
    #[error(
        "{} is not a store, or it is damaged ({cause}): bring back a copy, or move it away to begin with an empty one",
        path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        cause: String,
    },
    /// The file cannot be opened or created.
    #[error("{} cannot be opened: {cause}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// Reading or writing the file failed.
    #[error("the file failed: {0}")]
    File(redb::Error),
    /// Redis refuses.
    #[error("Redis: {0}")]
    Redis(redis::RedisError),
    /// Redis cannot be reached.
    #[error("Redis: {0}")]
    NotConnected(ConnectError),
    /// Redis did not answer in time.
    #[error("Redis did not answer within {0:?}")]
    TimedOut(Duration),
    /// The thread or task that works for the store has ended.
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
