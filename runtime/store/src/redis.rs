//! A store in Redis: plain strings under readable names, `stockade:{tenant}:bucket:key`.
//!
//! Each bucket also has a sorted set of its keys, for lists, and each tenant a count of its bytes. Scripts keep both in step
//! with the entries. Redis lets entries expire by itself; the tenant's next script takes them off the count and the list. So
//! Redis must not evict: `maxmemory-policy noeviction`.

mod link;

use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

use redis::{Script, ScriptInvocation};

use super::{
    Page, StoreError, StoreLimits,
    backend::{Backend, Reply, later},
    change::{self, Change, ENTRY},
    read::{PAGE_BYTES, PAGE_KEYS},
    space::Space,
};
use link::{Again, Link};
use stockade_redis::Address;

macro_rules! script {
    ($file:literal) => {
        LazyLock::new(|| {
            Script::new(concat!(
                include_str!("redis/prelude.lua"),
                include_str!($file)
            ))
        })
    };
}

static SET: LazyLock<Script> = script!("redis/set.lua");
static DELETE: LazyLock<Script> = script!("redis/delete.lua");
static INCREMENT: LazyLock<Script> = script!("redis/increment.lua");
static SWAP: LazyLock<Script> = script!("redis/swap.lua");
static LIST: LazyLock<Script> = script!("redis/list.lua");
static GET_MANY: LazyLock<Script> = script!("redis/get-many.lua");

pub(super) struct Redis {
    link: Link,
}

impl Redis {
    pub(super) fn new(address: Address) -> Self {
        Self {
            link: Link::new(address),
        }
    }

    async fn run_change(
        &self,
        space: &Space,
        change: Change,
        limits: &StoreLimits,
    ) -> Result<i64, StoreError> {
        let limit = limits.bytes;
        let (script, again) = match &change {
            Change::Set { entries, ttl } => {
                let mut script = invoke(&SET, space);
                script.arg(limit).arg(millis(*ttl));
                for (key, value) in entries {
                    script.arg(key).arg(value);
                }
                (script, Again::Once)
            }
            Change::Delete(keys) => {
                let mut script = invoke(&DELETE, space);
                script.arg(keys);
                (script, Again::Once)
            }
            Change::Increment { key, delta } => {
                let mut script = invoke(&INCREMENT, space);
                script.arg(limit).arg(key).arg(*delta);
                (script, Again::Never)
            }
            Change::Swap {
                key,
                expected,
                value,
                ttl,
            } => {
                let mut script = invoke(&SWAP, space);
                script.arg(limit).arg(millis(*ttl)).arg(key).arg(value);
                // Absent and empty are not the same.
                if let Some(expected) = expected {
                    script.arg(expected);
                }
                (script, Again::Never)
            }
        };
        let answer: String = self.run(&script, again).await?;
        match &*answer {
            "full" => Err(StoreError::Full { limit }),
            "range" => Err(StoreError::OutOfRange),
            number => number.parse().map_err(|_| StoreError::NotANumber),
        }
    }

    async fn command<T: redis::FromRedisValue>(&self, cmd: redis::Cmd) -> Result<T, StoreError> {
        let cmd = &cmd;
        let call = |mut connection| async move { cmd.query_async(&mut connection).await };
        self.link.call(Again::Once, call).await
    }

    async fn run<T: redis::FromRedisValue>(
        &self,
        script: &ScriptInvocation<'_>,
        again: Again,
    ) -> Result<T, StoreError> {
        let call = |mut connection| async move { script.invoke_async(&mut connection).await };
        self.link.call(again, call).await
    }
}

impl Backend for Redis {
    /// Looks whether Redis is there. It may come up later: that it is away is only logged, by the link itself.
    fn prepare(&self) -> Reply<'_, ()> {
        later(async {
            let _ = self.command::<()>(redis::cmd("PING")).await;
            Ok(())
        })
    }

    fn get<'a>(&'a self, space: &'a Arc<Space>, key: &'a str) -> Reply<'a, Option<Vec<u8>>> {
        let mut get = redis::cmd("GET");
        get.arg(space.redis().entry(key));
        later(self.command(get))
    }

    fn exists<'a>(&'a self, space: &'a Arc<Space>, key: &'a str) -> Reply<'a, bool> {
        let mut exists = redis::cmd("EXISTS");
        exists.arg(space.redis().entry(key));
        later(self.command(exists))
    }

    fn get_many<'a>(
        &'a self,
        space: &'a Arc<Space>,
        keys: Vec<String>,
        limit: usize,
    ) -> Reply<'a, Vec<Option<Vec<u8>>>> {
        later(async move {
            let mut script = invoke(&GET_MANY, space);
            script.arg(limit).arg(keys);
            // No answer at all where there would be too much.
            let values: Option<Vec<Option<Vec<u8>>>> = self.run(&script, Again::Once).await?;
            values.ok_or(StoreError::BatchTooLarge { limit })
        })
    }

    fn list<'a>(&'a self, space: &'a Arc<Space>, cursor: Option<String>) -> Reply<'a, Page> {
        later(async move {
            let from = cursor.map_or_else(|| "-".to_owned(), |cursor| format!("({cursor}"));
            let mut script = invoke(&LIST, space);
            script.arg(from).arg(PAGE_KEYS).arg(PAGE_BYTES);
            let page: (Option<String>, Vec<String>) = self.run(&script, Again::Once).await?;
            let (cursor, keys) = page;
            Ok(Page { keys, cursor })
        })
    }

    fn change<'a>(
        &'a self,
        space: &'a Arc<Space>,
        change: Change,
        limits: &'a StoreLimits,
    ) -> Reply<'a, i64> {
        later(self.run_change(space, change, limits))
    }
}

/// Prepares a script with the names that the prelude expects.
fn invoke<'a>(script: &'a Script, space: &Space) -> ScriptInvocation<'a> {
    let names = space.redis();
    let mut invocation = script.prepare_invoke();
    invocation
        .key(&names.index)
        .key(&names.used)
        .key(&names.expiries)
        .key(&names.sizes);
    invocation.arg(ENTRY);
    invocation
}

/// Returns milliseconds, or 0 for never.
fn millis(ttl: Option<Duration>) -> u64 {
    ttl.map_or(0, |ttl| change::millis(ttl).max(1))
}
