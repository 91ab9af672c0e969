//! What guests store: in a file that survives the process, in memory, and in a real Redis.

mod crashes;
mod topologies;

use std::path::PathBuf;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{PATIENCE, Redis, Stockade, Wire, binary, component, output_of};

/// A file for a store, in a folder that goes with it.
struct File(TempDir);

impl File {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("store.redb")
    }

    /// The line of the configuration.
    fn config(&self) -> String {
        format!("store = {:?}", self.path())
    }

    async fn server(&self, more: &str) -> Stockade {
        let server = Stockade::with("keeper").config(&self.config());
        server.config(more).start().await
    }
}

/// A server of `keeper` that stores in a Redis.
async fn server_at(url: &str, more: &str) -> Stockade {
    let server = Stockade::with("keeper").config(&format!("store = \"{url}/1\""));
    server.config(more).start().await
}

/// Asks the guest `keeper` for something that the host does.
async fn done(client: &mut Wire, payload: Value) -> Value {
    let mut answer = client.ask("attack", &payload.to_string()).await;
    assert!(answer["data"].get("ok").is_some(), "{payload}: {answer}");
    answer["data"]["ok"].take()
}

/// Asks for something that the host refuses; answers why.
async fn refused(client: &mut Wire, payload: Value) -> String {
    let answer = client.ask("attack", &payload.to_string()).await;
    let error = &answer["data"]["error"];
    let reason = error.get("detail").or_else(|| error.get("kind"));
    let reason = reason.and_then(Value::as_str);
    reason
        .unwrap_or_else(|| panic!("{payload}: {answer}"))
        .to_owned()
}

/// Asks until the host does it.
async fn until_done(client: &mut Wire, payload: Value) -> Value {
    let payload = payload.to_string();
    let asking = async {
        loop {
            let mut answer = client.ask("attack", &payload).await;
            if let Some(done) = answer["data"].get_mut("ok") {
                return done.take();
            }
        }
    };
    tokio::time::timeout(PATIENCE, asking)
        .await
        .expect("the store does not come back")
}

async fn everything_that_buckets_do(server: &Stockade) {
    let client = &mut Wire::connect(&server.addr).await;
    let set = json!({ "op": "set", "key": "a", "value": "one" });
    assert_eq!(done(client, set).await, Value::Null);
    assert_eq!(
        done(client, json!({ "op": "get", "key": "a" })).await,
        "one"
    );
    assert_eq!(
        done(client, json!({ "op": "exists", "key": "a" })).await,
        true
    );
    assert_eq!(
        done(client, json!({ "op": "get", "key": "b" })).await,
        Value::Null
    );
    let elsewhere = json!({ "op": "get", "key": "a", "bucket": "other_1.x-y" });
    assert_eq!(done(client, elsewhere).await, Value::Null);

    let many = json!({ "op": "set many", "keys": ["c", "b", "c"], "value": "many" });
    done(client, many).await;
    let listed = done(client, json!({ "op": "list" })).await;
    assert_eq!(listed, json!({ "keys": ["a", "b", "c"], "cursor": null }));
    let after = done(client, json!({ "op": "list", "cursor": "a" })).await;
    assert_eq!(after["keys"], json!(["b", "c"]));
    let got = done(client, json!({ "op": "get many", "keys": ["c", "x", "a"] })).await;
    assert_eq!(got, json!([["c", "many"], ["x", null], ["a", "one"]]));
    done(
        client,
        json!({ "op": "delete many", "keys": ["b", "c", "x"] }),
    )
    .await;
    done(client, json!({ "op": "delete", "key": "x" })).await;
    let listed = done(client, json!({ "op": "list" })).await;
    assert_eq!(listed["keys"], json!(["a"]));

    let sum = done(
        client,
        json!({ "op": "increment", "key": "n", "delta": -3 }),
    )
    .await;
    assert_eq!(sum, -3);
    let large = json!({ "op": "increment", "key": "large", "delta": i64::MAX });
    assert_eq!(done(client, large.clone()).await, i64::MAX);
    assert_eq!(
        refused(client, large).await,
        "the number would be out of range"
    );
    let text = refused(client, json!({ "op": "increment", "key": "a" })).await;
    assert_eq!(text, "the value is not a number");

    done(
        client,
        json!({ "op": "append", "key": "a", "value": " two" }),
    )
    .await;
    let late = json!({ "op": "swap late", "key": "a", "value": "three" });
    let swapped = done(client, late).await;
    assert_eq!(swapped, json!({ "seen": "in between", "again": true }));
    assert_eq!(
        done(client, json!({ "op": "get", "key": "a" })).await,
        "three"
    );
}

async fn concurrent_changes_are_all_kept(server: &Stockade) {
    let counting = (0..4).map(|_| async {
        let mut client = Wire::connect(&server.addr).await;
        for _ in 0..50 {
            done(&mut client, json!({ "op": "increment", "key": "n" })).await;
            done(
                &mut client,
                json!({ "op": "append", "key": "text", "value": "x" }),
            )
            .await;
        }
    });
    let mut counting = counting.map(Box::pin);
    let [a, b, c, d] = std::array::from_fn(|_| counting.next().unwrap());
    tokio::join!(a, b, c, d);
    let client = &mut Wire::connect(&server.addr).await;
    assert_eq!(
        done(client, json!({ "op": "get", "key": "n" })).await,
        "200"
    );
    let text = done(client, json!({ "op": "get", "key": "text" })).await;
    assert_eq!(text, "x".repeat(200));
}

