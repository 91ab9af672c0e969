//! What clients get for whom there is no place.

use bytes::Bytes;
use http::{
    HeaderValue, Response, StatusCode,
    header::{CONTENT_TYPE, RETRY_AFTER},
};
use http_body_util::Full;

/// Answers a client for whom there is no place.
pub(super) fn busy() -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from("Too many clients: try again later\n"));
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    let seconds = HeaderValue::from_static("5");
    response.headers_mut().insert(RETRY_AFTER, seconds);
    response
}

/// Answers a client that polls and wants a WebSocket where it may not, as the engine answers who mixes transports up.
pub(super) fn no_upgrade() -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from("{\"code\":3,\"message\":\"Bad request\"}"));
    *response.status_mut() = StatusCode::BAD_REQUEST;
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}
