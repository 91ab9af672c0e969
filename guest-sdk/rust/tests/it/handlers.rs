//! The forms that handlers can have.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use stockade_sdk::testing::dispatch;
use stockade_sdk::{Binary, Context, Error, Payload, Response, Result, controller, event};

struct Forms;

#[derive(Debug, Serialize, Deserialize)]
struct Upload {
    name: String,
    bytes: Binary,
}

#[controller]
impl Forms {
    #[event("nothing")]
    fn nothing() {}

    #[event("context")]
    fn context(ctx: &Context) -> Response {
        assert_eq!(ctx.event_name(), "context");
        Response::Ok(None)
    }

    #[event("unit")]
    fn unit(_ctx: &Context, (): ()) -> Result<()> {
        Ok(())
    }

    #[event("typed")]
    fn typed(_ctx: &Context, names: Vec<String>) -> Result<Response> {
        Response::ok(names.len())
    }

    #[event("optional")]
    fn optional(_ctx: &Context, number: Option<u8>) -> Result<Response> {
        Response::ok(number.is_some())
    }

    #[event("value")]
    fn value(_ctx: &Context, value: Value) -> Result<Response> {
        Response::error(value)
    }

    #[event("raw")]
    fn raw(_ctx: &Context, payload: Payload) -> Result<Response> {
        Response::ok(payload.json)
    }

    #[event("own error")]
    fn own_error(_ctx: &Context, text: String) -> Result<Response, std::num::ParseIntError> {
        text.parse::<u8>().map(|_| Response::Ok(None))
    }

    #[event("upload")]
    fn upload(_ctx: &Context, mut upload: Upload) -> Result<Response> {
        upload.bytes.0.reverse();
        Response::ok(upload)
    }

    /// An ordinary function beside the handlers.
    fn helper() -> Result<(), Error> {
        Ok(())
    }
}

fn answer(event: &str, payload: impl Serialize) -> Response {
    dispatch::<Forms>(&Context::new(event, payload))
}

#[test]
fn handlers_answer_nothing_a_response_or_a_result() {
    assert_eq!(answer("nothing", ()), Response::Ok(None));
    assert_eq!(answer("context", ()), Response::Ok(None));
    assert_eq!(answer("unit", ()), Response::Ok(None));
    assert!(answer("own error", "3").is_ok());
    assert!(!answer("own error", "x").is_ok());
    Forms::helper().unwrap();
}

#[test]
fn payloads_are_read_as_their_type() {
    assert_eq!(answer("typed", ["a", "b"]), Response::ok(2).unwrap());
    assert_eq!(
        answer("value", json!({"a": [1]})),
        Response::error(json!({"a": [1]})).unwrap()
    );
    assert_eq!(
        answer("raw", json!({"a": 1.50})),
        Response::ok(r#"{"a":1.5}"#).unwrap()
    );
}

#[test]
fn missing_payload_reads_as_null() {
    assert_eq!(answer("optional", ()), Response::ok(false).unwrap());
    assert_eq!(answer("optional", 3), Response::ok(true).unwrap());
    assert_eq!(answer("raw", ()), Response::ok("null").unwrap());
    assert!(!answer("typed", ()).is_ok());
}

#[test]
fn binary_data_travels_in_both_directions() {
    let response = answer(
        "upload",
        Upload {
            name: "a".into(),
            bytes: Binary(vec![1, 2, 3]),
        },
    );
    let payload = response.payload().unwrap();
    assert_eq!(
        payload.json,
        r#"{"name":"a","bytes":{"_placeholder":true,"num":0}}"#
    );
    assert_eq!(payload.attachments, [vec![3, 2, 1]]);
}

#[test]
fn handler_can_be_called_directly() {
    let response = Forms::typed(&Context::new("typed", ()), vec!["a".into()]).unwrap();
    assert_eq!(response.payload().unwrap().parse::<usize>().unwrap(), 1);
}
