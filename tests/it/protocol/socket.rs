//! Socket.IO's packets as nobody but odd clients writes them, and how connections end. What is expected is what Node's server
//! does.

use super::*;
use crate::harness::Client;

/// The last event of a client that is to be disconnected from the server.
const DISCONNECT_ME: &str = "421[\"disconnect me\",{\"close\":true}]";
/// The answer to it.
const DISCONNECTED: &str = "431[{\"status\":\"ok\",\"data\":{\"ok\":null}}]";

/// Waits until nobody but `witness` is connected to `/`.
async fn alone(witness: &Client) {
    let alone = async {
        loop {
            let there = witness.ask("fetch", json!({})).await;
            if there["data"]["ok"].as_array().map(Vec::len) == Some(1) {
                return;
            }
        }
    };
    let waited = tokio::time::timeout(crate::harness::PATIENCE, alone).await;
    waited.expect("others are still there");
}

#[tokio::test]
async fn event_whose_name_is_a_number_is_that_of_its_text() {
    for (parser, options) in [
        ("default", json!({})),
        ("msgpack", json!({ "parser": "msgpack" })),
    ] {
        let server = Stockade::with("caller")
            .config(&format!("[socket]\nparser = \"{parser}\""))
            .start()
            .await;
        let client = server.client_with("", options).await;
        for (number, name) in [(12.0, "12"), (-0.5, "-0.5")] {
            let answer = client.ask_numbered(number, json!({ "a": 1 })).await;
            assert_eq!(answer["data"]["ok"]["event"], name, "{parser}: {answer}");
            assert_eq!(answer["data"]["ok"]["payload"], json!({ "a": 1 }));
        }
    }
    let server = Stockade::run("caller").await;
    let mut wire = Wire::connect(&server.addr).await;
    for number in ["12", "12.0", "1.2e1", " 12 "] {
        wire.text(&format!("427[{number},null]")).await.unwrap();
        let answer = text(&mut wire).await;
        assert!(
            answer.starts_with("437[") && answer.contains("\"event\":\"12\""),
            "{number}: {answer}"
        );
    }
}

#[tokio::test]
async fn odd_ids_are_read_as_by_node() {
    let server = Stockade::run("basic-c").await;
    let mut wire = Wire::connect(&server.addr).await;
    let long = "9".repeat(10_000);
    for (written, id) in [
        (" ", Some("0")),
        ("\u{a0}7", Some("7")),
        (" 7 ", Some("7")),
        ("\n", Some("0")),
        ("007", Some("7")),
        ("9007199254740993", Some("9007199254740993")),
        ("18446744073709551615", Some("18446744073709551615")),
        // Of these no client waits for an answer.
        ("18446744073709551616", None),
        ("7 7", None),
        (&long, None),
    ] {
        let event = format!("42{written}[\"echo\",1]");
        wire.text(&event).await.unwrap();
        if let Some(id) = id {
            let expected = format!("43{id}[{{\"status\":\"ok\",\"data\":1}}]");
            assert_eq!(text(&mut wire).await, expected, "{written:?}");
        }
        wire.text("4277[\"echo\",2]").await.unwrap();
        let expected = "4377[{\"status\":\"ok\",\"data\":2}]";
        assert_eq!(text(&mut wire).await, expected, "{written:.30}");
    }
    // It is handled all the same.
    wire.text("4218446744073709551616[\"emit self\"]")
        .await
        .unwrap();
    assert_eq!(text(&mut wire).await, "42[\"event 1\",\"first message\"]");
}

#[tokio::test]
async fn packets_without_a_meaning_are_ignored() {
    let server = Stockade::run("caller").await;
    let mut wire = Wire::connect(&server.addr).await;
    for packet in [
        // Acknowledgements of nothing, and of what nobody has asked.
        "43",
        "43[\"x\"]",
        "431",
        "4312[\"x\"]",
        "4399999999999999999999[]",
        // Events without a name.
        "42",
        "4212",
        "42 ",
    ] {
        wire.text(packet).await.unwrap();
        assert_eq!(wire.ask("rooms", "{}").await["status"], "ok", "{packet}");
    }
    assert_eq!(wire.others, []);
}

