//! Stands in front of the Socket.IO engine and does what the engine has no options for: serves the client's files, keeps
//! sessions on their transport where upgrades are not allowed, and puts the cookie on the answer that opens a session.

use std::{
    convert::Infallible,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use engineioxide_core::{OpenPacket, Packet};
use futures::future::BoxFuture;
use http::{
    HeaderValue, Method, Request, Response, StatusCode, Uri,
    header::{CONTENT_LENGTH, CONTENT_TYPE, SET_COOKIE},
};
use http_body_util::{BodyExt, Full, Limited, combinators::UnsyncBoxBody};
use hyper::body::Body;
use tower::{BoxError, Service};

use super::{client_files::ClientFiles, connection, cookie::CookieConfig};
use crate::{options::ServerOptions, socket::Transports};

/// Engine.IO's words for a request that comes at the wrong time.
const BAD_REQUEST: &str = r#"{"code":3,"message":"Bad request"}"#;
/// Bytes of the packet that opens a session. The engine's has about 150.
const MAX_OPEN_PACKET: usize = 4_096;

/// The service around the engine's.
#[derive(Clone)]
pub(super) struct Front<S> {
    engine: S,
    rules: Arc<Rules>,
}

struct Rules {
    path: String,
    /// Whether a session on long-polling may go on over WebSocket.
    upgrades: bool,
    cookie: Option<CookieConfig>,
    client_files: Option<Arc<ClientFiles>>,
}

impl<S> Front<S> {
    pub(super) fn new(engine: S, options: &ServerOptions) -> Self {
        let socket = &options.socket;
        let rules = Rules {
            path: socket.path.clone(),
            upgrades: socket.allow_upgrades && socket.transports == Transports::All,
            cookie: options.cookie.clone(),
            client_files: options.client_files.clone(),
        };
        Self {
            engine,
            rules: Arc::new(rules),
        }
    }
}

/// The engine's bodies and our own in one type that has a default, which the CORS layer asks for.
type FrontBody = UnsyncBoxBody<Bytes, BoxError>;

impl<S, A, B> Service<Request<A>> for Front<S>
where
    S: Service<Request<A>, Response = Response<B>, Error = Infallible>,
    S::Future: Send + 'static,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response<FrontBody>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.engine.poll_ready(context)
    }

    fn call(&mut self, request: Request<A>) -> Self::Future {
        if let Some(response) = self.rules.answer(&request) {
            return Box::pin(async { Ok(response.map(boxed)) });
        }
        let changes = self.rules.changes_opening(&request);
        let response = self.engine.call(request);
        let rules = self.rules.clone();
        Box::pin(async move {
            let Ok(response) = response.await;
            Ok(match changes && response.status() == StatusCode::OK {
                true => rules.open(response).await.map(boxed),
                false => response.map(boxed),
            })
        })
    }
}

impl Rules {
    /// What the engine is not asked for.
    fn answer<A>(&self, request: &Request<A>) -> Option<Response<Full<Bytes>>> {
        let below = self.below(request.uri())?;
        if let Some(files) = &self.client_files
            && let Some(name) = below.strip_prefix('/')
            && let Some(response) = files.answer(name, request.method(), request.headers())
        {
            return Some(response);
        }
        let upgrades = connection::session(request.uri()).is_some()
            && transport(request.uri()) == Some("websocket");
        (upgrades && !self.upgrades).then(bad_request)
    }

    /// Whether the answer to `request` may open a session, and has to be changed then.
    fn changes_opening<A>(&self, request: &Request<A>) -> bool {
        let uri = request.uri();
        (self.cookie.is_some() || !self.upgrades)
            && *request.method() == Method::GET
            && self.below(uri).is_some()
            && connection::session(uri).is_none()
            && transport(uri) == Some("polling")
    }

    /// What follows the Socket.IO server's path, as the engine understands it.
    fn below<'a>(&self, uri: &'a Uri) -> Option<&'a str> {
        let below = uri.path().strip_prefix(&*self.path)?;
        (below.is_empty() || below.starts_with('/')).then_some(below)
    }

    /// Changes the answer that opens a session. The engine sends none that cannot be read; the client would be told of an
    /// internal error.
    async fn open<B>(&self, response: Response<B>) -> Response<Full<Bytes>>
    where
        B: Body<Data = Bytes>,
        B::Error: Into<BoxError>,
    {
        let (mut parts, body) = response.into_parts();
        let body = Limited::new(body, MAX_OPEN_PACKET).collect().await;
        let body = body.map(|body| body.to_bytes()).unwrap_or_default();
        let packet = body.strip_prefix(b"0");
        let packet = packet.and_then(|packet| serde_json::from_slice::<OpenPacket>(packet).ok());
        let Some(mut packet) = packet else {
            return internal_error();
        };
        if let Some(cookie) = &self.cookie
            && let Some(value) = cookie.header(&packet.sid.to_string())
        {
            parts.headers.append(SET_COOKIE, value);
        }
        if !self.upgrades {
            packet.upgrades.clear();
        }
        let body = Bytes::from(Packet::Open(packet));
        parts.headers.insert(CONTENT_LENGTH, body.len().into());
        Response::from_parts(parts, Full::new(body))
    }
}

/// The transport that a request is for, read as the engine reads it.
fn transport(uri: &Uri) -> Option<&str> {
    let mut pairs = uri.query()?.split('&');
    pairs.find_map(|pair| pair.strip_prefix("transport="))
}

fn boxed<B>(body: B) -> FrontBody
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    body.map_err(Into::into).boxed_unsync()
}

fn bad_request() -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(BAD_REQUEST));
    *response.status_mut() = StatusCode::BAD_REQUEST;
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}

fn internal_error() -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response
}
