//! Memory that one client's events keep from another's.

use serde_json::json;

use super::{internal_error, pong};
use crate::harness::{Stockade, Wire};

#[tokio::test]
async fn instances_that_are_done_leave_the_tenants_memory_to_others() {
    let server = Stockade::with("memory-greed")
        .config("[limits]\nmemory = \"64MiB\"\ntotal-memory = \"80MiB\"")
        .start()
        .await;
    let mut client = Wire::connect(&server.addr).await;
    for _ in 0..10 {
        let answer = client.ask("attack", "null").await;
        assert!(answer["data"]["kib"].as_u64() > Some(32 << 10), "{answer}");
    }
}

#[tokio::test]
async fn tenants_memory_is_bounded_over_all_instances() {
    let server = Stockade::with("memory-growth")
        .config("[limits]\nmemory = \"64MiB\"\ntotal-memory = \"96MiB\"")
        .start()
        .await;
    let before = server.resident();
    let mut clients = Vec::new();
    for _ in 0..8 {
        let mut client = Wire::connect(&server.addr).await;
        client.emit("attack", "null").await.unwrap();
        clients.push(client);
    }
    for client in &mut clients {
        assert_eq!(client.ack(0).await.unwrap(), internal_error());
    }
    let grown = server.resident().saturating_sub(before);
    assert!(grown < 200 << 20, "{grown} bytes");
    assert_eq!(clients[0].ask("ping", "null").await, pong());
}

#[tokio::test]
async fn idle_instances_give_their_memory_to_those_who_need_it() {
    let server = Stockade::with("memory-greed")
        .config("isolation = \"socket\"\n[limits]\nmemory = \"64MiB\"\ntotal-memory = \"128MiB\"")
        .start()
        .await;
    let mut greedy = Vec::new();
    for _ in 0..3 {
        let mut client = Wire::connect(&server.addr).await;
        client.ask("attack", "null").await;
        greedy.push(client);
    }
    // The instances of these clients are idle: they are to give way, as they do where there are too many of them.
    let mut neighbour = Wire::connect(&server.addr).await;
    assert_eq!(neighbour.ask("ping", "null").await, pong());
}

#[tokio::test]
async fn rooms_are_bounded_by_whatever_call_they_are_joined() {
    let server = Stockade::run("caller").await;
    let mut client = Wire::connect(&server.addr).await;
    let rooms: Vec<_> = (0..1_000).map(|room| format!("room {room}")).collect();
    let join = json!({ "join": rooms, "rooms": [] });
    for _ in 0..3 {
        client.ask("sockets join", &join.to_string()).await;
    }
    let rooms = client.ask("rooms", "{}").await;
    let count = rooms["data"]["ok"].as_array().unwrap().len();
    assert!(count <= 256, "{count} rooms of one socket");
}
