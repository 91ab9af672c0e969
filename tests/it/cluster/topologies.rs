//! Redis in its other forms.

use super::*;
use crate::harness::redis;

#[tokio::test]
async fn password_is_used_and_not_logged() {
    let redis = Redis::with(&["--requirepass", "op3n:s3same"]).await;
    let url = format!("redis://:op3n%3As3same@{}/0", redis.addr());
    let (nodes, [alice, bob]) = pair(&url).await;
    reaches(&alice, &bob, "hello").await;
    let log = format!("{:?}", nodes[0].log());
    assert!(!log.contains("s3same"));
}

#[tokio::test]
async fn nodes_at_different_servers_of_a_redis_cluster_meet() {
    let mut servers = redis::cluster().await;
    let url = |order: [usize; 3]| {
        let hosts = order.map(|number| servers[number].addr()).join(",");
        format!("redis+cluster://{hosts}")
    };
    let first = node(&url([0, 1, 2])).await;
    let second = node(&url([2, 1, 0])).await;
    let (alice, bob) = (first.client().await, second.client().await);
    reaches(&alice, &bob, "hello").await;
    assert_eq!(fetch(&bob, json!({})).await.0, ids([&alice, &bob]).await);
    servers[0].kill().await;
    cut_off(&first).await;
    joined(&first, 1).await;
    reaches(&alice, &bob, "by another way").await;
    reaches(&bob, &alice, "by another way").await;
}

#[tokio::test]
async fn nodes_follow_the_master_that_sentinels_promote() {
    let mut master = Redis::start().await;
    let _replica = master.replica().await;
    let sentinel = Redis::sentinel(&master).await;
    // A Sentinel that is away is passed over.
    let url = format!("redis+sentinel://127.0.0.1:1,{}/stockade", sentinel.addr());
    let (nodes, [alice, bob]) = pair(&url).await;
    reaches(&alice, &bob, "hello").await;
    master.kill().await;
    for node in &nodes {
        cut_off(node).await;
        joined(node, 1).await;
    }
    reaches(&alice, &bob, "at the new master").await;
    assert_eq!(fetch(&bob, json!({})).await.0, ids([&alice, &bob]).await);
}
