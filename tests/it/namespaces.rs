//! Namespaces by pattern, routes for any event, and who is in a namespace.

use std::{process::Command, time::Duration};

use serde_json::{Value, json};

use crate::{
    harness::{Client, Redis, Stockade, Wire, binary, component, output, wire::Packet},
    host_calls::granted,
};

async fn gateway() -> Stockade {
    Stockade::run("gateway").await
}

/// What the guest says of an event of this client.
async fn told(client: &Client, event: &str) -> Value {
    let mut answer = client.ask(event, json!("x")).await;
    assert_eq!(answer["status"], "ok", "{answer}");
    answer["data"].take()
}

async fn joined(server: &Stockade, namespace: &str) -> Client {
    server.client_with(namespace, json!({})).await
}

/// What a client of this namespace reads in `connect_error`.
async fn refused(server: &Stockade, namespace: &str) -> String {
    let client = server.connecting(namespace, json!({})).await;
    client.refused().await
}

#[tokio::test]
async fn clients_join_namespaces_that_a_pattern_matches() {
    let server = gateway().await;
    for (namespace, pattern, params) in [
        ("/", "/", json!([])),
        ("/room-12", "/room-:id", json!([["id", "12"]])),
        ("/room-a b", "/room-:id", json!([["id", "a b"]])),
        ("/room-lobby", "/room-lobby", json!([])),
        ("/hall-7", r"/[a-z]+-\d+", json!([])),
        (
            "/acme/files/a/b",
            "/:tenant/files/*path",
            json!([["tenant", "acme"], ["path", "a/b"]]),
        ),
    ] {
        let client = joined(&server, namespace).await;
        let told = told(&client, "exact").await;
        assert_eq!(told["namespace"], namespace);
        assert_eq!(
            (&told["pattern"], &told["params"]),
            (&json!(pattern), &params)
        );
    }
}

#[tokio::test]
async fn names_that_nothing_matches_are_refused() {
    let server = gateway().await;
    for namespace in [
        "/room-",
        "/room-1/x",
        "/hall-x",
        "/HALL-1",
        "/acme/files/",
        "/rooms",
    ] {
        assert_eq!(
            refused(&server, namespace).await,
            "Invalid namespace",
            "{namespace}"
        );
    }
    let mut wire = Wire::open(&server.addr).await;
    let control = wire.join("40/room-a\u{7},", "40/room-a").await;
    assert_eq!(
        control,
        "44/room-a\u{7},{\"message\":\"Invalid namespace\"}"
    );
}

#[tokio::test]
async fn guest_is_asked_who_may_enter_a_child_and_hears_who_leaves_it() {
    let server = gateway().await;
    let witness = server.client().await;
    assert_eq!(refused(&server, "/room-forbidden").await, "nobody may");
    let client = joined(&server, "/room-5").await;
    let expected =
        json!([{ "namespace": "/room-5", "pattern": "/room-:id", "params": [["id", "5"]] }]);
    assert_eq!(client.next("where").await, expected);
    client.disconnect().await;
    assert_eq!(witness.next("left").await, expected);
}

#[tokio::test]
async fn events_without_a_route_of_their_own_go_to_the_longest_that_takes_any() {
    let server = gateway().await;
    let client = server.client().await;
    for (event, route) in [
        ("exact", 0),
        ("exactly", 1),
        ("*", 1),
        ("users", 1),
        ("users ", 2),
        ("users new", 3),
        ("users newer", 2),
        ("texts é\"\\\n", 4),
        (&"x".repeat(256), 1),
    ] {
        let told = told(&client, event).await;
        assert_eq!(
            (&told["route"], &told["event"]),
            (&json!(route), &json!(event))
        );
    }
    let answer = client.ask("texts 1", json!(5)).await;
    assert_eq!(answer["error"]["code"], "VALIDATION_PAYLOAD_ERROR");
    for name in ["x".repeat(257), "é".repeat(129), String::new()] {
        let answer = client.ask(&name, json!(1)).await;
        assert_eq!(answer["error"]["code"], "BAD_REQUEST", "{name}");
    }
}

