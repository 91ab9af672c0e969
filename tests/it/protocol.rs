//! Engine.IO 4 and Socket.IO 5 on the wire, as their protocols' own test suites look at them.
//!
//! Those of the suites' checks that are elsewhere: packets over the limits, and polls at the same time, in
//! `hostile_clients/`; pings that nobody answers, in `hostile_clients/slow.rs`; refusals with a guest's message, in `basic.rs`.

mod connecting;
mod engine;
mod socket;
mod unread;

use serde_json::{Value, json};
use tokio::net::TcpStream;

use crate::harness::{
    Stockade, Wire,
    wire::{BINARY, Packet, http},
};

const POLLING: &str = "/socket.io/?EIO=4&transport=polling";
const WEBSOCKET: &str = "/socket.io/?EIO=4&transport=websocket";
/// The headers of a request for a WebSocket.
const UPGRADE: &str = "connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
                       sec-websocket-key: BwcHBwcHBwcHBwcHBwcHBw==\r\n";
/// Between the packets of a body.
const SEPARATOR: char = '\u{1e}';

/// Sends a request on a connection of its own; answers the status and the body.
async fn request(addr: &str, method: &str, target: &str, headers: &str, body: &str) -> Answer {
    let mut stream = TcpStream::connect(addr).await.unwrap();
    let length = body.len();
    let request = format!(
        "{method} {target} HTTP/1.1\r\nhost: {addr}\r\n{headers}content-length: {length}\r\n\r\n{body}"
    );
    let (head, body) = http(&mut stream, request.as_bytes())
        .await
        .expect("an answer");
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answer { status, body }
}

#[derive(Debug)]
struct Answer {
    status: u16,
    body: String,
}

impl Answer {
    /// The body of an answer that went well.
    fn ok(self) -> String {
        assert_eq!(self.status, 200, "{self:?}");
        self.body
    }
}

/// A session of long-polling.
struct Session {
    addr: String,
    sid: String,
}

impl Session {
    async fn open(addr: &str) -> Self {
        let open = request(addr, "GET", POLLING, "", "").await.ok();
        Self {
            addr: addr.to_owned(),
            sid: told(&open)["sid"].as_str().unwrap().to_owned(),
        }
    }

    /// A session whose socket is connected to `/`.
    async fn connected(addr: &str) -> Self {
        let session = Self::open(addr).await;
        assert_eq!(session.push("40").await.ok(), "ok");
        let packets = session.packets().await;
        assert!(packets[0].starts_with("40{"), "{packets:?}");
        session
    }

    async fn poll(&self) -> Answer {
        let target = format!("{POLLING}&sid={}", self.sid);
        request(&self.addr, "GET", &target, "", "").await
    }

    /// The next packets that are no pings.
    async fn packets(&self) -> Vec<String> {
        loop {
            let polled = self.poll().await.ok();
            let packets = polled.split(SEPARATOR).filter(|packet| *packet != "2");
            let packets: Vec<_> = packets.map(str::to_owned).collect();
            if !packets.is_empty() {
                return packets;
            }
        }
    }

    async fn push(&self, body: &str) -> Answer {
        let target = format!("{POLLING}&sid={}", self.sid);
        request(&self.addr, "POST", &target, "", body).await
    }

    /// Begins an upgrade, and has it probed.
    async fn probe(&self) -> Wire {
        let mut wire = Wire::upgrade(&self.addr, &format!("{WEBSOCKET}&sid={}", self.sid)).await;
        wire.text("2probe").await.unwrap();
        assert_eq!(text(&mut wire).await, "3probe");
        wire
    }
}

/// What an `open` packet tells.
fn told(open: &str) -> Value {
    let told = open.strip_prefix('0').expect("an `open` packet");
    serde_json::from_str(told).unwrap()
}

/// The next packet, which must be text.
async fn text(wire: &mut Wire) -> String {
    match wire.packet().await {
        Some(Packet::Text(text)) => text,
        other => panic!("{other:?}"),
    }
}

/// What `packet` connects to, which must be answered with `start` and an object that has nothing but an id.
async fn connects(wire: &mut Wire, packet: &str, start: &str) -> String {
    wire.text(packet).await.unwrap();
    let answer = text(wire).await;
    let answer = answer.strip_prefix(start).expect(&answer);
    let handshake: Value = serde_json::from_str(answer).unwrap();
    let sid = handshake["sid"].as_str().unwrap();
    assert_eq!(handshake, json!({ "sid": sid }));
    sid.to_owned()
}

