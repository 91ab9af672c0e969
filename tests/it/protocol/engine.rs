//! Engine.IO as clients of other languages speak it, and how its sessions end. What is expected is what Node's server does.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD},
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;
use crate::harness::wire::{TEXT, frame};

const FIN: u8 = 0x80;
const CLOSE: u8 = FIN | 8;

/// The header of an event with one attachment.
const ECHO: &str = "451-1[\"echo\",{\"_placeholder\":true,\"num\":0}]";
/// The header of its acknowledgement.
const ECHOED: &str = "461-1[{\"status\":\"ok\",\"data\":{\"_placeholder\":true,\"num\":0}}]";

/// Settings that have no timeout end a test's session.
const PATIENT: &str = "[socket]\nupgrade-timeout = \"5m\"\nping-interval = \"5m\"";

impl Session {
    /// Sends a request of this session on a connection of its own, and does not wait for the answer.
    async fn begin(&self, method: &str, headers: &str, body: &str) -> TcpStream {
        let mut stream = TcpStream::connect(&self.addr).await.unwrap();
        let sid = &self.sid;
        let request =
            format!("{method} {POLLING}&sid={sid} HTTP/1.1\r\nhost: x\r\n{headers}\r\n{body}");
        stream.write_all(request.as_bytes()).await.unwrap();
        stream
    }

    async fn websocket(&self) -> Wire {
        Wire::upgrade(&self.addr, &format!("{WEBSOCKET}&sid={}", self.sid)).await
    }

    /// Waits until the server does not know the session any more.
    pub(super) async fn until_gone(&self) {
        let gone = async {
            // A body without a packet would end the session; this one does nothing.
            while !self.push("6").await.body.contains("Session ID unknown") {}
        };
        let waited = tokio::time::timeout(crate::harness::PATIENCE, gone).await;
        waited.expect("the session is still there");
    }
}

/// Waits until the server has taken what was sent before on other connections. Not certain, but all that it takes less time
/// than.
async fn settle(server: &Stockade) {
    server.client().await;
}

/// The body of an answer that is read until the server closes the connection, or none comes.
async fn rest(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    let read = tokio::time::timeout(crate::harness::PATIENCE, stream.read_to_end(&mut answer));
    let _ = read.await.expect("a request hangs");
    let answer = String::from_utf8(answer).unwrap();
    let body = answer.split_once("\r\n\r\n").map(|(_, body)| body);
    body.unwrap_or_default().to_owned()
}

/// Lines as `android.util.Base64` and Java's MIME encoder write them.
fn lines(text: &str, end: &str) -> String {
    let lines = text.as_bytes().chunks(76);
    let lines = lines.map(|line| format!("{}{end}", std::str::from_utf8(line).unwrap()));
    lines.collect()
}

#[tokio::test]
async fn binary_data_is_taken_in_every_base64_that_node_takes() {
    let server = Stockade::run("basic-c").await;
    let session = Session::connected(&server.addr).await;
    let data: Vec<u8> = (0..=255).chain([251, 255]).collect();
    let expected = STANDARD.encode(&data);
    for written in [
        expected.clone(),
        lines(&expected, "\n"),
        lines(&expected, "\r\n"),
        STANDARD_NO_PAD.encode(&data),
        URL_SAFE.encode(&data),
        URL_SAFE_NO_PAD.encode(&data),
        lines(&URL_SAFE_NO_PAD.encode(&data), "\n"),
    ] {
        let body = format!("{ECHO}{SEPARATOR}b{written}");
        assert_eq!(session.push(&body).await.ok(), "ok", "{written:?}");
        let mut answers = session.packets().await;
        while answers.len() < 2 {
            answers.extend(session.packets().await);
        }
        assert_eq!(answers, [ECHOED, &format!("b{expected}")], "{written:?}");
    }
}

