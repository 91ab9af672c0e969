//! The server is killed again and again while clients write: what was acknowledged is there.

use std::{collections::BTreeSet, time::Duration};

use serde_json::{Value, json};

use super::{File, done};
use crate::harness::Wire;

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