#[tokio::test]
async fn event_is_not_found_only_where_no_route_takes_any() {
    let server = gateway().await;
    let bare = joined(&server, "/bare").await;
    let answer = bare.ask("other", json!(1)).await;
    assert_eq!(answer["error"]["code"], "EVENT_NOT_FOUND");
    assert_eq!(told(&bare, "exact").await["route"], 0);
}

#[tokio::test]
async fn children_have_rooms_and_sockets_of_their_own() {
    let server = Stockade::run("caller").await;
    let alice = joined(&server, "/room-1").await;
    let bob = joined(&server, "/room-1").await;
    let eve = joined(&server, "/room-2").await;
    for client in [&alice, &bob, &eve] {
        granted(client, "join", json!({ "rooms": ["tea"] })).await;
    }
    granted(&alice, "emit to", json!({ "rooms": ["tea"] })).await;
    assert_eq!(bob.next("news").await, json!([]));
    // Others reach them by their real name.
    let main = server.client().await;
    let emit = json!({ "namespace": "/room-2", "rooms": ["tea"], "event": "for two" });
    granted(&main, "server emit", emit).await;
    assert_eq!(eve.next("for two").await, json!([]));
    let mut found = granted(&main, "fetch", json!({ "namespace": "/room-1" })).await;
    found.as_array_mut().unwrap().sort_by_key(Value::to_string);
    let mut ids = vec![alice.id().await, bob.id().await];
    ids.sort();
    assert_eq!(found, json!(ids));
    assert_eq!(eve.events().await, Vec::<Value>::new());
    assert_eq!(bob.events().await, Vec::<Value>::new());
}

#[tokio::test]
async fn namespace_that_nobody_is_in_is_no_error_and_one_that_cannot_be_is() {
    let server = Stockade::run("caller").await;
    let client = server.client().await;
    for event in [
        "server emit",
        "sockets join",
        "sockets leave",
        "disconnect sockets",
    ] {
        let there = json!({ "namespace": "/room-9", "join": ["a"], "leave": ["a"] });
        granted(&client, event, there).await;
        let nowhere = json!({ "namespace": "/hall-9", "join": ["a"], "leave": ["a"] });
        let answer = client.ask(event, nowhere).await;
        assert_eq!(
            answer["data"]["error"]["kind"], "invalid-argument",
            "{event}"
        );
    }
    let nobody = granted(&client, "count", json!({ "namespace": "/room-9" })).await;
    assert_eq!(nobody, json!({ "sockets": 0, "complete": true }));
    // The pattern itself is no namespace, but the name of one that it matches.
    let nobody = granted(&client, "count", json!({ "namespace": "/room-:id" })).await;
    assert_eq!(nobody["sockets"], 0);
}

#[tokio::test]
async fn child_begins_anew_when_all_have_left() {
    let server = Stockade::run("caller").await;
    for _ in 0..20 {
        let client = joined(&server, "/room-1").await;
        let found = granted(&client, "fetch", json!({ "namespace": "/room-1" })).await;
        assert_eq!(found, json!([client.id().await]));
        client.disconnect().await;
        let other = joined(&server, "/room-1").await;
        granted(&other, "server emit", json!({ "namespace": "/room-1" })).await;
        assert_eq!(other.next("news").await, json!([]));
        other.break_connection().await;
    }
}

