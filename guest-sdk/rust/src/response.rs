//! What a handler answers.

use serde::Serialize;

use crate::{Context, Error, Exchange, HttpContext, HttpResponse, Payload, Result};

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

/// What a handler can return: a [`Response`], for an HTTP request an [`HttpResponse`], `()` for `{"status":"ok"}` or status
/// 204, or a `Result` of one.
#[diagnostic::on_unimplemented(
    message = "a handler cannot answer `{Self}`",
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
    fn into_response(self) -> Result<X::Response> {
        self.map_err(Into::into)?.into_response()
    }
}
