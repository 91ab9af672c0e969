//! Clients that come and go in the middle of everything, and ask for too much at once.

use serde_json::json;

use super::{KEPT, echoes, served, server, unharmed};
use crate::harness::{Stockade, Wire, wire::BINARY};

#[tokio::test]
async fn clients_that_come_and_go_leave_nothing_behind() {
    let (mut server, _) = server("").await;
    let come_and_go = async |times: usize| {
        for _ in 0..times {
            let mut client = Wire::connect(&server.addr).await;
            client.emit("join", "\"a room of its own\"").await.unwrap();
        }
    };
    // Allocators keep what they had once: the first thousand is the measure for the second.
    come_and_go(1_000).await;
    let before = server.resident();
    come_and_go(1_000).await;
    let kept = server.resident().saturating_sub(before);
    assert!(
        kept < 16 << 20,
        "{kept} bytes for a thousand clients that have gone"
    );
    unharmed(&mut server, before).await;
}

#[tokio::test]
async fn clients_that_leave_in_the_middle_of_everything_harm_nobody() {
    let (mut server, before) = server("").await;
    let large = format!("421[\"echo\",\"{}\"]", "x".repeat(200_000));
    for round in 0..100 {
        let mut client = match round % 4 {
            0 => Wire::open(&server.addr).await,
            _ => Wire::connect(&server.addr).await,
        };
        let _ = match round % 10 {
            0 => client.text("40").await,
            1 => client.text("421[\"echo\",1]").await,
            2 => client.text(&large).await,
            3 => {
                client
                    .raw(&[0x81, 0xff, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, b'4', b'2'])
                    .await
            }
            4 => {
                client
                    .text("452-0[\"echo\",{\"_placeholder\":true,\"num\":0}]")
                    .await
            }
            5 => client.frame(BINARY, &[0; 1_000]).await,
            6 => client.text("41").await,
            7 => client.text("1").await,
            8 => {
                for _ in 0..50 {
                    let _ = client.text("421[\"broadcast\"]").await;
                }
                Ok(())
            }
            _ => client.raw(&[0x88, 0x80, 0, 0, 0, 0]).await,
        };
    }
    unharmed(&mut server, before).await;
}

#[tokio::test]
async fn clients_that_leave_while_the_guest_decides_leave_nothing_behind() {
    let server = Stockade::with("recorder")
        .config("[limits]\ncpu = \"30ms\"")
        .start()
        .await;
    let auth = |connection: &str| format!("40{}", json!({ "connection": connection }));
    for connection in ["loop", "emit", "throw", "trap", "ask"] {
        for _ in 0..10 {
            let mut client = Wire::open(&server.addr).await;
            client.text(&auth(connection)).await.unwrap();
            client.text("421[\"hooks\",{}]").await.unwrap();
        }
    }
    let mut client = Wire::connect(&server.addr).await;
    assert_eq!(client.ask("hooks", "{}").await["status"], "ok");
}

#[tokio::test]
async fn mailbox_over_its_limit_answers_each_event() {
    let (mut server, before) = server("[limits]\nqueue = 8").await;
    let mut client = Wire::connect(&server.addr).await;
    let mut ids = Vec::new();
    for _ in 0..2_000 {
        ids.push(client.emit("echo", "1").await.unwrap());
    }
    let (mut served, mut refused) = (0, 0);
    // The refusals overtake what waits, so acknowledgements are counted as they come.
    while let Some(last) = ids.iter().find(|id| client.acks(**id) == 0).copied() {
        client.ack(last).await.unwrap();
    }
    for id in ids {
        assert_eq!(client.acks(id), 1);
    }
    for round in 0..20 {
        let answer = client.ask("echo", "2").await;
        match answer["error"]["code"].as_str() {
            None => served += 1,
            Some("TOO_MANY_REQUESTS") => refused += 1,
            other => panic!("{round}: {other:?}"),
        }
    }
    assert_eq!((served, refused), (20, 0), "the mailbox is empty again");
    unharmed(&mut server, before).await;
}

#[tokio::test]
async fn events_that_wait_in_guests_are_bounded_together() {
    let server = Stockade::with("poll-forever")
        .config("[limits]\nwall = \"3s\"\ntotal-queue = \"2MiB\"")
        .start()
        .await;
    let large = json!("x".repeat(900_000)).to_string();
    let mut clients = Vec::new();
    for _ in 0..6 {
        let mut client = Wire::connect(&server.addr).await;
        let id = client.emit("attack", &large).await.unwrap();
        clients.push((client, id));
    }
    let (mut waited, mut refused) = (0, 0);
    for (client, id) in &mut clients {
        let answer = client.ack(*id).await.unwrap();
        match answer["error"]["code"].as_str() {
            Some("TOO_MANY_REQUESTS") => refused += 1,
            Some("INTERNAL_SERVER_ERROR") => waited += 1,
            other => panic!("{other:?}"),
        }
    }
    // A thread may begin with one before that of another thread waits.
    assert!(
        waited >= 2 && refused >= 1,
        "{waited} waited, {refused} refused"
    );
    // What waited is not counted any more.
    let (client, _) = &mut clients[5];
    for _ in 0..4 {
        assert_eq!(client.ask("ping", &large).await["status"], "ok");
    }
}

