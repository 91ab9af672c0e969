//! Clients that do not read, do not write, or do not go away.
//!
//! What a client may leave unread exactly is in `protocol/unread.rs`: here the kernel takes some of it.

use std::time::Duration;

use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{IMPATIENT, KEPT, echoes, served, server, unharmed, until_free};
use crate::harness::{PATIENCE, Wire};

/// Sends `message` until the server does not want any more; answers how often, and the most memory that it took.
async fn insist(
    server: &crate::harness::Stockade,
    client: &mut Wire,
    message: &str,
    times: usize,
) -> (usize, u64) {
    let mut most = 0;
    for sent in 0..times {
        let gave_up = tokio::time::timeout(Duration::from_secs(3), client.text(message)).await;
        if !matches!(gave_up, Ok(Ok(()))) {
            return (sent, most);
        }
        if sent % 50 == 0 {
            most = most.max(server.resident());
        }
    }
    (times, most.max(server.resident()))
}

/// The server has ended the connection, and does not just wait until the client reads.
async fn is_cut_off(client: &mut Wire) -> bool {
    let said = tokio::time::timeout(Duration::from_secs(3), client.text("3")).await;
    matches!(said, Ok(Err(_)))
}

#[tokio::test]
async fn who_does_not_read_echoes_is_cut_off() {
    let (mut server, before) = server("").await;
    let mut neighbour = Wire::connect(&server.addr).await;
    let mut client = Wire::connect(&server.addr).await;
    let echo = format!("421[\"echo\",\"{}\"]", "x".repeat(100_000));
    let (sent, most) = insist(&server, &mut client, &echo, 8_000).await;
    assert!(
        sent < 8_000,
        "800 MB of events are accepted from a client that reads nothing"
    );
    assert!(is_cut_off(&mut client).await);
    let held = most.saturating_sub(before);
    assert!(held < KEPT, "{held} bytes for one client");
    assert!(echoes(&mut neighbour).await);
    unharmed(&mut server, before).await;
}

#[tokio::test]
async fn who_does_not_read_refusals_is_cut_off() {
    let (mut server, before) = server("").await;
    let mut client = Wire::connect(&server.addr).await;
    let event = "421[\"no such event\"]".to_owned();
    let (sent, most) = insist(&server, &mut client, &event, 200_000).await;
    assert!(
        sent < 200_000,
        "a client that reads nothing is answered for ever"
    );
    assert!(is_cut_off(&mut client).await);
    let held = most.saturating_sub(before);
    assert!(held < KEPT, "{held} bytes for one client");
    unharmed(&mut server, before).await;
}

#[tokio::test]
async fn who_does_not_read_broadcasts_is_cut_off() {
    let (mut server, before) = server("").await;
    let mut silent = Wire::connect(&server.addr).await;
    assert_eq!(silent.ask("join", "\"lobby\"").await["status"], "ok");
    let mut talker = Wire::connect(&server.addr).await;
    let text = json!({ "room": "lobby", "text": "x".repeat(900_000) }).to_string();
    for _ in 0..100 {
        assert_eq!(talker.ask("say", &text).await["status"], "ok");
    }
    let held = server.resident().saturating_sub(before);
    assert!(held < KEPT, "{held} bytes for one client");
    let heard = silent.until_closed().await.len();
    assert!(heard < 50, "{heard} of 100 broadcasts of 900 KB were kept");
    unharmed(&mut server, before).await;
}

#[tokio::test]
async fn long_names_of_namespaces_do_not_pile_up_for_who_does_not_read() {
    let (mut server, before) = server("").await;
    let mut client = Wire::open(&server.addr).await;
    let connect = format!("40/{},", "x".repeat(1_000_000));
    let (_, most) = insist(&server, &mut client, &connect, 200).await;
    let held = most.saturating_sub(before);
    assert!(
        held < KEPT,
        "{held} bytes of refusals that one client does not read"
    );
    drop(client);
    unharmed(&mut server, before).await;
}

#[tokio::test]
async fn who_does_not_answer_pings_is_disconnected() {
    let (mut server, before) = server(IMPATIENT).await;
    let mut witness = Wire::connect(&server.addr).await;
    let client = Wire::connect(&server.addr).await;
    // The guest tells those who are left.
    while witness.events("left") == 0 {
        let packet = witness.packet().await.expect("the witness is still there");
        witness.others.push(packet);
    }
    drop(client);
    assert!(echoes(&mut witness).await);
    unharmed(&mut server, before).await;
}

