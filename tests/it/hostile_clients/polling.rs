//! HTTP long-polling by hand, and HTTP that is not quite HTTP.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{IMPATIENT, KEPT, server, unharmed, until_free};
use crate::harness::{Wire, wire::http};

/// A session of long-polling.
struct Session {
    addr: String,
    target: String,
    stream: TcpStream,
}

impl Session {
    async fn open(addr: &str) -> Self {
        Self::open_with(addr, "").await.expect("a session")
    }

    /// Opens a session with more headers, if the server lets one.
    async fn open_with(addr: &str, headers: &str) -> Option<Self> {
        let mut stream = TcpStream::connect(addr).await.ok()?;
        let target = "/socket.io/?EIO=4&transport=polling";
        let request = format!("GET {target} HTTP/1.1\r\nhost: x\r\n{headers}\r\n");
        let (head, body) = http(&mut stream, request.as_bytes()).await?;
        if !head.starts_with("HTTP/1.1 200") {
            return None;
        }
        let sid = body
            .split("\"sid\":\"")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap();
        Some(Self {
            addr: addr.to_owned(),
            target: format!("{target}&sid={sid}"),
            stream,
        })
    }

    async fn connected(addr: &str) -> Self {
        let mut session = Self::open(addr).await;
        assert_eq!(session.post("40").await, "ok");
        // A ping may come first.
        while !session.get().await.contains("40{") {}
        session
    }

    fn post_head(&self, length: usize) -> String {
        format!(
            "POST {} HTTP/1.1\r\nhost: x\r\ncontent-length: {length}\r\n\r\n",
            self.target
        )
    }

    fn get_head(&self) -> String {
        format!("GET {} HTTP/1.1\r\nhost: x\r\n\r\n", self.target)
    }

    async fn post(&mut self, body: &str) -> String {
        let request = format!("{}{body}", self.post_head(body.len()));
        let answer = http(&mut self.stream, request.as_bytes()).await;
        answer.map_or_else(String::new, |(_, body)| body)
    }

    async fn get(&mut self) -> String {
        let request = self.get_head();
        let answer = http(&mut self.stream, request.as_bytes()).await;
        answer.map_or_else(String::new, |(_, body)| body)
    }
}

#[tokio::test]
async fn malformed_bodies_harm_nobody() {
    let (mut server, before) = server("").await;
    let separators = "\u{1e}".repeat(10_000);
    let long = "x".repeat(1_200_000);
    for body in [
        "",
        "\u{1e}",
        &separators,
        "x",
        "4",
        "42",
        "42[\"echo\"",
        "b",
        "b!!!!",
        "bAAAA",
        "b====",
        "5",
        "6",
        "2probe",
        "4\u{1e}4",
        "42[\"echo\",1]\u{1e}",
        "\u{1e}42[\"echo\",1]",
        &long,
    ] {
        let mut session = Session::connected(&server.addr).await;
        let _ = session.post(body).await;
    }
    let mut session = Session::connected(&server.addr).await;
    let not_utf8 = [session.post_head(4).as_bytes(), b"42\xff\xfe"].concat();
    let _ = http(&mut session.stream, &not_utf8).await;
    unharmed(&mut server, before).await;
}

#[tokio::test]
async fn body_over_the_limit_is_not_read() {
    let (mut server, before) = server("").await;
    for length in [2_000_000, 200_000_000, usize::MAX] {
        let mut session = Session::connected(&server.addr).await;
        let head = session.post_head(length);
        session.stream.write_all(head.as_bytes()).await.unwrap();
        let chunk = vec![b'4'; 1 << 20];
        let mut sent = 0;
        while sent < 100 && session.stream.write_all(&chunk).await.is_ok() {
            sent += 1;
        }
        assert!(sent < 100, "100 MB of one body are read");
    }
    unharmed(&mut server, before).await;
}

#[tokio::test]
async fn several_polls_at_once_end_the_session_only() {
    let (mut server, before) = server("").await;
    for _ in 0..10 {
        let mut session = Session::connected(&server.addr).await;
        let mut polls = Vec::new();
        for _ in 0..5 {
            let mut stream = TcpStream::connect(&session.addr).await.unwrap();
            stream
                .write_all(session.get_head().as_bytes())
                .await
                .unwrap();
            polls.push(stream);
        }
        let _ = session.post("420[\"echo\",1]").await;
        for mut poll in polls {
            let mut answer = [0; 12];
            let read = tokio::time::timeout(crate::harness::PATIENCE, poll.read(&mut answer)).await;
            read.expect("a poll hangs").unwrap();
        }
        assert!(!session.get().await.contains("43"), "the session goes on");
    }
    unharmed(&mut server, before).await;
}

#[tokio::test]
async fn sessions_of_others_cannot_be_guessed() {
    let (mut server, before) = server("").await;
    let session = Session::connected(&server.addr).await;
    let (path, sid) = session.target.split_once("&sid=").unwrap();
    let changed = sid.char_indices().map(|(at, char)| {
        let other = if char == 'A' { 'B' } else { 'A' };
        format!("{}{other}{}", &sid[..at], &sid[at + 1..])
    });
    for wrong in changed.chain([
        "".into(),
        "x".repeat(60_000),
        "%00".into(),
        sid.to_lowercase() + "a",
    ]) {
        let mut stream = TcpStream::connect(&server.addr).await.unwrap();
        let request = format!("GET {path}&sid={wrong} HTTP/1.1\r\nhost: x\r\n\r\n");
        let (head, _) = http(&mut stream, request.as_bytes()).await.unwrap();
        assert!(head.starts_with("HTTP/1.1 4"), "{wrong}: {head}");
    }
    unharmed(&mut server, before).await;
}

