//! How nodes learn of each other and of each other's end, as `fetch` shows it.

use super::*;
use crate::harness::Relay;

/// Longer than a node that joins waits for those it does not know yet.
const SETTLED: Duration = Duration::from_millis(600);
/// Shorter than it takes to forget a node that was heard of once.
const REMEMBERED: Duration = Duration::from_secs(3);

/// How many sockets there are and whether that is all, and how long the answer takes.
async fn count(client: &Client) -> (Value, Duration) {
    let started = Instant::now();
    let counted = granted(client, "count", json!({})).await;
    (counted, started.elapsed())
}

fn all(sockets: usize) -> Value {
    json!({ "sockets": sockets, "complete": true })
}

/// Waits until a node finds this many sockets and misses nobody.
async fn until_all(client: &Client, sockets: usize) {
    let found = async { while count(client).await.0 != all(sockets) {} };
    let found = tokio::time::timeout(crate::harness::PATIENCE, found).await;
    found.expect("somebody is missed");
}

/// Ends a node as its operator does.
async fn stop(mut node: Stockade) {
    node.terminate();
    assert!(node.ended().await.success());
}

#[tokio::test]
async fn node_that_has_said_goodbye_is_not_waited_for() {
    let redis = Redis::start().await;
    let ([_first, second], [alice, _bob]) = pair(&redis.url()).await;
    let third = node(&redis.url()).await;
    let carol = third.client().await;
    until_all(&alice, 3).await;
    // With SIGKILL, for comparison: who ends without a word is waited for.
    drop(third);
    let (found, waited) = count(&alice).await;
    assert_eq!(found, json!({ "sockets": 2, "complete": false }));
    until_all(&alice, 2).await;
    // With its client still there.
    stop(second).await;
    let (found, took) = count(&alice).await;
    assert_eq!(found, all(1));
    assert!(took < waited / 2, "{took:?}, and without a word {waited:?}");
    drop(carol);
}

#[tokio::test]
async fn newcomer_is_greeted_and_need_not_wait_for_a_heartbeat() {
    let redis = Redis::start().await;
    let (_nodes, _clients) = pair(&redis.url()).await;
    // Once is enough, unless the machine is so slow that a greeting may be forgotten.
    for _ in 0..5 {
        let relay = Relay::to(&redis).await;
        // Heartbeats are for all, so greetings are what is left to know the others by.
        relay.hide_what_is_for_all();
        let newcomer = node(&relay.url()).await;
        let carol = newcomer.client().await;
        // Nothing tells when it has settled. Asked before, it would learn of the others from their answers.
        tokio::time::sleep(SETTLED).await;
        let (found, _) = count(&carol).await;
        if relay.since_connected() < REMEMBERED {
            return assert_eq!(found, all(3));
        }
        stop(newcomer).await;
    }
    panic!("this machine is too slow for the test");
}

#[tokio::test]
async fn node_that_joins_again_is_greeted_as_well() {
    let redis = Redis::start().await;
    let first = node(&redis.url()).await;
    let _alice = first.client().await;
    for _ in 0..5 {
        let relay = Relay::to(&redis).await;
        let second = node(&relay.url()).await;
        let bob = second.client().await;
        until_all(&bob, 2).await;
        relay.hide_what_is_for_all();
        relay.cut();
        joined(&second, 1).await;
        // As above.
        tokio::time::sleep(SETTLED).await;
        let (found, _) = count(&bob).await;
        if relay.since_connected() < REMEMBERED {
            return assert_eq!(found, all(2));
        }
        stop(second).await;
    }
    panic!("this machine is too slow for the test");
}

#[tokio::test]
async fn node_that_hears_nothing_any_more_joins_again() {
    let redis = Redis::start().await;
    let relay = Relay::to(&redis).await;
    let first = node(&redis.url()).await;
    let second = node(&relay.url()).await;
    let (alice, bob) = (first.client().await, second.client().await);
    reaches(&alice, &bob, "before").await;
    // What it publishes is still taken, so nothing but the silence tells.
    relay.deafen();
    reaches(&bob, &alice, "still heard").await;
    granted(&alice, "emit to", json!({ "event": "unheard" })).await;
    // Whom it does not hear of any more, it misses.
    let misses = async {
        loop {
            assert_ne!(count(&bob).await.0, all(1));
        }
    };
    tokio::select! {
        () = relay.connected(2) => {}
        () = misses => {}
    }
    joined(&second, 1).await;
    reaches(&alice, &bob, "after").await;
    reaches(&bob, &alice, "after").await;
    assert_eq!(bob.events().await, Vec::<Value>::new());
    until_all(&bob, 2).await;
}
