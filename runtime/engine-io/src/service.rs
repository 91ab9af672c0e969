//! Routes Engine.IO's requests to their sessions.

use std::{
    sync::Arc,
    task::{Context, Poll},
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use bytes::Bytes;
use futures::future::BoxFuture;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri, header};
use http_body_util::{Either, Full};
use hyper::body::Body;
use hyper_util::rt::TokioIo;
use sha1::{Digest, Sha1};
use tower::{BoxError, Service};

use super::{
    CloseReason, Engine, Handler, Session, Transport,
    outgoing::Carrier,
    polling,
    refusal::Refusal,
    websocket::{Encoding, WebSocket, turn_away},
};

/// The text that a server appends to a client's key (RFC 6455, section 1.3).
const WEBSOCKET_GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// Serves an [`Engine`]. Other requests go to `S`.
pub struct EngineService<H: Handler, S> {
    engine: Arc<Engine<H>>,
    inner: S,
}

/// Extension of the response that opens a session over long-polling: the session's id.
#[derive(Debug, Clone)]
pub struct Opened(pub String);

/// Extension of the response to a WebSocket request: the WebSocket is closed at once, because its session has one already.
#[derive(Debug, Clone, Copy)]
pub struct Superfluous;

/// Role of a WebSocket in its session.
enum Role<H: Handler> {
    /// The session begins with this WebSocket, and with this packet.
    First(Arc<Session<H>>, String),
    /// The session may upgrade to this WebSocket.
    Second(Arc<Session<H>>),
    /// The session has a WebSocket already.
    Superfluous,
}

/// Query of a request. Of several parameters with one name, the first counts.
struct Query<'a> {
    version: Option<&'a str>,
    transport: Option<Transport>,
    sid: Option<&'a str>,
    /// How to send binary data over WebSocket.
    encoding: Encoding,
    /// Whether the client wants responses as scripts.
    jsonp: bool,
}

impl<H: Handler> Engine<H> {
    /// Returns whether a path is the engine's path, or below it.
    fn serves(&self, path: &str) -> bool {
        path.strip_prefix(&*self.config().path)
            .is_some_and(|below| below.is_empty() || below.starts_with('/'))
    }

    async fn answer<B>(self: Arc<Self>, request: Request<B>) -> Response<Full<Bytes>>
    where
        B: Body<Data = Bytes, Error: Into<BoxError>>,
    {
        let query = Query::of(request.uri());
        let session = match query.session(&self, request.method()) {
            Ok(session) => session,
            Err(refusal) => return refusal.into(),
        };
        let answer = match (query.transport, session, request.method()) {
            (Some(Transport::WebSocket), session, &Method::GET) => {
                let encoding = query.encoding;
                self.upgrade(request, session, encoding)
            }
            (Some(Transport::Polling), None, &Method::GET) => self.open(request),
            (Some(Transport::Polling), Some(session), &Method::GET) => {
                Ok(polling::poll(session).await)
            }
            (Some(Transport::Polling), Some(session), &Method::POST) => {
                Ok(polling::post(session, request.into_body()).await)
            }
            _ => Err(Refusal::BadRequest),
        };
        answer.unwrap_or_else(Into::into)
    }

    /// Opens a session that begins with requests.
    fn open<B>(self: &Arc<Self>, request: Request<B>) -> Result<Response<Full<Bytes>>, Refusal> {
        let session = self.begin(request, Carrier::Polling)?;
        let packet = self.config().open(session.id(), Transport::Polling);
        let mut response = polling::text(packet);
        response
            .extensions_mut()
            .insert(Opened(session.id().to_owned()));
        Ok(response)
    }

    /// Upgrades the connection to a WebSocket, for a new session or an existing one.
    fn upgrade<B>(
        self: &Arc<Self>,
        mut request: Request<B>,
        session: Option<Arc<Session<H>>>,
        encoding: Encoding,
    ) -> Result<Response<Full<Bytes>>, Refusal> {
        let mut accept = accept(request.headers()).ok_or(Refusal::BadRequest)?;
        let upgraded = hyper::upgrade::on(&mut request);
        let role = match session {
            None => {
                let session = self.begin(request, Carrier::WebSocket)?;
                let open = self.config().open(session.id(), Transport::WebSocket);
                Role::First(session, open)
            }
            Some(session) if session.outgoing().begin_upgrade() => Role::Second(session),
            Some(_) => {
                accept.extensions_mut().insert(Superfluous);
                Role::Superfluous
            }
        };
        tokio::spawn(async move {
            match upgraded.await {
                Ok(io) => carry(role, TokioIo::new(io), encoding).await,
                Err(_) => role.abandon(),
            }
        });
        Ok(accept)
    }
}

/// Carries a session over WebSocket, in a task that has dropped what the upgrade needed.
async fn carry<H: Handler>(
    role: Role<H>,
    io: TokioIo<hyper::upgrade::Upgraded>,
    encoding: Encoding,
) {
    let socket = match role {
        Role::First(session, open) => WebSocket::first(session, io, encoding, open),
        Role::Second(session) => WebSocket::second(session, io, encoding),
        // Boxed, so that it takes no room in the tasks of others.
        Role::Superfluous => return Box::pin(turn_away(io)).await,
    };
    socket.carry().await;
}

