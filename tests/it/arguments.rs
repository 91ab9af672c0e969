//! Events of several arguments, and acknowledgements in a form of their own, with a real client.

use serde_json::{Value, json};

use crate::harness::{Client, Stockade, Wire};

fn bad_request(answer: &Value) -> bool {
    answer["status"] == "error" && answer["error"]["code"] == "BAD_REQUEST"
}

async fn recorder(namespace: &str) -> (Stockade, Client) {
    let server = Stockade::run("recorder").await;
    let client = server.client_with(namespace, json!({})).await;
    (server, client)
}

#[tokio::test]
async fn first_argument_is_the_payload_and_all_are_there_for_who_asks() {
    for guest in ["basic-c", "basic-js"] {
        let server = Stockade::run(guest).await;
        for transport in ["websocket", "polling"] {
            let only = json!({ "transports": [transport] });
            let client = server.client_with("", only).await;
            for arguments in [
                json!([1, "two"]),
                json!([{ "a": ["],"] }, null, [], { "b": { "$bin": "AP8=" } }]),
                json!([{ "$bin": "aGk=" }, { "$bin": "aG8=" }]),
                json!([null, "\u{2028}\"\\"]),
            ] {
                let answer = client.ask_args("echo", arguments.clone()).await;
                let first = json!({ "status": "ok", "data": arguments[0] });
                assert_eq!(answer, first, "{guest}, {transport}");
                let answer = client.ask_args("arguments", arguments.clone()).await;
                let all = json!({ "status": "ok", "data": arguments });
                assert_eq!(answer, all, "{guest}, {transport}");
            }
            for arguments in [json!([]), json!([[1]])] {
                let answer = client.ask_args("arguments", arguments.clone()).await;
                assert_eq!(answer["data"], arguments);
            }
        }
    }
}

#[tokio::test]
async fn only_the_first_argument_is_validated_and_changed() {
    let server = Stockade::with("mirror")
        .config("[validation]\ncompat = \"foal\"\n[limits]\npayload = \"20KB\"")
        .start()
        .await;
    let client = server.client().await;
    let good = json!({ "name": "Hat", "count": "2", "x": 1 });
    let bad = json!({ "count": 2 });
    let answer = client
        .ask_all("order and others", json!([good, bad, "more"]))
        .await;
    let changed = json!({ "name": "Hat", "count": 2, "size": "m" });
    assert_eq!(answer, json!([changed, bad, "more"]));
    let answer = client
        .ask_args("order and others", json!([bad, good]))
        .await;
    assert_eq!(answer["error"]["code"], "VALIDATION_PAYLOAD_ERROR");
    // What defaults add counts together with what stands beside them.
    for (length, status) in [(1_000, "ok"), (12_000, "error")] {
        let arguments = json!([[{}], "x".repeat(length)]);
        let answer = client.ask_args("grow", arguments).await;
        assert_eq!(answer["status"], status);
        assert!(status == "ok" || bad_request(&answer), "{answer}");
    }
}