#[tokio::test]
async fn base64_goes_both_ways_over_websocket_for_who_asks() {
    let server = Stockade::run("basic-c").await;
    // The guest tells those who are there when one leaves, so none does.
    let mut kept = Vec::new();
    for (query, answer) in [
        ("&b64=1", Packet::Text("bAQIDBA==".into())),
        ("&b64=", Packet::Binary(vec![1, 2, 3, 4])),
        ("", Packet::Binary(vec![1, 2, 3, 4])),
    ] {
        let mut wire = Wire::upgrade(&server.addr, &format!("{WEBSOCKET}{query}")).await;
        assert!(text(&mut wire).await.starts_with("0{"));
        connects(&mut wire, "40", "40").await;
        wire.text(ECHO).await.unwrap();
        wire.text("bAQID\r\nBA").await.unwrap();
        assert_eq!(text(&mut wire).await, ECHOED);
        assert_eq!(wire.packet().await, Some(answer), "{query}");
        kept.push(wire);
    }
}

#[tokio::test]
async fn client_that_forces_base64_is_served_over_both_transports() {
    let server = Stockade::run("basic-c").await;
    let large = STANDARD.encode(vec![7; 100_000]);
    for transports in [
        json!(["websocket"]),
        json!(["polling"]),
        json!(["polling", "websocket"]),
    ] {
        let options = json!({ "forceBase64": true, "transports": transports });
        let client = server.client_with("", options).await;
        if transports.as_array().unwrap().len() > 1 {
            client.upgraded().await;
        }
        for data in ["AAH/", "", &large] {
            let payload = json!({ "bin": { "$bin": data }, "text": "é" });
            let answer = client.ask("echo", payload.clone()).await;
            assert_eq!(answer["data"], payload, "{transports}");
        }
    }
}

#[tokio::test]
async fn client_with_subprotocols_connects_and_gets_the_first() {
    let server = Stockade::run("basic-c").await;
    let options = json!({ "transports": ["websocket"], "protocols": ["one", "two"] });
    let client = server.client_with("", options).await;
    assert_eq!(client.ask("echo", json!(1)).await["data"], 1);
    for (offered, answered) in [
        ("one, two", Some("one")),
        ("two,\tone", Some("two")),
        ("v1.json", Some("v1.json")),
        ("one\r\nsec-websocket-protocol: two", Some("one")),
        ("", None),
        ("one,", None),
        (",one", None),
        ("one two", None),
        ("{}", None),
    ] {
        let mut stream = TcpStream::connect(&server.addr).await.unwrap();
        let request = format!(
            "GET {WEBSOCKET} HTTP/1.1\r\nhost: x\r\n{UPGRADE}sec-websocket-protocol: {offered}\r\n\r\n"
        );
        let (head, _) = http(&mut stream, request.as_bytes()).await.unwrap();
        let first = head
            .lines()
            .find_map(|line| line.strip_prefix("sec-websocket-protocol: "));
        assert_eq!(first, answered, "{offered:?}: {head}");
        let status = if answered.is_some() { "101" } else { "400" };
        assert_eq!(head.split(' ').nth(1), Some(status), "{offered:?}");
    }
}

#[tokio::test]
async fn jsonp_is_refused_with_the_reason() {
    let server = Stockade::run("basic-c").await;
    let session = Session::connected(&server.addr).await;
    let reason =
        "{\"code\":3,\"message\":\"JSONP polling is not supported: it would bypass CORS\"}";
    for query in ["&j=0", "&j=", "&j", "&j=0;alert(1)"] {
        for (method, sid) in [("GET", ""), ("GET", &*session.sid), ("POST", &*session.sid)] {
            let target = match sid {
                "" => format!("{POLLING}{query}"),
                sid => format!("{POLLING}{query}&sid={sid}"),
            };
            let answer = request(&server.addr, method, &target, "", "").await;
            assert_eq!((answer.status, &*answer.body), (400, reason), "{target}");
        }
    }
    // It is a transport that is not there, and harms no session.
    assert_eq!(session.push("42[\"empty\"]").await.ok(), "ok");
}

#[tokio::test]
async fn session_upgrades_without_a_probe_and_the_poll_that_waits_is_answered() {
    let server = Stockade::with("basic-c").config(PATIENT).start().await;
    let session = Session::connected(&server.addr).await;
    let upgrade = async {
        settle(&server).await;
        let mut wire = session.websocket().await;
        wire.text("5").await.unwrap();
        wire
    };
    let (polled, mut wire) = tokio::join!(session.packets(), upgrade);
    assert_eq!(polled, ["1"]);
    assert_eq!(wire.ask("echo", "1").await["data"], 1);
    assert_eq!(session.poll().await.status, 400);
    assert_eq!(wire.ask("echo", "2").await["data"], 2);
}

