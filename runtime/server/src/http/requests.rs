//! The requests of one connection.

use std::{convert::Infallible, net::SocketAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{Either, Full};
use hyper::{
    body::{Body, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio_util::sync::CancellationToken;
use tower::{BoxError, Service, ServiceExt};

use super::{
    connection::{Answer, Connection, Link},
    fallback,
};
use crate::socketio::PeerAddr;
use stockade_engine_io::Superfluous;

/// Bytes of a request's head, part of which stays with the session.
const MAX_HEADERS: usize = 32 << 10;

/// How long clients may take to send a request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Timeouts {
    pub(super) header: Duration,
    pub(super) body: Duration,
}

/// Serves requests, and the WebSocket that one of them may turn into, until the client has had enough or the server stops.
pub(super) async fn serve<S, B>(
    connection: Connection,
    addr: SocketAddr,
    service: S,
    timeouts: Timeouts,
    stopping: CancellationToken,
) where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible>,
    S: Clone + Send + 'static,
    S::Future: Send,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    let link = connection.link();
    let answer = service_fn(move |request| {
        answer(request, addr, link.clone(), service.clone(), timeouts.body)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(timeouts.header)
        .max_buf_size(MAX_HEADERS)
        .serve_connection(TokioIo::new(connection), answer)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopping.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%addr, %error, "a connection ended early");
    }
}

/// Answers one request.
async fn answer<S, B>(
    mut request: Request<Incoming>,
    addr: SocketAddr,
    link: Arc<Link>,
    service: S,
    body_timeout: Duration,
) -> Result<Response<Either<B, Full<Bytes>>>, Infallible>
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible>,
{
    let Ok(opened) = link.opened(request.uri()) else {
        return Ok(fallback::busy().map(Either::Right));
    };
    let sid = link.polled(request.uri()).map(str::to_owned);
    let get = *request.method() == Method::GET;
    let extensions = request.extensions_mut();
    extensions.insert(PeerAddr(addr));
    extensions.insert(link.clients());
    if let Some(unread) = &opened {
        extensions.insert(unread.clone());
    }
    // A packet of long-polling is answered as soon as it is there. A GET waits for what the server has to say, and other
    // requests for their handlers: `web` reads their bodies.
    let patience = match link.is_for_sockets(request.uri()) && !get {
        true => body_timeout,
        false => Duration::MAX,
    };
    let Ok(answered) = tokio::time::timeout(patience, service.oneshot(request)).await else {
        return Ok(fallback::late().map(Either::Right));
    };
    let Ok(response) = answered;
    let went_well = [StatusCode::OK, StatusCode::SWITCHING_PROTOCOLS].contains(&response.status());
    let superfluous = response.extensions().get::<Superfluous>().is_some();
    link.answers(match (opened, sid) {
        (Some(unread), _) => Answer::Opens(unread),
        (None, Some(sid)) if get && went_well && !superfluous => Answer::Reads(sid),
        _ => Answer::Other,
    });
    Ok(response.map(Either::Left))
}
