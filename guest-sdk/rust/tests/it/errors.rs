//! Thrown errors, with and without an error handler.

use std::fmt;

use serde_json::{Value, json};
use stockade_sdk::testing::{RecordingSocket, connect, dispatch};
use stockade_sdk::{
    Args, Context, Error, FromPayload, HostError, Response, Result, bail, controller, event,
    handle_error, on_connection, render_error, store,
};

#[derive(Debug)]
struct PermissionDenied;

impl fmt::Display for PermissionDenied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("permission is denied to socket 7")
    }
}

impl std::error::Error for PermissionDenied {}

struct Handled;

#[controller]
impl Handled {
    #[event("create user")]
    fn create_user() -> Result<Response> {
        Err(PermissionDenied)?
    }

    #[event("other")]
    fn other() -> Result<Response> {
        bail!("something else")
    }

    #[event("number")]
    fn number(_ctx: &Context, number: u8) -> Result<Response> {
        Response::ok(number)
    }

    #[event("gone")]
    fn gone(ctx: &Context) -> Result<()> {
        ctx.socket().emit("news", ())
    }

    #[handle_error]
    fn handle_error(error: Error, ctx: &Context) -> Result<Response> {
        if error.is::<PermissionDenied>() {
            return Response::error("Permission is denied");
        }
        if let Some(HostError::Disconnected) = error.downcast_ref() {
            return Response::error(error.name());
        }
        render_error(error, ctx)
    }
}

struct Unhandled;

#[controller]
impl Unhandled {
    #[event("create user")]
    fn create_user() -> Result<(), PermissionDenied> {
        Err(PermissionDenied)
    }
}

struct Refusing;

#[controller]
impl Refusing {
    #[on_connection]
    fn on_connection() -> Result<()> {
        Err(Error::new("please reload").with_data(json!({ "version": 2 })))
    }
}

fn internal_error() -> Value {
    json!({ "code": "INTERNAL_SERVER_ERROR", "message": "An internal server error has occurred." })
}

#[test]
fn error_handler_recognises_the_original() {
    assert_eq!(
        dispatch::<Handled>(&Context::new("create user", ())),
        Response::error("Permission is denied").unwrap()
    );
    let gone = Context::with_socket("gone", (), &RecordingSocket::new().gone());
    assert_eq!(
        dispatch::<Handled>(&gone),
        Response::error("HostError").unwrap()
    );
}

#[test]
fn error_handler_can_leave_it_to_the_default() {
    let response = dispatch::<Handled>(&Context::new("other", ()));
    assert_eq!(response, Response::error(internal_error()).unwrap());
}

#[test]
fn without_error_handler_the_client_learns_nothing() {
    let socket = RecordingSocket::new();
    let response = dispatch::<Unhandled>(&Context::with_socket("create user", (), &socket));
    assert_eq!(response, Response::error(internal_error()).unwrap());
    assert_eq!(
        socket.thrown(),
        ["PermissionDenied: permission is denied to socket 7"]
    );
}

#[test]
fn refusal_carries_data() {
    let error = connect::<Refusing>(&Context::new("", ())).unwrap_err();
    assert_eq!(error.message(), "please reload");
    assert_eq!(error.data(), Some(r#"{"version":2}"#));
    assert_eq!(Error::new("x").data(), None);
}

#[test]
fn data_that_is_no_json_is_an_error_itself() {
    let maps = std::collections::HashMap::from([((1, 2), 3)]);
    let error = Error::new("x").with_data(maps);
    assert_eq!(error.message(), "key must be a string");
}

/// Runs `throw`, which fails, in the line from which it is called, and answers whether its error says so.
#[track_caller]
fn is_thrown_here<T>(throw: impl FnOnce() -> Result<T>) {
    let line = std::panic::Location::caller().line();
    let error = throw().err().unwrap();
    let stack = error.stack().unwrap();
    let place = format!("tests/it/errors.rs:{line}:");
    assert!(stack.contains(&place), "{stack}, not {place}");
}

#[test]
fn errors_of_the_sdk_name_the_place_that_called_it() {
    let ctx = Context::new("a", json!("text"));
    is_thrown_here(|| ctx.payload::<u8>());
    is_thrown_here(|| ctx.args::<(u8, u8)>());
    is_thrown_here(|| ctx.param::<u8>("none"));
    is_thrown_here(|| ctx.socket().emit("a", Unserialisable));
    is_thrown_here(|| ctx.set_state("a", &Unserialisable));
    is_thrown_here(|| Response::ok(Unserialisable));
    is_thrown_here(|| Response::raw(Unserialisable));
    is_thrown_here(|| store::open(""));
    let bucket = store::open("a").unwrap();
    bucket.set("key", &"text").unwrap();
    is_thrown_here(|| bucket.get::<u8>("key"));
    is_thrown_here(|| bucket.get_many::<u8>(["key"]));
    is_thrown_here(|| bucket.set_many([("key", Unserialisable)]));
    is_thrown_here(|| bucket.update("key", |_: Option<u8>| Ok(1)));
    ctx.set_user(&"Ann").unwrap();
    ctx.socket().set_data(&"text").unwrap();
    let sockets = ctx.server().fetch_sockets().unwrap();
    is_thrown_here(|| sockets[0].user::<u8>());
    is_thrown_here(|| sockets[0].data::<u8>());
}

#[test]
fn wrong_parameters_and_acknowledgements_name_the_place_that_read_them() {
    let socket = RecordingSocket::new()
        .with_namespace_pattern("/room-x", "/room-:id", &[("id", "x")])
        .with_ack("age", "x");
    let ctx = Context::with_socket("a", (), &socket);
    is_thrown_here(|| ctx.param::<u8>("id"));
    let second = std::time::Duration::from_secs(1);
    is_thrown_here(|| ctx.socket().emit_with_ack::<u8>("age", (), second));
    is_thrown_here(|| Args::<(u8, u8)>::from_payload(&ctx));
}

struct Unserialisable;

impl serde::Serialize for Unserialisable {
    fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("no"))
    }
}

#[test]
fn error_handler_hands_back_what_is_the_clients_fault() {
    let response = dispatch::<Handled>(&Context::new("number", "x"));
    let error: Value = response.payload().unwrap().parse().unwrap();
    assert_eq!(error["code"], "VALIDATION_PAYLOAD_ERROR");
}
