//! The error that is the client's fault.

use std::fmt;

/// An event or a request that its handler cannot read. Thrown, it is answered with the error
/// `{"code":"BAD_REQUEST","message":…}`, over HTTP with status 400, unless a `#[handle_error]` makes something else of it.
///
/// Reading parameters throws it, and reading a body that is not JSON. A body of another type is a
/// [`PayloadError`](crate::PayloadError).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadRequest {
    message: String,
}

impl BadRequest {
    /// A request with this fault, which the client reads.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
        }
    }

    /// What the client reads, as JSON text.
    pub(crate) fn to_json(&self) -> String {
        serde_json::json!({ "code": "BAD_REQUEST", "message": self.message }).to_string()
    }
}

impl fmt::Display for BadRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for BadRequest {}