#[tokio::test]
async fn open_packet_tells_what_a_client_must_know() {
    let server = Stockade::with("basic-c")
        .config("[socket]\nping-interval = \"3s\"\nping-timeout = \"2s\"")
        .start()
        .await;
    let polling = request(&server.addr, "GET", POLLING, "", "").await.ok();
    let mut wire = Wire::upgrade(&server.addr, WEBSOCKET).await;
    let websocket = text(&mut wire).await;
    for (open, upgrades) in [(polling, json!(["websocket"])), (websocket, json!([]))] {
        let mut told = told(&open);
        assert!(told["sid"].take().is_string());
        assert!(told["maxPayload"].take().as_u64() >= Some(1_000_000));
        let expected = json!({
            "sid": null,
            "upgrades": upgrades,
            "pingInterval": 3_000,
            "pingTimeout": 2_000,
            "maxPayload": null,
        });
        assert_eq!(told, expected);
    }
}

#[tokio::test]
async fn requests_of_no_protocol_are_refused() {
    let server = Stockade::run("basic-c").await;
    for (method, query, headers) in [
        ("GET", "transport=polling", ""),
        ("GET", "EIO=abc&transport=polling", ""),
        ("GET", "EIO=4", ""),
        ("GET", "EIO=4&transport=abc", ""),
        ("POST", "EIO=4&transport=polling", ""),
        ("PUT", "EIO=4&transport=polling", ""),
        ("GET", "transport=websocket", UPGRADE),
        ("GET", "EIO=abc&transport=websocket", UPGRADE),
        ("GET", "EIO=4", UPGRADE),
        ("GET", "EIO=4&transport=abc", UPGRADE),
    ] {
        let target = format!("/socket.io/?{query}");
        let answer = request(&server.addr, method, &target, headers, "").await;
        assert_eq!(answer.status, 400, "{method} {query}: {answer:?}");
    }
}

#[tokio::test]
async fn bodies_hold_several_packets_and_binary_ones() {
    let server = Stockade::run("basic-c").await;
    let session = Session::connected(&server.addr).await;
    let packets = [
        "420[\"echo\",\"é\"]",
        "451-1[\"echo\",{\"_placeholder\":true,\"num\":0}]",
        "bAQIDBA==",
        "422[\"empty\"]",
    ];
    let body = packets.join(&SEPARATOR.to_string());
    assert_eq!(session.push(&body).await.ok(), "ok");
    let mut answers = Vec::new();
    while answers.len() < 4 {
        answers.extend(session.packets().await);
    }
    assert_eq!(
        answers,
        [
            "430[{\"status\":\"ok\",\"data\":\"é\"}]",
            "461-1[{\"status\":\"ok\",\"data\":{\"_placeholder\":true,\"num\":0}}]",
            "bAQIDBA==",
            "432[{\"status\":\"ok\"}]",
        ]
    );
}

#[tokio::test]
async fn body_that_is_no_packet_ends_the_session() {
    let server = Stockade::run("basic-c").await;
    let session = Session::open(&server.addr).await;
    assert_eq!(session.push("abc").await.status, 400);
    assert_eq!(session.poll().await.status, 400);
}

#[tokio::test]
async fn heartbeat_goes_over_polling_until_it_is_not_answered() {
    let server = Stockade::with("basic-c")
        .config("[socket]\nping-interval = \"300ms\"\nping-timeout = \"2s\"")
        .start()
        .await;
    let session = Session::open(&server.addr).await;
    for _ in 0..3 {
        assert_eq!(session.poll().await.ok(), "2");
        assert_eq!(session.push("3").await.ok(), "ok");
    }
    // Pings, until the session ends.
    let end = loop {
        let answer = session.poll().await;
        if answer.status != 200 || answer.body != "2" {
            break answer;
        }
    };
    assert!(
        end.status == 400 || end.body == "1" || end.body == "6",
        "{end:?}"
    );
    assert_eq!(session.poll().await.status, 400);
}

#[tokio::test]
async fn closing_ends_the_session_and_the_poll_that_waits() {
    let server = Stockade::run("basic-c").await;
    let session = Session::connected(&server.addr).await;
    let close = async {
        // The poll waits by then, or it comes to a session that is over.
        server.client().await;
        session.push("1").await.ok()
    };
    let (polled, closed) = tokio::join!(session.packets(), close);
    assert_eq!((polled, closed.as_str()), (vec!["6".to_owned()], "ok"));
    assert_eq!(session.poll().await.status, 400);
    let mut wire = Wire::connect(&server.addr).await;
    wire.text("1").await.unwrap();
    assert_eq!(wire.until_closed().await, []);
}

