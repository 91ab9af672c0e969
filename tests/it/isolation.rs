//! Who shares an instance's memory: a counter in it tells.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::{Client, PATIENCE, Stockade};

async fn counts(client: &Client, times: usize) -> Vec<Value> {
    let mut counts = Vec::new();
    for _ in 0..times {
        counts.push(client.ask("count", json!(null)).await["data"].clone());
    }
    counts
}

async fn server(isolation: &str) -> Stockade {
    let config = format!("isolation = \"{isolation}\"");
    Stockade::with("recorder").config(&config).start().await
}

#[tokio::test]
async fn event_shares_with_nobody() {
    let server = server("event").await;
    let (one, other) = (server.client().await, server.client().await);
    assert_eq!(counts(&one, 3).await, [1, 1, 1]);
    assert_eq!(counts(&other, 2).await, [1, 1]);
}

#[tokio::test]
async fn socket_shares_with_its_own_events() {
    let server = server("socket").await;
    let (one, other) = (server.client().await, server.client().await);
    assert_eq!(counts(&one, 3).await, [1, 2, 3]);
    assert_eq!(counts(&other, 2).await, [1, 2]);
    assert_eq!(counts(&one, 1).await, [4]);
}

#[tokio::test]
async fn tenant_shares_with_everybody() {
    let server = server("tenant").await;
    let (one, other) = (server.client().await, server.client().await);
    assert_eq!(counts(&one, 2).await, [1, 2]);
    assert_eq!(counts(&other, 2).await, [3, 4]);
}

#[tokio::test]
async fn trap_retires_the_shared_instance() {
    let server = server("tenant").await;
    let client = server.client().await;
    assert_eq!(counts(&client, 2).await, [1, 2]);
    let trapped = client.ask("no steps", json!({ "handler": "trap" })).await;
    assert_eq!(trapped["error"]["code"], "INTERNAL_SERVER_ERROR");
    assert_eq!(counts(&client, 1).await, [1]);
}

#[tokio::test]
async fn shared_instance_retires_after_its_events() {
    let server = Stockade::with("recorder")
        .config("isolation = \"tenant\"\n[reuse]\nevents = 3")
        .start()
        .await;
    // In the namespace whose connections the guest does not hear of, as they would count.
    let client = server.client_with("/bare", json!({})).await;
    assert_eq!(counts(&client, 5).await, [1, 2, 3, 1, 2]);
}

#[tokio::test]
async fn idle_instances_make_room_for_new_ones() {
    let server = Stockade::with("recorder")
        .config("isolation = \"socket\"\n[limits]\ninstances = 2")
        .start()
        .await;
    let mut clients = Vec::new();
    for _ in 0..4 {
        let client = server.client().await;
        assert_eq!(counts(&client, 2).await, [1, 2]);
        clients.push(client);
    }
    // The first client's instance has given way.
    assert_eq!(counts(&clients[0], 1).await, [1]);
}

#[tokio::test]
async fn clients_that_have_gone_leave_no_instances() {
    // One for the client that stays, two for those that come and go.
    let server = Stockade::with("recorder")
        .config("isolation = \"socket\"\n[limits]\ninstances = 3")
        .start()
        .await;
    let client = server.client().await;
    assert_eq!(counts(&client, 1).await, [1]);
    let disconnected = |line: &Value| line["message"] == "socket disconnected";
    for before in 0..4 {
        let other = server.client_with("/bare", json!({})).await;
        assert_eq!(counts(&other, 1).await, [1]);
        other.disconnect().await;
        let end = server.logged_after(before, "the disconnection", disconnected);
        end.await;
    }
    for _ in 0..4 {
        let auth = json!({ "auth": { "connection": "throw" } });
        let refused = server.connecting("", auth).await;
        assert_eq!(refused.refused().await, "refused by guest");
    }
    // Its instance did not give way to theirs.
    assert_eq!(counts(&client, 1).await, [2]);
}

#[tokio::test]
async fn connections_that_the_guest_does_not_ask_for_take_no_instance() {
    let server = server("socket").await;
    let client = server.client_with("/bare", json!({})).await;
    let other = server.client_with("/bare", json!({})).await;
    other.disconnect().await;
    let disconnected = |line: &Value| line["message"] == "socket disconnected";
    server.logged("the disconnection", disconnected).await;
    assert_eq!(made(&server, &client).await, 0);
}

#[tokio::test]
async fn state_ends_with_its_event_even_where_memory_is_shared() {
    let server = server("tenant").await;
    let client = server.client().await;
    for _ in 0..2 {
        let answer = client.ask("no steps", json!({})).await;
        assert_eq!(answer["data"]["trace"], json!(["handler"]));
    }
}

