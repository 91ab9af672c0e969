use serde_json::{Value, json};
use stockade_sdk::testing::{Emit, RecordingSocket, dispatch, manifest};

use super::*;

#[test]
fn others_are_told_to_refresh() {
    let socket = RecordingSocket::new();
    let ctx = Context::with_socket("create product", json!({ "name": "product 1" }), &socket);
    assert_eq!(dispatch::<Products>(&ctx), Response::Ok(None));
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
fn payload_is_validated_with_the_schema_of_the_foal_sample() {
    let manifest = manifest::<Products>();
    let schema: Value = serde_json::from_str(&manifest.schemas[0]).unwrap();
    assert_eq!(
        schema,
        json!({
            "additionalProperties": false,
            "properties": { "name": { "type": "string" } },
            "required": ["name"],
            "type": "object"
        })
    );
}
