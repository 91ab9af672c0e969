//! The order of hooks, handler and post-hooks, and every way in which they can be cut short.
//!
//! The guest `recorder` does at each stage what the payload says, and its responses carry the trace of all stages.

use serde_json::{Value, json};

use crate::harness::{Client, Stockade};

async fn recorder() -> (Stockade, Client) {
    let server = Stockade::run("recorder").await;
    let client = server.client().await;
    (server, client)
}

fn trace(answer: &Value) -> Vec<&str> {
    let body = answer.get("data").or(answer.get("error")).unwrap();
    let trace = body["trace"]
        .as_array()
        .unwrap_or_else(|| panic!("{answer}"));
    trace.iter().filter_map(Value::as_str).collect()
}

fn internal_error() -> Value {
    json!({ "status": "error", "error": {
        "code": "INTERNAL_SERVER_ERROR",
        "message": "An internal server error has occurred.",
    } })
}

#[tokio::test]
async fn hooks_run_in_order_then_the_handler() {
    let (_server, client) = recorder().await;
    let answer = client.ask("hooks", json!({})).await;
    assert_eq!(answer["status"], "ok");
    assert_eq!(trace(&answer), ["hook1", "hook2", "hook3", "handler"]);
}

#[tokio::test]
async fn hook_that_answers_skips_what_follows() {
    let (_server, client) = recorder().await;
    let answer = client.ask("hooks", json!({ "hook2": "answer" })).await;
    assert_eq!(answer["status"], "ok");
    assert_eq!(trace(&answer), ["hook1", "hook2"]);
    let answer = client
        .ask("hooks", json!({ "hook1": "answer error" }))
        .await;
    assert_eq!(answer["status"], "error");
    assert_eq!(trace(&answer), ["hook1"]);
}

#[tokio::test]
async fn post_hooks_run_last_registered_first_and_replace_the_response() {
    let (_server, client) = recorder().await;
    let answer = client
        .ask(
            "hooks",
            json!({ "hook1": "post", "hook2": "post", "hook3": "post" }),
        )
        .await;
    let data = &answer["data"];
    assert_eq!(
        trace(&answer),
        [
            "hook1", "hook2", "hook3", "handler", "post3", "post2", "post1"
        ]
    );
    assert_eq!(data["by"], "post1");
    assert_eq!(data["saw"]["by"], "post2");
    assert_eq!(data["saw"]["saw"]["by"], "post3");
    assert_eq!(data["saw"]["saw"]["saw"]["by"], "handler");
}

#[tokio::test]
async fn post_hook_may_keep_the_response() {
    let (_server, client) = recorder().await;
    let answer = client
        .ask("hooks", json!({ "hook1": "post", "post1": "keep" }))
        .await;
    assert_eq!(answer["data"]["by"], "handler");
}

#[tokio::test]
async fn post_hooks_of_the_hooks_that_ran_see_an_answer_too() {
    let (_server, client) = recorder().await;
    let answer = client
        .ask(
            "hooks",
            json!({ "hook1": "post", "hook2": "answer", "hook3": "post" }),
        )
        .await;
    assert_eq!(trace(&answer), ["hook1", "hook2", "post1"]);
    assert_eq!(answer["data"]["saw"]["by"], "hook2");
}

#[tokio::test]
async fn thrown_error_goes_through_handle_error_then_post_hooks() {
    let (_server, client) = recorder().await;
    let answer = client
        .ask("hooks", json!({ "hook1": "post", "hook2": "throw" }))
        .await;
    assert_eq!(trace(&answer), ["hook1", "hook2", "handle-error", "post1"]);
    assert_eq!(answer["status"], "error");
    let handled = &answer["error"]["saw"];
    assert_eq!(handled["message"], "thrown by hook2");
    let answer = client.ask("hooks", json!({ "handler": "throw" })).await;
    assert_eq!(answer["error"]["message"], "thrown by handler");
}

#[tokio::test]
async fn post_hook_that_throws_replaces_the_response_for_the_next_ones() {
    let (_server, client) = recorder().await;
    let answer = client
        .ask(
            "hooks",
            json!({ "hook1": "post", "hook2": "post", "post2": "throw" }),
        )
        .await;
    assert_eq!(
        trace(&answer),
        [
            "hook1",
            "hook2",
            "hook3",
            "handler",
            "post2",
            "handle-error",
            "post1"
        ]
    );
    assert_eq!(answer["error"]["saw"]["message"], "thrown by post2");
}