#[tokio::test]
async fn what_waits_for_a_client_reaches_it_over_the_websocket_that_it_upgrades_to() {
    let server = Stockade::run("basic-c").await;
    for packets in [
        &["2probe", "5"][..],
        &["5"],
        &["2probe", "2probe", "5probe"],
    ] {
        let session = Session::open(&server.addr).await;
        assert_eq!(session.push("40").await.ok(), "ok");
        let mut wire = session.websocket().await;
        for packet in packets {
            wire.text(packet).await.unwrap();
        }
        let mut answer = text(&mut wire).await;
        while answer == "3probe" {
            answer = text(&mut wire).await;
        }
        assert!(answer.starts_with("40{"), "{answer}");
    }
}

#[tokio::test]
async fn packets_that_come_together_with_the_upgrade_are_served() {
    let server = Stockade::run("basic-c").await;
    let event = frame(FIN | TEXT, b"427[\"echo\",7]");
    let all = [
        frame(FIN | TEXT, b"2probe"),
        frame(FIN | TEXT, b"5"),
        event.clone(),
        event.clone(),
        event,
    ]
    .concat();
    // The guest tells those who are there when one leaves, so none does.
    let mut kept = Vec::new();
    // In one piece, in two that part a frame, and byte by byte.
    for size in [all.len(), all.len() - 5, 1] {
        let session = Session::connected(&server.addr).await;
        let mut wire = session.websocket().await;
        for bytes in all.chunks(size) {
            wire.raw(bytes).await.unwrap();
        }
        assert_eq!(text(&mut wire).await, "3probe");
        for _ in 0..3 {
            let answer = text(&mut wire).await;
            assert_eq!(answer, "437[{\"status\":\"ok\",\"data\":7}]");
        }
        kept.push(wire);
    }
}

#[tokio::test]
async fn end_that_comes_together_with_the_upgrade_ends_the_session_at_once() {
    let server = Stockade::with("basic-c").config(PATIENT).start().await;
    let witness = server.client().await;
    for end in [
        frame(CLOSE, &[0x03, 0xe8]),
        frame(CLOSE, b""),
        frame(FIN | TEXT, b"1"),
        frame(FIN | TEXT, b"no packet"),
        // A frame without a mask, and one of a kind that there is not.
        b"\x81\x011".to_vec(),
        frame(FIN | 3, b"x"),
    ] {
        for probe in [&b"2probe"[..], b"5"] {
            let session = Session::connected(&server.addr).await;
            let mut wire = session.websocket().await;
            let bytes = [
                frame(FIN | TEXT, probe),
                frame(FIN | TEXT, b"5"),
                end.clone(),
            ];
            wire.raw(&bytes.concat()).await.unwrap();
            wire.until_closed().await;
            // The guest says so when it hears of the end.
            witness.next("left").await;
            session.until_gone().await;
        }
    }
}

#[tokio::test]
async fn websocket_that_fails_to_upgrade_leaves_the_session_with_its_requests() {
    let server = Stockade::with("basic-c").config(PATIENT).start().await;
    for packet in ["4", "x", "6", "3probe", "2", "1", "bAQID", ""] {
        for probe in [false, true] {
            let session = Session::connected(&server.addr).await;
            let mut wire = session.websocket().await;
            if probe {
                wire.text("2probe").await.unwrap();
            }
            wire.text(packet).await.unwrap();
            wire.until_closed().await;
            // And the next one may try.
            let mut wire = session.probe().await;
            wire.text("5").await.unwrap();
            assert_eq!(wire.ask("echo", "1").await["data"], 1, "{packet}");
        }
    }
}

#[tokio::test]
async fn websocket_closes_with_the_session_that_it_was_to_take_over() {
    let server = Stockade::with("basic-c").config(PATIENT).start().await;
    let session = Session::connected(&server.addr).await;
    let mut silent = session.websocket().await;
    assert_eq!(session.push("1").await.ok(), "ok");
    assert_eq!(silent.until_closed().await, []);
    let session = Session::connected(&server.addr).await;
    let mut probed = session.probe().await;
    assert_eq!(session.push("1").await.ok(), "ok");
    assert_eq!(probed.until_closed().await, []);
}

