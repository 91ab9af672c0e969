//! The server is killed again and again while clients write: what was acknowledged is there.

use std::{collections::BTreeSet, time::Duration};

use serde_json::{Value, json};

use super::{File, done};
use crate::harness::{Stockade, Wire};

const ROUNDS: usize = 10;
const WRITERS: usize = 4;
/// Acknowledgements that a writer waits for before the server may be killed.
const WRITES: usize = 20;

/// Writes as fast as acknowledgements come, until the connection breaks; answers the keys that were acknowledged.
async fn write(addr: String, prefix: String, enough: tokio::sync::mpsc::Sender<()>) -> Vec<String> {
    let mut client = Wire::connect(&addr).await;
    let mut acknowledged = Vec::new();
    for n in 0.. {
        let key = format!("{prefix}-{n}");
        let set = json!({ "op": "set", "key": key, "value": key }).to_string();
        let Ok(id) = client.emit("attack", &set).await else {
            break;
        };
        match client.ack(id).await {
            Some(answer) if answer["data"].get("ok").is_some() => acknowledged.push(key),
            Some(answer) => panic!("{answer}"),
            None => break,
        }
        if n == WRITES {
            let _ = enough.send(()).await;
        }
    }
    acknowledged
}

#[tokio::test]
async fn acknowledged_writes_survive_kills() {
    let file = File::new();
    let mut written = BTreeSet::new();
    for round in 0..=ROUNDS {
        let mut server = file.server("").await;
        let client = &mut Wire::connect(&server.addr).await;
        for some in written.iter().collect::<Vec<_>>().chunks(500) {
            let got = done(client, json!({ "op": "get many", "keys": some })).await;
            for pair in got.as_array().unwrap() {
                assert_eq!(pair[0], pair[1], "lost before round {round}");
            }
        }
        let count = done(client, json!({ "op": "get", "key": "rounds" })).await;
        let expected = match round {
            0 => Value::Null,
            round => round.to_string().into(),
        };
        assert_eq!(count, expected);
        done(client, json!({ "op": "increment", "key": "rounds" })).await;
        if round == ROUNDS {
            break;
        }
        let (enough, mut writing) = tokio::sync::mpsc::channel(WRITERS);
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let prefix = format!("{round}-{writer}");
                tokio::spawn(write(server.addr.clone(), prefix, enough.clone()))
            })
            .collect();
        for _ in 0..WRITERS {
            writing.recv().await.unwrap();
        }
        // At another point of a transaction each time.
        tokio::time::sleep(Duration::from_millis(3 * round as u64)).await;
        server.kill().await;
        for writer in writers {
            written.extend(writer.await.unwrap());
        }
    }
    assert!(
        written.len() > ROUNDS * WRITERS * WRITES,
        "{}",
        written.len()
    );
}

/// Whether a kill hits the gap between an acknowledgement that comes too early and its write is luck. Here the gap has no end:
/// there is room in the file, so all goes well until the write itself, which may not go so far into it.
#[tokio::test]
async fn write_that_does_not_reach_the_file_is_not_acknowledged() {
    /// Bytes of the file that may be written.
    const LIMIT: usize = 4 << 20;
    let file = File::new();
    let value = "x".repeat(900_000);
    let set = |key: &str| json!({ "op": "set", "key": key, "value": value });
    let mut server = file.server("").await;
    let client = &mut Wire::connect(&server.addr).await;
    for n in 0..20 {
        done(client, set(&format!("old {n}"))).await;
    }
    // The last one stays, and so does the length of the file.
    for n in 0..19 {
        let key = format!("old {n}");
        done(client, json!({ "op": "delete", "key": key })).await;
    }
    server.terminate();
    assert!(server.ended().await.success());
    let length = std::fs::metadata(file.path()).unwrap().len();
    assert!(length > 3 * LIMIT as u64, "{length} bytes");

    let server = Stockade::with("keeper").config(&file.config());
    // Without the trap the write would end the process.
    let limits = format!("trap '' XFSZ; ulimit -f {}", LIMIT >> 10);
    let mut server = server.shell(&limits).start().await;
    let client = &mut Wire::connect(&server.addr).await;
    let mut acknowledged = Vec::new();
    for n in 0..40 {
        let key = n.to_string();
        let answer = client.ask("attack", &set(&key).to_string()).await;
        match answer["data"].get("ok") {
            Some(_) => acknowledged.push(key),
            None => break,
        }
    }
    server.kill().await;
    let server = file.server("").await;
    let client = &mut Wire::connect(&server.addr).await;
    for key in &acknowledged {
        let get = json!({ "op": "get", "key": key });
        // Of a long value the guest tells the length.
        let expected = json!({ "bytes": value.len() });
        assert_eq!(done(client, get).await, expected, "{key} is lost");
    }
    let written = acknowledged.len();
    assert!((1..=LIMIT / value.len()).contains(&written), "{written}");
}
