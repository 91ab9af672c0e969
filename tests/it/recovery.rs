//! Connection state recovery: clients that lose their connection and come back.

use serde_json::{Value, json};

use crate::harness::{Client, Stockade, Wire};

async fn server(guest: &'static str, duration: &str) -> Stockade {
    let config = format!("[socket]\nconnection-state-recovery = \"{duration}\"");
    Stockade::with(guest).config(&config).start().await
}

async fn granted(client: &Client, event: &str, payload: Value) -> Value {
    let mut answer = client.ask(event, payload).await;
    assert!(answer["data"].get("error").is_none(), "{event}: {answer}");
    answer["data"]["ok"].take()
}

/// Waits until the server knows that a socket has gone.
async fn gone(witness: &Client, id: &str) {
    let there = async {
        while granted(witness, "fetch", json!({}))
            .await
            .as_array()
            .unwrap()
            .contains(&json!(id))
        {}
    };
    let waited = tokio::time::timeout(crate::harness::PATIENCE, there).await;
    waited.expect("the socket is still there");
}

#[tokio::test]
async fn client_that_comes_back_is_who_it_was_and_gets_what_it_missed() {
    let server = server("caller", "1m").await;
    let (alice, bob) = (server.client().await, server.client().await);
    let id = bob.id().await;
    granted(&bob, "join", json!({ "rooms": ["tea"] })).await;
    granted(&bob, "set data", json!({ "value": { "name": "bob" } })).await;
    granted(&bob, "set user", json!({ "value": { "id": 7 } })).await;
    granted(&alice, "emit to", json!({ "event": "seen" })).await;
    bob.next("seen").await;
    bob.break_connection().await;
    gone(&alice, &id).await;
    for (rooms, event) in [
        (json!(["tea"]), "to its room"),
        (json!(["coffee"]), "to another room"),
        (json!([id]), "to it"),
        (json!([]), "to all"),
    ] {
        let emit = json!({ "rooms": rooms, "event": event, "arguments": [event.len()] });
        granted(&alice, "emit to", emit).await;
    }
    let excepted = json!({ "except": ["tea"], "event": "to all but its room" });
    granted(&alice, "emit to", excepted).await;
    let volatile = json!({ "event": "volatile", "volatile": true });
    granted(&alice, "emit to", volatile).await;
    bob.reconnect().await;
    assert_eq!(bob.connected().await, id);
    assert_eq!(bob.state().await["recovered"], true);
    let mut rooms = granted(&bob, "rooms", json!({})).await;
    let rooms = rooms.as_array_mut().unwrap();
    assert!(rooms.contains(&json!("tea")) && rooms.contains(&json!(id)));
    assert_eq!(
        granted(&bob, "data", json!({})).await,
        json!({ "name": "bob" })
    );
    assert_eq!(granted(&bob, "user", json!({})).await, json!({ "id": 7 }));
    let missed = bob.events().await;
    let names: Vec<_> = missed.iter().map(|event| event[0].as_str()).collect();
    assert_eq!(names, [Some("to its room"), Some("to it"), Some("to all")]);
    assert_eq!(missed[0][1], "to its room".len());
    // And it is there again, for what comes now.
    granted(&alice, "emit to", json!({ "rooms": ["tea"] })).await;
    bob.next("news").await;
}

#[tokio::test]
async fn guest_is_not_asked_again_about_who_comes_back() {
    let server = server("recorder", "1m").await;
    let witness = server.client().await;
    let auth = json!({ "auth": { "connection": "emit" } });
    let client = server.client_with("", auth).await;
    client.next("welcome").await;
    let id = client.id().await;
    client.break_connection().await;
    assert_eq!(witness.next("gone").await[0]["id"], json!(id));
    client.reconnect().await;
    assert_eq!(client.connected().await, id);
    client.ask("hooks", json!({})).await;
    assert_eq!(client.events().await, Vec::<Value>::new());
}

#[tokio::test]
async fn who_comes_back_too_late_is_somebody_else() {
    let server = server("caller", "1ms").await;
    let (alice, bob) = (server.client().await, server.client().await);
    let id = bob.id().await;
    granted(&alice, "emit to", json!({})).await;
    bob.next("news").await;
    bob.break_connection().await;
    gone(&alice, &id).await;
    // It takes longer than a millisecond to say so.
    granted(&alice, "emit to", json!({})).await;
    bob.reconnect().await;
    assert_ne!(bob.connected().await, id);
    assert_eq!(bob.state().await["recovered"], false);
    granted(&bob, "rooms", json!({})).await;
    assert_eq!(bob.events().await, Vec::<Value>::new());
}

