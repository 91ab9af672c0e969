//! Events of concurrent routes: nobody waits for them but the end of their socket and of the server.

use serde_json::{Value, json};

use crate::harness::{Client, Stockade, Wire};

async fn caller(config: &str) -> Stockade {
    Stockade::with("caller").config(config).start().await
}

/// What `ask` waits for.
fn question(timeout: u64) -> Value {
    json!({ "event": "question", "timeout": timeout })
}

/// Asks for a question that the client answers only after an event of its own; gives what came of it.
async fn asked(client: &Client, event: &str, first: (&str, Value), timeout: u64) -> Value {
    client
        .answer_after("question", json!(["an answer"]), first)
        .await;
    let mut answer = client.ask(event, question(timeout)).await;
    answer["data"].take()
}

#[tokio::test]
async fn handler_that_waits_for_its_client_hears_what_it_has_to_send_first() {
    let timed_out = json!({ "error": { "kind": "timed-out" } });
    for isolation in ["event", "socket", "tenant"] {
        let server = caller(&format!("isolation = {isolation:?}")).await;
        let client = server.client().await;
        let user = ("user", json!(null));
        let answer = asked(&client, "ask", user.clone(), 500).await;
        assert_eq!(answer, timed_out, "one event at a time");
        let answer = asked(&client, "ask concurrently", user, 10_000).await;
        assert_eq!(answer, json!({ "ok": ["an answer"] }), "{isolation}");
    }
}

#[tokio::test]
async fn acknowledgements_come_as_events_are_done() {
    let server = caller("").await;
    let client = server.client().await;
    client
        .answer_after("question", json!([1]), ("user", json!(null)))
        .await;
    let (acks, order) = client
        .burst(vec![
            ("user", json!(null)),
            ("ask concurrently", question(10_000)),
            ("user", json!(null)),
            ("user", json!(null)),
        ])
        .await;
    assert_eq!(acks[1]["data"], json!({ "ok": [1] }));
    assert_eq!(order, [0, 2, 3, 1]);
}

#[tokio::test]
async fn event_over_the_limit_waits_for_a_place() {
    let server = caller("[limits]\nconcurrent = 1").await;
    let client = server.client().await;
    // The second one could be answered at once, and is not begun.
    client.answer("second question", json!([2])).await;
    let second = json!({ "event": "second question", "timeout": 10_000 });
    let first = ("ask concurrently", second.clone());
    let answer = asked(&client, "ask concurrently", first.clone(), 500).await;
    assert_eq!(answer, json!({ "error": { "kind": "timed-out" } }));
    // Once the first one is done, it is.
    client.next("second question").await;
    let two = caller("[limits]\nconcurrent = 2").await;
    let client = two.client().await;
    client.answer("second question", json!([2])).await;
    let answer = asked(&client, "ask concurrently", first, 10_000).await;
    assert_eq!(answer, json!({ "ok": ["an answer"] }));
}

#[tokio::test]
async fn each_of_many_events_is_acknowledged_once() {
    let server = caller("").await;
    let mut client = Wire::connect(&server.addr).await;
    let question = question(50).to_string();
    let mut ids = Vec::new();
    for _ in 0..500 {
        ids.push(client.emit("ask concurrently", &question).await.unwrap());
        ids.push(client.emit("user", "null").await.unwrap());
    }
    while let Some(last) = ids.iter().find(|id| client.acks(**id) == 0).copied() {
        client.ack(last).await.unwrap();
    }
    client.ask("user", "null").await;
    for id in ids {
        assert_eq!(client.acks(id), 1);
    }
}

#[tokio::test]
async fn disconnection_is_told_after_what_is_under_way() {
    let server = Stockade::run("recorder").await;
    let watcher = server.client().await;
    for leaves in [true, false] {
        let client = server.client().await;
        for _ in 0..3 {
            client.emit("wait", json!([60_000])).await;
        }
        for _ in 0..3 {
            client.next("question").await;
        }
        match leaves {
            true => client.disconnect().await,
            false => client.break_connection().await,
        }
        watcher.next("gone").await;
        // Nobody answers any more, and they need not wait until their time is up.
        let events = watcher.events().await;
        let told = json!(["waited", { "kind": "disconnected" }]);
        assert_eq!(events, vec![told; 3]);
    }
}

#[tokio::test]
async fn server_that_stops_answers_them_first() {
    let mut server = caller("").await;
    let client = server.client().await;
    let asking = client.ask("ask concurrently", question(1_000));
    let stopping = async {
        client.next("question").await;
        server.terminate();
    };
    let (answer, ()) = tokio::join!(asking, stopping);
    assert_eq!(answer["data"], json!({ "error": { "kind": "timed-out" } }));
    assert!(server.ended().await.success());
}

#[test]
fn inspection_names_them() {
    let mut inspect = std::process::Command::new(crate::harness::binary());
    let inspect = inspect.args(["inspect", "--json"]);
    let output = crate::harness::output(inspect.arg(crate::harness::component("recorder")));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let events = report["namespaces"][0]["events"].as_array().unwrap();
    let concurrent = events.iter().filter(|event| event["concurrent"] == true);
    let names: Vec<_> = concurrent.map(|event| &event["event"]).collect();
    assert_eq!(names, ["wait"]);
}
