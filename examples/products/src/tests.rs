use serde_json::{Value, json};
use stockade_sdk::HttpRequest;
use stockade_sdk::testing::{
    Emit, FakeServer, Received, RecordingSocket, dispatch, dispatch_http, http_manifest, manifest,
};

use super::*;

fn products() -> Value {
    json!([{ "id": 2, "name": "product 2" }, { "id": 1, "name": "product 1" }])
}

fn create(socket: &RecordingSocket, name: &str) -> Response {
    let ctx = Context::with_socket("create product", json!({ "name": name }), socket);
    dispatch::<Products>(&ctx)
}

fn request(server: &FakeServer, request: HttpRequest) -> HttpResponse {
    dispatch_http::<Shop>(&HttpContext::with_server(request, server))
}

#[test]
fn others_are_told_to_refresh() {
    let socket = RecordingSocket::new();
    assert_eq!(create(&socket, "product 1"), Response::Ok(None));
    assert_eq!(socket.emits(), [Emit::to_others("refresh products", ())]);
}

#[test]
fn handler_can_be_called_directly() {
    let socket = RecordingSocket::new();
    let ctx = Context::with_socket("create product", (), &socket);
    let response = Products::create(
        &ctx,
        NewProduct {
            name: "product 1".to_owned(),
        },
    )
    .unwrap();
    assert!(response.is_ok());
    assert_eq!(socket.emits().len(), 1);
}

#[test]
fn products_are_saved_and_listed() {
    let socket = RecordingSocket::new();
    let list = || dispatch::<Products>(&Context::with_socket("list products", (), &socket));
    assert_eq!(list(), Response::ok(json!([])).unwrap());
    create(&socket, "product 1");
    create(&socket, "product 2");
    assert_eq!(list(), Response::ok(products()).unwrap());
}

#[test]
fn list_ends_at_the_latest_hundred() {
    let socket = RecordingSocket::new();
    for id in 1..=101 {
        create(&socket, &format!("product {id}"));
    }
    let _ctx = Context::with_socket("", (), &socket);
    let latest = Product::latest().unwrap();
    assert_eq!(latest.len(), 100);
    assert_eq!((latest[0].id, latest[99].id), (101, 2));
}

#[test]
fn products_created_over_http_are_announced_to_all_sockets() {
    let server = FakeServer::new();
    let socket = server.connect("a");
    create(&socket, "product 1");
    let response = request(
        &server,
        HttpRequest::post("/products", json!({ "name": "product 2" })),
    );
    assert_eq!(response.status, 201);
    assert_eq!(response.body, br#"{"id":2,"name":"product 2"}"#);
    assert_eq!(socket.received(), [Received::new("refresh products", ())]);

    let response = request(&server, HttpRequest::get("/products"));
    let listed: Value = serde_json::from_slice(&response.body).unwrap();
    assert_eq!((response.status, listed), (200, products()));
}

#[test]
fn payload_is_validated_with_the_schema_of_the_foal_sample() {
    let schema = json!({
        "additionalProperties": false,
        "properties": { "name": { "type": "string" } },
        "required": ["name"],
        "type": "object"
    });
    for schemas in [
        manifest::<Products>().schemas,
        http_manifest::<Shop>().schemas,
    ] {
        let used: Value = serde_json::from_str(&schemas[0]).unwrap();
        assert_eq!(used, schema);
    }
}
