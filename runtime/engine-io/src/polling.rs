//! Long-polling: a GET waits for messages to the client, a POST brings messages from it.

use std::{future::poll_fn, sync::Arc, task::Poll};

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Body;
use tower::BoxError;

use super::{CloseReason, Handler, Session, outgoing::Carrier, payload, refusal::Refusal};

/// Returns the messages that wait for the client, as soon as there are any.
pub(super) async fn poll<H: Handler>(session: Arc<Session<H>>) -> Response<Full<Bytes>> {
    let Some(mut poll) = InFlight::begin(&session, Kind::Poll) else {
        // Which of two would get a message?
        return overlap(&session);
    };
    let max = session.config().max_payload;
    let taken = poll_fn(|context| {
        let mut outgoing = session.outgoing();
        match outgoing.carrier() {
            Carrier::Nothing => Poll::Ready((payload::NOOP.to_owned(), None)),
            // The session goes on, but not over requests.
            Carrier::WebSocket | Carrier::Memory => Poll::Ready((payload::CLOSE.to_owned(), None)),
            Carrier::Polling if outgoing.is_empty() && !outgoing.is_ending() => {
                outgoing.awake(context.waker());
                outgoing.sleep();
                Poll::Pending
            }
            Carrier::Polling => {
                let end = outgoing.due_end();
                Poll::Ready((payload::encode(&mut outgoing, max), end))
            }
        }
    });
    let (payload, end) = taken.await;
    poll.done = true;
    if let Some(reason) = end {
        session.close(reason);
    }
    text(payload)
}

/// Reads messages from the client.
pub(super) async fn post<H: Handler>(
    session: Arc<Session<H>>,
    body: impl Body<Data = Bytes, Error: Into<BoxError>>,
) -> Response<Full<Bytes>> {
    let Some(mut post) = InFlight::begin(&session, Kind::Post) else {
        // Which of two came first?
        return overlap(&session);
    };
    let body = Limited::new(body, session.config().max_payload);
    let body = body.collect().await;
    post.done = true;
    // It may have ended, or gone on to a WebSocket, before the body was complete.
    if session.reason().is_some() || session.outgoing().carrier().is_task() {
        return Refusal::BadRequest.into();
    }
    let (reason, refusal) = match body {
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

/// Ends a session that has two requests of a kind at once.
fn overlap<H: Handler>(session: &Arc<Session<H>>) -> Response<Full<Bytes>> {
    session.close(CloseReason::TransportError);
    Refusal::BadRequest.into()
}

fn take<H: Handler>(session: &Arc<Session<H>>, body: &[u8]) -> Result<(), CloseReason> {
    let body = std::str::from_utf8(body).map_err(|_| CloseReason::ParseError)?;
    for packet in payload::decode(body) {
        session.packet(packet)?;
        // What comes after the packet that ends it counts no more.
        if session.outgoing().is_ending() {
            break;
        }
    }
    Ok(())
}

/// The two kinds of requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Brings messages to the client.
    Poll,
    /// Brings messages from the client.
    Post,
}

/// A running request, of which a session has one of each kind. If it is dropped before it is done, because its client hung up,
/// it ends the session: the client is gone, or cannot know what it has received.
struct InFlight<'a, H: Handler> {
    session: &'a Arc<Session<H>>,
    kind: Kind,
    done: bool,
}

impl<'a, H: Handler> InFlight<'a, H> {
    /// Begins a request; `None` if one of this kind is running.
    fn begin(session: &'a Arc<Session<H>>, kind: Kind) -> Option<Self> {
        let mut outgoing = session.outgoing();
        let begun = match kind {
            Kind::Poll => outgoing.begin_poll(),
            Kind::Post => outgoing.begin_post(),
        };
        drop(outgoing);
        begun.then(|| Self {
            session,
            kind,
            done: false,
        })
    }
}

impl<H: Handler> Drop for InFlight<'_, H> {
    fn drop(&mut self) {
        let mut outgoing = self.session.outgoing();
        let needed = match self.kind {
            Kind::Poll => {
                outgoing.end_poll();
                outgoing.carrier() == Carrier::Polling
            }
            Kind::Post => {
                outgoing.end_post();
                !outgoing.carrier().is_task()
            }
        };
        drop(outgoing);
        if !self.done && needed {
            self.session.close(CloseReason::TransportError);
        }
    }
}

/// Returns a successful response.
pub(super) fn text(text: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(text));
    *response.status_mut() = StatusCode::OK;
    let headers = response.headers_mut();
    let plain = HeaderValue::from_static("text/plain; charset=UTF-8");
    headers.insert(header::CONTENT_TYPE, plain);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
