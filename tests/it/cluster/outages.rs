//! Redis goes and comes back; nodes do.

use super::*;

/// Long enough for a dead node to be known as one.
const FORGOTTEN: Duration = Duration::from_secs(10);

/// Waits until `fetch` finds these clients and nobody is waited for.
async fn until_found<const N: usize>(client: &Client, clients: [&Client; N]) {
    let expected = ids(clients).await;
    let started = Instant::now();
    loop {
        let (found, took) = fetch(client, json!({})).await;
        if found == expected && took < Duration::from_secs(1) {
            return;
        }
        assert!(started.elapsed() < FORGOTTEN, "{found:?} in {took:?}");
    }
}

#[tokio::test]
async fn without_redis_each_node_serves_its_own_clients_and_joins_again() {
    let mut redis = Redis::start().await;
    let (nodes, [alice, bob]) = pair(&redis.url()).await;
    let carol = nodes[0].client().await;
    reaches(&alice, &bob, "before").await;
    for round in 0..2 {
        redis.kill().await;
        for (number, node) in nodes.iter().enumerate() {
            node.logged_after(round, "being cut off", |line| {
                line["message"] == "cut off from the other nodes: serving this one's clients"
            })
            .await;
            let client = [&alice, &bob][number];
            granted(client, "server emit", json!({ "event": "alone" })).await;
            assert_eq!(client.next("alone").await, json!([]));
        }
        assert_eq!(carol.next("alone").await, json!([]));
        let (found, took) = fetch(&alice, json!({})).await;
        assert_eq!(found, ids([&alice, &carol]).await);
        assert!(took < Duration::from_secs(1), "{took:?}");
        redis.restart().await;
        for node in &nodes {
            joined(node, round + 1).await;
        }
        reaches(&alice, &bob, "after").await;
        reaches(&bob, &carol, "after").await;
        assert_eq!(
            fetch(&bob, json!({})).await.0,
            ids([&alice, &bob, &carol]).await
        );
    }
    let missed = nodes[0].log();
    let missed = missed.iter().filter_map(|line| line["missed"].as_u64());
    assert!(missed.max() >= Some(1), "what was lost is counted");
    let [alices, bobs] = events([&alice, &bob]).await;
    assert!(
        !bobs.iter().chain(&alices).any(|event| event[0] == "alone"),
        "nothing arrives late: {bobs:?}"
    );
}

#[tokio::test]
async fn node_starts_without_redis_and_joins_when_it_comes() {
    let mut redis = Redis::start().await;
    redis.kill().await;
    let adapter = format!("adapter = {:?}", redis.url());
    let mut nodes = Vec::new();
    for _ in 0..2 {
        nodes.push(Stockade::with("caller").config(&adapter).start().await);
    }
    let (alice, bob) = (nodes[0].client().await, nodes[1].client().await);
    nodes[0]
        .logged("the warning", |line| {
            line["level"] == "WARN"
                && line["message"] == "Redis cannot be reached: serving this node's clients"
        })
        .await;
    granted(&alice, "server emit", json!({ "event": "alone" })).await;
    assert_eq!(alice.next("alone").await, json!([]));
    redis.restart().await;
    for node in &nodes {
        joined(node, 0).await;
    }
    reaches(&alice, &bob, "together").await;
    assert_eq!(bob.events().await, Vec::<Value>::new());
}

#[tokio::test]
async fn redis_that_hangs_holds_up_nothing() {
    let redis = Redis::start().await;
    let (nodes, [alice, bob]) = pair(&redis.url()).await;
    redis.signal("STOP");
    granted(&alice, "server emit", json!({ "event": "alone" })).await;
    assert_eq!(alice.next("alone").await, json!([]));
    let (found, took) = fetch(&alice, json!({})).await;
    assert_eq!(found, ids([&alice]).await);
    assert!(took < ANSWERED, "{took:?}");
    for node in &nodes {
        cut_off(node).await;
    }
    redis.signal("CONT");
    for node in &nodes {
        joined(node, 1).await;
    }
    reaches(&alice, &bob, "together").await;
}

#[tokio::test]
async fn node_that_dies_is_missed_by_nobody_and_joins_again() {
    let redis = Redis::start().await;
    let ([first, second], [alice, bob]) = pair(&redis.url()).await;
    let third = node(&redis.url()).await;
    let carol = third.client().await;
    assert_eq!(
        fetch(&alice, json!({})).await.0,
        ids([&alice, &bob, &carol]).await
    );
    // With SIGKILL.
    drop(third);
    let (found, took) = fetch(&alice, json!({})).await;
    assert_eq!(found, ids([&alice, &bob]).await);
    assert!(took < ANSWERED, "{took:?}");
    reaches(&alice, &bob, "still here").await;
    until_found(&alice, [&alice, &bob]).await;
    let again = node(&redis.url()).await;
    let dave = again.client().await;
    reaches(&alice, &dave, "hello").await;
    reaches(&dave, &bob, "hello").await;
    until_found(&dave, [&alice, &bob, &dave]).await;
    drop((first, second));
}

#[tokio::test]
async fn disconnection_is_told_at_other_nodes() {
    let redis = Redis::start().await;
    let first = node_of("recorder", &redis.url()).await;
    let second = node_of("recorder", &redis.url()).await;
    let (alice, bob) = (first.client().await, second.client().await);
    let bob_id = bob.id().await;
    bob.disconnect().await;
    assert_eq!(alice.next("gone").await[0]["id"], json!(bob_id));
}

#[tokio::test]
async fn what_is_found_while_others_are_out_of_reach_is_not_complete() {
    let mut redis = Redis::start().await;
    let (nodes, [alice, bob]) = pair(&redis.url()).await;
    reaches(&bob, &alice, "there").await;
    let found = granted(&alice, "count", json!({})).await;
    assert_eq!(found, json!({ "sockets": 2, "complete": true }));
    redis.signal("STOP");
    let found = granted(&alice, "count", json!({})).await;
    assert_eq!(found, json!({ "sockets": 1, "complete": false }));
    redis.kill().await;
    cut_off(&nodes[0]).await;
    let found = granted(&alice, "count", json!({})).await;
    assert_eq!(found, json!({ "sockets": 1, "complete": false }));
    redis.restart().await;
    for node in &nodes {
        joined(node, 1).await;
    }
    let found = granted(&alice, "count", json!({})).await;
    assert_eq!(found, json!({ "sockets": 2, "complete": true }));
}

#[tokio::test]
async fn what_is_kept_of_sockets_and_connections_crosses() {
    let redis = Redis::start().await;
    let (_nodes, [alice, bob]) = pair(&redis.url()).await;
    granted(&bob, "join", json!({ "rooms": ["tea"] })).await;
    granted(&bob, "set data", json!({ "value": [1, "\u{fc}"] })).await;
    granted(&bob, "set user", json!({ "value": { "name": "bob" } })).await;
    reaches(&bob, &alice, "there").await;
    let mut found = granted(&alice, "fetch all", json!({ "rooms": ["tea"] })).await;
    let id = bob.id().await;
    assert!(found["sockets"][0]["issued"].take().as_u64() > Some(0));
    let socket = json!({
        "id": id,
        "rooms": [id, "tea"],
        "data": [1, "\u{fc}"],
        "user": { "name": "bob" },
        "address": "127.0.0.1",
        "issued": null,
    });
    assert_eq!(found, json!({ "sockets": [socket], "complete": true }));
    let close = json!({ "rooms": ["tea"], "close": true });
    granted(&alice, "disconnect sockets", close).await;
    assert_eq!(bob.disconnected().await, "io server disconnect");
}
