//! What guests ask the host for, seen from their clients: operators, acknowledgements, data, the log.

use serde_json::{Value, json};

use crate::harness::{Client, Stockade, root};

/// Names that Socket.IO keeps for itself.
pub(crate) const RESERVED: [&str; 6] = [
    "connect",
    "connect_error",
    "disconnect",
    "disconnecting",
    "newListener",
    "removeListener",
];

async fn callers<const N: usize>(server: &Stockade) -> [Client; N] {
    let mut clients = Vec::new();
    for _ in 0..N {
        clients.push(server.client().await);
    }
    clients.try_into().ok().unwrap()
}

/// Asks for something that the host grants.
pub(crate) async fn granted(client: &Client, event: &str, payload: Value) -> Value {
    let mut answer = client.ask(event, payload).await;
    assert!(answer["data"].get("error").is_none(), "{event}: {answer}");
    answer["data"]["ok"].take()
}

/// Asks for something that the host refuses; answers how.
async fn refused(client: &Client, event: &str, payload: Value) -> String {
    let answer = client.ask(event, payload).await;
    let kind = answer["data"]["error"]["kind"].as_str();
    kind.unwrap_or_else(|| panic!("{event}: {answer}"))
        .to_owned()
}

#[tokio::test]
async fn emit_with_ack_hears_the_client() {
    let server = Stockade::run("caller").await;
    let [client] = callers(&server).await;
    client.answer("question", json!([1, { "b": "two" }])).await;
    let asked = json!({ "event": "question", "arguments": ["how much?"], "timeout": 10_000 });
    let answer = granted(&client, "ask", asked).await;
    assert_eq!(answer, json!([1, { "b": "two" }]));
    assert_eq!(client.next("question").await, json!(["how much?"]));
    let unheard = json!({ "event": "nobody answers", "timeout": 100 });
    assert_eq!(refused(&client, "ask", unheard).await, "timed-out");
}

#[tokio::test]
async fn targets_are_rooms_without_exceptions_and_without_the_sender() {
    let server = Stockade::run("caller").await;
    let [alice, bob, carol] = callers(&server).await;
    for member in [&alice, &bob, &carol] {
        granted(member, "join", json!({ "rooms": ["tea"] })).await;
    }
    granted(&carol, "join", json!({ "rooms": ["away"] })).await;
    let to = json!({ "rooms": ["tea"], "except": ["away"], "arguments": [1, "two"] });
    granted(&alice, "emit to", to.clone()).await;
    assert_eq!(bob.next("news").await, json!([1, "two"]));
    granted(&alice, "server emit", to).await;
    for member in [&alice, &bob] {
        assert_eq!(member.next("news").await, json!([1, "two"]));
    }
    let bob_alone = json!({ "rooms": [bob.id().await], "event": "for bob" });
    granted(&alice, "emit to", bob_alone).await;
    assert_eq!(bob.next("for bob").await, json!([]));
    granted(&carol, "leave", json!({ "rooms": ["tea", "away"] })).await;
    granted(
        &alice,
        "emit to",
        json!({ "rooms": ["tea"], "event": "after" }),
    )
    .await;
    assert_eq!(bob.next("after").await, json!([]));
    assert_eq!(carol.events().await, Vec::<Value>::new());
}

#[tokio::test]
async fn events_arrive_with_all_their_arguments() {
    let server = Stockade::run("caller").await;
    let [alice, bob] = callers(&server).await;
    let arguments = [json!(1), json!("two"), json!({ "three": [3] })];
    for (operator, receiver) in [("emit", &alice), ("emit to", &bob), ("server emit", &bob)] {
        for count in 0..=arguments.len() {
            let some = json!(arguments[..count]);
            let event = format!("{count} by {operator}");
            let emit = json!({ "event": event, "arguments": some });
            granted(&alice, operator, emit).await;
            assert_eq!(receiver.next(&event).await, some, "{operator}");
        }
    }
}

#[tokio::test]
async fn volatile_events_keep_their_order_among_the_others() {
    let server = Stockade::run("caller").await;
    let [alice, bob] = callers(&server).await;
    for round in 0..50 {
        let volatile = json!({ "event": "typing", "arguments": [round], "volatile": true });
        alice.emit("emit to", json!([volatile])).await;
        alice
            .emit(
                "emit to",
                json!([{ "event": "message", "arguments": [round] }]),
            )
            .await;
    }
    granted(&alice, "emit to", json!({ "event": "done" })).await;
    bob.next("done").await;
    let events = bob.events().await;
    let messages = events.iter().filter(|event| event[0] == "message");
    assert_eq!(messages.count(), 50);
    assert!(
        events.iter().any(|event| event[0] == "typing"),
        "a client that reads gets them"
    );
    // All rounds in order, and in each its typing notice, if it came, before its message.
    assert!(
        events.is_sorted_by_key(|event| event[1].as_u64()),
        "{events:?}"
    );
    let late = events
        .windows(2)
        .find(|pair| pair[0][0] == "message" && pair[1][0] == "typing" && pair[0][1] == pair[1][1]);
    assert_eq!(late, None);
}

