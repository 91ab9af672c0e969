//! The basic suite: what a guest in any language can do, seen from its clients.
//!
//! C and JavaScript work on raw generated bindings, so the contract stands without an SDK.

use serde_json::{Value, json};

use crate::harness::Stockade;

macro_rules! basic_suite {
    ($($language:ident: $guest:literal,)*) => {$(
        mod $language {
            use super::*;

            #[tokio::test]
            async fn responses_have_the_shape_of_foal() {
                responses(&Stockade::run($guest).await).await;
            }

            #[tokio::test]
            async fn binary_data_passes_both_ways() {
                binary(&Stockade::run($guest).await).await;
            }

            #[tokio::test]
            async fn events_reach_rooms_and_others() {
                rooms(&Stockade::run($guest).await).await;
            }

            #[tokio::test]
            async fn connection_is_refused_with_the_message() {
                refusal(&Stockade::run($guest).await).await;
            }

            #[tokio::test]
            async fn socket_data_outlives_the_event() {
                data(&Stockade::run($guest).await).await;
            }
        }
    )*};
}

basic_suite! {
    c: "basic-c",
    javascript: "basic-js",
}

async fn responses(server: &Stockade) {
    let client = server.client().await;
    let payload = json!({ "a": [1, 2.5, null, "é\u{2028}"], "b": { "c": true } });
    for (event, argument, answer) in [
        (
            "echo",
            payload.clone(),
            json!({ "status": "ok", "data": payload }),
        ),
        ("echo", Value::Null, json!({ "status": "ok", "data": null })),
        ("empty", json!(1), json!({ "status": "ok" })),
        (
            "fail",
            json!(1),
            json!({ "status": "error", "error": { "reason": "no" } }),
        ),
        (
            "throw",
            json!(1),
            json!({ "status": "error", "error": "Permission is denied" }),
        ),
        (
            "throw other",
            json!(1),
            json!({ "status": "error", "error": {
                "code": "INTERNAL_SERVER_ERROR",
                "message": "An internal server error has occurred.",
            } }),
        ),
        (
            "users create",
            json!({ "name": 1 }),
            json!({ "status": "error", "error": "Invalid name type" }),
        ),
        (
            "posted",
            json!(1),
            json!({ "status": "ok", "data": { "post": true } }),
        ),
        (
            "no such event",
            json!(1),
            json!({ "status": "error", "error": {
                "code": "EVENT_NOT_FOUND",
                "message": "there is no such event",
            } }),
        ),
        (
            "create product",
            json!({ "price": 3 }),
            json!({ "status": "error", "error": {
                "code": "VALIDATION_PAYLOAD_ERROR",
                "payload": [{
                    "instancePath": "",
                    "schemaPath": "#/required",
                    "keyword": "required",
                    "params": { "missingProperty": "name" },
                    "message": "must have required property 'name'",
                }],
            } }),
        ),
    ] {
        assert_eq!(client.ask(event, argument).await, answer, "{event}");
    }
    let none = client.ask_args("create product", json!([])).await;
    assert_eq!(none["error"]["payload"][0]["keyword"], "type");
}

async fn binary(server: &Stockade) {
    let client = server.client().await;
    let payload = json!({
        "first": { "$bin": "AAH/" },
        "list": [1, { "second": { "$bin": "aGk=" } }],
    });
    let answer = client.ask("echo", payload.clone()).await;
    assert_eq!(answer, json!({ "status": "ok", "data": payload }));
    let bare = json!({ "$bin": "aGk=" });
    let answer = client.ask("echo", bare.clone()).await;
    assert_eq!(answer, json!({ "status": "ok", "data": bare }));
}

async fn rooms(server: &Stockade) {
    let (alice, bob, carol) = (
        server.client().await,
        server.client().await,
        server.client().await,
    );
    for member in [&alice, &bob] {
        assert_eq!(
            member.ask("join", json!("tea")).await,
            json!({ "status": "ok" })
        );
    }
    let said = json!({ "room": "tea", "text": "hello" });
    assert_eq!(alice.ask("say", said).await["status"], "ok");
    assert_eq!(bob.next("said").await, json!(["hello"]));
    assert_eq!(
        alice.ask("create product", json!({ "name": "a" })).await,
        json!({ "status": "ok" })
    );
    for other in [&bob, &carol] {
        assert_eq!(other.next("refresh products").await, json!([]));
    }
    assert_eq!(alice.ask("emit self", json!(1)).await["status"], "ok");
    for message in ["first message", "second message"] {
        assert_eq!(alice.next("event 1").await, json!([message]));
    }
    // What else came would have come before the answer to one more event.
    carol.ask("empty", json!(1)).await;
    assert_eq!(carol.events().await, Vec::<Value>::new());
    let id = bob.id().await;
    bob.disconnect().await;
    assert_eq!(alice.next("left").await, json!([id]));
}

async fn refusal(server: &Stockade) {
    let refused = server
        .connecting("", json!({ "auth": { "refuse": true } }))
        .await;
    assert_eq!(refused.refused().await, "refused by guest");
    let elsewhere = server.connecting("/elsewhere", json!({})).await;
    assert_eq!(elsewhere.refused().await, "Invalid namespace");
}

async fn data(server: &Stockade) {
    let client = server.client().await;
    for count in 1..=3 {
        let answer = client.ask("data", json!(null)).await;
        assert_eq!(answer, json!({ "status": "ok", "data": count }));
    }
    let handshake = server
        .client_with(
            "",
            json!({ "auth": { "token": "t" }, "query": { "a": "b c" } }),
        )
        .await
        .ask("handshake", json!(null))
        .await;
    let data = &handshake["data"];
    assert_eq!(data["auth"], json!({ "token": "t" }));
    assert_eq!(data["query"]["a"], "b c");
    assert_eq!(data["address"], "127.0.0.1");
}
