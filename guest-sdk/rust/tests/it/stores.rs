//! The key-value store, and time.

use std::time::{Duration, SystemTime};

use serde_json::json;
use stockade_sdk::store::{self, StoreError};
use stockade_sdk::testing::FakeServer;
use stockade_sdk::{Context, Result, bail, time};

#[test]
fn values_are_json() {
    let ctx = Context::new("a", ());
    let bucket = store::open("products").unwrap();
    assert_eq!(bucket.get::<u8>("a").unwrap(), None);
    bucket.set("a", &json!({ "name": "tea" })).unwrap();
    assert!(bucket.exists("a").unwrap());
    assert_eq!(
        bucket.get_bytes("a").unwrap().unwrap(),
        br#"{"name":"tea"}"#
    );
    assert!(bucket.get::<u8>("a").is_err());
    bucket.delete("a").unwrap();
    assert!(!bucket.exists("a").unwrap());
    bucket.set_bytes("b", [0, 255]).unwrap();
    assert_eq!(bucket.get_bytes("b").unwrap().unwrap(), [0, 255]);
    drop(ctx);
}

#[test]
fn stores_belong_to_the_server_of_the_test() {
    let server = FakeServer::new();
    let socket = server.connect("a");
    server.store("a").set("key", &1).unwrap();
    server.store("b").set("key", &2).unwrap();
    let _ctx = Context::with_socket("a", (), &socket);
    assert_eq!(store::open("a").unwrap().get::<u8>("key").unwrap(), Some(1));
    assert_eq!(store::open("b").unwrap().get::<u8>("key").unwrap(), Some(2));
    let _other = Context::new("a", ());
    assert_eq!(store::open("a").unwrap().get::<u8>("key").unwrap(), None);
}

#[test]
fn refused_names_are_told() {
    let fault = |name: &str| {
        let error = store::open(name).err().unwrap();
        error.downcast_ref::<StoreError>().cloned()
    };
    assert_eq!(fault("a"), Some(StoreError::AccessDenied));
    let _ctx = Context::new("a", ());
    assert_eq!(fault(""), Some(StoreError::NoSuchStore));
    assert_eq!(fault("a b"), Some(StoreError::NoSuchStore));
}

#[test]
fn many_keys_are_listed_and_read_at_once() {
    let bucket = FakeServer::new().store("many");
    let values = (0..2_500).map(|n| (format!("{n:04}"), n));
    bucket.set_many(values).unwrap();
    let keys = bucket.keys().unwrap();
    assert_eq!(keys.len(), 2_500);
    assert!(keys.is_sorted());
    let (page, cursor) = bucket.keys_page(None).unwrap();
    assert_eq!((page.len(), cursor.as_deref()), (1_000, Some("1000")));
    bucket.delete_many(["0001", "nothing"]).unwrap();
    assert_eq!(
        bucket.get_many::<u32>(["0000", "0001", "0002"]).unwrap(),
        [Some(0), None, Some(2)]
    );
}

#[test]
fn numbers_are_incremented() {
    let bucket = FakeServer::new().store("numbers");
    assert_eq!(bucket.increment("n", 5).unwrap(), 5);
    assert_eq!(bucket.increment("n", -7).unwrap(), -2);
    assert_eq!(bucket.get::<i64>("n").unwrap(), Some(-2));
    bucket.set("text", &"x").unwrap();
    assert!(bucket.increment("text", 1).is_err());
    bucket.set("full", &i64::MAX).unwrap();
    assert!(bucket.increment("full", 1).is_err());
}

#[test]
fn update_starts_again_where_somebody_was_faster() {
    let server = FakeServer::new();
    let bucket = server.store("stock");
    bucket.set("tea", &10).unwrap();
    let mut calls = 0;
    let left = bucket
        .update("tea", |left: Option<u32>| {
            calls += 1;
            if calls == 1 {
                server.store("stock").set("tea", &5)?;
            }
            Ok(left.unwrap_or_default() - 1)
        })
        .unwrap();
    assert_eq!((calls, left), (2, 4));
    assert_eq!(bucket.get::<u32>("tea").unwrap(), Some(4));

    let sold_out = bucket.update("milk", |left: Option<u32>| -> Result<u32> {
        match left {
            Some(left) => Ok(left),
            None => bail!("sold out"),
        }
    });
    assert_eq!(sold_out.unwrap_err().message(), "sold out");
    let busy = bucket.update("tea", |left: Option<u32>| {
        server.store("stock").increment("tea", 1)?;
        Ok(left.unwrap_or_default())
    });
    assert!(busy.is_err());
}

#[test]
fn time_stands_still_until_the_test_moves_it() {
    let server = FakeServer::new();
    let socket = server.connect("a");
    let _ctx = Context::with_socket("a", (), &socket);
    let beginning = time::now();
    server.advance(Duration::from_secs(60));
    assert_eq!(time::now(), beginning + Duration::from_secs(60));
    server.set_time(SystemTime::UNIX_EPOCH);
    assert_eq!(time::now(), SystemTime::UNIX_EPOCH);
}