#[tokio::test]
async fn handle_error_that_throws_gets_the_default_rendering() {
    let (_server, client) = recorder().await;
    for action in ["throw", "rethrow"] {
        let answer = client
            .ask(
                "hooks",
                json!({ "handler": "throw", "handle-error": action }),
            )
            .await;
        assert_eq!(answer, internal_error(), "{action}");
    }
    // Post-hooks see the rendered error, like any response.
    let answer = client
        .ask(
            "hooks",
            json!({ "hook1": "post", "handler": "throw", "handle-error": "throw" }),
        )
        .await;
    assert_eq!(answer["error"]["saw"]["code"], "INTERNAL_SERVER_ERROR");
}

#[tokio::test]
async fn without_handle_error_errors_get_the_default_rendering() {
    let server = Stockade::run("recorder").await;
    let bare = server.client_with("/bare", json!({})).await;
    assert_eq!(
        bare.ask("hooks", json!({ "hook3": "throw" })).await,
        internal_error()
    );
    let log = server
        .logged("the thrown error", |line| {
            line["cause"] == "thrown by hook3"
        })
        .await;
    assert_eq!(log["event"], "hooks");
    // The guest has not named it.
    assert_eq!(log["stage"], "hook 2");
}

#[tokio::test]
async fn log_names_the_stage_of_a_thrown_error() {
    let server = Stockade::run("recorder").await;
    let bare = server.client_with("/bare", json!({})).await;
    for (script, cause, stage) in [
        (json!({ "hook1": "throw" }), "thrown by hook1", "first_hook"),
        (
            json!({ "handler": "throw" }),
            "thrown by handler",
            "Recorder::run",
        ),
        (
            json!({ "hook2": "post", "post2": "throw" }),
            "thrown by post2",
            "post-hook of second_hook",
        ),
    ] {
        assert_eq!(bare.ask("hooks", script).await, internal_error());
        let thrown = server.logged(cause, |line| line["cause"] == cause);
        assert_eq!(thrown.await["stage"], stage);
    }
    assert_eq!(
        bare.ask("no steps", json!({ "handler": "no list" })).await,
        internal_error()
    );
    let broken = |line: &Value| line["error"] == "InvalidResponse";
    let broken = server.logged("the broken promise", broken).await;
    assert_eq!(broken["stage"], "handler 0");
}

#[tokio::test]
async fn debug_shows_thrown_errors_and_traps() {
    let server = Stockade::with("recorder").arg("--debug").start().await;
    let bare = server.client_with("/bare", json!({})).await;
    let error = bare.ask("hooks", json!({ "handler": "throw" })).await["error"].take();
    assert_eq!(error["name"], "Scripted");
    assert_eq!(error["message"], "thrown by handler");
    let error = bare.ask("hooks", json!({ "handler": "trap" })).await["error"].take();
    assert_eq!(error["code"], "INTERNAL_SERVER_ERROR");
    assert_eq!(error["name"], "Trap");
    assert!(
        error["message"].as_str().unwrap().contains("unreachable"),
        "{error}"
    );
    assert!(
        error["stack"].as_str().unwrap().contains("handle_event"),
        "{error}"
    );
}

#[tokio::test]
async fn trap_at_any_stage_ends_the_event_at_once() {
    let (server, client) = recorder().await;
    for (script, kind, stage) in [
        (json!({ "hook1": "trap" }), "Trap", "first_hook"),
        (
            json!({ "hook1": "post", "hook2": "trap" }),
            "Trap",
            "second_hook",
        ),
        (
            json!({ "hook1": "post", "handler": "trap" }),
            "Trap",
            "Recorder::run",
        ),
        (
            json!({ "hook1": "post", "post1": "trap" }),
            "Trap",
            "post-hook of first_hook",
        ),
        (
            json!({ "handler": "throw", "handle-error": "trap" }),
            "Trap",
            "handle-error for Recorder::run",
        ),
        (json!({ "hook1": "loop" }), "CpuLimitExceeded", "first_hook"),
        (
            json!({ "hook1": "post", "post1": "loop" }),
            "CpuLimitExceeded",
            "post-hook of first_hook",
        ),
    ] {
        assert_eq!(
            client.ask("hooks", script.clone()).await,
            internal_error(),
            "{script}"
        );
        let fault = |line: &Value| {
            line["kind"] == kind && line["stage"] == stage && line["level"] == "WARN"
        };
        server.logged(&format!("{kind} in {stage}"), fault).await;
    }
    let answer = client.ask("hooks", json!({})).await;
    assert_eq!(trace(&answer).len(), 4, "the socket works on");
}