/// How many instances have been made for events so far.
pub(crate) async fn made(server: &Stockade, client: &Client) -> usize {
    let is_rejection = |line: &Value| line["message"] == "event refused";
    let before = server
        .log()
        .iter()
        .filter(|line| is_rejection(line))
        .count();
    client.ask("no such event", json!(null)).await;
    // The log is in order, so whatever was to be in it is there when this is.
    server
        .logged_after(before, "the rejection", is_rejection)
        .await;
    let lines = server.log();
    let made = lines
        .iter()
        .filter(|line| line["message"] == "an instance is made");
    // One was made to describe the component.
    made.count() - 1
}

async fn leftovers(client: &Client, wish: &str) -> Value {
    let answer = client.ask("attack", json!(wish)).await;
    assert_eq!(answer["status"], "ok", "{answer}");
    answer["data"].clone()
}

#[tokio::test]
async fn restored_instance_is_as_good_as_a_new_one() {
    let server = Stockade::with("leftovers").start().await;
    let (one, other) = (server.client().await, server.client().await);
    // In an instance that has just been made.
    let first = leftovers(&one, "look").await;
    assert_eq!((&first["global"], &first["stack"]), (&json!(0), &json!(0)));
    for client in [&one, &other, &one, &other] {
        assert_eq!(leftovers(client, "look").await, first);
    }
    assert_eq!(made(&server, &one).await, 1);
}

#[tokio::test]
async fn instance_that_cannot_be_restored_is_not_used_again() {
    let server = Stockade::with("leftovers").start().await;
    let client = server.client().await;
    let first = leftovers(&client, "look").await;
    for (wish, makes_another) in [
        ("grown", true),
        ("handle", true),
        ("handles", true),
        ("none", false),
    ] {
        let before = made(&server, &client).await;
        leftovers(&client, wish).await;
        assert_eq!(leftovers(&client, "look").await, first, "{wish}");
        let after = made(&server, &client).await;
        assert_eq!(after, before + usize::from(makes_another), "{wish}");
    }
}

#[tokio::test]
async fn component_that_cannot_be_restored_gets_a_new_instance_each_time() {
    let server = Stockade::with("table-growth").start().await;
    let why = |line: &Value| line["why"] == "its code changes a table";
    server.logged("why instances are made", why).await;
    let client = server.client().await;
    for _ in 0..3 {
        client.ask("ping", json!(null)).await;
    }
    assert_eq!(made(&server, &client).await, 3);
}

#[tokio::test]
async fn trap_leaves_nothing_to_restore() {
    let server = server("event").await;
    let client = server.client().await;
    let before = made(&server, &client).await;
    let trapped = client.ask("no steps", json!({ "handler": "trap" })).await;
    assert_eq!(trapped["error"]["code"], "INTERNAL_SERVER_ERROR");
    assert_eq!(counts(&client, 2).await, [1, 1]);
    assert_eq!(made(&server, &client).await, before + 1);
}

#[tokio::test]
async fn events_do_not_share_what_is_random_at_the_start() {
    let server = Stockade::with("start-secret").start().await;
    let why = |line: &Value| {
        let why = line["why"].as_str();
        why.is_some_and(|why| why.starts_with("its start asks WASI"))
    };
    server.logged("why instances are made", why).await;
    let client = server.client().await;
    let mut secrets = Vec::new();
    for _ in 0..4 {
        let secret = client.ask("attack", json!(null)).await["data"].clone();
        assert!(!secrets.contains(&secret), "{secret} again");
        secrets.push(secret);
    }
    assert_eq!(made(&server, &client).await, 4);
}

#[tokio::test]
async fn reused_instance_retires_with_age() {
    /// The `age` below. An instance may seem older than it is, for the runtime's own clock may be late.
    const AGE: Duration = Duration::from_secs(2);
    let server = Stockade::with("recorder")
        .config("isolation = \"socket\"\n[reuse]\nage = \"2s\"\nevents = 1000000")
        .start()
        .await;
    let idle = server.client_with("/bare", json!({})).await;
    assert_eq!(counts(&idle, 2).await, [1, 2]);
    let busy = server.client_with("/bare", json!({})).await;
    let started = Instant::now();
    let retired = async {
        let mut last = 0;
        loop {
            let count = counts(&busy, 1).await[0].as_u64().unwrap();
            if count <= last {
                return (last, count);
            }
            last = count;
        }
    };
    let retired = tokio::time::timeout(PATIENCE, retired).await;
    let (last, first) = retired.expect("an instance never retires");
    assert_eq!(first, 1);
    assert!(last > 1 && started.elapsed() > AGE / 2, "{last} events");
    // The other one's is older still, and has been used by nobody since.
    assert_eq!(counts(&idle, 1).await, [1]);
}