/// What the server tells a client that connects with `auth`: `sid` and `pid`.
async fn connect(wire: &mut Wire, auth: &Value) -> (Value, Value) {
    let answer = wire.join(&format!("40{auth}"), "40").await;
    let mut told: Value = serde_json::from_str(answer.strip_prefix("40").unwrap()).unwrap();
    (told["sid"].take(), told["pid"].take())
}

#[tokio::test]
async fn claim_needs_the_secret_and_an_offset_of_the_log() {
    let server = server("caller", "1m").await;
    let witness = server.client().await;
    for (wrong_pid, offset, recovered) in [
        (false, json!(null), true),
        (false, json!("nothing.0"), false),
        (false, json!(""), false),
        (false, json!({ "not": "text" }), false),
        (true, json!(null), false),
    ] {
        let mut wire = Wire::open(&server.addr).await;
        let (sid, pid) = connect(&mut wire, &json!({})).await;
        assert!(pid.is_string() && pid != sid);
        drop(wire);
        gone(&witness, sid.as_str().unwrap()).await;
        // The id, which others know, is no secret.
        let pid = if wrong_pid { sid.clone() } else { pid };
        let mut wire = Wire::open(&server.addr).await;
        let auth = json!({ "pid": pid, "offset": offset });
        let (again, _) = connect(&mut wire, &auth).await;
        assert_eq!(again == sid, recovered, "{auth}");
        assert_eq!(wire.ask("rooms", "{}").await["data"]["ok"], json!([again]));
    }
}

#[tokio::test]
async fn who_leaves_on_purpose_does_not_come_back() {
    let server = server("caller", "1m").await;
    let witness = server.client().await;
    let mut wire = Wire::open(&server.addr).await;
    for leave in ["41", "42[\"disconnect me\",{}]"] {
        let (sid, pid) = connect(&mut wire, &json!({})).await;
        wire.text(leave).await.unwrap();
        gone(&witness, sid.as_str().unwrap()).await;
        let (again, _) = connect(&mut wire, &json!({ "pid": pid })).await;
        assert_ne!(again, sid, "{leave}");
        wire.text("41").await.unwrap();
        gone(&witness, again.as_str().unwrap()).await;
    }
}

#[tokio::test]
async fn nothing_of_it_is_there_where_it_is_off() {
    let server = Stockade::run("caller").await;
    let mut wire = Wire::open(&server.addr).await;
    let (sid, pid) = connect(&mut wire, &json!({})).await;
    assert!(pid.is_null());
    let emit = json!({ "rooms": [sid], "event": "tick", "arguments": [1] }).to_string();
    assert_eq!(wire.ask("server emit", &emit).await["status"], "ok");
    let plain = crate::harness::wire::Packet::Text("42[\"tick\",1]".into());
    assert_eq!(wire.others, [plain]);
}

#[tokio::test]
async fn missed_events_come_before_the_client_is_told_that_it_is_connected() {
    use crate::harness::wire::Packet;
    let server = server("caller", "1m").await;
    let witness = server.client().await;
    let mut wire = Wire::open(&server.addr).await;
    let (sid, pid) = connect(&mut wire, &json!({})).await;
    granted(&witness, "emit to", json!({ "event": "seen" })).await;
    let Some(Packet::Text(seen)) = wire.packet().await else {
        panic!("not an event");
    };
    let seen: Value = serde_json::from_str(seen.strip_prefix("42").unwrap()).unwrap();
    assert_eq!(seen[0], "seen");
    drop(wire);
    gone(&witness, sid.as_str().unwrap()).await;
    for event in ["one", "two"] {
        granted(&witness, "emit to", json!({ "event": event })).await;
    }
    let mut wire = Wire::open(&server.addr).await;
    let auth = json!({ "pid": pid, "offset": seen[1] });
    let (again, _) = connect(&mut wire, &auth).await;
    assert_eq!(again, sid);
    // What came before it was told.
    let missed = wire.others.iter().map(|packet| match packet {
        Packet::Text(text) => text.split(',').next().unwrap(),
        Packet::Binary(_) => panic!("{packet:?}"),
    });
    assert_eq!(missed.collect::<Vec<_>>(), ["42[\"one\"", "42[\"two\""]);
}
