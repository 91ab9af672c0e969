//! Sockets on the wire: their ids, their namespaces, how they are refused, and the parser for MessagePack.

use serde_json::{Value, json};

use crate::harness::{Stockade, Wire, wire::Packet};

fn sid(packet: &str, start: &str) -> String {
    let json = packet.strip_prefix(start).expect(packet);
    let told: Value = serde_json::from_str(json).unwrap();
    told["sid"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn id_of_a_socket_is_not_the_secret_of_its_session() {
    let server = Stockade::run("caller").await;
    let mut wire = Wire::upgrade(&server.addr, "/socket.io/?EIO=4&transport=websocket").await;
    let Some(Packet::Text(open)) = wire.packet().await else {
        panic!("no `open` packet");
    };
    let session = sid(&open, "0");
    let socket = sid(&wire.join("40", "40").await, "40");
    let other = sid(&wire.join("40/other,", "40/other,").await, "40/other,");
    assert_eq!(socket.len(), 20);
    assert!(session != socket && session != other && socket != other);
    // It is what the guest sees, and what others reach it by.
    let rooms = wire.ask("rooms", "{}").await;
    assert_eq!(rooms["data"]["ok"], json!([socket]));
}

#[tokio::test]
async fn refusal_is_an_object_with_the_message() {
    let server = Stockade::run("basic-c").await;
    let mut wire = Wire::open(&server.addr).await;
    let answer = wire.join("40{\"refuse\":true}", "40").await;
    assert_eq!(answer, "44{\"message\":\"refused by guest\"}");
}

#[tokio::test]
async fn event_for_a_namespace_that_was_left_is_ignored() {
    let server = Stockade::run("caller").await;
    let mut wire = Wire::connect(&server.addr).await;
    wire.join("40/other,", "40/other,").await;
    wire.text("41/other,").await.unwrap();
    wire.text("42/other,7[\"rooms\",{}]").await.unwrap();
    wire.text("43/other,0[]").await.unwrap();
    wire.text("41/other,").await.unwrap();
    assert_eq!(wire.ask("rooms", "{}").await["status"], "ok");
    assert_eq!(wire.others, []);
}

#[tokio::test]
async fn event_for_a_namespace_that_was_never_joined_ends_the_connection() {
    let server = Stockade::run("caller").await;
    let mut wire = Wire::connect(&server.addr).await;
    wire.text("42/other,7[\"rooms\",{}]").await.unwrap();
    assert_eq!(wire.until_closed().await, []);
}

#[tokio::test]
async fn disconnection_from_the_server_closes_its_connection() {
    let server = Stockade::run("caller").await;
    let mut wire = Wire::connect(&server.addr).await;
    wire.join("40/other,", "40/other,").await;
    let id = wire
        .emit("disconnect me", "{\"close\":true}")
        .await
        .unwrap();
    assert_eq!(wire.ack(id).await.unwrap()["status"], "ok");
    let mut packets = wire.until_closed().await;
    packets.sort_by_key(|packet| format!("{packet:?}"));
    assert_eq!(
        packets,
        [Packet::Text("41".into()), Packet::Text("41/other,".into())]
    );
}

#[tokio::test]
async fn messagepack_carries_what_json_does() {
    let server = Stockade::with("caller")
        .config("[socket]\nparser = \"msgpack\"")
        .start()
        .await;
    let options = json!({ "parser": "msgpack" });
    for transport in ["polling", "websocket"] {
        let mut options = options.clone();
        options["transports"] = json!([transport]);
        let alice = server.client_with("", options.clone()).await;
        let bob = server.client_with("", options).await;
        bob.answer("question", json!([{ "b": 2 }, "é"])).await;
        let arguments = json!([1, -2.5, "é\"", [null, true], { "a": 300 }]);
        let emit = json!({ "rooms": [bob.id().await], "event": "news", "arguments": arguments });
        assert_eq!(alice.ask("emit to", emit).await["status"], "ok");
        assert_eq!(bob.next("news").await, arguments);
        let asked = json!({ "event": "question", "timeout": 10_000 });
        let answer = bob.ask("ask", asked).await;
        assert_eq!(answer["data"]["ok"], json!([{ "b": 2 }, "é"]));
        assert_eq!(bob.next("question").await, json!([]));
    }
    let nowhere = server.connecting("/nowhere", options).await;
    assert_eq!(nowhere.refused().await, "Invalid namespace");
}

#[tokio::test]
async fn messagepack_carries_binary_data() {
    let server = Stockade::with("basic-c")
        .config("[socket]\nparser = \"msgpack\"")
        .start()
        .await;
    let client = server.client_with("", json!({ "parser": "msgpack" })).await;
    let payload = json!({ "first": { "$bin": "AAH/" }, "list": [1, { "$bin": "aGk=" }] });
    let answer = client.ask("echo", payload.clone()).await;
    assert_eq!(answer, json!({ "status": "ok", "data": payload }));
    // Text is of the other parser.
    let mut wire = Wire::open(&server.addr).await;
    wire.text("40").await.unwrap();
    assert_eq!(wire.until_closed().await, []);
}

/// What JSON cannot say is what `JSON.stringify` makes of it, with both parsers.
#[tokio::test]
async fn messagepack_means_what_json_would() {
    let server = Stockade::with("basic-c")
        .config("[socket]\nparser = \"msgpack\"")
        .start()
        .await;
    let json = Stockade::run("basic-c").await;
    let clients = [
        server.client_with("", json!({ "parser": "msgpack" })).await,
        json.client().await,
    ];
    let undefined = json!({ "$undefined": true });
    for client in &clients {
        for (sent, data) in [
            (
                json!({ "a": undefined, "b": 1, "c": undefined }),
                json!({ "b": 1 }),
            ),
            (json!([undefined, 1]), json!([null, 1])),
            (undefined.clone(), json!(null)),
            (
                json!({ "at": { "$date": -1 } }),
                json!({ "at": "1969-12-31T23:59:59.999Z" }),
            ),
            (
                json!([{ "$date": 253_402_300_800_000_u64 }]),
                json!(["+010000-01-01T00:00:00.000Z"]),
            ),
            (
                json!({ "x": { "$bytes": "AQID" } }),
                json!({ "x": { "$bin": "AQID" } }),
            ),
        ] {
            let answer = client.ask("echo", sent).await;
            assert_eq!(answer, json!({ "status": "ok", "data": data }));
        }
    }
}
