//! Answers requests that are not Socket.IO's.

use std::convert::Infallible;

use bytes::Bytes;
use http::{
    HeaderValue, Request, Response, StatusCode,
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

/// Says where the Socket.IO server is.
#[derive(Debug, Clone)]
pub(super) struct NotFound {
    text: Bytes,
}

impl NotFound {
    pub(super) fn new(path: &str) -> Self {
        let text = format!("Nothing here: this server speaks Socket.IO at {path}/\n");
        Self { text: text.into() }
    }
}

impl<B> tower::Service<Request<B>> for NotFound {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = std::future::Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(
        &mut self,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Result<(), Infallible>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<B>) -> Self::Future {
        let mut response = Response::new(Full::new(self.text.clone()));
        *response.status_mut() = StatusCode::NOT_FOUND;
        let text = HeaderValue::from_static("text/plain; charset=utf-8");
        response.headers_mut().insert(CONTENT_TYPE, text);
        std::future::ready(Ok(response))
    }
}
