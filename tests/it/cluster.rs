//! Several nodes, which a real Redis connects: what reaches whom, and what happens when one of them goes.

mod outages;
mod presence;
mod topologies;

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::{
    harness::{Client, Redis, Stockade},
    host_calls::granted,
};

/// Longer than other nodes' answers are waited for, with some for slow machines.
const ANSWERED: Duration = Duration::from_secs(4);

/// A node of `caller` that has joined the others.
async fn node(adapter: &str) -> Stockade {
    node_of("caller", adapter).await
}

async fn node_of(guest: &str, adapter: &str) -> Stockade {
    let node = Stockade::with(guest)
        .config(&format!("adapter = {adapter:?}"))
        .start()
        .await;
    joined(&node, 0).await;
    node
}

/// Waits until the node has joined the others, after having done so `before` times.
async fn joined(node: &Stockade, before: usize) {
    node.logged_after(before, "joining", |line| {
        line["message"] == "joined the other nodes"
    })
    .await;
}

async fn cut_off(node: &Stockade) {
    node.logged("being cut off", |line| {
        line["message"] == "cut off from the other nodes: serving this one's clients"
    })
    .await;
}

/// Two nodes, with a client at each.
async fn pair(adapter: &str) -> ([Stockade; 2], [Client; 2]) {
    let nodes = [node(adapter).await, node(adapter).await];
    let clients = [nodes[0].client().await, nodes[1].client().await];
    (nodes, clients)
}

/// What all these clients have been sent, once the first of them has seen to it that everything has arrived.
async fn events<const N: usize>(clients: [&Client; N]) -> [Vec<Value>; N] {
    granted(clients[0], "server emit", json!({ "event": "end" })).await;
    let mut all = Vec::new();
    for client in clients {
        client.next("end").await;
        all.push(client.events().await);
    }
    all.try_into().unwrap()
}

/// The ids that `fetch` answers, sorted, and how long it takes.
async fn fetch(client: &Client, target: Value) -> (Vec<String>, Duration) {
    let started = Instant::now();
    let ids = granted(client, "fetch", target).await;
    let mut ids: Vec<String> = serde_json::from_value(ids).unwrap();
    ids.sort();
    (ids, started.elapsed())
}

async fn ids<const N: usize>(clients: [&Client; N]) -> Vec<String> {
    let mut ids = Vec::new();
    for client in clients {
        ids.push(client.id().await);
    }
    ids.sort();
    ids
}

/// Checks that an event by one client reaches the other, which is at another node.
async fn reaches(from: &Client, to: &Client, event: &str) {
    granted(from, "emit to", json!({ "event": event })).await;
    assert_eq!(to.next(event).await, json!([]));
}

#[tokio::test]
async fn broadcasts_reach_clients_of_all_nodes_once_and_not_the_sender() {
    let redis = Redis::start().await;
    let (nodes, [alice, bob]) = pair(&redis.url()).await;
    let carol = nodes[0].client().await;
    let third = node(&redis.url()).await;
    let dave = third.client().await;
    granted(&alice, "emit to", json!({ "arguments": [1, "two"] })).await;
    granted(&alice, "server emit", json!({ "event": "to all" })).await;
    let [alices, others @ ..] = events([&alice, &bob, &carol, &dave]).await;
    assert_eq!(alices, [json!(["to all"])]);
    for other in others {
        assert_eq!(other, [json!(["news", 1, "two"]), json!(["to all"])]);
    }
}

#[tokio::test]
async fn rooms_are_those_of_all_nodes() {
    let redis = Redis::start().await;
    let (nodes, [alice, bob]) = pair(&redis.url()).await;
    let (carol, dave) = (nodes[1].client().await, nodes[1].client().await);
    for member in [&alice, &bob, &carol] {
        granted(member, "join", json!({ "rooms": ["tea"] })).await;
    }
    granted(&carol, "join", json!({ "rooms": ["away"] })).await;
    let to = json!({ "rooms": ["tea"], "except": ["away"] });
    granted(&alice, "emit to", to.clone()).await;
    let bob_alone = json!({ "rooms": [bob.id().await], "event": "for bob" });
    granted(&alice, "emit to", bob_alone).await;
    let got = events([&alice, &bob, &carol, &dave]).await;
    let bobs = vec![json!(["news"]), json!(["for bob"])];
    assert_eq!(got, [vec![], bobs, vec![], vec![]]);
    assert_eq!(fetch(&alice, to).await.0, ids([&alice, &bob]).await);
    assert_eq!(
        fetch(&dave, json!({ "rooms": ["away"] })).await.0,
        ids([&carol]).await
    );
}

#[tokio::test]
async fn operators_reach_sockets_of_all_nodes() {
    let redis = Redis::start().await;
    let (_nodes, [alice, bob]) = pair(&redis.url()).await;
    granted(&alice, "sockets join", json!({ "join": ["drawn"] })).await;
    granted(
        &alice,
        "emit to",
        json!({ "rooms": ["drawn"], "event": "in" }),
    )
    .await;
    assert_eq!(bob.next("in").await, json!([]));
    let (found, _) = fetch(&bob, json!({ "rooms": ["drawn"] })).await;
    assert_eq!(found, ids([&alice, &bob]).await);
    granted(
        &bob,
        "sockets leave",
        json!({ "rooms": [alice.id().await], "leave": ["drawn"] }),
    )
    .await;
    granted(
        &bob,
        "server emit",
        json!({ "rooms": ["drawn"], "event": "still in" }),
    )
    .await;
    let [bobs, alices] = events([&bob, &alice]).await;
    assert_eq!((bobs, alices), (vec![json!(["still in"])], vec![]));
    let bob_alone = json!({ "rooms": [bob.id().await] });
    granted(&alice, "disconnect sockets", bob_alone).await;
    assert_eq!(bob.disconnected().await, "io server disconnect");
    assert_eq!(fetch(&alice, json!({})).await.0, ids([&alice]).await);
}