#[tokio::test]
async fn second_websocket_is_closed_and_the_first_goes_on() {
    let server = Stockade::with("basic-c").config(PATIENT).start().await;
    // While the first upgrades, and when it has.
    let session = Session::connected(&server.addr).await;
    let mut first = session.websocket().await;
    assert_eq!(session.websocket().await.until_closed().await, []);
    first.text("2probe").await.unwrap();
    assert_eq!(text(&mut first).await, "3probe");
    assert_eq!(session.websocket().await.until_closed().await, []);
    first.text("5").await.unwrap();
    assert_eq!(first.ask("echo", "1").await["data"], 1);
    assert_eq!(session.websocket().await.until_closed().await, []);
    assert_eq!(first.ask("echo", "2").await["data"], 2);

    // One of a session that has been a WebSocket from the beginning.
    let mut first = Wire::upgrade(&server.addr, WEBSOCKET).await;
    let sid = told(&text(&mut first).await)["sid"]
        .as_str()
        .unwrap()
        .to_owned();
    connects(&mut first, "40", "40").await;
    let addr = server.addr.clone();
    let session = Session { addr, sid };
    let mut second = session.websocket().await;
    let _ = second.text("5").await;
    assert_eq!(second.until_closed().await, []);
    assert_eq!(first.ask("echo", "3").await["data"], 3);
}

#[tokio::test]
async fn packets_that_mean_nothing_are_ignored_and_pings_end_the_session() {
    let server = Stockade::run("basic-c").await;
    let mut wire = Wire::connect(&server.addr).await;
    let session = Session::connected(&server.addr).await;
    for packet in ["0", "0{}", "5", "6", "3", "3probe"] {
        wire.text(packet).await.unwrap();
        assert_eq!(wire.ask("echo", "1").await["data"], 1, "{packet}");
        assert_eq!(session.push(packet).await.ok(), "ok", "{packet}");
    }
    for packet in ["2", "2probe", "7", "x", ""] {
        let mut wire = Wire::connect(&server.addr).await;
        wire.text(packet).await.unwrap();
        // It may hear of one that has left before it.
        let heard = wire.until_closed().await;
        let left = |packet: &Packet| matches!(packet, Packet::Text(text) if text.starts_with("42[\"left\""));
        assert!(heard.iter().all(left), "{packet}: {heard:?}");
        let session = Session::connected(&server.addr).await;
        assert_eq!(session.push(packet).await.status, 400, "{packet}");
        session.until_gone().await;
    }
}

#[tokio::test]
async fn poll_that_its_client_cancels_ends_the_session() {
    let server = Stockade::with("basic-c").config(PATIENT).start().await;
    let witness = server.client().await;
    let session = Session::connected(&server.addr).await;
    let poll = session.begin("GET", "", "").await;
    settle(&server).await;
    drop(poll);
    witness.next("left").await;
    session.until_gone().await;
}

#[tokio::test]
async fn body_that_its_client_breaks_off_ends_the_session() {
    let server = Stockade::with("basic-c").config(PATIENT).start().await;
    let witness = server.client().await;
    for headers in ["content-length: 100\r\n", "transfer-encoding: chunked\r\n"] {
        let session = Session::connected(&server.addr).await;
        let post = session.begin("POST", headers, "5\r\n42[\"e").await;
        settle(&server).await;
        drop(post);
        witness.next("left").await;
        session.until_gone().await;
    }
}

#[tokio::test]
async fn two_bodies_at_once_end_the_session() {
    let server = Stockade::with("basic-c").config(PATIENT).start().await;
    let witness = server.client().await;
    let session = Session::connected(&server.addr).await;
    let mut first = session
        .begin(
            "POST",
            "content-length: 13\r\nconnection: close\r\n",
            "421[\"ec",
        )
        .await;
    settle(&server).await;
    assert_eq!(session.push("42[\"empty\"]").await.status, 400);
    witness.next("left").await;
    first.write_all(b"ho\",1]").await.unwrap();
    assert_eq!(
        rest(first).await,
        "{\"code\":3,\"message\":\"Bad request\"}"
    );
    session.until_gone().await;
}

