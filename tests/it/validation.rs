//! The options that change payloads, seen from clients: guests get what validation made of a payload.
//!
//! What exactly AJV makes of payloads is in `ajv_changes.rs`.

use serde_json::{Value, json};

use crate::harness::{
    Client, Stockade, Wire,
    wire::{BINARY, Packet},
};

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

/// The next packet, as text.
async fn text(wire: &mut Wire) -> String {
    match wire.packet().await {
        Some(Packet::Text(text)) => text,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_was_validated_is_what_is_handed_on() {
    let server = Stockade::run("mirror").await;
    let mut wire = Wire::connect(&server.addr).await;
    let sent = r#"{"name":1,"count":2,"name":"Hat","size":"s","more":{"a":"evil","\u0061":[1]}}"#;
    wire.text(&format!("421[\"order\",{sent}]")).await.unwrap();
    let data = r#"{"name":"Hat","count":2,"size":"s","more":{"a":[1]}}"#;
    let expected = format!(r#"431[{{"status":"ok","data":{data}}}]"#);
    assert_eq!(text(&mut wire).await, expected);
}

#[tokio::test]
async fn members_of_one_name_reach_no_guest_twice() {
    let server = Stockade::run("basic-c").await;
    let mut wire = Wire::open(&server.addr).await;
    let connected = wire.join(r#"40{"a":1,"b":2,"a":3}"#, "40").await;
    assert!(connected.starts_with("40{"), "{connected}");
    wire.text(r#"421["handshake"]"#).await.unwrap();
    let handshake = text(&mut wire).await;
    assert!(handshake.contains(r#""auth":{"a":3,"b":2}"#), "{handshake}");
    // A name with escapes is read by other means.
    for event in ["echo", r"\u0065cho"] {
        for (sent, data) in [
            (r#"{"id":"evil","id":1}"#, r#"{"id":1}"#),
            (r#"[{"__proto__":1,"__proto__":2}]"#, r#"[{"__proto__":2}]"#),
        ] {
            let packet = format!(r#"421["{event}",{sent}]"#);
            wire.text(&packet).await.unwrap();
            let expected = format!(r#"431[{{"status":"ok","data":{data}}}]"#);
            assert_eq!(text(&mut wire).await, expected);
        }
    }
}

#[tokio::test]
async fn acknowledgements_have_one_reading_too() {
    let server = Stockade::run("caller").await;
    let mut wire = Wire::connect(&server.addr).await;
    let asked = r#"421["ask",{"event":"question","timeout":10000}]"#;
    wire.text(asked).await.unwrap();
    let question = text(&mut wire).await;
    let id = question
        .trim_start_matches("42")
        .split('[')
        .next()
        .unwrap()
        .to_owned();
    wire.text(&format!(r#"43{id}[{{"b":1,"b":2}}]"#))
        .await
        .unwrap();
    let answer = text(&mut wire).await;
    assert!(answer.contains(r#"[{"b":2}]"#), "{answer}");
    assert!(!answer.contains("1,"), "{answer}");
}

#[tokio::test]
async fn messagepack_has_one_reading_too() {
    let config = "[socket]\nparser = \"msgpack\"";
    let server = Stockade::with("basic-c").config(config).start().await;
    let mut wire = Wire::open(&server.addr).await;
    // {type: 0, nsp: "/"}
    let connect = b"\x82\xa4type\x00\xa3nsp\xa1/";
    wire.frame(BINARY, connect).await.unwrap();
    wire.packet().await.expect("the answer");
    // {type: 2, nsp: "/", id: 1, data: ["echo", {id: "evil", x: undefined, id: 1}]}
    let event = b"\x84\xa4type\x02\xa3nsp\xa1/\xa2id\x01\xa4data\x92\xa4echo\x83\xa2id\xa4evil\xa1x\xd4\x00\x00\xa2id\x01";
    wire.frame(BINARY, event).await.unwrap();
    let Some(Packet::Binary(answer)) = wire.packet().await else {
        panic!("no answer");
    };
    // {status: "ok", data: {id: 1}}
    let expected = b"\x82\xa6status\xa2ok\xa4data\x81\xa2id\x01";
    let found = answer
        .windows(expected.len())
        .any(|bytes| bytes == expected);
    assert!(found, "{}", String::from_utf8_lossy(&answer));
}
