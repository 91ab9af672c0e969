//! Uses the store as the payload says, and answers what the host said: `{"ok"}` or `{"error": {"kind", "detail"}}`.
//! README.md lists the payloads; some of them are attacks.

use guest_kit::{
    Attack,
    bindings::{
        stockade::handler::context,
        wasi::keyvalue::{
            atomics::{self, Cas, CasError},
            batch,
            store::{self, Bucket, Error},
        },
    },
};
use serde_json::{Value, json};

struct Keeper;

type Answer = Result<Value, Error>;

impl Attack for Keeper {
    fn attack() -> String {
        let payload = context::payload().ok().flatten();
        let payload = payload.map_or(Value::Null, |payload| {
            serde_json::from_str(&payload.json).unwrap_or_default()
        });
        match keep(&payload) {
            Ok(ok) => json!({ "ok": ok }),
            Err(error) => json!({ "error": explain(error) }),
        }
        .to_string()
    }

    fn describing() {
        assert!(matches!(store::open("default"), Err(Error::AccessDenied)));
    }
}

fn keep(payload: &Value) -> Answer {
    let text = |name: &str| payload[name].as_str().unwrap_or_default().to_owned();
    let bucket = store::open(payload["bucket"].as_str().unwrap_or("default"))?;
    let key = text("key");
    match &*text("op") {
        "get" => Ok(bucket.get(&key)?.map_or(Value::Null, printed)),
        "set" => done(bucket.set(&key, &value(payload))),
        "delete" => done(bucket.delete(&key)),
        "exists" => Ok(bucket.exists(&key)?.into()),
        "list" => {
            let page = bucket.list_keys(payload["cursor"].as_str())?;
            Ok(json!({ "keys": page.keys, "cursor": page.cursor }))
        }
        "increment" => {
            let delta = payload["delta"].as_i64().unwrap_or(1);
            Ok(atomics::increment(&bucket, &key, delta)?.into())
        }
        "append" => append(&bucket, &key, &text("value")),
        "swap late" => swap_late(&bucket, &key, payload),
        "get many" => {
            let values = batch::get_many(&bucket, &keys(payload))?;
            let values = values
                .into_iter()
                .map(|(key, value)| json!([key, value.map(printed)]));
            Ok(values.collect())
        }
        "set many" => {
            let entries = keys(payload).into_iter().map(|key| (key, value(payload)));
            done(batch::set_many(&bucket, &entries.collect::<Vec<_>>()))
        }
        "delete many" => done(batch::delete_many(&bucket, &keys(payload))),
        "open for ever" => {
            let mut open = Vec::new();
            loop {
                open.push(store::open("default")?);
            }
        }
        "list for ever" => loop {
            bucket.list_keys(None)?;
        },
        "hold for ever" => {
            let mut held = Vec::new();
            loop {
                held.push(Cas::new(&bucket, &key)?);
            }
        }
        "fill" => fill(&bucket, payload),
        op => panic!("there is no {op:?}"),
    }
}

/// Appends by swapping, for as long as others come in between.
fn append(bucket: &Bucket, key: &str, more: &str) -> Answer {
    let mut cas = Cas::new(bucket, key)?;
    for tries in 1.. {
        let mut value = cas.current()?.unwrap_or_default();
        value.extend(more.as_bytes());
        match atomics::swap(cas, &value) {
            Ok(()) => return Ok(tries.into()),
            Err(CasError::CasFailed(present)) => cas = present,
            Err(CasError::StoreError(error)) => return Err(error),
        }
    }
    Ok(Value::Null)
}

/// Writes between reading and swapping; answers what the handle on the present value has.
fn swap_late(bucket: &Bucket, key: &str, payload: &Value) -> Answer {
    let cas = Cas::new(bucket, key)?;
    bucket.set(key, b"in between")?;
    match atomics::swap(cas, &value(payload)) {
        Ok(()) => Ok("swapped".into()),
        Err(CasError::StoreError(error)) => Err(error),
        Err(CasError::CasFailed(present)) => {
            let seen = present.current()?.map(printed);
            let again = atomics::swap(present, &value(payload)).is_ok();
            Ok(json!({ "seen": seen, "again": again }))
        }
    }
}

/// Writes values under ever new keys until the host refuses; answers how many it took, and why not the next.
fn fill(bucket: &Bucket, payload: &Value) -> Answer {
    let prefix = payload["key"].as_str().unwrap_or_default();
    for count in 0.. {
        if let Err(error) = bucket.set(&format!("{prefix}{count}"), &value(payload)) {
            return Ok(json!({ "stored": count, "error": explain(error) }));
        }
    }
    Ok(Value::Null)
}

fn keys(payload: &Value) -> Vec<String> {
    let keys = payload["keys"].as_array().into_iter().flatten();
    keys.filter_map(|key| key.as_str().map(str::to_owned))
        .collect()
}

fn value(payload: &Value) -> Vec<u8> {
    match payload["bytes"].as_u64() {
        Some(bytes) => vec![b'x'; bytes as usize],
        None => payload["value"].as_str().unwrap_or_default().into(),
    }
}

fn printed(value: Vec<u8>) -> Value {
    match value.len() {
        0..=1_000 => String::from_utf8_lossy(&value).into(),
        bytes => json!({ "bytes": bytes }),
    }
}

fn done(result: Result<(), Error>) -> Answer {
    result.map(|()| Value::Null)
}

fn explain(error: Error) -> Value {
    match error {
        Error::NoSuchStore => json!({ "kind": "no-such-store" }),
        Error::AccessDenied => json!({ "kind": "access-denied" }),
        Error::Other(detail) => json!({ "kind": "other", "detail": detail }),
    }
}

guest_kit::guest!(Keeper);