impl<H: Handler> Role<H> {
    /// Cleans up after a connection that ended before it became a WebSocket.
    fn abandon(self) {
        match self {
            Self::First(session, _) => {
                session.close(CloseReason::TransportError);
                session.disconnected();
            }
            Self::Second(session) => session.abandon_upgrade(),
            Self::Superfluous => {}
        }
    }
}

impl<'a> Query<'a> {
    fn of(uri: &'a Uri) -> Self {
        let query = uri.query().unwrap_or_default();
        let value = |name: &str| {
            let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            pairs.find_map(|(key, value)| (key == name).then_some(value))
        };
        let base64 = value("b64").is_some_and(|value| !value.is_empty());
        Self {
            version: value("EIO"),
            transport: match value("transport") {
                Some("polling") => Some(Transport::Polling),
                Some("websocket") => Some(Transport::WebSocket),
                _ => None,
            },
            sid: value("sid"),
            encoding: match base64 {
                true => Encoding::Base64,
                false => Encoding::Binary,
            },
            jsonp: query
                .split('&')
                .any(|pair| pair == "j" || pair.starts_with("j=")),
        }
    }

    /// Returns the session of a request, or `None` if the request begins one. Checks in Engine.IO's order.
    fn session<H: Handler>(
        &self,
        engine: &Engine<H>,
        method: &Method,
    ) -> Result<Option<Arc<Session<H>>>, Refusal> {
        let transport = self.transport.ok_or(Refusal::UnknownTransport)?;
        if !engine.config().allows(transport) {
            return Err(Refusal::UnknownTransport);
        }
        if transport == Transport::Polling && self.jsonp {
            return Err(Refusal::Jsonp);
        }
        let session = match self.sid {
            Some(sid) => Some(engine.session(sid).ok_or(Refusal::UnknownSession)?),
            None if *method != Method::GET => return Err(Refusal::BadMethod),
            None => None,
        };
        if let Some(session) = &session {
            let may = match transport {
                Transport::Polling => !session.outgoing().carrier().is_task(),
                Transport::WebSocket => engine.config().upgrades,
            };
            if !may {
                return Err(Refusal::BadRequest);
            }
        }
        match self.version {
            Some("4") => Ok(session),
            _ => Err(Refusal::UnsupportedVersion),
        }
    }
}

/// Returns the key of a WebSocket request.
fn websocket_key(headers: &HeaderMap) -> Option<&HeaderValue> {
    let has = |name, token: &str| {
        let values = headers.get_all(name).iter();
        let mut values = values.filter_map(|value| value.to_str().ok());
        values.any(|value| {
            value
                .split(',')
                .any(|part| part.trim().eq_ignore_ascii_case(token))
        })
    };
    let asked = has(header::UPGRADE, "websocket")
        && has(header::CONNECTION, "upgrade")
        && has(header::SEC_WEBSOCKET_VERSION, "13");
    headers.get(header::SEC_WEBSOCKET_KEY).filter(|_| asked)
}

/// Returns the response that upgrades a connection to a WebSocket, or `None` if the request does not ask for one.
fn accept(request: &HeaderMap) -> Option<Response<Full<Bytes>>> {
    let key = websocket_key(request)?;
    let hash = Sha1::new_with_prefix(key.as_bytes()).chain_update(WEBSOCKET_GUID);
    let accept = BASE64_STANDARD.encode(hash.finalize());
    let mut response = Response::new(Full::default());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept.parse().ok()?);
    if request.contains_key(header::SEC_WEBSOCKET_PROTOCOL) {
        let first = subprotocol(request)?;
        headers.insert(header::SEC_WEBSOCKET_PROTOCOL, first.parse().ok()?);
    }
    Some(response)
}

/// Returns the first subprotocol that a client offers, as Node's server does, or `None` if one of them is not a valid name.
fn subprotocol(request: &HeaderMap) -> Option<&str> {
    let mut first = None;
    for offered in request.get_all(header::SEC_WEBSOCKET_PROTOCOL) {
        for name in offered.to_str().ok()?.split(',') {
            let name = name.trim_matches([' ', '\t']);
            if name.is_empty() || !name.bytes().all(is_token) {
                return None;
            }
            first.get_or_insert(name);
        }
    }
    first
}

/// Returns whether a token may contain this byte (RFC 9110, 5.6.2).
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

impl<H: Handler, S: Clone> EngineService<H, S> {
    /// Creates a service that serves `engine`, and passes other requests to `inner`.
    pub fn new(engine: Arc<Engine<H>>, inner: S) -> Self {
        Self { engine, inner }
    }
}

impl<H: Handler, S: Clone> Clone for EngineService<H, S> {
    fn clone(&self) -> Self {
        Self {
            engine: self.engine.clone(),
            inner: self.inner.clone(),
        }
    }
}

impl<H, S, A, B> Service<Request<A>> for EngineService<H, S>
where
    H: Handler,
    S: Service<Request<A>, Response = Response<B>, Future: Send + 'static>,
    A: Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
    B: Send + 'static,
{
    type Response = Response<Either<Full<Bytes>, B>>;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<Self::Response, S::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<A>) -> Self::Future {
        if self.engine.serves(request.uri().path()) {
            let answer = self.engine.clone().answer(request);
            Box::pin(async { Ok(answer.await.map(Either::Left)) })
        } else {
            let answer = self.inner.call(request);
            Box::pin(async { Ok(answer.await?.map(Either::Right)) })
        }
    }
}
