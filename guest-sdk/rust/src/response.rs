//! What a handler answers.

use serde::Serialize;

use crate::{Context, Error, Exchange, HttpContext, HttpResponse, IntoArguments, Payload, Result};

/// The answer to an event, which the client gets as its acknowledgement.
///
/// FoalTS calls the two `WebsocketResponse` and `WebsocketErrorResponse`. What they carry is optional: `()` leaves
/// `data` or `error` out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Response {
    /// `{"status":"ok"}`, with the payload as `data`.
    Ok(Option<Payload>),
    /// `{"status":"error"}`, with the payload as `error`.
    Error(Option<Payload>),
    /// An acknowledgement in a form of its own: a JSON array of its arguments.
    Raw(Payload),
}

impl Response {
    /// `{"status":"ok","data":…}`.
    ///
    /// # Errors
    /// The data cannot be serialised.
    #[track_caller]
    pub fn ok(data: impl Serialize) -> Result<Self> {
        Payload::of(&data).map(Self::Ok)
    }

    /// `{"status":"error","error":…}`.
    ///
    /// # Errors
    /// The error cannot be serialised.
    #[track_caller]
    pub fn error(error: impl Serialize) -> Result<Self> {
        Payload::of(&error).map(Self::Error)
    }

    /// An acknowledgement as plain Socket.IO has it, for clients that expect another form: `Response::raw("done")` is
    /// `callback("done")` in JavaScript, `Response::raw(Args((1, 2)))` is `callback(1, 2)`, and `Response::raw(())` is
    /// `callback()`.
    ///
    /// A client that is set to `retries` without an `ackTimeout` takes a first argument that is not `null` for an error, and
    /// sends the event again; for it, write `Response::raw(Args((None::<()>, value)))`.
    ///
    /// # Errors
    /// The arguments cannot be serialised.
    #[track_caller]
    pub fn raw(arguments: impl IntoArguments) -> Result<Self> {
        arguments.into_arguments().map(Self::Raw)
    }

    /// Whether this is `{"status":"ok"}`.
    pub fn is_ok(&self) -> bool {
        matches!(self, Self::Ok(_))
    }

    /// The `data` or the `error` that it carries, or the list of arguments of a raw one.
    pub fn payload(&self) -> Option<&Payload> {
        match self {
            Self::Ok(payload) | Self::Error(payload) => payload.as_ref(),
            Self::Raw(arguments) => Some(arguments),
        }
    }
}

/// What a handler can return: a [`Response`], for an HTTP request an [`HttpResponse`], `()` for `{"status":"ok"}` or status
/// 204, or a `Result` of one.
#[diagnostic::on_unimplemented(
    message = "a handler cannot return `{Self}`",
    label = "not a response",
    note = "return `Result<Response>` and end with `Response::ok(value)`, or return nothing; \
            over HTTP, return `Result<HttpResponse>`"
)]
pub trait IntoResponse<X: Exchange = Context> {
    /// The response.
    ///
    /// # Errors
    /// What the handler threw.
    fn into_response(self) -> Result<X::Response>;
}

impl IntoResponse for Response {
    fn into_response(self) -> Result<Self> {
        Ok(self)
    }
}

impl IntoResponse<HttpContext> for HttpResponse {
    fn into_response(self) -> Result<Self> {
        Ok(self)
    }
}

impl<X: Exchange> IntoResponse<X> for () {
    fn into_response(self) -> Result<X::Response> {
        Ok(X::nothing())
    }
}

impl<X: Exchange, T: IntoResponse<X>, E: Into<Error>> IntoResponse<X> for Result<T, E> {
    #[track_caller]
    fn into_response(self) -> Result<X::Response> {
        match self {
            Ok(response) => response.into_response(),
            Err(error) => Err(error.into()),
        }
    }
}
