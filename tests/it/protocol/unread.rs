//! What clients may leave unread. Those that poll show it best: until they ask, all that they are sent waits in the server, and
//! nothing with the kernel.

use std::time::Duration;

use super::*;
use crate::{
    harness::{Client, PATIENCE},
    host_calls::granted,
};

/// A client that polls when it is told to.
struct Reader {
    session: Session,
    /// Of its socket.
    id: String,
}

impl Reader {
    async fn connect(server: &Stockade) -> Self {
        let session = Session::open(&server.addr).await;
        assert_eq!(session.push("40").await.ok(), "ok");
        let packets = session.packets().await;
        let connected = packets[0].strip_prefix("40").expect(&packets[0]);
        let connected: Value = serde_json::from_str(connected).unwrap();
        let id = connected["sid"].as_str().unwrap().to_owned();
        Self { session, id }
    }

    /// Has somebody else send it a text, which it does not read.
    async fn is_sent(&self, by: &Client, bytes: usize) {
        let text = "x".repeat(bytes);
        let news = json!({ "rooms": [self.id], "arguments": [text] });
        granted(by, "emit to", news).await;
    }

    /// Reads until it has a text of so many bytes.
    async fn reads(&self, bytes: usize) {
        let text = format!("42[\"news\",\"{}\"]", "x".repeat(bytes));
        while !self.session.packets().await.contains(&text) {}
    }
}

#[tokio::test]
async fn over_the_total_who_leaves_more_than_a_fair_share_is_cut_off() {
    let server = Stockade::with("caller")
        .config("[limits]\ntotal-unread = \"200KiB\"")
        .start()
        .await;
    let talker = server.client().await;
    let mut readers = Vec::new();
    for _ in 0..5 {
        let reader = Reader::connect(&server).await;
        reader.is_sent(&talker, 60_000).await;
        readers.push(reader);
    }
    // Together they have left too much, but nobody more than 64 KiB.
    let greedy = readers.remove(0);
    greedy.is_sent(&talker, 10_000).await;
    greedy.session.until_gone().await;
    for reader in &readers {
        reader.reads(60_000).await;
    }
    // What was read does not count any more, nor what nobody will read: there is room for more than a fair share. The server
    // may still be at the end of the one that was cut off.
    let room = async {
        loop {
            let reader = Reader::connect(&server).await;
            reader.is_sent(&talker, 150_000).await;
            let polled = reader.session.poll().await;
            if polled.status == 200 && polled.body.len() > 150_000 {
                return;
            }
        }
    };
    let room = tokio::time::timeout(PATIENCE, room).await;
    room.expect("bytes that nobody will read are counted for ever");
}

#[tokio::test]
async fn own_events_wait_until_half_of_the_limit_is_read() {
    /// Far less than an event waits at most.
    const SOON: Duration = Duration::from_secs(10);
    let server = Stockade::with("caller")
        .config("[limits]\nunread = \"1MiB\"")
        .start()
        .await;
    let witness = server.client().await;
    let reader = Reader::connect(&server).await;
    let tell = |event| format!("42[\"emit to\",{}]", json!({ "event": event }));
    // Less than half.
    reader.is_sent(&witness, 500_000).await;
    assert_eq!(reader.session.push(&tell("at once")).await.ok(), "ok");
    assert_eq!(witness.next("at once").await, json!([]));
    // And more.
    reader.is_sent(&witness, 100_000).await;
    assert_eq!(reader.session.push(&tell("when read")).await.ok(), "ok");
    for _ in 0..50 {
        granted(&witness, "rooms", json!({})).await;
    }
    assert_eq!(witness.events().await, Vec::<Value>::new());
    reader.reads(100_000).await;
    let told = tokio::time::timeout(SOON, witness.next("when read")).await;
    assert_eq!(told.expect("it waits although all is read"), json!([]));
}

/// Long before it has left too many packets, and at once.
#[tokio::test]
async fn who_leaves_more_than_the_limit_of_echoes_is_cut_off() {
    let server = Stockade::with("basic-c")
        .config("[limits]\nunread = \"1MiB\"")
        .start()
        .await;
    let echo = |bytes| format!("421[\"echo\",\"{}\"]", "x".repeat(bytes));
    for (last, is_over) in [(500_000, false), (650_000, true)] {
        let session = Session::connected(&server.addr).await;
        // Less than half, so the next one does not wait.
        assert_eq!(session.push(&echo(450_000)).await.ok(), "ok");
        assert_eq!(session.push(&echo(last)).await.ok(), "ok");
        if is_over {
            session.until_gone().await;
        } else {
            let mut read = 0;
            while read < 2 {
                read += session.packets().await.len();
            }
        }
    }
}

/// Half of the limit is left by events that are refused in their turn, the rest by those for which there is no room.
#[tokio::test]
async fn who_leaves_more_than_the_limit_of_refusals_is_cut_off() {
    /// Events in one request. Each refusal has about a hundred bytes.
    const EVENTS: usize = 100;
    let server = Stockade::with("basic-c")
        .config("[limits]\nunread = \"64KiB\"\nqueue = 1")
        .start()
        .await;
    let events = ["421[\"no such event\"]"; EVENTS].join(&SEPARATOR.to_string());
    let session = Session::connected(&server.addr).await;
    for _ in 0..4 {
        assert_eq!(session.push(&events).await.ok(), "ok");
    }
    let mut read = 0;
    while read < 4 * EVENTS {
        read += session.packets().await.len();
    }
    // Far fewer than the packets that may wait, whatever their size.
    for _ in 0..20 {
        session.push(&events).await;
    }
    session.until_gone().await;
}