#[tokio::test]
async fn connection_may_be_in_so_many_children_and_the_tenant_may_have_so_many() {
    let config = "[limits]\nconnection-child-namespaces = 3\nchild-namespaces = 5";
    let server = Stockade::with("caller").config(config).start().await;
    let too_many = |room: usize| {
        format!(
            "44/room-{room},{{\"message\":\"too many requests: try again later\",\"data\":{{\"code\":\"TOO_MANY_REQUESTS\"}}}}"
        )
    };
    let join = async |wire: &mut Wire, room: usize| {
        let answer = format!("40/room-{room},");
        wire.join(&answer, &answer).await
    };
    let mut one = Wire::connect(&server.addr).await;
    for room in 0..3 {
        assert!(join(&mut one, room).await.starts_with("40"));
    }
    assert_eq!(join(&mut one, 3).await, too_many(3));
    // Those that are exact do not count, and who leaves one may join another.
    assert!(one.join("40/other,", "40/other,").await.starts_with("40"));
    one.text("41/room-0,").await.unwrap();
    assert!(join(&mut one, 3).await.starts_with("40"));
    assert_eq!(join(&mut one, 0).await, too_many(0));
    let mut two = Wire::connect(&server.addr).await;
    for room in 10..12 {
        assert!(join(&mut two, room).await.starts_with("40"));
    }
    assert_eq!(join(&mut two, 12).await, too_many(12));
    // There is room for others in those that there are.
    assert!(join(&mut two, 1).await.starts_with("40"));
    assert_eq!(two.ask("rooms", "{}").await["status"], "ok");
}

#[tokio::test]
async fn late_packets_for_a_child_that_was_left_are_ignored() {
    let server = Stockade::run("caller").await;
    let mut wire = Wire::connect(&server.addr).await;
    for room in 0..100 {
        let answer = format!("40/room-{room},");
        assert!(wire.join(&answer, &answer).await.starts_with("40"));
        wire.text(&format!("41/room-{room},")).await.unwrap();
        wire.text(&format!("42/room-{room},7[\"rooms\",{{}}]"))
            .await
            .unwrap();
    }
    assert_eq!(wire.ask("rooms", "{}").await["status"], "ok");
    // What was left long ago is forgotten: to go on with it is an error, as for one that was never joined.
    wire.text("42/room-0,7[\"rooms\",{}]").await.unwrap();
    assert_eq!(wire.until_closed().await, []);
}

#[tokio::test]
async fn client_comes_back_to_its_child() {
    let config = "[socket]\nconnection-state-recovery = \"1m\"";
    let server = Stockade::with("caller").config(config).start().await;
    let main = server.client().await;
    let bob = joined(&server, "/room-1").await;
    let id = bob.id().await;
    granted(&bob, "join", json!({ "rooms": ["tea"] })).await;
    let emit = |event| json!({ "namespace": "/room-1", "rooms": ["tea"], "event": event });
    granted(&main, "server emit", emit("seen")).await;
    bob.next("seen").await;
    bob.break_connection().await;
    // The last one has gone.
    let there = json!({ "namespace": "/room-1" });
    while granted(&main, "count", there.clone()).await["sockets"] != 0 {}
    granted(&main, "server emit", emit("missed")).await;
    bob.reconnect().await;
    assert_eq!(bob.connected().await, id);
    assert_eq!(bob.state().await["recovered"], true);
    let missed = bob.events().await;
    let names: Vec<_> = missed.iter().map(|event| &event[0]).collect();
    assert_eq!(names, ["missed"]);
    granted(&main, "server emit", emit("again")).await;
    bob.next("again").await;
}

#[tokio::test]
async fn server_that_stops_lets_events_of_children_end() {
    let mut server = Stockade::run("caller").await;
    let mut wire = Wire::connect(&server.addr).await;
    wire.join("40/room-1,", "40/room-1,").await;
    let ask = json!({ "event": "question", "timeout": 1_000 });
    wire.text(&format!("42/room-1,7[\"ask\",{ask}]"))
        .await
        .unwrap();
    let is_question = |packet: &Packet| matches!(packet, Packet::Text(text) if text.starts_with("42/room-1,0[\"question\""));
    loop {
        let packet = wire.packet().await.expect("the connection has ended");
        if is_question(&packet) {
            break;
        }
    }
    server.terminate();
    let packets = wire.until_closed().await;
    let answered =
        |packet: &Packet| matches!(packet, Packet::Text(text) if text.starts_with("43/room-1,7["));
    assert!(packets.iter().any(answered), "{packets:?}");
    assert!(server.ended().await.success());
}

