//! What the host refuses on its own account, and how it says so.

use serde::Serialize;

use stockade_json_schema::Violation;
use stockade_sandbox::{Payload, Response, payload::PayloadError};

/// A reason for not running an event's handler. The client is told all of it.
#[derive(Debug, thiserror::Error)]
pub enum Rejection {
    /// The namespace has no such event. FoalTS never answers these.
    #[error("there is no such event")]
    EventNotFound,
    /// The packet breaks a rule. Says which.
    #[error("{0}")]
    BadRequest(String),
    /// The payload does not match its schema.
    #[error("the payload is not valid")]
    InvalidPayload(Vec<Violation>),
    /// A step asks who the client is, and it did not say, or not so that it can be believed. Says what is missing.
    #[error("{0}")]
    Unauthorized(String),
    /// The client, or the tenant, has too much under way.
    #[error("too many requests: try again later")]
    TooManyRequests,
    /// The server is about to stop, or what it keeps cannot be reached.
    #[error("the service is not available now: connect again")]
    ServiceUnavailable,
}

#[derive(Serialize)]
struct Coded<'a> {
    code: &'static str,
    message: &'a str,
}

#[derive(Serialize)]
struct Invalid<'a> {
    code: &'static str,
    payload: &'a [Violation],
}

/// The payload breaks a rule that clients can know.
impl From<PayloadError> for Rejection {
    fn from(error: PayloadError) -> Self {
        Self::BadRequest(error.to_string())
    }
}

impl Rejection {
    /// The `code` that the client gets.
    pub fn code(&self) -> &'static str {
        match self {
            Self::EventNotFound => "EVENT_NOT_FOUND",
            Self::BadRequest(_) => "BAD_REQUEST",
            Self::InvalidPayload(_) => "VALIDATION_PAYLOAD_ERROR",
            Self::Unauthorized(_) => "UNAUTHORIZED",
            Self::TooManyRequests => "TOO_MANY_REQUESTS",
            Self::ServiceUnavailable => "SERVICE_UNAVAILABLE",
        }
    }

    /// The response that says so.
    pub fn response(&self) -> Response {
        let code = self.code();
        match self {
            Self::InvalidPayload(payload) => error(&Invalid { code, payload }),
            _ => error(&Coded {
                code,
                message: &self.to_string(),
            }),
        }
    }
}

/// An error response with `value` as its error.
pub(super) fn error(value: &impl Serialize) -> Response {
    // Strings, numbers and lists of them always serialise; without an error the client still learns the status.
    let payload = serde_json::to_string(value).ok().map(|json| Payload {
        json,
        attachments: Vec::new(),
    });
    Response::Error(payload)
}
