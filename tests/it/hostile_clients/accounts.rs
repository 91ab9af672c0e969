//! Clients that make the server keep more than it counts, or take off their account what they have not read.

use super::{KEPT, served, server, unharmed};
use crate::harness::{
    Stockade, Wire,
    wire::{BINARY, Packet, TEXT, frame, http},
};
use tokio::net::TcpStream;

/// What Engine.IO calls the session of a client that has just come.
async fn session(wire: &mut Wire) -> String {
    let Some(Packet::Text(open)) = wire.packet().await else {
        panic!("no session is opened");
    };
    let open: serde_json::Value = serde_json::from_str(&open[1..]).unwrap();
    open["sid"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn answers_that_are_not_a_sessions_do_not_count_as_read() {
    let files = tempfile::tempdir().unwrap();
    std::fs::write(files.path().join("large"), vec![b'x'; 16 << 20]).unwrap();
    let mut server = Stockade::with("basic-c")
        .arg("--static")
        .arg(files.path().to_str().unwrap())
        .start()
        .await;
    served(&server).await;
    let before = server.resident();
    let mut client = Wire::upgrade(&server.addr, "/socket.io/?EIO=4&transport=websocket").await;
    let sid = session(&mut client).await;
    assert!(client.join("40", "40").await.starts_with("40"));
    let mut reader = TcpStream::connect(&server.addr).await.unwrap();
    let request = format!("GET /large?transport=polling&sid={sid} HTTP/1.1\r\nhost: x\r\n\r\n");
    let echo = format!("421[\"echo\",\"{}\"]", "x".repeat(500_000));
    let mut sent = 0;
    while sent < 400 && client.text(&echo).await.is_ok() {
        sent += 1;
        if sent % 8 == 0 {
            let (head, _) = http(&mut reader, request.as_bytes()).await.unwrap();
            assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        }
    }
    let held = server.resident().saturating_sub(before);
    assert!(held < KEPT, "{held} bytes for one client");
    drop(client);
    unharmed(&mut server, before).await;
}

#[tokio::test]
async fn beginnings_of_packets_with_attachments_are_counted_whole() {
    let (mut server, before) = server("").await;
    let long = "x".repeat(900_000);
    let zeros = "0".repeat(900_000);
    let mut clients = Vec::new();
    let mut most = 0;
    for packet in [
        format!("451-/{long},[\"a\"]"),
        format!("451-/x,{zeros}[\"a\"]"),
        format!("45{zeros}1-/x,[\"a\"]"),
    ] {
        for _ in 0..60 {
            let mut client = Wire::open(&server.addr).await;
            client.text(&packet).await.unwrap();
            clients.push(client);
        }
        served(&server).await;
        most = most.max(server.resident());
    }
    let held = most.saturating_sub(before);
    assert!(held < KEPT, "{held} bytes of packets that never end");
    drop(clients);
    unharmed(&mut server, before).await;
}

/// A packet of `socket.io-msgpack-parser`: the event `ping` with one byte, and a field that nobody knows.
fn ping_with_ballast(ballast: usize) -> Vec<u8> {
    let mut packet = vec![0x84];
    packet.extend(b"\xa4type\x02\xa3nsp\xa1/");
    packet.extend(b"\xa4data\x92\xa4ping\xc4\x01\x07");
    packet.extend(b"\xa1x\xc6");
    packet.extend(u32::try_from(ballast).unwrap().to_be_bytes());
    packet.resize(packet.len() + ballast, 0);
    packet
}

/// The event `name` without an argument.
fn msgpack_event(name: &str) -> Vec<u8> {
    let mut packet = vec![0x83];
    packet.extend(b"\xa4type\x02\xa3nsp\xa1/");
    packet.extend(b"\xa4data\x91");
    packet.push(0xa0 | u8::try_from(name.len()).unwrap());
    packet.extend(name.as_bytes());
    packet
}

#[tokio::test]
async fn attachments_do_not_keep_the_packets_that_they_came_in() {
    let server = Stockade::with("poll-forever")
        .config("[socket]\nparser = \"msgpack\"\n[limits]\nwall = \"9s\"")
        .start()
        .await;
    let mut clients = Vec::new();
    for _ in 0..4 {
        let mut client = Wire::open(&server.addr).await;
        client
            .frame(BINARY, b"\x82\xa4type\x00\xa3nsp\xa1/")
            .await
            .unwrap();
        client.packet().await.expect("to be connected");
        clients.push(client);
    }
    let before = server.resident();
    let ping = ping_with_ballast(900_000);
    for client in &mut clients {
        client
            .frame(BINARY, &msgpack_event("attack"))
            .await
            .unwrap();
        for _ in 0..60 {
            client.frame(BINARY, &ping).await.unwrap();
        }
    }
    let held = server.resident().saturating_sub(before);
    assert!(held < KEPT, "{held} bytes for 240 events of one byte");
}

#[tokio::test]
async fn attachments_do_not_keep_the_messages_that_came_before_them() {
    let server = Stockade::with("poll-forever")
        .config("[limits]\nwall = \"9s\"")
        .start()
        .await;
    let mut clients = Vec::new();
    for _ in 0..4 {
        clients.push(Wire::connect(&server.addr).await);
    }
    let before = server.resident();
    let ballast = format!("42[\"nothing\",\"{}\"]", "x".repeat(900_000));
    for client in &mut clients {
        client.emit("attack", "null").await.unwrap();
        for _ in 0..30 {
            // In one go, so that the server may read it all into one buffer.
            let mut bytes = frame(0x80 | TEXT, ballast.as_bytes());
            let event = b"451-[\"ping\",{\"_placeholder\":true,\"num\":0}]";
            bytes.extend(frame(0x80 | TEXT, event));
            bytes.extend(frame(0x80 | BINARY, b"7"));
            client.raw(&bytes).await.unwrap();
        }
    }
    let held = server.resident().saturating_sub(before);
    assert!(held < 4 * (5 << 20) + KEPT, "{held} bytes for 240 events");
}

#[tokio::test]
async fn queries_of_idle_clients_are_bounded() {
    let (mut server, before) = server("").await;
    let target = format!(
        "/socket.io/?EIO=4&transport=websocket{}",
        "&a".repeat(14_000)
    );
    let mut clients = Vec::new();
    for _ in 0..150 {
        let mut client = Wire::upgrade(&server.addr, &target).await;
        client.packet().await.expect("a session");
        assert!(client.join("40", "40").await.starts_with("40"));
        clients.push(client);
    }
    let held = server.resident().saturating_sub(before);
    assert!(held < KEPT, "{held} bytes for 150 clients that are idle");
    drop(clients);
    unharmed(&mut server, before).await;
}

#[tokio::test]
async fn clients_that_may_come_back_are_bounded() {
    let (mut server, before) = server("[socket]\nconnection-state-recovery = \"60s\"").await;
    // A second kind, whose weight is in the names.
    for parameter in ["&a", &format!("&{}", "a".repeat(100))] {
        let target = format!(
            "/socket.io/?EIO=4&transport=websocket{}",
            parameter.repeat(28_000 / parameter.len())
        );
        for _ in 0..400 {
            let mut client = Wire::upgrade(&server.addr, &target).await;
            client.packet().await.expect("a session");
            assert!(client.join("40", "40").await.starts_with("40"));
        }
    }
    let held = server.resident().saturating_sub(before);
    assert!(held < KEPT, "{held} bytes for 800 clients that have gone");
    unharmed(&mut server, before).await;
}
