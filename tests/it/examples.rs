//! The example `chat`, as its page uses it, what `products` has beside FoalTS's sample, which is in `foal_samples`, and `embed`.

use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::harness::{Client, Killed, Lines, Stockade, component, example, http::Request, in_time};

async fn guest(server: &Stockade, name: &str) -> Client {
    server
        .client_with("", json!({ "auth": { "name": name } }))
        .await
}

/// What it stores goes with the server.
pub(crate) async fn products() -> Stockade {
    let products = Stockade::with("products");
    products.config("store = \"memory\"").start().await
}

async fn accepted(client: &Client, event: &str, payload: Value) {
    let answer = client.ask(event, payload).await;
    assert_eq!(answer["status"], "ok", "{event}: {answer}");
}

#[tokio::test]
async fn chat_wants_a_name() {
    let server = Stockade::run("chat").await;
    for auth in [
        json!({}),
        json!({ "name": "" }),
        json!({ "name": "x".repeat(500) }),
    ] {
        let nobody = server.connecting("", json!({ "auth": auth })).await;
        let reason = nobody.refused().await;
        assert!(reason.contains("name"), "{reason}");
    }
}

#[tokio::test]
async fn chat_passes_messages_and_typing_notices_within_a_room() {
    let server = Stockade::run("chat").await;
    let (ann, bob, eve) = (
        guest(&server, "Ann").await,
        guest(&server, "Bob").await,
        guest(&server, "Eve").await,
    );
    accepted(&ann, "join", json!({ "room": "tea" })).await;
    accepted(&bob, "join", json!({ "room": "tea" })).await;
    accepted(&eve, "join", json!({ "room": "coffee" })).await;
    let joined = ann.next("joined").await[0].take();
    assert_eq!(
        (&joined["name"], &joined["room"]),
        (&json!("Bob"), &json!("tea"))
    );
    accepted(&ann, "here", json!({ "room": "tea", "to": joined["id"] })).await;
    assert_eq!(bob.next("member").await[0]["name"], "Ann");
    bob.emit("typing", json!([{ "room": "tea" }])).await;
    accepted(
        &bob,
        "message",
        json!({ "room": "tea", "text": "<b>hello</b>" }),
    )
    .await;
    assert_eq!(ann.next("typing").await[0]["name"], "Bob");
    let message = ann.next("message").await[0].take();
    assert_eq!(
        (&message["name"], &message["text"]),
        (&json!("Bob"), &json!("<b>hello</b>"))
    );
    bob.disconnect().await;
    assert_eq!(ann.next("left").await[0]["name"], "Bob");
    accepted(&eve, "leave", json!({ "room": "coffee" })).await;
    assert_eq!(eve.events().await, Vec::<Value>::new());
}

#[tokio::test]
async fn products_are_listed_over_either_way_and_announced() {
    let server = products().await;
    let (ann, bob) = (server.client().await, server.client().await);
    accepted(&ann, "create product", json!({ "name": "product 1" })).await;
    assert_eq!(bob.next("refresh products").await, json!([]));

    let create = server.http("POST", "/products");
    let reply = create.json(&json!({ "name": "product 2" })).send().await;
    let second = json!({ "id": 2, "name": "product 2" });
    assert_eq!((reply.status, reply.json()), (201, second.clone()));
    for client in [&ann, &bob] {
        assert_eq!(client.next("refresh products").await, json!([]));
    }

    let products = json!([second, { "id": 1, "name": "product 1" }]);
    let answer = ann.ask("list products", json!(null)).await;
    assert_eq!(answer, json!({ "status": "ok", "data": products }));
    let reply = server.http("GET", "/products").send().await;
    assert_eq!((reply.status, reply.json()), (200, products));
}

#[tokio::test]
async fn products_without_a_proper_body_are_refused() {
    let server = products().await;
    let create = server.http("POST", "/products");
    let reply = create.json(&json!({ "title": "product 1" })).send().await;
    assert_eq!(reply.status, 400);
    assert_eq!(reply.json()["body"][0]["keyword"], "required");
    let reply = server.http("GET", "/products").send().await;
    assert_eq!(reply.json(), json!([]));
}

/// Up to 64 KiB its text comes with the call, over that the SDK asks for it.
#[tokio::test]
async fn handler_gets_payloads_of_any_size() {
    let server = products().await;
    let client = server.client().await;
    let around = json!({ "name": "" }).to_string().len();
    for bytes in [64 << 10, (64 << 10) + 1, 500_000] {
        let name = "x".repeat(bytes - around);
        accepted(&client, "create product", json!({ "name": name })).await;
        let listed = client.ask("list products", Value::Null).await;
        assert!(listed["data"][0]["name"] == name, "{bytes} bytes");
    }
}

#[tokio::test]
async fn component_is_served_beside_the_routes_of_an_axum_server() {
    let embed = Command::new(example("embed"))
        .arg(component("basic-c"))
        .arg("127.0.0.1:0")
        .stdout(Stdio::piped())
        .spawn();
    let mut embed = Killed(embed.unwrap());
    let mut lines = Lines::of(embed.0.stdout.take().unwrap());
    let line = lines.next().unwrap();
    let url = line.strip_prefix("listening on ").unwrap();
    let addr = url.strip_prefix("http://").unwrap();
    let health = Request::new(addr, "GET", "/health").send().await;
    assert_eq!((health.status, &*health.text()), (200, "well"));
    for transports in [json!(["websocket"]), json!(["polling"])] {
        let client = Client::connect(url, json!({ "transports": transports })).await;
        client.connected().await;
        let echo = client.ask("echo", json!({ "a": 1 })).await;
        assert_eq!(echo, json!({ "status": "ok", "data": { "a": 1 } }));
        let handshake = client.ask("handshake", json!(null)).await;
        assert_eq!(handshake["data"]["address"], "127.0.0.1");
    }
    let client = Client::connect(url, json!({})).await;
    client.connected().await;
    let interrupt = Command::new("kill")
        .args(["-INT", &embed.0.id().to_string()])
        .status();
    assert!(interrupt.unwrap().success());
    assert_eq!(client.disconnected().await, "transport close");
    let ended = tokio::task::spawn_blocking(move || embed.0.wait());
    assert!(
        in_time("the server ends", ended)
            .await
            .unwrap()
            .unwrap()
            .success()
    );
}
