//! Stores in Redis's other forms.

use super::*;
use crate::harness::redis;

#[tokio::test]
async fn store_follows_the_master_that_sentinels_promote() {
    let mut master = Redis::start().await;
    let _replica = master.replica().await;
    let sentinel = Redis::sentinel(&master).await;
    // A Sentinel that is away is passed over.
    let url = format!("redis+sentinel://127.0.0.1:1,{}/stockade", sentinel.addr());
    let server = server_at(&url, "").await;
    let client = &mut Wire::connect(&server.addr).await;
    let set = json!({ "op": "set", "key": "k", "value": "v" });
    done(client, set.clone()).await;
    master.kill().await;
    until_done(client, set).await;
    assert_eq!(done(client, json!({ "op": "get", "key": "k" })).await, "v");
}

#[tokio::test]
async fn buckets_in_a_redis_cluster() {
    let servers = redis::cluster().await;
    let hosts = [0, 1, 2]
        .map(|number: usize| servers[number].addr())
        .join(",");
    let config = format!("store = \"redis+cluster://{hosts}\"");
    let server = Stockade::with("keeper").config(&config).start().await;
    everything_that_buckets_do(&server).await;
}

#[tokio::test]
async fn password_is_used_and_not_logged() {
    let redis = Redis::with(&["--requirepass", "op3n:s3same"]).await;
    let url = format!("redis://:op3n%3As3same@{}", redis.addr());
    let server = server_at(&url, "").await;
    let client = &mut Wire::connect(&server.addr).await;
    done(client, json!({ "op": "set", "key": "k", "value": "v" })).await;
    assert!(!format!("{:?}", server.log()).contains("s3same"));
}
