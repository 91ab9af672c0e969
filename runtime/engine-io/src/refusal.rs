//! Errors of requests that the engine refuses.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::Full;

/// Reason to refuse a request, with Engine.IO's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    UnknownTransport,
    UnknownSession,
    BadMethod,
    BadRequest,
    Jsonp,
    UnsupportedVersion,
    TooLarge,
    Unavailable,
}

impl From<Refusal> for Response<Full<Bytes>> {
    fn from(refusal: Refusal) -> Self {
        let (status, code, message) = match refusal {
            Refusal::UnknownTransport => (StatusCode::BAD_REQUEST, 0, "Transport unknown"),
            Refusal::UnknownSession => (StatusCode::BAD_REQUEST, 1, "Session ID unknown"),
            Refusal::BadMethod => (StatusCode::BAD_REQUEST, 2, "Bad handshake method"),
            Refusal::BadRequest => (StatusCode::BAD_REQUEST, 3, "Bad request"),
            Refusal::Jsonp => (
                StatusCode::BAD_REQUEST,
                3,
                "JSONP polling is not supported: it would bypass CORS",
            ),
            Refusal::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, 3, "Bad request"),
            Refusal::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, 3, "Bad request"),
            Refusal::UnsupportedVersion => {
                (StatusCode::BAD_REQUEST, 5, "Unsupported protocol version")
            }
        };
        let body = format!(r#"{{"code":{code},"message":"{message}"}}"#);
        let mut response = Response::new(Full::from(body));
        *response.status_mut() = status;
        let json = HeaderValue::from_static("application/json");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
        response
    }
}