#[tokio::test]
async fn upgrade_ends_the_poll_that_waits_and_goes_on_as_websocket() {
    let server = Stockade::run("basic-c").await;
    let session = Session::connected(&server.addr).await;
    let (polled, mut wire) = tokio::join!(session.packets(), session.probe());
    assert_eq!(polled, ["6"]);
    wire.text("5").await.unwrap();
    assert_eq!(wire.ask("echo", "1").await["data"], 1);
}

#[tokio::test]
async fn session_that_is_upgraded_refuses_other_transports() {
    let server = Stockade::run("basic-c").await;
    let session = Session::connected(&server.addr).await;
    let mut wire = session.probe().await;
    wire.text("5").await.unwrap();
    assert_eq!(wire.ask("echo", "1").await["data"], 1);
    assert_eq!(session.poll().await.status, 400);
    assert_eq!(session.push("42[\"echo\"]").await.status, 400);
    let target = format!("{WEBSOCKET}&sid={}", session.sid);
    let mut second = Wire::upgrade(&server.addr, &target).await;
    assert_eq!(second.until_closed().await, []);
    assert_eq!(wire.ask("echo", "2").await["data"], 2);
}

#[tokio::test]
async fn namespaces_are_connected_to_one_by_one() {
    let server = Stockade::run("caller").await;
    let mut wire = Wire::open(&server.addr).await;
    connects(&mut wire, "40", "40").await;
    connects(&mut wire, "40/other,{\"token\":\"123\"}", "40/other,").await;
    for packet in ["40/random,", "40/random", "40/random,{\"token\":1}"] {
        wire.text(packet).await.unwrap();
        let answer = text(&mut wire).await;
        assert_eq!(answer, "44/random,{\"message\":\"Invalid namespace\"}");
    }
    let mut wire = Wire::open(&server.addr).await;
    connects(&mut wire, "40/other", "40/other,").await;
    connects(&mut wire, "40{\"token\":\"123\"}", "40").await;
}

#[tokio::test]
async fn sockets_of_a_connection_have_ids_of_their_own() {
    let server = Stockade::run("caller").await;
    let mut wire = Wire::open(&server.addr).await;
    let here = connects(&mut wire, "40", "40").await;
    let there = connects(&mut wire, "40/other,", "40/other,").await;
    assert_ne!(here, there);
}

#[tokio::test]
async fn who_leaves_a_namespace_stays_in_the_others() {
    let server = Stockade::run("caller").await;
    let mut wire = Wire::open(&server.addr).await;
    connects(&mut wire, "40", "40").await;
    connects(&mut wire, "40/other,", "40/other,").await;
    wire.text("41/other,").await.unwrap();
    let seen = wire.ask("context", "1").await;
    assert_eq!(seen["data"]["ok"]["namespace"], "/");
    // And may come back.
    connects(&mut wire, "40/other,", "40/other,").await;
}

#[tokio::test]
async fn acknowledgements_have_the_id_of_their_event() {
    let server = Stockade::run("basic-c").await;
    let mut wire = Wire::connect(&server.addr).await;
    wire.text("42456[\"echo\",{\"3\":[false]}]").await.unwrap();
    assert_eq!(
        text(&mut wire).await,
        "43456[{\"status\":\"ok\",\"data\":{\"3\":[false]}}]"
    );
    wire.text(
        "452-789[\"echo\",[{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]]",
    )
    .await
    .unwrap();
    for attachment in [[1, 2, 3], [4, 5, 6]] {
        wire.frame(BINARY, &attachment).await.unwrap();
    }
    assert_eq!(
        text(&mut wire).await,
        "462-789[{\"status\":\"ok\",\"data\":[{\"_placeholder\":true,\"num\":0},\
         {\"_placeholder\":true,\"num\":1}]}]"
    );
    for attachment in [[1, 2, 3], [4, 5, 6]] {
        let expected = Packet::Binary(attachment.to_vec());
        assert_eq!(wire.packet().await, Some(expected));
    }
}

#[tokio::test]
async fn packets_of_no_protocol_end_the_connection() {
    let server = Stockade::run("caller").await;
    for packet in ["abc", "4abc", "42{}", "42abc[\"echo\",1]"] {
        let mut wire = Wire::connect(&server.addr).await;
        wire.text(packet).await.unwrap();
        assert_eq!(wire.until_closed().await, [], "{packet}");
    }
    let mut wire = Wire::open(&server.addr).await;
    wire.text("4abc").await.unwrap();
    assert_eq!(wire.until_closed().await, []);
}
