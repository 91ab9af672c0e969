//! Requests of which one half comes, and the other one late or never.

use std::time::Duration;

use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{served, unharmed};
use crate::harness::{Stockade, Wire, in_time, wire::http};

/// Times that tests can wait for. The defaults, 30 seconds, are longer than the harness would.
const SHORT: &str = "[limits]\nheader-timeout = \"1s\"\nbody-timeout = \"1s\"";

const OPEN: &str = "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nhost: x\r\n\r\n";

async fn server(guest: &str) -> Stockade {
    Stockade::with(guest).config(SHORT).start().await
}

async fn sent(server: &Stockade, request: &str) -> TcpStream {
    let mut stream = TcpStream::connect(&server.addr).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

/// Reads until the server ends the connection.
async fn rest(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let end = stream.read_to_end(&mut answer);
    let _ = in_time("the end of a slow connection", end).await;
    String::from_utf8(answer).unwrap()
}

/// Sends a byte now and then until the server ends the connection.
async fn drip(mut stream: TcpStream) {
    let (mut reader, mut writer) = stream.split();
    let mut answer = Vec::new();
    let ended = reader.read_to_end(&mut answer);
    let dripping = async {
        let mut pauses = tokio::time::interval(Duration::from_millis(100));
        while writer.write_all(b"a").await.is_ok() {
            pauses.tick().await;
        }
        std::future::pending().await
    };
    let ended = async {
        tokio::select! {
            _ = ended => {}
            () = dripping => {}
        }
    };
    in_time("the end of a slow connection", ended).await;
}

#[tokio::test]
async fn head_that_comes_slowly_ends_its_connection_and_no_other() {
    let mut server = server("basic-c").await;
    let before = server.resident();
    let mut neighbour = Wire::connect(&server.addr).await;
    let head = "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nx-";
    let mut silent = sent(&server, head).await;
    let slow = drip(sent(&server, head).await);
    let (answer, ()) = tokio::join!(rest(&mut silent), slow);
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 408"),
        "{answer}"
    );
    assert_eq!(neighbour.ask("echo", "1").await["data"], 1);
    unharmed(&mut server, before).await;
}

#[tokio::test]
async fn connection_without_a_request_ends() {
    let server = server("basic-c").await;
    let mut unused = TcpStream::connect(&server.addr).await.unwrap();
    assert_eq!(rest(&mut unused).await, "");
    // After an answer, too.
    let mut used = TcpStream::connect(&server.addr).await.unwrap();
    let (head, _) = http(&mut used, OPEN.as_bytes()).await.unwrap();
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    assert_eq!(rest(&mut used).await, "");
}

#[tokio::test]
async fn packet_that_never_ends_is_answered_408_and_ends_connection_and_session() {
    let mut server = server("basic-c").await;
    served(&server).await;
    let before = server.resident();
    for below in ["", "below"] {
        let mut stream = TcpStream::connect(&server.addr).await.unwrap();
        let (_, body) = http(&mut stream, OPEN.as_bytes()).await.unwrap();
        let sid = body.split("\"sid\":\"").nth(1).unwrap();
        let sid = sid.split('"').next().unwrap();
        let target = format!("/socket.io/{below}?EIO=4&transport=polling&sid={sid}");
        let head = format!("POST {target} HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n4");
        stream.write_all(head.as_bytes()).await.unwrap();
        let answer = rest(&mut stream).await;
        assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
        assert!(answer.contains("connection: close\r\n"), "{answer}");
        let poll = format!("GET {target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        let gone = rest(&mut sent(&server, &poll).await).await;
        assert!(gone.contains("Session ID unknown"), "{gone}");
        // One that drips is not let on for longer.
        let mut stream = TcpStream::connect(&server.addr).await.unwrap();
        let (_, body) = http(&mut stream, OPEN.as_bytes()).await.unwrap();
        let other = body.split("\"sid\":\"").nth(1).unwrap();
        let head = head.replace(sid, other.split('"').next().unwrap());
        stream.write_all(head.as_bytes()).await.unwrap();
        drip(stream).await;
    }
    unharmed(&mut server, before).await;
}

#[tokio::test]
async fn body_that_never_ends_is_answered_408_and_ends_its_connection() {
    for (guest, path) in [("http", "/echo/1"), ("incoming-handler", "/any")] {
        let server = Stockade::with(guest)
            .env(
                "STOCKADE_JWT_SECRET",
                "a secret of the tests, thirty-two bytes and more",
            )
            .config(SHORT)
            .start()
            .await;
        let head = format!("POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n{{");
        let mut silent = sent(&server, &head).await;
        let slow = drip(sent(&server, &head).await);
        let (answer, ()) = tokio::join!(rest(&mut silent), slow);
        assert!(answer.starts_with("HTTP/1.1 408"), "{guest}: {answer}");
    }
}

/// The time is for what the client has to do.
#[tokio::test]
async fn handler_may_take_longer_than_the_body() {
    let server = Stockade::with("http")
        .env(
            "STOCKADE_JWT_SECRET",
            "a secret of the tests, thirty-two bytes and more",
        )
        .config(SHORT)
        .start()
        .await;
    let reply = server.http("POST", "/slow").json(&json!(null)).send().await;
    assert_eq!((reply.status, reply.json()), (200, json!("at last")));
}