async fn limits_are_answers(server: &Stockade) {
    let client = &mut Wire::connect(&server.addr).await;
    for (payload, reason) in [
        (
            json!({ "op": "set", "key": "k".repeat(33) }),
            "a key has at most 32 bytes",
        ),
        (
            json!({ "op": "get", "key": "k".repeat(33) }),
            "a key has at most 32 bytes",
        ),
        (
            json!({ "op": "set", "key": "k", "bytes": 10_001 }),
            "a value has at most 10000 bytes",
        ),
        (json!({ "op": "get", "bucket": "" }), "no-such-store"),
        (
            json!({ "op": "get", "bucket": "#sessions" }),
            "no-such-store",
        ),
        (
            json!({ "op": "get", "bucket": "b".repeat(65) }),
            "no-such-store",
        ),
        (
            json!({ "op": "get many", "keys": vec!["k"; 101] }),
            "store-operations: 100 an event",
        ),
        (
            json!({ "op": "list for ever" }),
            "store-operations: 100 an event",
        ),
    ] {
        assert_eq!(refused(client, payload).await, reason);
    }
    // 64 bytes beside each, and keys of one or two digits: 9 fit into 100,000 bytes.
    let full = done(client, json!({ "op": "fill", "bytes": 10_000 })).await;
    let reason = "the store has at most 100000 bytes of keys and values";
    assert_eq!(
        full,
        json!({ "stored": 9, "error": { "kind": "other", "detail": reason } })
    );
    done(client, json!({ "op": "delete", "key": "3" })).await;
    done(client, json!({ "op": "set", "key": "x", "bytes": 10_000 })).await;
    let more = json!({ "op": "set", "key": "y", "bytes": 10_000, "bucket": "other" });
    assert_eq!(refused(client, more).await, reason);
}

const LIMITS: &str = "[limits]
store-key = \"32B\"
store-value = \"10kB\"
store-bytes = \"100kB\"
store-operations = 100";

#[tokio::test]
async fn buckets_in_a_file() {
    let file = File::new();
    everything_that_buckets_do(&file.server("").await).await;
}

#[tokio::test]
async fn buckets_in_memory() {
    let server = Stockade::with("keeper").config("store = \"memory\"");
    let server = server.start().await;
    everything_that_buckets_do(&server).await;
    let said = |line: &Value| {
        line["message"]
            .as_str()
            .is_some_and(|text| text.contains("lost at exit"))
    };
    server.logged("what memory means", said).await;
}

#[tokio::test]
async fn buckets_in_redis() {
    let redis = Redis::lasting().await;
    everything_that_buckets_do(&server_at(&redis.url(), "").await).await;
}

#[tokio::test]
async fn concurrent_changes_in_a_file() {
    let file = File::new();
    concurrent_changes_are_all_kept(&file.server("").await).await;
}

#[tokio::test]
async fn concurrent_changes_in_redis() {
    let redis = Redis::lasting().await;
    concurrent_changes_are_all_kept(&server_at(&redis.url(), "").await).await;
}

#[tokio::test]
async fn limits_of_a_file() {
    let file = File::new();
    limits_are_answers(&file.server(LIMITS).await).await;
}

#[tokio::test]
async fn limits_of_redis() {
    let redis = Redis::lasting().await;
    limits_are_answers(&server_at(&redis.url(), LIMITS).await).await;
}

#[tokio::test]
async fn operations_count_for_each_event_where_instances_are_shared() {
    let file = File::new();
    let config = "isolation = \"tenant\"\n[limits]\nstore-operations = 300\nwall = \"20s\"";
    let server = file.server(config).await;
    let client = &mut Wire::connect(&server.addr).await;
    let reason = "store-operations: 300 an event";
    for round in 0..2 {
        // Waiting for a disk that often costs more time than the guest may run.
        let fill = json!({ "op": "fill", "key": round.to_string(), "bytes": 10 });
        let filled = done(client, fill).await;
        assert_eq!(filled["stored"], 300, "{filled}");
        assert_eq!(filled["error"]["detail"], reason);
        let list = json!({ "op": "list for ever" });
        assert_eq!(refused(client, list).await, reason);
        done(client, json!({ "op": "increment", "key": "n" })).await;
    }
}