#[tokio::test]
async fn validation_keeps_its_place_among_the_hooks() {
    let (server, client) = recorder().await;
    for (event, ran) in [
        ("validate first", vec![]),
        ("validate between", vec!["hook1"]),
        ("validate last", vec!["hook1", "hook2"]),
    ] {
        // The first hook that runs registers a post-hook, whose trace tells how far the event came.
        let answer = client
            .ask(event, json!({ "n": "no", "hook1": "post" }))
            .await;
        let violations = match ran.is_empty() {
            true => answer["error"].clone(),
            false => {
                let mut expected = ran.clone();
                expected.push("post1");
                assert_eq!(trace(&answer), expected, "{event}");
                answer["error"]["saw"].clone()
            }
        };
        assert_eq!(
            violations["code"], "VALIDATION_PAYLOAD_ERROR",
            "{event}: {answer}"
        );
        assert_eq!(violations["payload"][0]["instancePath"], "/n");
        let answer = client.ask(event, json!({ "n": 1 })).await;
        assert_eq!(answer["data"]["by"], "handler", "{event}: {answer}");
    }
    let answer = client
        .ask("validate twice", json!({ "n": 1, "m": 2, "hook1": "post" }))
        .await;
    assert_eq!(answer["error"]["saw"]["payload"][0]["instancePath"], "/m");
    let is_rejection = |line: &Value| {
        line["message"] == "the event was rejected" && line["event"] == "validate twice"
    };
    server.logged("the rejection", is_rejection).await;
}

#[tokio::test]
async fn connection_hears_the_guest_before_the_client_does() {
    let server = Stockade::run("recorder").await;
    let auth = |connection| json!({ "auth": { "connection": connection } });
    let refused = server.connecting("", auth("throw")).await;
    assert_eq!(refused.refused().await, "refused by guest");
    let trapped = server.connecting("", auth("trap")).await;
    assert_eq!(
        trapped.refused().await,
        "An internal server error has occurred."
    );
    let is_trap = |line: &Value| {
        line["message"] == "the event was ended"
            && line["event"] == "(connection)"
            && line["kind"] == "Trap"
    };
    server.logged("the trap", is_trap).await;
    let looping = server.connecting("", auth("loop")).await;
    assert_eq!(
        looping.refused().await,
        "An internal server error has occurred."
    );
    let welcome = server.client_with("", auth("emit")).await;
    assert_eq!(
        welcome.next("welcome").await,
        json!(["emitted before connect"])
    );
    let asking = server.client_with("", auth("ask")).await;
    let answer = asking.next("asked").await;
    assert!(
        answer[0].to_string().contains("before it is connected"),
        "{answer}"
    );
}

#[tokio::test]
async fn refused_connections_are_logged_within_the_rate() {
    let is_refusal = |line: &Value| line["message"] == "the guest refused a connection";
    let auth = || json!({ "auth": { "connection": "throw" } });
    let server = Stockade::run("recorder").await;
    server.connecting("", auth()).await.refused().await;
    let line = server.logged("the refusal", is_refusal).await;
    assert_eq!(line["cause"], "refused by guest");

    let server = Stockade::with("recorder").config("[limits]\nlog-rate = \"10B\"");
    let server = server.start().await;
    server.connecting("", auth()).await.refused().await;
    let client = server.client().await;
    client
        .ask("validate twice", json!({ "n": 1, "m": 2 }))
        .await;
    // The log is in order, so the refusal would be in it by now. No rate limits this line.
    let later = |line: &Value| line["message"] == "the event was rejected";
    server.logged("a later line", later).await;
    assert!(!server.log().iter().any(is_refusal));
}

#[tokio::test]
async fn disconnection_tells_reason_and_rooms() {
    let server = Stockade::run("recorder").await;
    let witness = server.client().await;
    let lobby = json!({ "auth": { "connection": "emit" } });
    let polite = server.client_with("", lobby.clone()).await;
    let id = polite.id().await;
    polite.disconnect().await;
    let gone = witness.next("gone").await[0].take();
    assert_eq!(gone["reason"], "client namespace disconnect");
    assert_eq!(gone["id"], id);
    let mut rooms: Vec<_> = gone["rooms"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    rooms.sort_unstable();
    let mut expected = [id.as_str(), "lobby"];
    expected.sort_unstable();
    assert_eq!(rooms, expected);
    let rude = server
        .client_with("", json!({ "transports": ["websocket"] }))
        .await;
    rude.break_connection().await;
    let reason = witness.next("gone").await[0]["reason"].take();
    assert_eq!(reason, "transport close");
}

#[tokio::test]
async fn errors_and_traps_at_a_disconnection_are_logged() {
    let server = Stockade::run("recorder").await;
    for (action, member, value) in [
        ("throw", "cause", "thrown by on-disconnection"),
        ("trap", "kind", "Trap"),
    ] {
        let auth = json!({ "auth": { "disconnection": action } });
        server.client_with("", auth).await.disconnect().await;
        let is_told = |line: &Value| line["event"] == "(disconnection)" && line[member] == value;
        server.logged(action, is_told).await;
    }
}