#[tokio::test]
async fn acknowledgement_without_arguments_is_heard() {
    let server = Stockade::run("caller").await;
    let mut wire = Wire::connect(&server.addr).await;
    let ask = "{\"event\":\"question\",\"timeout\":10000}";
    for (answer, heard) in [
        ("", json!([])),
        ("[]", json!([])),
        ("[null]", json!([null])),
    ] {
        let id = wire.emit("ask", ask).await.unwrap();
        let question = text(&mut wire).await;
        let asked = question.strip_prefix("42").unwrap();
        let asked = asked.strip_suffix("[\"question\"]").expect(&question);
        // One that does not say of what is none.
        wire.text("43[\"no id\"]").await.unwrap();
        wire.text(&format!("43{asked}{answer}")).await.unwrap();
        assert_eq!(wire.ack(id).await.unwrap()["data"]["ok"], heard);
    }
}

/// What no client may send to a server whose namespace `/` it has joined.
const BROKEN: [&str; 12] = [
    "42{}",
    "42[]",
    "42[null]",
    "42[[\"x\"]]",
    "42[\"connect\"]",
    "42[\"newListener\",1]",
    "42/bare,[\"x\"]",
    "430{}",
    "41{}",
    "44{}",
    "49",
    // Twice is once too often.
    "40",
];

#[tokio::test]
async fn broken_packet_ends_the_connection_for_nodes_reason() {
    let server = Stockade::run("recorder").await;
    let witness = server.client().await;
    for packet in BROKEN {
        let mut wire = Wire::connect(&server.addr).await;
        wire.text(packet).await.unwrap();
        assert_eq!(wire.until_closed().await, [], "{packet}");
        let gone = witness.next("gone").await;
        assert_eq!(gone[0]["reason"], "forced close", "{packet}");
    }
}

#[tokio::test]
async fn client_that_polls_reads_that_a_broken_packet_has_ended_its_session() {
    let server = Stockade::run("recorder").await;
    let witness = server.client().await;
    for packet in BROKEN {
        let session = Session::connected(&server.addr).await;
        // Whether the poll waits by then or not.
        let (polled, pushed) = tokio::join!(session.packets(), session.push(packet));
        assert_eq!((polled, pushed.ok()), (vec!["1".to_owned()], "ok".into()));
        session.until_gone().await;
        let gone = witness.next("gone").await;
        assert_eq!(gone[0]["reason"], "forced close", "{packet}");
    }
    for packets in [&["42[\"hooks\"]"][..], &["42[\"hooks\"]", "40"], &["41"]] {
        let session = Session::open(&server.addr).await;
        let body = packets.join(&SEPARATOR.to_string());
        assert_eq!(session.push(&body).await.ok(), "ok");
        assert_eq!(session.packets().await, ["1"], "{packets:?}");
        session.until_gone().await;
    }
}

#[tokio::test]
async fn client_that_joins_nothing_in_time_reads_that_it_is_over() {
    let server = Stockade::with("basic-c")
        .config("[socket]\nconnect-timeout = \"100ms\"")
        .start()
        .await;
    let session = Session::open(&server.addr).await;
    assert_eq!(session.packets().await, ["1"]);
    session.until_gone().await;
    let mut wire = Wire::open(&server.addr).await;
    assert_eq!(wire.until_closed().await, []);
}

#[tokio::test]
async fn who_is_disconnected_from_the_server_is_let_in_no_more() {
    let server = Stockade::run("caller").await;
    let witness = server.client().await;
    let session = Session::connected(&server.addr).await;
    assert_eq!(session.push("40/other,").await.ok(), "ok");
    assert!(session.packets().await[0].starts_with("40/other,{"));
    assert_eq!(session.push(DISCONNECT_ME).await.ok(), "ok");
    alone(&witness).await;
    for packet in ["40", "40/other,", "40/nowhere,", "427[\"rooms\",{}]"] {
        assert_eq!(session.push(packet).await.ok(), "ok", "{packet}");
    }
    let mut packets = session.packets().await;
    packets[1..].sort();
    assert_eq!(packets, [DISCONNECTED, "41", "41/other,"]);
    // Alone, as clients act on it before they act on what comes with it.
    assert_eq!(session.packets().await, ["1"]);
    session.until_gone().await;
    alone(&witness).await;
}

#[tokio::test]
async fn who_is_disconnected_from_the_server_and_does_not_poll_is_cut_off() {
    let server = Stockade::run("caller").await;
    let session = Session::connected(&server.addr).await;
    assert_eq!(session.push(DISCONNECT_ME).await.ok(), "ok");
    session.until_gone().await;
}