#[tokio::test]
async fn server_reaches_sockets_of_other_namespaces() {
    let server = Stockade::run("caller").await;
    let [alice] = callers(&server).await;
    let other = server.client_with("/other", json!({})).await;
    granted(
        &alice,
        "server emit",
        json!({ "namespace": "/other", "event": "hello" }),
    )
    .await;
    assert_eq!(other.next("hello").await, json!([]));
    let there = granted(&alice, "fetch", json!({ "namespace": "/other" })).await;
    assert_eq!(there, json!([other.id().await]));
    let join = json!({ "namespace": "/other", "join": ["drawn"] });
    granted(&alice, "sockets join", join).await;
    let rooms = granted(&other, "rooms", json!({})).await;
    assert!(
        rooms.as_array().unwrap().contains(&json!("drawn")),
        "{rooms}"
    );
    granted(
        &alice,
        "disconnect sockets",
        json!({ "namespace": "/other" }),
    )
    .await;
    assert_eq!(other.disconnected().await, "io server disconnect");
    let nowhere = json!({ "namespace": "/nowhere" });
    assert_eq!(
        refused(&alice, "server emit", nowhere).await,
        "invalid-argument"
    );
}

#[tokio::test]
async fn disconnect_follows_the_answer() {
    let server = Stockade::run("caller").await;
    let [alice] = callers(&server).await;
    let other = server.client_with("/other", json!({})).await;
    granted(&alice, "disconnect me", json!({})).await;
    assert_eq!(alice.disconnected().await, "io server disconnect");
    granted(&other, "disconnect me", json!({ "close": true })).await;
    assert_eq!(other.disconnected().await, "io server disconnect");
}

#[tokio::test]
async fn data_and_user_stay_with_the_socket_and_state_does_not() {
    let server = Stockade::run("caller").await;
    let [alice, bob] = callers(&server).await;
    for slot in ["data", "user"] {
        granted(
            &alice,
            &format!("set {slot}"),
            json!({ "value": { "name": "alice" } }),
        )
        .await;
        assert_eq!(
            granted(&alice, slot, json!({})).await,
            json!({ "name": "alice" })
        );
        assert_eq!(granted(&bob, slot, json!({})).await, Value::Null);
        let large = json!({ "bytes": 70_000 });
        assert_eq!(
            refused(&alice, &format!("set {slot}"), large).await,
            "limit-exceeded"
        );
    }
    for _ in 0..2 {
        assert_eq!(granted(&alice, "left state", json!({})).await, Value::Null);
    }
}

#[tokio::test]
async fn rooms_of_a_socket_are_bounded() {
    let server = Stockade::run("caller").await;
    let [alice] = callers(&server).await;
    // One of them is its own.
    granted(&alice, "join n", json!({ "count": 255 })).await;
    assert_eq!(
        refused(&alice, "join n", json!({ "count": 256 })).await,
        "limit-exceeded"
    );
    assert_eq!(
        granted(&alice, "rooms", json!({}))
            .await
            .as_array()
            .map(Vec::len),
        Some(256)
    );
}

#[tokio::test]
async fn log_lines_are_marked_as_the_guests() {
    let server = Stockade::run("caller").await;
    let [alice] = callers(&server).await;
    let line = json!({ "level": 3, "message": "mind the gap", "count": 1 });
    client_logs(&alice, line).await;
    let logged = server
        .logged("the guest", |line| line["message"] == "mind the gap")
        .await;
    assert_eq!(logged["target"], "guest");
    assert_eq!(logged["level"], "WARN");
    assert_eq!(logged["tenant"], "caller");
}

async fn client_logs(client: &Client, line: Value) {
    let answer = client.ask("log", line).await;
    assert_eq!(answer["status"], "ok", "{answer}");
}

#[tokio::test]
async fn reserved_event_names_are_refused_by_every_operator() {
    let server = Stockade::run("caller").await;
    let [alice, bob] = callers(&server).await;
    for name in RESERVED {
        for operator in ["emit", "emit to", "server emit", "ask"] {
            let emit = json!({ "event": name, "timeout": 10_000 });
            let answer = alice.ask(operator, emit).await;
            let error = json!({
                "kind": "invalid-argument",
                "detail": format!("\"{name}\" is a reserved event name"),
            });
            assert_eq!(answer["data"]["error"], error, "{operator}");
        }
    }
    // Names that only look like them are anybody's, and both clients are still there.
    granted(&alice, "server emit", json!({ "event": "Connect" })).await;
    for client in [&alice, &bob] {
        assert_eq!(client.next("Connect").await, json!([]));
        assert_eq!(client.state().await["connected"], true);
    }
}

