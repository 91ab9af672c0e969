//! Thrown errors, with and without an error handler.

use std::fmt;

use serde_json::{Value, json};
use stockade_sdk::testing::{RecordingSocket, connect, dispatch};
use stockade_sdk::{
    Context, Error, HostError, Response, Result, bail, controller, event, handle_error,
    on_connection, render_error,
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
