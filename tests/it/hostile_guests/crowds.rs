//! Many clients that attack at once: waiting is bounded, and everybody is answered.

use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::{internal_error, pong};
use crate::harness::{Stockade, Wire};

async fn crowd(server: &Stockade, clients: usize) -> Vec<Wire> {
    let mut crowd = Vec::new();
    for _ in 0..clients {
        crowd.push(Wire::connect(&server.addr).await);
    }
    crowd
}

/// How many were answered with which code.
async fn attack(crowd: Vec<Wire>) -> (usize, usize) {
    let mut attacks = JoinSet::new();
    for mut client in crowd {
        attacks.spawn(async move {
            let answer = client.ask("attack", "null").await;
            match answer["error"]["code"].as_str() {
                Some("INTERNAL_SERVER_ERROR") => assert_eq!(answer, internal_error()),
                Some("TOO_MANY_REQUESTS") => {}
                other => panic!("{other:?}: {answer}"),
            }
            answer["error"]["code"] == "TOO_MANY_REQUESTS"
        });
    }
    let refused = attacks.join_all().await;
    let too_many = refused.iter().filter(|refused| **refused).count();
    (refused.len() - too_many, too_many)
}

#[tokio::test]
async fn those_who_do_not_fit_are_told_so_at_once() {
    let server = Stockade::with("poll-forever")
        .config("[limits]\ninstances = 2\nwaiting = 3\nwall = \"1s\"")
        .start()
        .await;
    let crowd = crowd(&server, 20).await;
    let started = Instant::now();
    let (ended, refused) = attack(crowd).await;
    // Two run and three wait; who has waited runs or has waited for too long.
    assert!(
        (2..=5).contains(&ended),
        "{ended} ran, {refused} were refused"
    );
    assert_eq!(ended + refused, 20);
    assert!(
        started.elapsed() < Duration::from_secs(8),
        "{:?}",
        started.elapsed()
    );
    let mut client = Wire::connect(&server.addr).await;
    assert_eq!(client.ask("ping", "null").await, pong());
}

#[tokio::test]
async fn instances_come_back_from_every_kind_of_end() {
    for (guest, config) in [
        ("endless-loop", "cpu = \"20ms\""),
        ("poll-forever", "wall = \"200ms\""),
        ("unreachable", ""),
        ("memory-growth", ""),
    ] {
        let server = Stockade::with(guest)
            .config(&format!("[limits]\ninstances = 2\nwaiting = 0\n{config}"))
            .start()
            .await;
        let mut client = Wire::connect(&server.addr).await;
        for _ in 0..8 {
            assert_eq!(
                client.ask("attack", "null").await,
                internal_error(),
                "{guest}"
            );
        }
        // Were one of the two lost, or its place, one of these would be refused.
        let mut other = Wire::connect(&server.addr).await;
        for _ in 0..20 {
            let (one, two) = tokio::join!(client.ask("ping", "null"), other.ask("ping", "null"));
            assert_eq!([one, two], [pong(), pong()], "{guest}");
        }
    }
}

#[tokio::test]
async fn spinning_crowd_leaves_time_for_a_neighbour() {
    let server = Stockade::with("endless-loop")
        .config("[limits]\ninstances = 32\ncpu = \"50ms\"\nwall = \"20s\"")
        .start()
        .await;
    let mut neighbour = Wire::connect(&server.addr).await;
    let attackers = crowd(&server, 20).await;
    let (ended, refused) = super::beside(&mut neighbour, attack(attackers)).await;
    assert_eq!((ended, refused), (20, 0));
}

#[tokio::test]
async fn client_that_leaves_does_not_keep_its_instance() {
    let server = Stockade::with("poll-forever")
        .config("[limits]\ninstances = 2\nwaiting = 64\nwall = \"300ms\"")
        .start()
        .await;
    for mut client in crowd(&server, 10).await {
        client.emit("attack", "null").await.unwrap();
        // And hangs up.
    }
    let mut client = Wire::connect(&server.addr).await;
    let mut answer = client.ask("ping", "null").await;
    // Waiting for an instance is bounded, too, so the first may be refused.
    for _ in 0..20 {
        if answer == pong() {
            break;
        }
        assert_eq!(answer["error"]["code"], "TOO_MANY_REQUESTS");
        answer = client.ask("ping", "null").await;
    }
    assert_eq!(answer, pong());
}
