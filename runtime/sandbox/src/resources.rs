//! What the handles of `wasi:keyvalue` stand for that the store does not have itself.

use stockade_store::Bucket;

/// A value that a guest has read in order to swap it.
pub struct Cas {
    pub(crate) bucket: Bucket,
    pub(crate) key: String,
    pub(crate) value: Option<Vec<u8>>,
}
