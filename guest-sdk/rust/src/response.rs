//! What a handler answers.

use serde::Serialize;

use crate::{Error, Payload, Result};

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
}

impl Response {
    /// `{"status":"ok","data":…}`.
    ///
    /// # Errors
    /// The data cannot be serialised.
    pub fn ok(data: impl Serialize) -> Result<Self> {
        Payload::of(&data).map(Self::Ok)
    }

    /// `{"status":"error","error":…}`.
    ///
    /// # Errors
    /// The error cannot be serialised.
    pub fn error(error: impl Serialize) -> Result<Self> {
        Payload::of(&error).map(Self::Error)
    }

    /// Whether this is `{"status":"ok"}`.
    pub fn is_ok(&self) -> bool {
        matches!(self, Self::Ok(_))
    }

    /// The `data` or the `error` that it carries.
    pub fn payload(&self) -> Option<&Payload> {
        match self {
            Self::Ok(payload) | Self::Error(payload) => payload.as_ref(),
        }
    }
}

/// What a handler can return: a [`Response`], `()` for `{"status":"ok"}`, or a `Result` of one.
#[diagnostic::on_unimplemented(
    message = "a handler cannot answer `{Self}`",
    label = "not a response",
    note = "return `Result<Response>` and end with `Response::ok(value)`, or return nothing"
)]
pub trait IntoResponse {
    /// The response.
    ///
    /// # Errors
    /// What the handler threw.
    fn into_response(self) -> Result<Response>;
}

impl IntoResponse for Response {
    fn into_response(self) -> Result<Response> {
        Ok(self)
    }
}

impl IntoResponse for () {
    fn into_response(self) -> Result<Response> {
        Ok(Response::Ok(None))
    }
}

impl<T: IntoResponse, E: Into<Error>> IntoResponse for Result<T, E> {
    fn into_response(self) -> Result<Response> {
        self.map_err(Into::into)?.into_response()
    }
}
