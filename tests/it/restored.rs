//! What events leave in an instance that is restored: nothing, wherever they write, and whether or not they have waited.

use serde_json::json;

use crate::{
    harness::{Client, Stockade},
    isolation::made,
};

/// Memories of the guest, and pages in each.
const MEMORIES: usize = 4;
const PAGES: usize = 32;
/// What one page that is written adds to what the guest reads.
const WRITTEN: u64 = 3;

/// What the guest reads meanwhile.
async fn touch(client: &Client, steps: &str) -> Vec<u64> {
    let answer = client.ask("touch", json!(steps)).await;
    assert_eq!(answer["status"], "ok", "{steps}: {answer}");
    let sums = answer["data"].as_array().unwrap().iter();
    sums.map(|sum| sum.as_u64().unwrap()).collect()
}

/// All pages but the one that the guest needs itself, as the guest's steps name them: first of each memory the first, then of
/// each the second.
fn pages() -> impl Iterator<Item = String> {
    let all = (0..PAGES).flat_map(|page| (0..MEMORIES).map(move |memory| (memory, page)));
    all.filter(|place| *place != (0, 0))
        .map(|(memory, page)| format!("w{memory}{page:02}"))
}

/// A server and clients that answer when they are asked.
async fn server(clients: usize) -> (Stockade, Vec<Client>) {
    let server = Stockade::with("several-memories").start().await;
    let mut connected = Vec::new();
    for _ in 0..clients {
        let client = server.client().await;
        client.answer("ask", json!([])).await;
        connected.push(client);
    }
    (server, connected)
}

#[tokio::test]
async fn page_that_no_event_had_written_is_restored_for_the_next_one() {
    let (server, clients) = server(2).await;
    let fresh = touch(&clients[0], "r").await[0];
    for (number, write) in pages().enumerate() {
        let (one, other) = (&clients[number % 2], &clients[(number + 1) % 2]);
        let read = touch(one, &format!("r {write} r")).await;
        assert_eq!(read, [fresh, fresh + WRITTEN], "{write}");
        assert_eq!(touch(one, "r").await, [fresh], "{write}, the same client");
        assert_eq!(touch(other, "r").await, [fresh], "{write}, another client");
    }
    assert_eq!(made(&server, &clients[0]).await, 1);
}

#[tokio::test]
async fn page_that_is_written_before_or_after_a_wait_is_restored() {
    let (server, clients) = server(4).await;
    let fresh = touch(&clients[0], "r").await[0];
    // The threads that go on after a wait are not always those that began.
    for (number, write) in pages().enumerate() {
        let (one, other) = (&clients[number % 4], &clients[(number + 1) % 4]);
        let steps = match number % 3 {
            0 => format!("r {write} a r"),
            1 => format!("r a {write} r"),
            _ => format!("a r a {write} r a"),
        };
        let read = touch(one, &steps).await;
        assert_eq!(read, [fresh, fresh + WRITTEN], "{steps}");
        assert_eq!(touch(one, "r").await, [fresh], "{steps}, the same client");
        let read = touch(other, "r a r").await;
        assert_eq!(read, [fresh, fresh], "{steps}, another client");
    }
    assert_eq!(made(&server, &clients[0]).await, 1);
}

#[tokio::test]
async fn events_that_come_together_do_not_read_what_those_before_them_wrote() {
    let (server, clients) = server(2).await;
    let fresh = touch(&clients[0], "r").await[0];
    let pages: Vec<_> = pages().collect();
    for (turn, writes) in pages.chunks(16).enumerate() {
        let steps = writes.iter().map(|write| format!("r {write} r"));
        let events = steps.map(|steps| ("touch", json!(steps))).collect();
        let (answers, _) = clients[turn % 2].burst(events).await;
        for answer in &answers {
            assert_eq!(
                answer["data"],
                json!([fresh, fresh + WRITTEN]),
                "{writes:?}"
            );
        }
        assert_eq!(answers.len(), writes.len());
    }
    assert_eq!(made(&server, &clients[0]).await, 1);
}

#[tokio::test]
async fn pages_that_are_written_and_not_read_are_restored() {
    let (server, clients) = server(1).await;
    // Before anything has read them: reading a page is a fault of its own.
    for write in pages() {
        assert_eq!(touch(&clients[0], &write).await, [0; 0]);
    }
    let read = touch(&clients[0], "r w131 r").await;
    assert_eq!(read[1], read[0] + WRITTEN);
    let fresh = Stockade::run("several-memories").await;
    assert_eq!(touch(&fresh.client().await, "r").await, [read[0]]);
    assert_eq!(made(&server, &clients[0]).await, 1);
}