#[tokio::test]
async fn room_of_a_sockets_own_id_is_a_room_like_any_other() {
    let server = Stockade::run("caller").await;
    let [alice, bob] = callers(&server).await;
    let (a, b) = (alice.id().await, bob.id().await);
    granted(&bob, "join", json!({ "rooms": [a] })).await;
    let to_alice = |event: &str| json!({ "rooms": [a], "event": event });
    granted(&alice, "server emit", to_alice("both")).await;
    for client in [&alice, &bob] {
        client.next("both").await;
    }
    granted(&alice, "leave", json!({ "rooms": [a] })).await;
    assert_eq!(granted(&alice, "rooms", json!({})).await, json!([]));
    granted(&alice, "server emit", to_alice("bob alone")).await;
    bob.next("bob alone").await;
    // It is there, is not told what it tells others, and has not gone with its room.
    granted(&bob, "leave", json!({ "rooms": [a] })).await;
    granted(&alice, "emit to", json!({ "event": "others" })).await;
    bob.next("others").await;
    granted(&bob, "disconnect sockets", json!({ "rooms": [a] })).await;
    granted(&bob, "server emit", json!({ "event": "all" })).await;
    alice.next("all").await;
    assert_eq!(alice.events().await, Vec::<Value>::new());
    // Others may bring it back, which is how it was.
    let back = json!({ "join": [a], "except": [b] });
    granted(&bob, "sockets join", back).await;
    assert_eq!(granted(&alice, "rooms", json!({})).await, json!([a]));
    granted(&bob, "emit to", to_alice("alice")).await;
    alice.next("alice").await;
}

#[tokio::test]
async fn reserved_event_names_are_refused_on_connection() {
    let server = Stockade::run("recorder").await;
    for name in RESERVED {
        let auth = json!({ "auth": { "connection": "emit as told", "event": name } });
        let client = server.client_with("", auth).await;
        let error = json!({
            "kind": "invalid-argument",
            "detail": format!("\"{name}\" is a reserved event name"),
        });
        assert_eq!(client.next("emitted").await, json!([error]));
        assert_eq!(client.ask("no steps", json!({})).await["status"], "ok");
        assert_eq!(client.state().await["connected"], true, "{name}");
    }
    let auth = json!({ "auth": { "connection": "emit as told", "event": "Connect" } });
    let client = server.client_with("", auth).await;
    assert_eq!(client.next("Connect").await, json!([]));
    assert_eq!(client.next("emitted").await, json!([null]));
}

/// The names that a Rust source lists as reserved.
fn reserved_in(source: &str) -> Vec<String> {
    let text = std::fs::read_to_string(root().join(source)).unwrap();
    let (_, list) = text.split_once(": [&str; 6] = [").expect(source);
    let (list, _) = list.split_once(']').unwrap();
    let names = list.split('"').skip(1).step_by(2);
    names.map(str::to_owned).collect()
}

#[test]
fn reserved_event_names_are_the_same_for_host_macros_and_fake() {
    for source in [
        "runtime/sandbox/src/host/socket.rs",
        "guest-sdk/rust-macros/src/route.rs",
        "guest-sdk/rust/src/host/recorded.rs",
    ] {
        assert_eq!(reserved_in(source), RESERVED, "{source}");
    }
}

#[tokio::test]
async fn lists_of_rooms_are_bounded_in_length_and_number() {
    let server = Stockade::run("caller").await;
    let [alice] = callers(&server).await;
    let rooms = |count: usize| {
        let names = (0..count).map(|number| json!(format!("room {number}")));
        names.collect::<Value>()
    };
    let lists = [
        ("1,024 rooms", rooms(1_024), true),
        ("1,025 rooms", rooms(1_025), false),
        ("256 bytes", json!(["x".repeat(256)]), true),
        ("257 bytes", json!(["x".repeat(257)]), false),
        ("no name", json!([""]), false),
    ];
    for (operator, members) in [
        ("emit to", &["rooms", "except"][..]),
        ("server emit", &["rooms", "except"]),
        ("fetch", &["rooms", "except"]),
        ("sockets join", &["rooms", "except", "join"]),
        ("sockets leave", &["rooms", "except", "leave"]),
        ("disconnect sockets", &["rooms", "except"]),
        ("leave", &["rooms"]),
    ] {
        for member in members {
            for (what, list, is_fine) in &lists {
                // Where nobody is that it could happen to.
                let mut payload = json!({ "namespace": "/other", "join": [], "leave": [] });
                payload[member] = list.clone();
                let answer = alice.ask(operator, payload).await;
                let data = &answer["data"];
                let is_right = match is_fine {
                    true => data.get("ok").is_some(),
                    false => data["error"]["kind"] == "invalid-argument",
                };
                assert!(is_right, "{operator}, {member} of {what}: {answer}");
            }
        }
    }
}
