//! What clients get for whom there is no place.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header::RETRY_AFTER};
use http_body_util::Full;

/// Answers a client for whom there is no place.
pub(super) fn busy() -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from("Too many clients: try again later\n"));
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    let seconds = HeaderValue::from_static("5");
    response.headers_mut().insert(RETRY_AFTER, seconds);
    response
}
