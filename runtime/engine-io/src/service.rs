//! The requests of Engine.IO: which session they belong to, and what they want of it.

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

/// What a server appends to a client's key (RFC 6455, section 1.3).
const WEBSOCKET_GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// Serves an [`Engine`]; requests that are not Engine.IO's go to `S`.
pub struct EngineService<H: Handler, S> {
    engine: Arc<Engine<H>>,
    inner: S,
}

/// Marks the answer that opens a session over long-polling, with its id.
#[derive(Debug, Clone)]
pub struct Opened(pub String);

/// Marks the answer to a request for a WebSocket that is closed at once, since its session has one.
#[derive(Debug, Clone, Copy)]
pub struct Superfluous;

/// What a WebSocket is to its session.
enum Role<H: Handler> {
    /// The session begins with it, and with this packet.
    First(Arc<Session<H>>, String),
    /// The session may change to it.
    Second(Arc<Session<H>>),
    /// The session has one already.
    Superfluous,
}

/// What a request says in its query. The first of several counts.
struct Query<'a> {
    version: Option<&'a str>,
    transport: Option<Transport>,
    sid: Option<&'a str>,
    /// How the client takes binary data over WebSocket.
    encoding: Encoding,
    /// Whether answers are to be scripts.
    jsonp: bool,
}

impl<H: Handler> Engine<H> {
    /// Whether a path is the engine's own, or below it.
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

    /// Makes a WebSocket of the connection, for a session that begins so or changes to it.
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

/// Carries a session over WebSocket, in a task without what it took to get there.
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
    /// The connection has ended before it was a WebSocket.
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

    /// The session of a request, none where it begins one; in the order in which Engine.IO checks it.
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
                Transport::Polling => session.outgoing().carrier() != Carrier::WebSocket,
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

/// The key of a request for a WebSocket.
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

/// The answer that makes a WebSocket of a connection; `None` if this is no such request.
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

/// The first of the subprotocols that a client offers, which Node's server takes as well; `None` if one is no name.
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

/// Whether a name may have this byte (RFC 9110, 5.6.2).
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

impl<H: Handler, S: Clone> EngineService<H, S> {
    /// Serves `engine`, in front of `inner`.
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