#[tokio::test]
async fn malformed_http_harms_nobody() {
    let (mut server, before) = server("").await;
    let headers = "x-a: b\r\n".repeat(5_000);
    let long = "a".repeat(1 << 20);
    for request in [
        "\r\n\r\n".to_owned(),
        "GET\r\n\r\n".to_owned(),
        "\0\0\0\0\r\n\r\n".to_owned(),
        "GET / HTTP/9.9\r\n\r\n".to_owned(),
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(),
        "\x16\x03\x01\x02\0\x01\0\x01\u{fc}\x03\x03".to_owned() + "\r\n\r\n",
        format!("GET /{long} HTTP/1.1\r\n\r\n"),
        format!("GET / HTTP/1.1\r\n{headers}\r\n"),
        format!("GET / HTTP/1.1\r\nx: {long}\r\n\r\n"),
        "POST /socket.io/?EIO=4&transport=polling HTTP/1.1\r\ncontent-length: -1\r\n\r\n".to_owned(),
        "POST /socket.io/?EIO=4&transport=polling HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n".to_owned(),
        "GET /socket.io/?EIO=99&transport=polling HTTP/1.1\r\nhost: x\r\n\r\n".to_owned(),
        "GET /socket.io/?EIO=4&transport=carrier-pigeon HTTP/1.1\r\nhost: x\r\n\r\n".to_owned(),
        "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nhost: x\r\n\r\n".to_owned(),
        "DELETE /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nhost: x\r\n\r\n".to_owned(),
        "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-version: 7\r\nsec-websocket-key: \r\n\r\n"
            .to_owned(),
    ] {
        let mut stream = TcpStream::connect(&server.addr).await.unwrap();
        let _ = stream.write_all(request.as_bytes()).await;
        let _ = stream.shutdown().await;
        let mut answer = Vec::new();
        let read = tokio::time::timeout(crate::harness::PATIENCE, stream.read_to_end(&mut answer)).await;
        assert!(read.is_ok(), "{} hangs", &request[..request.len().min(60)].escape_debug());
    }
    unharmed(&mut server, before).await;
}

#[tokio::test]
async fn who_does_not_poll_does_not_make_the_server_keep_everything() {
    let (mut server, before) = server("").await;
    let mut silent = Session::connected(&server.addr).await;
    assert_eq!(silent.post("42[\"join\",\"lobby\"]").await, "ok");
    let mut talker = Wire::connect(&server.addr).await;
    assert_eq!(talker.ask("join", "\"lobby\"").await["status"], "ok");
    let text = json!({ "room": "lobby", "text": "x".repeat(900_000) }).to_string();
    for _ in 0..200 {
        assert_eq!(talker.ask("say", &text).await["status"], "ok");
    }
    let held = server.resident().saturating_sub(before);
    assert!(
        held < KEPT,
        "{held} bytes for a client that may leave 8 MiB unread"
    );
    // It has been cut off, and its session with it.
    silent.stream = TcpStream::connect(&server.addr).await.unwrap();
    let answer = silent.get().await;
    assert!(answer.contains("Session ID unknown"), "{answer}");
    drop(silent);
    unharmed(&mut server, before).await;
}

#[tokio::test]
async fn sessions_of_long_polling_count_as_connections() {
    let (mut server, before) = server(&format!("{IMPATIENT}\n[limits]\nconnections = 20")).await;
    let mut sessions = 0;
    for _ in 0..200 {
        // One connection at a time: hung up as soon as its session is open.
        sessions += usize::from(Session::open_with(&server.addr, "").await.is_some());
    }
    assert!(
        sessions <= 40,
        "{sessions} sessions where 20 clients may be connected"
    );
    until_free(&server).await;
    unharmed(&mut server, before).await;
}

#[tokio::test]
async fn headers_of_silent_clients_are_bounded() {
    let (server, before) = server("").await;
    let headers = format!("x-a: {}\r\n", "a".repeat(300_000));
    let mut sessions = 0;
    for _ in 0..500 {
        sessions += usize::from(Session::open_with(&server.addr, &headers).await.is_some());
    }
    let held = server.resident().saturating_sub(before);
    assert!(
        held < KEPT,
        "{held} bytes for {sessions} sessions that have not said anything yet"
    );
}

#[tokio::test]
async fn upgrade_that_stays_silent_ends() {
    let (mut server, before) = server(IMPATIENT).await;
    let session = Session::connected(&server.addr).await;
    let target = session.target.replace("polling", "websocket");
    let started = Instant::now();
    let mut wire = Wire::upgrade(&server.addr, &target).await;
    assert_eq!(wire.until_closed().await, []);
    assert!(
        started.elapsed() < Duration::from_secs(8),
        "{:?}",
        started.elapsed()
    );
    unharmed(&mut server, before).await;
}

#[tokio::test]
async fn upgrades_out_of_order_harm_nobody() {
    let (mut server, before) = server(IMPATIENT).await;
    for first in ["", "3probe", "2", "40", "42[\"echo\"]", "2probe"] {
        let session = Session::connected(&server.addr).await;
        let target = session.target.replace("polling", "websocket");
        let mut wire = Wire::upgrade(&server.addr, &target).await;
        // Two upgrades of one session at once.
        let mut second = Wire::upgrade(&server.addr, &target).await;
        let _ = wire.text(first).await;
        let _ = second.text(first).await;
        let _ = second.text("5").await;
        drop(second);
        wire.until_closed().await;
    }
    unharmed(&mut server, before).await;
}