#[tokio::test]
async fn handles_and_what_they_hold_are_bounded() {
    let file = File::new();
    let mut server = file.server("").await;
    let client = &mut Wire::connect(&server.addr).await;
    done(
        client,
        json!({ "op": "set", "key": "large", "bytes": 1_000_000 }),
    )
    .await;
    let mut before = 0;
    for round in 0..5 {
        for op in ["open for ever", "hold for ever"] {
            let attack = json!({ "op": op, "key": "large" });
            let answer = client.ask("attack", &attack.to_string()).await;
            let ended = answer["error"]["code"] == "INTERNAL_SERVER_ERROR";
            assert!(
                ended || answer["data"].get("error").is_some(),
                "{op}: {answer}"
            );
            assert_eq!(client.ask("ping", "null").await["data"], "pong");
        }
        if round == 0 {
            before = server.resident();
        }
    }
    let kept = server.resident().saturating_sub(before);
    assert!(kept < 96 << 20, "{kept} bytes more than before");
    assert!(server.is_running());
}

#[tokio::test]
async fn components_do_not_see_each_others_keys() {
    let file = File::new();
    let copy = file.0.path().join("neighbour.wasm");
    std::fs::copy(component("keeper"), &copy).unwrap();
    let get = json!({ "op": "get", "key": "mine" });
    for (path, value) in [
        (component("keeper"), "keeper's"),
        (copy.clone(), "neighbour's"),
    ] {
        let mut server = Stockade::of(path).config(&file.config()).start().await;
        let client = &mut Wire::connect(&server.addr).await;
        assert_eq!(done(client, get.clone()).await, Value::Null);
        let listed = done(client, json!({ "op": "list" })).await;
        assert_eq!(listed["keys"], json!([]));
        done(
            client,
            json!({ "op": "set", "key": "mine", "value": value }),
        )
        .await;
        server.kill().await;
    }
    let server = file.server("").await;
    let client = &mut Wire::connect(&server.addr).await;
    assert_eq!(done(client, get).await, "keeper's");
}

#[tokio::test]
async fn file_that_is_in_use_keeps_a_second_server_from_starting() {
    let file = File::new();
    let server = file.server("").await;
    let client = &mut Wire::connect(&server.addr).await;
    done(client, json!({ "op": "set", "key": "k", "value": "v" })).await;
    let mut second = tokio::process::Command::new(binary());
    let second = second
        .arg("run")
        .arg(component("keeper"))
        .args(["--listen", "127.0.0.1:0"])
        .env("STOCKADE_STORE", file.path());
    let second = output_of(second).await;
    assert!(!second.status.success());
    let said = String::from_utf8_lossy(&second.stderr);
    assert!(
        said.contains("store.redb is in use by another process"),
        "{said}"
    );
}

#[tokio::test]
async fn component_that_stores_nothing_leaves_no_file() {
    let file = File::new();
    let server = Stockade::with("recorder").config(&file.config());
    let server = server.start().await;
    let client = &mut Wire::connect(&server.addr).await;
    assert_eq!(client.ask("no steps", "{}").await["status"], "ok");
    assert!(!file.path().exists());
}

#[tokio::test]
async fn redis_away_is_an_error_and_back_is_back() {
    let mut redis = Redis::lasting().await;
    let server = server_at(&redis.url(), "").await;
    let client = &mut Wire::connect(&server.addr).await;
    done(client, json!({ "op": "set", "key": "k", "value": "v" })).await;
    for _ in 0..2 {
        redis.kill().await;
        for op in ["get", "set", "increment", "list", "append"] {
            let asked = std::time::Instant::now();
            let reason = refused(client, json!({ "op": op, "key": "n" })).await;
            assert_eq!(reason, "the store is unavailable");
            assert!(
                asked.elapsed() < PATIENCE / 4,
                "{op}: {:?}",
                asked.elapsed()
            );
        }
        redis.restart().await;
        // The first tries may still hear of the failure just before.
        let get = json!({ "op": "get", "key": "k" });
        assert_eq!(until_done(client, get).await, "v");
        done(client, json!({ "op": "set", "key": "k", "value": "v" })).await;
    }
    let lines = server.log();
    let said = |text: &str| lines.iter().filter(|line| line["message"] == text).count();
    assert_eq!(said("the store is unavailable"), 2, "once for each time");
    assert_eq!(said("the store is available again"), 2);
}

#[tokio::test]
async fn redis_that_does_not_answer_is_given_up() {
    let redis = Redis::lasting().await;
    let server = server_at(&redis.url(), "").await;
    let client = &mut Wire::connect(&server.addr).await;
    done(client, json!({ "op": "set", "key": "k", "value": "v" })).await;
    redis.signal("STOP");
    let asked = std::time::Instant::now();
    let reason = refused(client, json!({ "op": "get", "key": "k" })).await;
    assert_eq!(reason, "the store is unavailable");
    assert!(asked.elapsed() < PATIENCE / 4, "{:?}", asked.elapsed());
    redis.signal("CONT");
    assert_eq!(done(client, json!({ "op": "get", "key": "k" })).await, "v");
}

#[tokio::test]
async fn server_starts_before_its_redis() {
    let mut redis = Redis::lasting().await;
    redis.kill().await;
    let server = server_at(&redis.url(), "").await;
    let client = &mut Wire::connect(&server.addr).await;
    let set = json!({ "op": "set", "key": "k", "value": "v" });
    assert_eq!(
        refused(client, set.clone()).await,
        "the store is unavailable"
    );
    redis.restart().await;
    until_done(client, set).await;
}