#[tokio::test]
async fn namespaces_are_apart_on_all_nodes() {
    let redis = Redis::start().await;
    let (nodes, [alice, bob]) = pair(&redis.url()).await;
    let other = nodes[1].client_with("/other", json!({})).await;
    let there = json!({ "namespace": "/other", "event": "hello" });
    granted(&alice, "server emit", there.clone()).await;
    assert_eq!(other.next("hello").await, json!([]));
    assert_eq!(fetch(&alice, there).await.0, ids([&other]).await);
    let [alices, bobs] = events([&alice, &bob]).await;
    assert_eq!((alices, bobs), (vec![], vec![]));
}

#[tokio::test]
async fn local_events_stay_at_their_node() {
    let redis = Redis::start().await;
    let (nodes, [alice, bob]) = pair(&redis.url()).await;
    let carol = nodes[0].client().await;
    let here = json!({ "event": "here", "local": true });
    granted(&alice, "emit to", here.clone()).await;
    granted(&alice, "server emit", here).await;
    let [_, bobs, carols] = events([&alice, &bob, &carol]).await;
    assert_eq!((bobs.len(), carols.len()), (0, 2));
}

#[tokio::test]
async fn attachments_and_volatile_events_cross() {
    let redis = Redis::start().await;
    let (_nodes, [alice, bob]) = pair(&redis.url()).await;
    let bytes = json!({ "$bin": "AAEC//79" });
    let payload = json!({ "event": "file", "arguments": ["name", { "bytes": bytes }] });
    granted(&alice, "emit to", payload).await;
    assert_eq!(bob.next("file").await, json!(["name", { "bytes": bytes }]));
    let volatile = json!({ "event": "typing", "volatile": true });
    granted(&alice, "emit to", volatile).await;
    assert_eq!(bob.next("typing").await, json!([]));
}

#[tokio::test]
async fn events_of_one_node_stay_in_order() {
    let redis = Redis::start().await;
    let (_nodes, [alice, bob]) = pair(&redis.url()).await;
    for number in 0..200 {
        let tick = json!({ "event": "tick", "arguments": [number] });
        alice.emit("emit to", json!([tick])).await;
    }
    granted(&alice, "emit to", json!({ "event": "done" })).await;
    bob.next("done").await;
    let ticks = bob.events().await;
    let expected: Vec<_> = (0..200).map(|number| json!(["tick", number])).collect();
    assert_eq!(ticks, expected);
}

#[tokio::test]
async fn tenants_that_share_a_redis_do_not_see_each_other() {
    let redis = Redis::start().await;
    let mine = node(&redis.url()).await;
    let theirs = Stockade::with("caller")
        .tenant("someone-else")
        .config(&format!("adapter = {:?}", redis.url()))
        .start()
        .await;
    joined(&theirs, 0).await;
    let also_theirs = Stockade::with("caller")
        .tenant("someone-else")
        .config(&format!("adapter = {:?}", redis.url()))
        .start()
        .await;
    joined(&also_theirs, 0).await;
    let (alice, bob) = (mine.client().await, theirs.client().await);
    let carol = also_theirs.client().await;
    granted(&alice, "server emit", json!({ "event": "mine" })).await;
    granted(
        &alice,
        "disconnect sockets",
        json!({ "except": [alice.id().await] }),
    )
    .await;
    let [bobs, carols] = events([&bob, &carol]).await;
    assert_eq!((bobs, carols), (vec![], vec![]));
    assert_eq!(fetch(&alice, json!({})).await.0, ids([&alice]).await);
    assert_eq!(fetch(&bob, json!({})).await.0, ids([&bob, &carol]).await);
    assert_eq!(events([&alice]).await, [vec![json!(["mine"])]]);
}

#[tokio::test]
async fn garbage_in_the_channel_is_dropped() {
    let redis = Redis::start().await;
    let (nodes, [alice, bob]) = pair(&redis.url()).await;
    let header = b"\x02someone.";
    let rooms = [
        &b"\x81\xa5Order\x93\xa1/\x92\xdd\xff\xff\xff\xff"[..],
        &[0; 64],
    ]
    .concat();
    for body in [
        &b""[..],
        b"garbage",
        b"\x81\xa5Order\x90",
        &rooms,
        &[0x91; 5_000],
    ] {
        redis.publish("stockade:caller:all", body).await;
        redis
            .publish("stockade:caller:all", &[header, body].concat())
            .await;
    }
    redis
        .publish("stockade:caller:all", &vec![2; 4_000_000])
        .await;
    reaches(&alice, &bob, "after").await;
    reaches(&bob, &alice, "after").await;
    for node in &nodes {
        node.logged("the garbage", |line| {
            line["message"] == "dropped a message from Redis"
        })
        .await;
    }
}