#[tokio::test]
async fn who_never_joins_a_namespace_is_disconnected() {
    let (mut server, before) = server(IMPATIENT).await;
    let mut client = Wire::open(&server.addr).await;
    assert_eq!(client.until_closed().await, []);
    unharmed(&mut server, before).await;
}

#[tokio::test]
async fn heads_that_come_slowly_keep_nobody_else_out() {
    let (mut server, before) = server("").await;
    let mut slow = Vec::new();
    for _ in 0..200 {
        let mut stream = TcpStream::connect(&server.addr).await.unwrap();
        stream
            .write_all(b"GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nx-")
            .await
            .unwrap();
        slow.push(stream);
    }
    for _ in 0..10 {
        served(&server).await;
        for stream in &mut slow {
            stream.write_all(b"a").await.unwrap();
        }
    }
    unharmed(&mut server, before).await;
}

#[tokio::test]
async fn head_that_never_ends_is_not_kept() {
    let (mut server, before) = server("").await;
    let mut stream = TcpStream::connect(&server.addr).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nx: ").await.unwrap();
    let mut sent = 0;
    while sent < 200 && stream.write_all(&[b'a'; 100_000]).await.is_ok() {
        sent += 1;
    }
    assert!(sent < 200, "20 MB of a request's head are read");
    unharmed(&mut server, before).await;
}

#[tokio::test]
async fn connections_over_the_limit_are_told_so_and_the_limit_recovers() {
    let (mut server, before) = server(&format!("{IMPATIENT}\n[limits]\nconnections = 20")).await;
    let mut clients = Vec::new();
    let mut refused = 0;
    for _ in 0..200 {
        let mut stream = TcpStream::connect(&server.addr).await.unwrap();
        let request = "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nhost: x\r\n\r\n";
        let _ = stream.write_all(request.as_bytes()).await;
        let mut answer = [0; 12];
        let read = tokio::time::timeout(PATIENCE, stream.read(&mut answer))
            .await
            .expect("an answer");
        match read {
            Ok(12) if answer == *b"HTTP/1.1 200" => clients.push(stream),
            // A refusal may be lost where the request is still under way.
            Ok(0) | Err(_) => refused += 1,
            Ok(_) => {
                assert_eq!(answer, *b"HTTP/1.1 503");
                refused += 1;
            }
        }
    }
    assert!(
        (10..=20).contains(&clients.len()),
        "{} clients",
        clients.len()
    );
    assert_eq!(clients.len() + refused, 200);
    drop(clients);
    until_free(&server).await;
    unharmed(&mut server, before).await;
}

#[tokio::test]
async fn volatile_events_that_were_dropped_do_not_count_as_unread() {
    let server = crate::harness::Stockade::run("caller").await;
    let mut listener = Wire::connect(&server.addr).await;
    let mut talker = Wire::connect(&server.addr).await;
    let tick = json!({ "event": "tick", "arguments": ["x".repeat(900_000)], "volatile": true })
        .to_string();
    for round in 0..10 {
        // The listener is busy for a moment, so some of these are dropped; then it reads all that there is.
        for _ in 0..12 {
            assert_eq!(talker.ask("emit to", &tick).await["status"], "ok");
        }
        let id = listener.emit("rooms", "{}").await;
        let answer = match id {
            Ok(id) => tokio::time::timeout(Duration::from_secs(5), listener.ack(id)).await,
            Err(_) => Ok(None),
        };
        let answer =
            answer.unwrap_or_else(|_| panic!("in round {round} the listener waits for ever"));
        assert!(
            answer.is_some(),
            "in round {round} the listener, who reads everything, is cut off"
        );
    }
    assert!(listener.events("tick") < 120, "none was dropped");
}

#[tokio::test]
async fn who_reads_nothing_and_answers_no_ping_is_disconnected() {
    let (mut server, before) = server(IMPATIENT).await;
    let mut witness = Wire::connect(&server.addr).await;
    let mut client = Wire::connect(&server.addr).await;
    let echo = format!("421[\"echo\",\"{}\"]", "x".repeat(100_000));
    // More than the kernel takes, and less than a client is cut off for: the server waits until it can write the rest.
    let silent = insist(&server, &mut client, &echo, 120);
    let heard = async {
        while witness.events("left") == 0 {
            let packet = witness.packet().await.expect("the witness is still there");
            witness.others.push(packet);
        }
    };
    tokio::join!(silent, heard);
    drop(client);
    unharmed(&mut server, before).await;
}