#[tokio::test]
async fn mailbox_is_bounded_in_bytes() {
    let server = Stockade::with("poll-forever")
        .config("[limits]\nwall = \"3s\"")
        .start()
        .await;
    let mut client = Wire::connect(&server.addr).await;
    assert_eq!(client.ask("ping", "null").await["status"], "ok");
    let before = server.resident();
    // The first keeps the rest waiting.
    client.emit("attack", "null").await.unwrap();
    let large = json!("x".repeat(900_000)).to_string();
    let mut last = 0;
    for _ in 0..100 {
        last = client.emit("ping", &large).await.unwrap();
    }
    let answer = client.ack(last).await.unwrap();
    assert_eq!(answer["error"]["code"], "TOO_MANY_REQUESTS", "{answer}");
    let held = server.resident().saturating_sub(before);
    assert!(held < KEPT, "{held} bytes in a mailbox of 4 MB");
}

#[tokio::test]
async fn mailboxes_of_all_clients_together_are_bounded() {
    let server = Stockade::with("poll-forever")
        .config("[limits]\nwall = \"9s\"")
        .start()
        .await;
    let mut clients = Vec::new();
    for _ in 0..100 {
        clients.push(Wire::connect(&server.addr).await);
    }
    let before = server.resident();
    let large = json!("x".repeat(950_000)).to_string();
    for client in &mut clients {
        client.emit("attack", "null").await.unwrap();
        let mut last = 0;
        for _ in 0..5 {
            last = client.emit("ping", &large).await.unwrap();
        }
        // Does not fit, so it is refused at once, when the others have been read.
        client.ack(last).await.unwrap();
    }
    let held = server.resident().saturating_sub(before);
    assert!(held < 256 << 20, "{held} bytes wait for their turn");
}

#[tokio::test]
async fn auth_of_all_clients_together_is_bounded() {
    let (server, before) = server("").await;
    let auth = json!({ "token": "x".repeat(950_000) });
    let mut clients = Vec::new();
    for _ in 0..200 {
        let mut client = Wire::open(&server.addr).await;
        let answer = client.join(&format!("40{auth}"), "40").await;
        if answer.starts_with("40") {
            clients.push(client);
        }
    }
    let held = server.resident().saturating_sub(before);
    assert!(
        held < KEPT,
        "{held} bytes for {} clients that are idle",
        clients.len()
    );
    served(&server).await;
}

#[tokio::test]
async fn client_that_changes_its_mind_a_thousand_times_is_served_last() {
    let (mut server, before) = server("").await;
    let mut client = Wire::connect(&server.addr).await;
    for _ in 0..1_000 {
        let _ = client.text("41").await;
        let _ = client.text("40").await;
    }
    // Whatever came of that, it does not outlive the connection.
    let _ = echoes(&mut client).await;
    drop(client);
    unharmed(&mut server, before).await;
}

#[tokio::test]
async fn events_that_wait_for_an_instance_are_kept_as_text() {
    let server = Stockade::with("recorder")
        .config("[limits]\ninstances = 1\ncpu = \"2s\"\nwall = \"9s\"")
        .start()
        .await;
    let mut clients = Vec::new();
    for _ in 0..30 {
        clients.push(Wire::connect(&server.addr).await);
    }
    let before = server.resident();
    // Valid, and as a tree some fifty times as large as the text.
    let wide = format!("{{\"n\":1,\"wide\":[{}0]}}", "[0],".repeat(240_000));
    let mut first = clients.pop().unwrap();
    first.emit("hooks", "{\"handler\":\"loop\"}").await.unwrap();
    for client in &mut clients {
        client.emit("validate first", &wide).await.unwrap();
    }
    let mut most = 0;
    let watch = async {
        loop {
            most = most.max(server.resident());
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    let answers = async {
        first.ack(0).await.unwrap();
        for client in &mut clients {
            client.ack(0).await.unwrap();
        }
    };
    tokio::select! {
        () = answers => {}
        () = watch => unreachable!(),
    }
    let held = most.saturating_sub(before);
    assert!(held < 256 << 20, "{held} bytes for 29 events of a megabyte");
}