#[tokio::test]
async fn who_is_disconnected_from_the_server_while_it_upgrades_is_told_over_the_websocket() {
    let server = Stockade::run("caller").await;
    let witness = server.client().await;
    let session = Session::connected(&server.addr).await;
    let mut wire = session.probe().await;
    assert_eq!(session.push(DISCONNECT_ME).await.ok(), "ok");
    alone(&witness).await;
    wire.text("5").await.unwrap();
    let _ = wire.text("40").await;
    let told = [DISCONNECTED, "41"].map(|packet| Packet::Text(packet.to_owned()));
    assert_eq!(wire.until_closed().await, told);
    session.until_gone().await;
}

#[tokio::test]
async fn client_that_is_disconnected_from_the_server_may_connect_anew() {
    let server = Stockade::run("caller").await;
    for transport in ["polling", "websocket"] {
        let options = json!({ "transports": [transport] });
        let client = server.client_with("", options).await;
        let before = client.id().await;
        let answer = client.ask("disconnect me", json!({ "close": true })).await;
        assert_eq!(answer["status"], "ok");
        assert_eq!(client.disconnected().await, "io server disconnect");
        client.reconnect().await;
        // The next outcome after that of its first connection.
        assert_ne!(client.connected().await, before, "{transport}");
    }
}

#[tokio::test]
async fn volatile_events_are_dropped_unless_they_can_be_written_at_once() {
    let server = Stockade::run("caller").await;
    let accepted = "431[{\"status\":\"ok\",\"data\":{\"ok\":{\"accepted\":10}}}]";
    let emit = "421[\"emit n\",{\"count\":10,\"volatile\":true}]";

    // Nobody polls, so nothing can be written.
    let session = Session::connected(&server.addr).await;
    for _ in 0..5 {
        assert_eq!(session.push(emit).await.ok(), "ok");
        assert_eq!(session.packets().await, [accepted]);
    }
    // A poll that waits takes the first.
    for _ in 0..5 {
        let polled = async {
            let mut packets = session.packets().await;
            while packets.last().is_some_and(|last| last != accepted) {
                packets.extend(session.packets().await);
            }
            packets
        };
        let (mut packets, _) = tokio::join!(polled, session.push(emit));
        packets.pop();
        assert!(
            packets.is_empty() || packets[0] == "42[\"tick\",0]",
            "{packets:?}"
        );
        assert!(packets.len() < 10, "{packets:?}");
    }

    let mut wire = Wire::connect(&server.addr).await;
    for _ in 0..20 {
        let answer = wire.ask("emit n", "{\"count\":10,\"volatile\":true}").await;
        assert_eq!(answer["data"]["ok"]["accepted"], 10);
    }
    // The first of each turn, unless the guest is interrupted and the first is gone when it goes on.
    let ticks = wire.events("tick");
    assert!((20..150).contains(&ticks), "{ticks}");
    // Others are never dropped.
    wire.ask("emit n", "{\"count\":10}").await;
    assert_eq!(wire.events("tick"), ticks + 10);
}

#[tokio::test]
async fn packet_before_any_connect_ends_the_session_and_its_client_reads_so() {
    let server = Stockade::run("recorder").await;
    for packet in [
        "42[\"hooks\"]",
        "42/bare,[\"hooks\"]",
        "421[\"hooks\"]",
        "41",
        "430[]",
        "451-[\"hooks\",{\"_placeholder\":true,\"num\":0}]\u{1e}bAQ==",
    ] {
        let session = Session::open(&server.addr).await;
        assert_eq!(session.push(packet).await.ok(), "ok", "{packet}");
        assert_eq!(session.packets().await, ["1"], "{packet}");
        session.until_gone().await;
        // The same while a poll waits, or is about to.
        let session = Session::open(&server.addr).await;
        let (polled, pushed) = tokio::join!(session.packets(), session.push(packet));
        assert_eq!((polled, pushed.ok()), (vec!["1".to_owned()], "ok".into()));
        session.until_gone().await;
        let mut wire = Wire::open(&server.addr).await;
        for packet in packet.split(SEPARATOR) {
            let _ = wire.text(packet).await;
        }
        assert_eq!(wire.until_closed().await, [], "{packet}");
    }
}