#[tokio::test]
async fn children_reach_those_of_other_nodes() {
    let redis = Redis::start().await;
    let node = async || {
        let config = format!("adapter = {:?}", redis.url());
        let node = Stockade::with("caller").config(&config).start().await;
        node.logged("joining", |line| {
            line["message"] == "joined the other nodes"
        })
        .await;
        node
    };
    let (one, two) = (node().await, node().await);
    // The first node has nobody in that child, the second somebody.
    let (alice, bob) = (one.client().await, joined(&two, "/room-1").await);
    granted(&alice, "server emit", json!({ "namespace": "/room-1" })).await;
    assert_eq!(bob.next("news").await, json!([]));
    let found = granted(&alice, "fetch all", json!({ "namespace": "/room-1" })).await;
    assert_eq!(found["complete"], true);
    assert_eq!(found["sockets"][0]["id"], json!(bob.id().await));
    let join = json!({ "namespace": "/room-1", "join": ["tea"] });
    granted(&alice, "sockets join", join).await;
    let carol = joined(&one, "/room-1").await;
    granted(
        &carol,
        "emit to",
        json!({ "rooms": ["tea"], "event": "drawn" }),
    )
    .await;
    assert_eq!(bob.next("drawn").await, json!([]));
    granted(
        &alice,
        "disconnect sockets",
        json!({ "namespace": "/room-1" }),
    )
    .await;
    for client in [&bob, &carol] {
        assert_eq!(client.disconnected().await, "io server disconnect");
    }
}

#[tokio::test]
async fn what_is_kept_of_sockets_is_seen_by_others() {
    let server = Stockade::run("caller").await;
    let (alice, bob) = (server.client().await, server.client().await);
    granted(&bob, "join", json!({ "rooms": ["tea"] })).await;
    granted(&bob, "set data", json!({ "value": { "n": 1 } })).await;
    granted(&bob, "set user", json!({ "value": { "name": "bob" } })).await;
    let found = granted(&alice, "fetch all", json!({ "rooms": ["tea"] })).await;
    let (id, socket) = (bob.id().await, &found["sockets"][0]);
    assert_eq!(found["complete"], true);
    assert_eq!(found["sockets"].as_array().map(Vec::len), Some(1));
    assert_eq!(
        (&socket["id"], &socket["rooms"]),
        (&json!(id), &json!([id, "tea"]))
    );
    assert_eq!(socket["data"], json!({ "n": 1 }));
    assert_eq!(socket["user"], json!({ "name": "bob" }));
    assert_eq!(socket["address"], "127.0.0.1");
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let ago = now.unwrap().as_secs() - socket["issued"].as_u64().unwrap();
    assert!(ago < 600, "{socket}");
    let of_alice = json!({ "rooms": [alice.id().await] });
    let found = granted(&bob, "fetch all", of_alice).await;
    assert_eq!(found["sockets"][0]["user"], Value::Null);
}

#[tokio::test]
async fn sockets_that_are_fetched_are_bounded_in_bytes() {
    let config = "[limits]\nfetch-bytes = \"100KB\"";
    let server = Stockade::with("caller").config(config).start().await;
    let mut clients = Vec::new();
    for _ in 0..4 {
        let client = server.client().await;
        granted(&client, "set data", json!({ "bytes": 40_000 })).await;
        clients.push(client);
    }
    let found = granted(&clients[0], "count", json!({})).await;
    assert_eq!(found, json!({ "sockets": 2, "complete": false }));
    let found = granted(
        &clients[0],
        "count",
        json!({ "rooms": [clients[1].id().await] }),
    )
    .await;
    assert_eq!(found, json!({ "sockets": 1, "complete": true }));
}