#[tokio::test]
async fn several_arguments_are_held_to_the_limits_together() {
    let server = Stockade::with("basic-c")
        .config("[limits]\npayload = \"10KB\"")
        .start()
        .await;
    let mut client = Wire::connect(&server.addr).await;
    let text = |length| json!("x".repeat(length)).to_string();
    let deep = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let placeholder = r#"{"_placeholder":true,"num":0}"#;
    for (arguments, fits) in [
        (vec!["1".to_owned(); 64].join(","), true),
        (vec!["1".to_owned(); 65].join(","), false),
        (vec!["1".to_owned(); 5_000].join(","), false),
        (format!("1,{}", text(9_000)), true),
        (format!("{},{}", text(5_100), text(5_100)), false),
        (format!("1,2,{}", deep(63)), true),
        (format!("1,2,{}", deep(65)), false),
        (format!("1,2,{}", deep(2_000)), false),
        (format!("1,{placeholder}"), false),
        (format!("1,2,[{placeholder}]"), false),
        (r#"1,"\u005fplaceholder""#.to_owned(), true),
        ("1,2,".to_owned(), false),
        ("1,2 3".to_owned(), false),
        ("1,01".to_owned(), false),
        ("1,\"\u{1}\"".to_owned(), false),
    ] {
        for event in ["echo", "arguments"] {
            let answer = client.ask(event, &arguments).await;
            let shown = arguments.get(..60).unwrap_or(&arguments);
            match fits {
                true => assert_eq!(answer["status"], "ok", "{shown}: {answer}"),
                false => assert!(bad_request(&answer), "{shown}: {answer}"),
            }
        }
    }
    // The guest's answer would be one deeper, so it does not hand on all of them.
    let answer = client.ask("echo", &format!("1,{}", deep(64))).await;
    assert_eq!(answer["data"], 1);
}

#[tokio::test]
async fn raw_response_is_the_acknowledgement() {
    for guest in ["basic-c", "basic-js"] {
        let server = Stockade::run(guest).await;
        let client = server.client().await;
        for arguments in [
            json!([]),
            json!([null]),
            json!([1, [2], { "status": "ok" }]),
            json!([null, { "a": { "$bin": "AP8=" } }, { "$bin": "aGk=" }]),
        ] {
            let answer = client.ask_all("raw", arguments.clone()).await;
            assert_eq!(answer, arguments, "{guest}");
        }
    }
    let server = Stockade::with("basic-c")
        .config("[socket]\nparser = \"msgpack\"")
        .start()
        .await;
    let client = server.client_with("", json!({ "parser": "msgpack" })).await;
    for arguments in [json!([]), json!([null, { "a": { "$bin": "AP8=" } }, 1.5])] {
        assert_eq!(client.ask_all("raw", arguments.clone()).await, arguments);
    }
}

#[tokio::test]
async fn every_stage_may_answer_with_a_raw_response() {
    let (_server, client) = recorder("").await;
    let ask = async |payload: Value| client.ask_all("hooks", json!([payload])).await;
    let answer = ask(json!({ "handler": "raw" })).await;
    assert_eq!(
        (&answer[0]["by"], &answer[1]),
        (&json!("handler"), &json!("raw"))
    );
    let answer = ask(json!({ "hook2": "answer raw" })).await;
    assert_eq!(answer[0]["trace"], json!(["hook1", "hook2"]));
    assert_eq!(answer[1], "raw");
    // Post-hooks see it, keep it or replace it, whatever kind the one or the other is of.
    let answer = ask(json!({ "hook1": "post", "post1": "keep", "handler": "raw" })).await;
    assert_eq!(
        (&answer[0]["by"], &answer[1]),
        (&json!("handler"), &json!("raw"))
    );
    let answer = ask(json!({ "hook1": "post", "handler": "raw" })).await;
    let seen = &answer[0];
    assert_eq!(
        (&seen["by"], &seen["status"]),
        (&json!("post1"), &json!("raw"))
    );
    assert_eq!(seen["saw"][0]["by"], "handler");
    assert_eq!(seen["saw"][1], "raw");
    let answer = ask(json!({ "hook1": "post", "post1": "raw", "handler": "error" })).await;
    assert_eq!(
        (&answer[0]["by"], &answer[0]["status"]),
        (&json!("post1"), &json!("error"))
    );
    let answer = ask(json!({ "handler": "throw", "handle-error": "raw" })).await;
    assert_eq!(answer[0], Value::Null);
    assert_eq!(answer[1]["message"], "thrown by handler");
}

#[tokio::test]
async fn raw_response_that_is_no_list_counts_as_thrown() {
    let (server, client) = recorder("").await;
    let answer = client.ask("hooks", json!({ "handler": "no list" })).await;
    assert_eq!(answer["error"]["name"], "InvalidResponse", "{answer}");
    let bare = server.client_with("/bare", json!({})).await;
    let answer = bare.ask("hooks", json!({ "handler": "no list" })).await;
    assert_eq!(answer["error"]["code"], "INTERNAL_SERVER_ERROR");
}

#[tokio::test]
async fn client_with_retries_and_no_timeout_takes_what_is_not_null_for_an_error() {
    let config = "isolation = \"tenant\"";
    let server = Stockade::with("recorder").config(config).start().await;
    let client = server.client_with("", json!({ "retries": 2 })).await;
    // It has sent the event three times.
    let got = client.call("count", json!([])).await;
    assert_eq!(got, json!([{ "status": "ok", "data": 3 }]));
    let patient = json!({ "retries": 2, "ackTimeout": 10_000 });
    let patient = server.client_with("", patient).await;
    let got = patient.call("count", json!([])).await;
    assert_eq!(got, json!([null, { "status": "ok", "data": 4 }]));
    let server = Stockade::run("basic-c").await;
    let client = server.client_with("", json!({ "retries": 2 })).await;
    let done = json!([null, "done"]);
    assert_eq!(client.call("raw", done.clone()).await, done);
}
