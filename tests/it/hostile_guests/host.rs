//! Guests that make the host work, wait, remember or write for them.

use serde_json::json;

use super::{beside, internal_error, kind, pong};
use crate::harness::{Stockade, Wire};

#[tokio::test]
async fn work_of_the_host_is_charged_to_the_guest() {
    let server = Stockade::run("host-work").await;
    let mut neighbour = Wire::connect(&server.addr).await;
    let mut client = Wire::connect(&server.addr).await;
    let answer = beside(&mut neighbour, client.ask("attack", "null")).await;
    assert_eq!(answer, internal_error());
    server.logged("the limit", kind("CpuLimitExceeded")).await;
}

#[tokio::test]
async fn start_function_that_waits_is_ended_by_the_deadline() {
    let server = started_in_time().await;
    let mut client = Wire::connect(&server.addr).await;
    // About one in four waits for a day; all are answered.
    for _ in 0..16 {
        let answer = client.ask("ping", "null").await;
        assert!(answer == pong() || answer == internal_error(), "{answer}");
    }
}

/// A server of the guest that waits at times: also when it is asked for its manifest, and then there is none.
async fn started_in_time() -> Stockade {
    for _ in 0..10 {
        let server =
            Stockade::with("late-start-block").config("[limits]\nwall = \"500ms\"\ninstances = 2");
        if let Ok(server) = tokio::spawn(server.start()).await {
            return server;
        }
    }
    panic!("the guest waits each time");
}

#[tokio::test]
async fn what_on_connection_does_is_bounded() {
    let server = Stockade::run("connection-hoard").await;
    let before = server.resident();
    for _ in 0..4 {
        let client = server.connecting("", json!({})).await;
        // Its CPU time pays for what the host keeps.
        let message = client.refused().await;
        assert_eq!(message, "An internal server error has occurred.");
    }
    let kept = server.resident().saturating_sub(before);
    assert!(kept < 64 << 20, "{kept} bytes");
}

#[tokio::test]
async fn errors_of_a_megabyte_are_logged_in_short() {
    let server = Stockade::run("throw-flood").await;
    let mut client = Wire::connect(&server.addr).await;
    for _ in 0..5 {
        assert_eq!(client.ask("ping", "null").await, internal_error());
    }
    let log: usize = server.log().iter().map(|line| line.to_string().len()).sum();
    assert!(log < 256 << 10, "{log} bytes of log");
}

#[tokio::test]
async fn volatile_burst_does_not_wedge_its_socket() {
    let server = Stockade::run("volatile-burst").await;
    let mut client = Wire::connect(&server.addr).await;
    for _ in 0..12 {
        assert_eq!(client.ask("attack", "null").await["status"], "ok");
    }
}
