//! Transports, order, acknowledgements, and what happens when the server stops.

use serde_json::{Value, json};

use crate::harness::{Stockade, Wire, wire::Packet};

fn only(transport: &str) -> Value {
    json!({ "transports": [transport] })
}

#[tokio::test]
async fn polling_and_websocket_serve_alike() {
    let server = Stockade::run("basic-c").await;
    for transport in ["polling", "websocket"] {
        let client = server.client_with("", only(transport)).await;
        assert_eq!(client.state().await["transport"], transport);
        let payload = json!({ "bin": { "$bin": "AAH/" }, "text": "é" });
        let answer = client.ask("echo", payload.clone()).await;
        assert_eq!(answer["data"], payload, "{transport}");
    }
}

#[tokio::test]
async fn polling_upgrades_to_websocket_and_loses_nothing() {
    let server = Stockade::run("basic-c").await;
    let client = server.client().await;
    // Some of these go over polling, some over the WebSocket, some meet the upgrade.
    let burst = (0..50).map(|n| ("echo", json!(n))).collect();
    let (acks, order) = client.burst(burst).await;
    client.upgraded().await;
    let expected: Vec<_> = (0..50)
        .map(|n| json!({ "status": "ok", "data": n }))
        .collect();
    assert_eq!(acks, expected);
    assert!(order.is_sorted());
}

#[tokio::test]
async fn thousand_events_without_waiting_keep_their_order() {
    let server = Stockade::with("basic-c")
        .config("[limits]\nqueue = 1_000")
        .start()
        .await;
    for transport in ["websocket", "polling"] {
        let client = server.client_with("", only(transport)).await;
        let burst = (0..1_000).map(|n| ("data", json!(n))).collect();
        let (acks, order) = client.burst(burst).await;
        // The guest counts its events in the socket's data, so each answer tells its event's turn.
        for (turn, ack) in (1..).zip(&acks) {
            assert_eq!(*ack, json!({ "status": "ok", "data": turn }), "{transport}");
        }
        assert_eq!(order, (0..1_000).collect::<Vec<_>>(), "{transport}");
    }
}

#[tokio::test]
async fn events_over_the_queue_are_answered_not_lost() {
    let server = Stockade::with("recorder")
        .config("[limits]\nqueue = 4")
        .start()
        .await;
    let client = server.client_with("", only("websocket")).await;
    let burst = (0..50).map(|_| ("sleep", json!(3_000_000))).collect();
    let (acks, _) = client.burst(burst).await;
    assert_eq!(acks.len(), 50);
    let refused = acks
        .iter()
        .filter(|ack| ack["error"]["code"] == "TOO_MANY_REQUESTS");
    let served = acks.iter().filter(|ack| ack["status"] == "ok");
    let (refused, served) = (refused.count(), served.count());
    assert_eq!(refused + served, 50, "{acks:?}");
    assert!(
        refused > 0 && served > 4,
        "{refused} refused, {served} served"
    );
}

#[tokio::test]
async fn every_failure_is_acknowledged_once() {
    let server = Stockade::run("recorder").await;
    let client = server.client().await;
    let burst = vec![
        ("hooks", json!({ "handler": "throw" })),
        ("hooks", json!({ "hook1": "trap" })),
        ("hooks", json!({ "handler": "loop" })),
        ("no such event", json!(1)),
        ("validate first", json!({ "n": "x" })),
        ("hooks", json!({ "hook1": "post", "post1": "trap" })),
        ("hooks", json!({})),
    ];
    let count = burst.len() as u64;
    let (acks, order) = client.burst(burst).await;
    assert_eq!(order, (0..count).collect::<Vec<_>>());
    assert!(acks.iter().all(|ack| ack["status"].is_string()), "{acks:?}");
    // A second acknowledgement of any of them would have come before this one's.
    assert_eq!(client.ask("hooks", json!({})).await["status"], "ok");
}

#[tokio::test]
async fn event_without_acknowledgement_runs() {
    let server = Stockade::run("basic-c").await;
    let client = server.client().await;
    client.emit("emit self", json!([])).await;
    assert_eq!(client.next("event 1").await, json!(["first message"]));
}

#[tokio::test]
async fn stopping_answers_what_is_under_way() {
    let mut server = Stockade::with("recorder")
        .config("[limits]\ncpu = \"5s\"")
        .start()
        .await;
    let client = server.client_with("", only("websocket")).await;
    let asked = client.ask("sleep", json!(200_000_000));
    let stop = async {
        server
            .logged("an instance at work", |line| line["message"] == "serving")
            .await;
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        server.terminate();
    };
    let (answer, ()) = tokio::join!(asked, stop);
    assert_eq!(answer["status"], "ok", "{answer}");
    let reason = client.disconnected().await;
    assert!(
        ["transport close", "io server disconnect"].contains(&&*reason),
        "{reason}"
    );
    assert!(server.ended().await.success());
}

#[tokio::test]
async fn other_requests_are_told_where_to_go() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let server = Stockade::run("basic-c").await;
    let mut stream = tokio::net::TcpStream::connect(&server.addr).await.unwrap();
    let request = "GET /index.html HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    let read = stream.read_to_string(&mut answer);
    crate::harness::in_time("the answer", read).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
    assert!(answer.contains("Socket.IO at /socket.io/"), "{answer}");
}

#[tokio::test]
async fn cors_answers_the_origins_that_are_configured() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let server = Stockade::with("basic-c")
        .config("[cors]\norigins = [\"https://good.example\"]\ncredentials = true")
        .start()
        .await;
    for (origin, allowed) in [
        ("https://good.example", true),
        ("https://bad.example", false),
    ] {
        let mut stream = tokio::net::TcpStream::connect(&server.addr).await.unwrap();
        let request = format!(
            "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nhost: x\r\norigin: {origin}\r\nconnection: close\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        let read = stream.read_to_string(&mut answer);
        crate::harness::in_time("the answer", read).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        let header = format!("access-control-allow-origin: {origin}\r\n");
        assert_eq!(answer.contains(&header), allowed, "{answer}");
    }
}

/// The first event waits for the client's answer, and all others meanwhile in the mailbox: none of them is begun before.
#[tokio::test]
async fn events_that_wait_for_their_turn_keep_their_order() {
    let server = Stockade::run("caller").await;
    let mut client = Wire::connect(&server.addr).await;
    let ask = "{\"event\":\"question\",\"timeout\":20000}";
    client.emit("ask", ask).await.unwrap();
    for _ in 0..40 {
        client.emit("rooms", "{}").await.unwrap();
    }
    let mut order: Vec<u64> = Vec::new();
    while order.len() <= 40 {
        let Some(Packet::Text(text)) = client.packet().await else {
            panic!("the connection has ended")
        };
        let id = text[2..].split('[').next().unwrap();
        match &text[..2] {
            "42" => client.text(&format!("43{id}[true]")).await.unwrap(),
            "43" => order.push(id.parse().unwrap()),
            _ => panic!("{text}"),
        }
    }
    assert_eq!(order, (0..=40).collect::<Vec<_>>());
}
