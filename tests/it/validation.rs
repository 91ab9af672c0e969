//! The options that change payloads, seen from clients: guests get what validation made of a payload.
//!
//! What exactly AJV makes of payloads is in `ajv_changes.rs`.

use serde_json::{Value, json};

use crate::harness::{Client, Stockade};

async fn mirror(config: &str) -> (Stockade, Client) {
    let server = Stockade::with("mirror").config(config).start().await;
    let client = server.client().await;
    (server, client)
}

fn keywords(answer: &Value) -> Vec<&str> {
    assert_eq!(
        answer["error"]["code"], "VALIDATION_PAYLOAD_ERROR",
        "{answer}"
    );
    let violations = answer["error"]["payload"].as_array().unwrap();
    violations
        .iter()
        .map(|violation| violation["keyword"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn payloads_stay_as_sent_without_options() {
    let (_server, client) = mirror("").await;
    let sent = json!({ "name": "Hat", "count": 2, "size": "s", "more": {} });
    let answer = client.ask("order", sent.clone()).await;
    assert_eq!(answer, json!({ "status": "ok", "data": sent }));
    for (sent, keyword) in [
        (json!({ "name": "Hat", "count": "2", "size": "s" }), "type"),
        (json!({ "name": "Hat", "count": 2 }), "required"),
        (
            json!({ "name": "Hat", "count": 2, "size": "s", "x": 1 }),
            "additionalProperties",
        ),
    ] {
        let answer = client.ask("order", sent).await;
        assert_eq!(keywords(&answer), [keyword]);
    }
}

#[tokio::test]
async fn foal_compatibility_coerces_fills_in_and_removes() {
    let (_server, client) = mirror("[validation]\ncompat = \"foal\"").await;
    let sent = json!({ "x": [1], "name": 5, "count": "2", "more": { "y": 1 } });
    let answer = client.ask("order", sent).await;
    let data = json!({ "name": "5", "count": 2, "more": { "y": 1, "on": true }, "size": "m" });
    assert_eq!(answer, json!({ "status": "ok", "data": data }));
    let answer = client.ask("order", json!({ "count": "none" })).await;
    assert_eq!(keywords(&answer), ["required"]);
    let sent = json!({ "name": "Hat", "count": "0" });
    let answer = client.ask("order", sent).await;
    assert_eq!(keywords(&answer), ["minimum"]);
}

#[tokio::test]
async fn later_schemas_see_what_earlier_ones_changed() {
    let (_server, client) = mirror("[validation]\ncompat = \"foal\"").await;
    let sent = json!({ "name": "Hat", "count": "2" });
    let answer = client.ask("order without all but count", sent).await;
    assert_eq!(answer, json!({ "status": "ok", "data": { "count": 2 } }));
}

#[tokio::test]
async fn written_keys_win_over_compatibility() {
    let config =
        "[validation]\ncompat = \"foal\"\ncoerce-types = false\nremove-additional = \"all\"";
    let (_server, client) = mirror(config).await;
    let sent = json!({ "name": "Hat", "count": 1, "more": { "y": 1 } });
    let answer = client.ask("order", sent).await;
    let data = json!({ "name": "Hat", "count": 1, "more": { "on": true }, "size": "m" });
    assert_eq!(answer["data"], data);
    let sent = json!({ "name": "Hat", "count": "1" });
    let answer = client.ask("order", sent).await;
    assert_eq!(keywords(&answer), ["type"]);
}

#[tokio::test]
async fn all_errors_are_listed_where_they_are_wanted() {
    let (_server, client) = mirror("[validation]\nall-errors = true").await;
    let answer = client.ask("order", json!({ "count": 0, "x": 1 })).await;
    let all = ["required", "required", "additionalProperties", "minimum"];
    assert_eq!(keywords(&answer), all);
}

#[tokio::test]
async fn step_behind_a_hook_changes_what_follows_sees() {
    let server = Stockade::with("recorder")
        .config("[validation]\ncompat = \"foal\"")
        .start()
        .await;
    let client = server.client().await;
    let answer = client.ask("seen", json!({ "n": "5", "x": 1 })).await;
    let data = json!({ "before": { "n": "5", "x": 1 }, "after": { "n": 5, "d": 7 } });
    assert_eq!(answer, json!({ "status": "ok", "data": data }));
}

#[tokio::test]
async fn attachments_survive_changes_around_them() {
    let config = "[validation]\ncompat = \"foal\"\nremove-additional = \"all\"";
    let (_server, client) = mirror(config).await;
    let picture = json!({ "$bin": "AQL/" });
    let sent = json!({ "x": 1, "picture": picture, "count": "2" });
    let answer = client.ask("picture", sent).await;
    let data = json!({ "picture": picture, "count": 2 });
    assert_eq!(answer, json!({ "status": "ok", "data": data }));
}

#[tokio::test]
async fn defaults_cannot_make_a_payload_longer_than_it_may_be() {
    let (_server, client) = mirror("[validation]\nuse-defaults = true").await;
    let answer = client.ask("grow", json!(vec![json!({}); 50])).await;
    assert_eq!(answer["status"], "ok");
    assert_eq!(answer["data"][49]["a"].as_str().unwrap().len(), 10_000);
    let answer = client.ask("grow", json!(vec![json!({}); 10_000])).await;
    assert_eq!(answer["error"]["code"], "BAD_REQUEST", "{answer}");
    // And nothing else has suffered.
    let answer = client.ask("grow", json!([])).await;
    assert_eq!(answer, json!({ "status": "ok", "data": [] }));
}
