//! `wasi:keyvalue`: the tenant's own part of the store.
//!
//! Handles live in the store's table, which is bounded. Operations are counted for each event, since handles of an
//! instance that is reused outlive their event.

use std::sync::Arc;

use wasmtime::component::Resource;

use super::StoreCtx;
use crate::{
    CallError,
    bindings::wasi::keyvalue::{
        atomics::{self, CasError},
        batch,
        store::{self, Error, KeyResponse},
    },
    resources::Cas,
};
use stockade_store::{Bucket, Store, StoreError, clock::Clock};

/// Bytes of a bucket's name.
const MAX_NAME: usize = 64;
/// What a key costs to hand over, beside its bytes.
const KEY: usize = 32;

/// What the guests of one tenant store.
#[derive(Clone)]
pub struct Keyvalue {
    store: Store,
    tenant: Arc<str>,
}

type Answer<T> = wasmtime::Result<Result<T, Error>>;

impl Keyvalue {
    /// The part of `store` that is `tenant`'s.
    pub fn new(store: &Store, tenant: &str) -> Self {
        Self {
            store: store.clone(),
            tenant: tenant.into(),
        }
    }

    /// What time it is for these guests.
    pub fn clock(&self) -> &Clock {
        self.store.clock()
    }
}

impl Cas {
    /// What it takes while a guest keeps it.
    fn size(&self) -> usize {
        self.key.len() + self.value.as_ref().map_or(0, Vec::len)
    }
}

impl store::Host for StoreCtx {
    fn open(&mut self, identifier: String) -> Answer<Resource<Bucket>> {
        self.charge(identifier.len())?;
        if self.event.is_none() {
            return Ok(Err(Error::AccessDenied));
        }
        if !is_name(&identifier) {
            return Ok(Err(Error::NoSuchStore));
        }
        let Keyvalue { store, tenant } = &self.tenant().keyvalue;
        let bucket = store.bucket(tenant, &identifier);
        Ok(self.table.push(bucket).map_err(|_| too_many_handles()))
    }
}

impl store::HostBucket for StoreCtx {
    async fn get(&mut self, bucket: Resource<Bucket>, key: String) -> Answer<Option<Vec<u8>>> {
        let bucket = match self.operation(&bucket, 1, key.len())? {
            Ok(bucket) => bucket,
            Err(error) => return Ok(Err(error)),
        };
        let value = self.wait(bucket.get(&key)).await.map_err(refused);
        self.charge(value.iter().flatten().map(Vec::len).sum())?;
        Ok(value)
    }

    async fn set(&mut self, bucket: Resource<Bucket>, key: String, value: Vec<u8>) -> Answer<()> {
        match self.operation(&bucket, 1, key.len() + value.len())? {
            Ok(bucket) => Ok(self
                .wait(bucket.set(&key, value, None))
                .await
                .map_err(refused)),
            Err(error) => Ok(Err(error)),
        }
    }

    async fn delete(&mut self, bucket: Resource<Bucket>, key: String) -> Answer<()> {
        match self.operation(&bucket, 1, key.len())? {
            Ok(bucket) => Ok(self.wait(bucket.delete(&key)).await.map_err(refused)),
            Err(error) => Ok(Err(error)),
        }
    }

    async fn exists(&mut self, bucket: Resource<Bucket>, key: String) -> Answer<bool> {
        match self.operation(&bucket, 1, key.len())? {
            Ok(bucket) => Ok(self.wait(bucket.exists(&key)).await.map_err(refused)),
            Err(error) => Ok(Err(error)),
        }
    }

    async fn list_keys(
        &mut self,
        bucket: Resource<Bucket>,
        cursor: Option<String>,
    ) -> Answer<KeyResponse> {
        let bucket = match self.operation(&bucket, 1, cursor.as_ref().map_or(0, String::len))? {
            Ok(bucket) => bucket,
            Err(error) => return Ok(Err(error)),
        };
        match self.wait(bucket.list_keys(cursor)).await {
            Ok(page) => {
                self.charge(page.keys.iter().map(|key| KEY + key.len()).sum())?;
                Ok(Ok(KeyResponse {
                    keys: page.keys,
                    cursor: page.cursor,
                }))
            }
            Err(error) => Ok(Err(refused(error))),
        }
    }

    fn drop(&mut self, bucket: Resource<Bucket>) -> wasmtime::Result<()> {
        self.table.delete(bucket)?;
        Ok(())
    }
}

impl atomics::Host for StoreCtx {
    async fn increment(
        &mut self,
        bucket: Resource<Bucket>,
        key: String,
        delta: i64,
    ) -> Answer<i64> {
        match self.operation(&bucket, 1, key.len())? {
            Ok(bucket) => Ok(self
                .wait(bucket.increment(&key, delta))
                .await
                .map_err(refused)),
            Err(error) => Ok(Err(error)),
        }
    }