#[tokio::test]
async fn connection_that_ends_after_its_answer_ends_no_session() {
    let server = Stockade::with("basic-c").config(PATIENT).start().await;
    let session = Session::connected(&server.addr).await;
    for turn in 0..20 {
        // Kept alive, and dropped when the answers are there.
        let event = format!("42{turn}[\"echo\",{turn}]");
        let length = event.len();
        let headers = format!("content-length: {length}\r\n");
        let mut stream = session.begin("POST", &headers, &event).await;
        let (_, said) = http(&mut stream, b"").await.unwrap();
        assert_eq!(said, "ok");
        let get = format!(
            "GET {POLLING}&sid={} HTTP/1.1\r\nhost: x\r\n\r\n",
            session.sid
        );
        let (_, heard) = http(&mut stream, get.as_bytes()).await.unwrap();
        assert_eq!(
            heard,
            format!("43{turn}[{{\"status\":\"ok\",\"data\":{turn}}}]")
        );
    }
}

#[tokio::test]
async fn poll_that_is_cancelled_after_the_upgrade_has_begun_ends_no_session() {
    let server = Stockade::with("basic-c").config(PATIENT).start().await;
    for packets in [&["2probe", "5"][..], &["5"]] {
        let session = Session::connected(&server.addr).await;
        let poll = session.begin("GET", "", "").await;
        settle(&server).await;
        let mut wire = session.websocket().await;
        wire.text(packets[0]).await.unwrap();
        // Answered, and not read.
        settle(&server).await;
        drop(poll);
        for packet in &packets[1..] {
            wire.text(packet).await.unwrap();
        }
        assert_eq!(wire.ask("echo", "1").await["data"], 1);
    }
}

#[tokio::test]
async fn settings_of_the_official_test_suites_are_served() {
    let server = Stockade::with("basic-c")
        .config("[socket]\nping-interval = \"300ms\"\nping-timeout = \"200ms\"")
        .start()
        .await;
    let session = Session::open(&server.addr).await;
    for _ in 0..3 {
        assert_eq!(session.poll().await.ok(), "2");
        assert_eq!(session.push("3").await.ok(), "ok");
    }
    let mut silent = Wire::upgrade(&server.addr, WEBSOCKET).await;
    let mut heard = Vec::new();
    let end = silent.stream.read_to_end(&mut heard);
    let end = tokio::time::timeout(crate::harness::PATIENCE, end).await;
    end.expect("the silent client stays").unwrap();
    session.until_gone().await;
}

/// An event whose packet has so many bytes.
fn event_of(bytes: usize) -> String {
    let empty = "420[\"echo\",\"\"]".len();
    format!("420[\"echo\",\"{}\"]", "x".repeat(bytes - empty))
}

#[tokio::test]
async fn quick_pings_and_a_small_buffer_hold_together() {
    let options = json!({ "pingInterval": 300, "pingTimeout": 20_000, "maxHttpBufferSize": 100 });
    let server = crate::options::serve(options).await;
    let session = Session::connected(&server.addr).await;
    for _ in 0..3 {
        assert_eq!(session.push(&event_of(100)).await.ok(), "ok");
        let (mut pings, mut acks) = (0, 0);
        while pings == 0 || acks == 0 {
            for packet in session.poll().await.ok().split(SEPARATOR) {
                match packet {
                    "2" => {
                        assert_eq!(session.push("3").await.ok(), "ok");
                        pings += 1;
                    }
                    ack => {
                        assert!(ack.starts_with("430[{\"status\":\"ok\""), "{ack}");
                        acks += 1;
                    }
                }
            }
        }
        assert_eq!(acks, 1);
    }
    assert_eq!(session.push(&event_of(101)).await.status, 413);

    let mut wire = Wire::connect(&server.addr).await;
    for _ in 0..3 {
        wire.text(&event_of(100)).await.unwrap();
        assert_eq!(wire.ack(0).await.unwrap()["status"], "ok");
    }
    wire.text(&event_of(101)).await.unwrap();
    assert_eq!(wire.until_closed().await, []);
}
