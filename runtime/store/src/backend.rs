//! What a place for keys and values has to be able to do.

use std::{
    future::{Ready, ready},
    sync::Arc,
};

use futures::future::{BoxFuture, Either, FutureExt};

use super::{Page, StoreError, StoreLimits, change::Change, space::Space};

/// Where tenants' keys and values are. What it is asked for is within the limits.
pub(super) trait Backend: Send + Sync {
    /// Reports at start what an operator has to know.
    fn prepare(&self) -> Reply<'_, ()>;
    /// Returns the value of `key`.
    fn get<'a>(&'a self, space: &'a Arc<Space>, key: &'a str) -> Reply<'a, Option<Vec<u8>>>;
    /// Returns whether `key` has a value.
    fn exists<'a>(&'a self, space: &'a Arc<Space>, key: &'a str) -> Reply<'a, bool>;
    /// Returns the values of `keys`, if they and their keys have no more than `limit` bytes.
    fn get_many<'a>(
        &'a self,
        space: &'a Arc<Space>,
        keys: Vec<String>,
        limit: usize,
    ) -> Reply<'a, Vec<Option<Vec<u8>>>>;
    /// Lists keys after `cursor`.
    fn list<'a>(&'a self, space: &'a Arc<Space>, cursor: Option<String>) -> Reply<'a, Page>;
    /// Changes entries. Returns the number that the change comes to.
    fn change<'a>(
        &'a self,
        space: &'a Arc<Space>,
        change: Change,
        limits: &'a StoreLimits,
    ) -> Reply<'a, i64>;
}

/// What a backend returns: a result, or a future that waits for a disk or a network. Those are boxed: they take thousands of
/// bytes, which every call would have to carry and copy, even calls to memory.
pub(super) type Reply<'a, T> =
    Either<Ready<Result<T, StoreError>>, BoxFuture<'a, Result<T, StoreError>>>;

pub(super) fn at_once<'a, T>(result: Result<T, StoreError>) -> Reply<'a, T> {
    Either::Left(ready(result))
}

pub(super) fn later<'a, T>(
    result: impl Future<Output = Result<T, StoreError>> + Send + 'a,
) -> Reply<'a, T> {
    Either::Right(result.boxed())
}
