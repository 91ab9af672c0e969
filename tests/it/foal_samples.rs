//! The client code of FoalTS's WebSocket documentation, run as it stands there.

use serde_json::{Value, json};
use tokio::process::Command;

use crate::{
    examples::products,
    harness::{Stockade, output_of, root},
};

/// Runs a sample against a server; answers what its callbacks saw, in order.
async fn sample(name: &str, server: &Stockade, args: &[&str]) -> Vec<Value> {
    let mut node = Command::new("node");
    let node = node.arg(format!("foal/{name}.mjs")).arg(server.url());
    let node = node.args(args).current_dir(root().join("tests/client"));
    let output = output_of(node).await;
    let text = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name}: {text}{errors}");
    let lines = text
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines.collect()
}

fn saw(what: &str, values: Value) -> Value {
    json!({ "saw": what, "values": values })
}

#[tokio::test]
async fn get_started() {
    let server = products().await;
    let seen = sample("get-started", &server, &[]).await;
    assert!(seen.contains(&saw("connect", json!([]))), "{seen:?}");
    assert!(
        seen.contains(&saw("refresh products", json!([]))),
        "{seen:?}"
    );
    assert!(
        !seen.contains(&saw("its own refresh products", json!([]))),
        "{seen:?}"
    );
}

#[tokio::test]
async fn get_started_with_a_bad_payload() {
    let server = products().await;
    let seen = sample("get-started", &server, &["1"]).await;
    let response = seen.iter().find(|line| line["saw"] == "response");
    let error = &response.expect("no response")["values"][0]["error"];
    assert_eq!(
        *error,
        json!({ "code": "VALIDATION_PAYLOAD_ERROR", "payload": [{
            "instancePath": "/name",
            "schemaPath": "#/properties/name/type",
            "keyword": "type",
            "params": { "type": "string" },
            "message": "must be string",
        }] })
    );
}

#[tokio::test]
async fn emit_takes_one_two_or_three_arguments() {
    let server = Stockade::run("basic-c").await;
    let seen = sample("emit", &server, &["echo"]).await;
    let response = json!({ "status": "ok", "data": {} });
    assert_eq!(seen, [saw("response", json!([response]))]);
    // The first two have no acknowledgement that would show them.
    let echo = |line: &Value| line["message"] == "event handled" && line["event"] == "echo";
    let third = server.logged_after(2, "three events", echo).await;
    assert_eq!(third["status"], "ok");
    let refused = |line: &Value| line["message"] == "event refused";
    assert!(!server.log().iter().any(refused));
}

#[tokio::test]
async fn message_is_sent_to_the_client() {
    let server = Stockade::run("basic-c").await;
    let seen = sample("send-a-message", &server, &["emit self"]).await;
    let messages = ["first message", "second message"].map(|text| saw("event 1", json!([text])));
    assert_eq!(seen[..2], messages, "before the response");
}

#[tokio::test]
async fn message_is_broadcast() {
    let server = Stockade::run("basic-c").await;
    let seen = sample("broadcast", &server, &["broadcast"]).await;
    let messages = ["first message", "second message"].map(|text| saw("event 1", json!([text])));
    assert_eq!(seen, messages, "the sender hears none of it");
}

#[tokio::test]
async fn refused_client_reads_why_and_connects_again() {
    let server = Stockade::run("basic-c").await;
    let seen = sample("connect-error", &server, &[]).await;
    assert_eq!(
        seen,
        [
            saw("connect_error", json!(["refused by guest"])),
            saw("connect", json!([]))
        ]
    );
}