#[tokio::test]
async fn connections_of_sockets_are_closed_with_all_their_namespaces() {
    let server = Stockade::run("caller").await;
    let alice = server.client().await;
    let mut bob = Wire::connect(&server.addr).await;
    bob.join("40/other,", "40/other,").await;
    let own = bob.ask("rooms", "{}").await["data"]["ok"].take();
    granted(
        &alice,
        "disconnect sockets",
        json!({ "rooms": own, "close": true }),
    )
    .await;
    let packets = bob.until_closed().await;
    for left in ["41", "41/other,"] {
        assert!(packets.contains(&Packet::Text(left.into())), "{packets:?}");
    }
    assert_eq!(
        granted(&alice, "fetch", json!({})).await,
        json!([alice.id().await])
    );
}

#[tokio::test]
async fn client_that_asks_for_thousands_of_namespaces_costs_little() {
    let mut server = Stockade::run("caller").await;
    let mut witness = Wire::connect(&server.addr).await;
    let before = server.resident();
    let long = "x".repeat(1_000);
    for client in 0..20 {
        let mut wire = Wire::connect(&server.addr).await;
        for room in 0..1_000 {
            let packet = format!("40/room-{client}-{room}-{long},");
            if wire.text(&packet).await.is_err() {
                break;
            }
        }
        for _ in 0..1_000 {
            if wire.packet().await.is_none() {
                break;
            }
        }
        assert_eq!(witness.ask("rooms", "{}").await["status"], "ok");
    }
    let kept = server.resident().saturating_sub(before);
    assert!(kept < 64 << 20, "{kept} bytes");
    // A name of a kibibyte may be, one of more means no good.
    let mut wire = Wire::connect(&server.addr).await;
    let name = format!("/room-{}", "x".repeat(1_018));
    let answer = format!("40{name},");
    assert!(wire.join(&answer, &answer).await.starts_with("40"));
    wire.text(&format!("40{name}x,")).await.unwrap();
    wire.until_closed().await;
    assert!(server.is_running());
}

#[tokio::test]
async fn names_that_take_long_to_match_do_not_hold_up_others() {
    let server = gateway().await;
    let mut quiet = Wire::connect(&server.addr).await;
    let mut wire = Wire::connect(&server.addr).await;
    let name = format!("/{}", "a".repeat(1_000));
    let tried = async {
        for _ in 0..5_000 {
            wire.text(&format!("40{name},")).await.unwrap();
            let answer = wire.packet().await.expect("an answer");
            assert!(matches!(answer, Packet::Text(text) if text.starts_with("44")));
        }
    };
    let asked = async {
        for _ in 0..50 {
            quiet.ask("exact", "1").await;
        }
    };
    let both = async { tokio::join!(tried, asked) };
    let done = tokio::time::timeout(Duration::from_secs(60), both).await;
    done.expect("matching takes too long");
}

#[test]
fn inspection_shows_patterns_and_routes_that_take_any() {
    let inspect = |args: &[&str]| {
        let mut inspect = Command::new(binary());
        let inspect = inspect.arg("inspect").args(args);
        let output = output(inspect.arg(component("gateway")));
        String::from_utf8(output.stdout).unwrap()
    };
    let text = inspect(&[]);
    for line in [
        "\nnamespace /room-:id  (pattern, on-connection, on-disconnection)\n",
        "\nnamespace /[a-z]+-\\d+  (regex)\n",
        "\nnamespace /room-lobby\n",
        "\n  (all other events)\n",
        "\n  users … (all others that begin so)\n",
    ] {
        assert!(text.contains(line), "{line:?} is not in\n{text}");
    }
    let report: Value = serde_json::from_str(&inspect(&["--json"])).unwrap();
    let kinds = report["namespaces"].as_array().unwrap().iter();
    let kinds: Vec<_> = kinds.map(|namespace| &namespace["matching"]).collect();
    assert_eq!(
        kinds,
        [
            "exact", "exact", "regex", "pattern", "pattern", "pattern", "exact"
        ]
    );
    let events = report["namespaces"][0]["events"].as_array().unwrap().iter();
    let any: Vec<_> = events.filter(|event| event["catch-all"] == true).collect();
    assert_eq!(any.len(), 3);
    assert_eq!(any[0]["event"], "");
}