    async fn swap(
        &mut self,
        cas: Resource<Cas>,
        value: Vec<u8>,
    ) -> wasmtime::Result<Result<(), CasError>> {
        // The guest has given the handle away, whatever comes of it.
        let cas = self.table.delete(cas)?;
        self.release(cas.size());
        if let Err(error) = self.count(1, cas.size() + value.len())? {
            return Ok(Err(CasError::StoreError(error)));
        }
        let expected = cas.value.as_deref();
        let swapped = cas.bucket.compare_and_swap(&cas.key, expected, value, None);
        match self.wait(swapped).await {
            Ok(true) => Ok(Ok(())),
            Ok(false) => Ok(Err(match self.read(cas.bucket, cas.key).await? {
                Ok(present) => CasError::CasFailed(present),
                Err(error) => CasError::StoreError(error),
            })),
            Err(error) => Ok(Err(CasError::StoreError(refused(error)))),
        }
    }
}

impl atomics::HostCas for StoreCtx {
    async fn new(&mut self, bucket: Resource<Bucket>, key: String) -> Answer<Resource<Cas>> {
        match self.operation(&bucket, 1, key.len())? {
            Ok(bucket) => self.read(bucket, key).await,
            Err(error) => Ok(Err(error)),
        }
    }

    fn current(&mut self, cas: Resource<Cas>) -> Answer<Option<Vec<u8>>> {
        let value = self.table.get(&cas)?.value.clone();
        self.charge(value.as_ref().map_or(0, Vec::len))?;
        Ok(Ok(value))
    }

    fn drop(&mut self, cas: Resource<Cas>) -> wasmtime::Result<()> {
        let cas = self.table.delete(cas)?;
        self.release(cas.size());
        Ok(())
    }
}

impl batch::Host for StoreCtx {
    async fn get_many(
        &mut self,
        bucket: Resource<Bucket>,
        keys: Vec<String>,
    ) -> Answer<Vec<(String, Option<Vec<u8>>)>> {
        let bucket = match self.operation(&bucket, keys.len(), size_of_keys(&keys))? {
            Ok(bucket) => bucket,
            Err(error) => return Ok(Err(error)),
        };
        match self.wait(bucket.get_many(keys.clone())).await {
            Ok(values) => {
                self.charge(values.iter().flatten().map(Vec::len).sum())?;
                Ok(Ok(keys.into_iter().zip(values).collect()))
            }
            Err(error) => Ok(Err(refused(error))),
        }
    }

    async fn set_many(
        &mut self,
        bucket: Resource<Bucket>,
        entries: Vec<(String, Vec<u8>)>,
    ) -> Answer<()> {
        let sizes = entries
            .iter()
            .map(|(key, value)| KEY + key.len() + value.len());
        match self.operation(&bucket, entries.len(), sizes.sum())? {
            Ok(bucket) => Ok(self
                .wait(bucket.set_many(entries, None))
                .await
                .map_err(refused)),
            Err(error) => Ok(Err(error)),
        }
    }

    async fn delete_many(&mut self, bucket: Resource<Bucket>, keys: Vec<String>) -> Answer<()> {
        match self.operation(&bucket, keys.len(), size_of_keys(&keys))? {
            Ok(bucket) => Ok(self.wait(bucket.delete_many(keys)).await.map_err(refused)),
            Err(error) => Ok(Err(error)),
        }
    }
}

impl StoreCtx {
    /// The bucket of a handle, once the operations on it have been paid for and counted.
    fn operation(
        &mut self,
        bucket: &Resource<Bucket>,
        operations: usize,
        bytes: usize,
    ) -> Answer<Bucket> {
        match self.count(operations, bytes)? {
            Ok(()) => Ok(Ok(self.table.get(bucket)?.clone())),
            Err(error) => Ok(Err(error)),
        }
    }

    fn count(&mut self, operations: usize, bytes: usize) -> Answer<()> {
        self.charge(bytes)?;
        let Ok((event, tenant)) = self.current() else {
            return Ok(Err(Error::AccessDenied));
        };
        let counted = event.count_stored(operations, &tenant.limits);
        if let Err(CallError::LimitExceeded(limit)) = counted {
            return Ok(Err(Error::Other(limit)));
        }
        Ok(Ok(()))
    }

    /// A handle on the present value of `key`, which counts as memory of the guest.
    async fn read(&mut self, bucket: Bucket, key: String) -> Answer<Resource<Cas>> {
        let value = match self.wait(bucket.get(&key)).await {
            Ok(value) => value,
            Err(error) => return Ok(Err(refused(error))),
        };
        let cas = Cas { bucket, key, value };
        let size = cas.size();
        self.charge(size)?;
        if !self.keep(size) {
            return Ok(Err(Error::Other(
                "no memory for the value: limits.memory, limits.total-memory".into(),
            )));
        }
        match self.table.push(cas) {
            Ok(cas) => Ok(Ok(cas)),
            Err(_) => {
                self.release(size);
                Ok(Err(too_many_handles()))
            }
        }
    }
}

fn is_name(identifier: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    (1..=MAX_NAME).contains(&identifier.len()) && identifier.bytes().all(is_part)
}

fn size_of_keys(keys: &[String]) -> usize {
    keys.iter().map(|key| KEY + key.len()).sum()
}

fn too_many_handles() -> Error {
    Error::Other("too many handles: drop some".into())
}

/// What a guest reads. Why the store is unavailable is the operator's concern, and in the log.
fn refused(error: StoreError) -> Error {
    Error::Other(match error {
        StoreError::Unavailable(_) => "the store is unavailable".into(),
        error => error.to_string(),
    })
}
