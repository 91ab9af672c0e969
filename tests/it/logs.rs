//! What the log says about sockets, and what `debug` says about errors.

use serde_json::{Value, json};

use crate::harness::{Client, Stockade, root};

/// Connects to `/bare`, sends an event that is handled and one that is not, and goes; answers the socket's id.
async fn visit(server: &Stockade) -> Value {
    let client = server.client_with("/bare", json!({})).await;
    let id = client.state().await["id"].take();
    assert_eq!(client.ask("count", Value::Null).await["status"], "ok");
    let failed = json!({ "handler": "error" });
    assert_eq!(client.ask("no steps", failed).await["status"], "error");
    let unknown = client.ask("no \"such\" event", Value::Null).await;
    assert_eq!(unknown["status"], "error");
    client.disconnect().await;
    id
}

#[tokio::test]
async fn connections_events_and_disconnections_are_logged() {
    for (config, level) in [("", "DEBUG"), ("[log]\nsockets = \"info\"", "INFO")] {
        let server = Stockade::with("recorder").config(config).start().await;
        let id = visit(&server).await;
        let logged = async |message: &str, event: Value| {
            let line = server.logged(message, |line| {
                line["message"] == message && line["event"] == event && line["socket"] == id
            });
            let line = line.await;
            assert_eq!(line["target"], "sockets", "{line}");
            assert_eq!(line["level"], level, "{line}");
            assert_eq!(line["tenant"], "recorder", "{line}");
            assert_eq!(line["namespace"], "/bare", "{line}");
            line
        };
        let line = logged("socket connected", Value::Null).await;
        assert_eq!(line["recovered"], false);
        let line = logged("event handled", json!("count")).await;
        assert_eq!(line["status"], "ok");
        assert_eq!(line["handler"], "Recorder::count");
        assert!(line["milliseconds"].is_f64(), "{line}");
        assert!(line["message_id"].is_string(), "{line}");
        let line = logged("event handled", json!("no steps")).await;
        assert_eq!(line["status"], "error");
        assert!(line.get("handler").is_none(), "it has no name: {line}");
        let line = logged("event refused", json!(r#"no \"such\" event"#)).await;
        assert_eq!(line["code"], "EVENT_NOT_FOUND");
        let line = logged("socket disconnected", Value::Null).await;
        assert_eq!(line["reason"], "client namespace disconnect");
    }
}

#[tokio::test]
async fn lines_about_sockets_are_there_for_whoever_asks() {
    for (config, filter, lines) in [
        ("", "info", 0),
        ("", "info,sockets=debug", 5),
        ("[log]\nsockets = \"info\"", "info", 5),
        ("[log]\nsockets = \"info\"", "warn", 0),
    ] {
        let server = Stockade::with("recorder").config(config);
        // The line `serving`, by which the harness knows that it serves, is never left out.
        let filter = format!("{filter},stockade=info");
        let server = server.env("STOCKADE_LOG_FILTER", &filter).start().await;
        let id = visit(&server).await;
        if lines > 0 {
            let last = |line: &Value| line["message"] == "socket disconnected";
            server.logged("the last line", last).await;
        }
        // What is logged after that about another client.
        let client = server.client().await;
        client.ask("hooks", json!({ "handler": "trap" })).await;
        let trap = |line: &Value| line["kind"] == "Trap";
        server.logged("the trap", trap).await;
        let log = server.log();
        let about = log.iter().filter(|line| line["socket"] == id).count();
        assert_eq!(about, lines, "{filter}: {log:#?}");
    }
}

/// The number of the line of a source that has this text.
fn line_of(path: &str, text: &str) -> usize {
    let source = std::fs::read_to_string(root().join(path)).unwrap();
    1 + source.lines().position(|line| line.contains(text)).unwrap()
}

async fn error(client: &Client, event: &str, payload: Value) -> Value {
    client.ask(event, payload).await["error"].take()
}

#[tokio::test]
async fn debug_shows_where_an_error_was_thrown() {
    // In Rust, by the question mark behind a call that the store refuses: one operation an event is too few.
    let server = Stockade::with("products").arg("--debug");
    let server = server.config("store = \"memory\"\n[limits]\nstore-operations = 1");
    let server = server.start().await;
    let client = server.client().await;
    let error_in_rust = error(&client, "create product", json!({ "name": "tea" })).await;
    let line = line_of("examples/products/src/product.rs", ".set(");
    let place = |error: &Value| (error["filename"].clone(), error["line"].clone());
    assert_eq!(
        place(&error_in_rust),
        (json!("product.rs"), json!(line)),
        "{error_in_rust}"
    );
    assert!(error_in_rust["column"].is_u64(), "{error_in_rust}");
    let request = server
        .http("POST", "/products")
        .json(&json!({ "name": "tea" }));
    assert_eq!(place(&request.send().await.json()), place(&error_in_rust));

    // In JavaScript, by the engine: there is nothing to take apart.
    let server = Stockade::with("basic-js").arg("--debug").start().await;
    let client = server.client().await;
    let error_in_javascript = error(&client, "say", Value::Null).await;
    assert_eq!(
        error_in_javascript["name"], "TypeError",
        "{error_in_javascript}"
    );
    // The engine counts what stands first in a function to the line in which that begins.
    let line = line_of("tests/guests/js/basic.js", "const { room, text } = input()") - 1;
    assert_eq!(
        place(&error_in_javascript),
        (json!("basic.js"), json!(line)),
        "{error_in_javascript}"
    );

    // A trap has functions and no place; clients see nothing of either without `debug`.
    let server = Stockade::with("unreachable").arg("--debug").start().await;
    let trap = error(&server.client().await, "attack", Value::Null).await;
    assert!(trap["stack"].is_string(), "{trap}");
    assert!(trap.get("filename").is_none(), "{trap}");
}
