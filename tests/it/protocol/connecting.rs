//! What a client is sent when it connects, in the order of the wire: clients put aside what comes before they are connected, so
//! they do not show it.

use super::*;

/// What the guest does before the client is connected, in its order.
const TOLD: [&str; 2] = [
    "42[\"welcome\",\"emitted before connect\"]",
    "42[\"came\",\"emitted before connect\"]",
];
/// What makes it do so.
const CONNECT: &str = "40{\"connection\":\"tell\"}";

/// Checks that the client learns of its connection first, then of what the guest has done.
fn in_order(packets: &[String]) {
    assert!(packets[0].starts_with("40{\"sid\":"), "{packets:?}");
    assert_eq!(packets[1..], TOLD);
}

#[tokio::test]
async fn what_on_connection_emits_comes_after_the_connection_over_websocket() {
    let server = Stockade::run("recorder").await;
    // Those that close are told to the next ones, in between.
    let mut open = Vec::new();
    for _ in 0..20 {
        let mut wire = Wire::open(&server.addr).await;
        wire.text(CONNECT).await.unwrap();
        let mut packets = Vec::new();
        for _ in 0..3 {
            packets.push(text(&mut wire).await);
        }
        in_order(&packets);
        open.push(wire);
    }
}

#[tokio::test]
async fn what_on_connection_emits_comes_after_the_connection_over_polling() {
    let server = Stockade::run("recorder").await;
    for waits in [true, false] {
        for _ in 0..10 {
            let session = Session::open(&server.addr).await;
            let mut packets = Vec::new();
            if waits {
                let (polled, pushed) = tokio::join!(session.packets(), session.push(CONNECT));
                assert_eq!(pushed.ok(), "ok");
                packets.extend(polled);
            } else {
                assert_eq!(session.push(CONNECT).await.ok(), "ok");
            }
            while packets.len() < 3 {
                packets.extend(session.packets().await);
            }
            in_order(&packets);
        }
    }
}

#[tokio::test]
async fn what_on_connection_emits_comes_after_the_connection_whatever_the_settings() {
    let recovery = "[socket]\nconnection-state-recovery = \"1m\"";
    let server = Stockade::with("recorder").config(recovery).start().await;
    let mut wire = Wire::open(&server.addr).await;
    wire.text(CONNECT).await.unwrap();
    assert!(text(&mut wire).await.starts_with("40{\"sid\":"));
    for told in TOLD {
        // An offset follows.
        let told = told.trim_end_matches(']');
        assert!(text(&mut wire).await.starts_with(told));
    }

    let msgpack = "[socket]\nparser = \"msgpack\"";
    let server = Stockade::with("recorder").config(msgpack).start().await;
    let mut wire = Wire::open(&server.addr).await;
    let connect = b"\x83\xa4type\x00\xa3nsp\xa1/\xa4data\x81\xaaconnection\xa4tell";
    wire.frame(BINARY, connect).await.unwrap();
    for mark in [&b"sid"[..], b"welcome", b"came"] {
        let packet = wire.packet().await;
        let Some(Packet::Binary(packet)) = &packet else {
            panic!("{packet:?}");
        };
        let is_there = packet.windows(mark.len()).any(|part| part == mark);
        assert!(is_there, "{:?}", String::from_utf8_lossy(packet));
    }

    // A namespace that is made for its first client.
    let server = Stockade::run("gateway").await;
    let mut wire = Wire::open(&server.addr).await;
    wire.text("40/room-7,").await.unwrap();
    let packets = [text(&mut wire).await, text(&mut wire).await];
    assert!(packets[0].starts_with("40/room-7,{\"sid\":"), "{packets:?}");
    assert!(
        packets[1].starts_with("42/room-7,[\"where\","),
        "{packets:?}"
    );
}
