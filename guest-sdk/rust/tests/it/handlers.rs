//! The forms that handlers can have.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use stockade_sdk::testing::dispatch;
use stockade_sdk::{
    Args, Binary, Context, Error, IntoArguments, Payload, Response, Result, controller, event,
};

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

    #[event("relay")]
    fn relay(_ctx: &Context, payload: Payload) -> Result<Response> {
        Response::ok(payload)
    }

    #[event("any")]
    fn any(_ctx: &Context, value: stockade_sdk::Json) -> Result<Response> {
        Response::ok(value)
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

    #[event("moved")]
    fn moved(ctx: &Context, Args((x, y)): Args<(u8, u8)>) -> Result<Response> {
        assert_eq!(ctx.payload::<u8>()?, x);
        Response::ok(x + y)
    }

    #[event("rest")]
    fn rest(ctx: &Context, first: Payload) -> Result<Response> {
        let all: Vec<Value> = ctx.args()?;
        Response::ok((first.json, all.len(), ctx.raw_args()?.json))
    }

    #[event("files", concurrent)]
    fn files(ctx: &Context, first: Option<Binary>) -> Result<Response> {
        let (_, second): (Option<Binary>, Binary) = ctx.args()?;
        Response::raw(Args((second, first, "as it is")))
    }

    #[event("raw of one")]
    fn raw_of_one(_ctx: &Context, value: Value) -> Result<Response> {
        Response::raw(value)
    }

    /// An ordinary function beside the handlers.
    fn helper() -> Result<(), Error> {
        Ok(())
    }
}

fn answer(event: &str, payload: impl IntoArguments) -> Response {
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

#[test]
fn several_arguments_are_read_as_a_tuple_or_a_list() {
    assert_eq!(answer("moved", Args((3, 4))), Response::ok(7).unwrap());
    for wrong in [json!([3]), json!([3, 4, 5]), json!([3, "4"])] {
        assert!(!answer("moved", Args(wrong)).is_ok());
    }
    assert!(!answer("moved", (3, 4)).is_ok(), "an array is one argument");
    for (arguments, answered) in [
        (json!([]), json!(["null", 0, "[]"])),
        (json!([[1]]), json!(["[1]", 1, "[[1]]"])),
        (
            json!([{ "a": "]," }, 1.5]),
            json!([r#"{"a":"],"}"#, 2, r#"[{"a":"],"},1.5]"#]),
        ),
        (json!([7, null, []]), json!(["7", 3, "[7,null,[]]"])),
    ] {
        assert_eq!(
            answer("rest", Args(arguments)),
            Response::ok(answered).unwrap()
        );
    }
}

#[test]
fn raw_response_carries_its_arguments_and_their_binary_data() {
    let bytes = |byte| Binary(vec![byte]);
    let response = answer("files", Args((bytes(1), bytes(2))));
    let Response::Raw(arguments) = &response else {
        panic!("{response:?}");
    };
    assert_eq!(
        arguments.json,
        r#"[{"_placeholder":true,"num":0},{"_placeholder":true,"num":1},"as it is"]"#
    );
    assert_eq!(arguments.attachments, [vec![2], vec![1]]);
    assert!(!response.is_ok());
    assert_eq!(response.payload(), Some(arguments));
    let json = |payload| {
        answer("raw of one", payload)
            .payload()
            .unwrap()
            .json
            .clone()
    };
    assert_eq!(json(json!([1])), "[[1]]");
    assert_eq!(json(Value::Null), "[null]");
    assert_eq!(Response::raw(()).unwrap().payload().unwrap().json, "[]");
    assert!(Response::raw(Args("not a list")).is_err());
}

#[test]
fn concurrent_events_are_in_the_manifest() {
    let manifest = stockade_sdk::testing::manifest::<Forms>();
    let routes = manifest.namespaces[0].routes.iter();
    let concurrent: Vec<_> = routes
        .filter(|route| route.concurrent)
        .map(|route| &*route.event)
        .collect();
    assert_eq!(concurrent, ["files"]);
}

#[test]
fn payload_of_another_type_is_the_clients_fault() {
    let socket = stockade_sdk::testing::RecordingSocket::new();
    let ctx = Context::with_socket("typed", json!(["a", 3]), &socket);
    let violation = json!({
        "instancePath": "/1",
        "schemaPath": "#/type",
        "keyword": "type",
        "params": {},
        "message": "invalid type: integer `3`, expected a string"
    });
    let error = json!({ "code": "VALIDATION_PAYLOAD_ERROR", "payload": [violation] });
    assert_eq!(dispatch::<Forms>(&ctx), Response::error(error).unwrap());
    assert_eq!(socket.thrown(), Vec::<String>::new());
}

#[test]
fn payload_is_passed_on_unread() {
    let payload = Payload {
        json: r#"{"z":1.50,"a":{"_placeholder":true,"num":0}}"#.to_owned(),
        attachments: vec![vec![1]],
    };
    let response = answer("relay", &payload);
    assert_eq!(response, Response::Ok(Some(payload.clone())));
    assert_eq!(
        answer("any", &payload).payload().unwrap().attachments,
        [[1]]
    );
}
