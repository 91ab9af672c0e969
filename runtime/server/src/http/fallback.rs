//! What clients get for whom there is no place, or who take too long.

use bytes::Bytes;
use http::{
    HeaderValue, Response, StatusCode,
    header::{CONNECTION, RETRY_AFTER},
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

/// Tells a client that the body of its request does not come, and that the connection is of no more use.
pub(super) fn late() -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from("The body took too long\n"));
    *response.status_mut() = StatusCode::REQUEST_TIMEOUT;
    let close = HeaderValue::from_static("close");
    response.headers_mut().insert(CONNECTION, close);
    response
}
