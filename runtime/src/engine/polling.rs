//! A session over HTTP requests: one waits for what the server has to say, others bring what the client says.

use std::{future::poll_fn, sync::Arc, task::Poll};

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Body;
use tower::BoxError;

use super::{
    CloseReason, Handler, Session,
    outgoing::Carrier,
    payload::{self, Packet},
    service::Refusal,
};

/// Answers what waits for the client, as soon as there is anything.
pub(super) async fn poll<H: Handler>(session: Arc<Session<H>>) -> Response<Full<Bytes>> {
    let Some(polled) = Polled::begin(&session) else {
        // Which of two would get a message?
        session.close(CloseReason::TransportError);
        return Refusal::BadRequest.into();
    };
    let max = session.config().max_payload;
    let payload = poll_fn(|context| {
        let mut outgoing = polled.0.outgoing();
        match outgoing.carrier() {
            Carrier::Nothing | Carrier::WebSocket => Poll::Ready(payload::NOOP.to_owned()),
            Carrier::Polling if outgoing.is_empty() && !outgoing.is_closed() => {
                outgoing.awake(context.waker());
                outgoing.sleep();
                Poll::Pending
            }
            Carrier::Polling => Poll::Ready(payload::encode(&mut outgoing, max)),
        }
    });
    text(payload.await)
}

/// The only request that waits, for as long as its client does.
struct Polled<'a, H: Handler>(&'a Session<H>);

impl<'a, H: Handler> Polled<'a, H> {
    fn begin(session: &'a Session<H>) -> Option<Self> {
        session.outgoing().begin_poll().then(|| Self(session))
    }
}

impl<H: Handler> Drop for Polled<'_, H> {
    fn drop(&mut self) {
        self.0.outgoing().end_poll();
    }
}

/// Takes what the client says.
pub(super) async fn post<H: Handler>(
    session: Arc<Session<H>>,
    body: impl Body<Data = Bytes, Error: Into<BoxError>>,
) -> Response<Full<Bytes>> {
    let body = Limited::new(body, session.config().max_payload);
    let (reason, refusal) = match body.collect().await {
        Ok(body) => match take(&session, &body.to_bytes()) {
            Ok(()) => return text("ok".to_owned()),
            Err(CloseReason::TransportClose) => {
                // The request that waits has nothing to tell a client that closes.
                session.outgoing().stop_polling();
                session.close(CloseReason::TransportClose);
                return text("ok".to_owned());
            }
            Err(reason) => (reason, Refusal::BadRequest),
        },
        Err(error) if error.is::<LengthLimitError>() => {
            (CloseReason::TransportError, Refusal::TooLarge)
        }
        Err(_) => (CloseReason::TransportError, Refusal::BadRequest),
    };
    session.close(reason);
    refusal.into()
}

fn take<H: Handler>(session: &Arc<Session<H>>, body: &[u8]) -> Result<(), CloseReason> {
    let body = std::str::from_utf8(body).map_err(|_| CloseReason::ParseError)?;
    for packet in payload::decode(body) {
        match packet.ok_or(CloseReason::ParseError)? {
            Packet::Text(packet) => session.packet(packet)?,
            Packet::Binary(data) => session.handler().on_binary(session, data.into()),
        }
        if session.reason().is_some() {
            break;
        }
    }
    Ok(())
}

/// The answer to a request that went well.
pub(super) fn text(text: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(text));
    *response.status_mut() = StatusCode::OK;
    let headers = response.headers_mut();
    let plain = HeaderValue::from_static("text/plain; charset=UTF-8");
    headers.insert(header::CONTENT_TYPE, plain);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
