//! A client of a case: what it does to the component, as a packet of its would.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};

use http::{HeaderName, HeaderValue, Request};
use serde_json::Value;
use tracing::instrument::WithSubscriber;

use super::{
    Running,
    server::FakeServer,
    socket::{FakeSocket, Received},
};
use crate::payload;
use stockade_json_schema::text::elements;
use stockade_sandbox::{
    Payload,
    host::{Adapter, ClientSocket, ClientState, Disconnect, EventSource},
};
use stockade_server::{
    dispatch::{self, ConnectError},
    response::Ack,
    socketio::{
        SocketId,
        deferred::DeferredSocket,
        handshake::{self, PeerAddr},
    },
    validate::RawEvent,
};

/// Socket.IO's names of the reasons to be gone.
pub(super) const BY_SERVER: &str = "server namespace disconnect";
const BY_CLIENT: &str = "client namespace disconnect";

/// How a client connects.
#[derive(Debug, Clone)]
pub struct Connect {
    namespace: String,
    auth: Value,
    headers: Vec<(String, String)>,
    query: Vec<(String, String)>,
}

/// A client in one namespace, on a connection of its own.
#[derive(Clone)]
pub struct TestClient {
    running: Arc<Running>,
    socket: Arc<FakeSocket>,
}

/// Whose events they are that the guest handles.
struct FakeCaller {
    socket: Arc<FakeSocket>,
    server: Arc<FakeServer>,
}

/// The client is not connected any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the client is disconnected: {reason}")]
pub struct Disconnected {
    /// Socket.IO's name of the reason.
    pub reason: &'static str,
}

impl Connect {
    /// To this namespace, without anything said.
    pub fn to(namespace: &str) -> Self {
        Self {
            namespace: namespace.to_owned(),
            auth: Value::Object(serde_json::Map::new()),
            headers: Vec::new(),
            query: Vec::new(),
        }
    }

    /// What the client gives as `auth`, an object.
    #[must_use]
    pub fn auth(mut self, auth: Value) -> Self {
        self.auth = auth;
        self
    }

    /// A header of the handshake's request. What cannot be one is left out.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A parameter of the handshake's query.
    #[must_use]
    pub fn query(mut self, name: &str, value: &str) -> Self {
        self.query.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The first request of such a client, as Socket.IO's clients send it.
    fn request(&self, path: &str) -> Result<http::request::Parts, http::Error> {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(&self.query);
        query.extend_pairs([("EIO", "4"), ("transport", "websocket")]);
        let request = Request::get(format!("{path}/?{}", query.finish())).body(())?;
        let (mut parts, ()) = from_here(request).into_parts();
        for (name, value) in &self.headers {
            if let (Ok(name), Ok(value)) =
                (HeaderName::try_from(name), HeaderValue::try_from(value))
            {
                parts.headers.append(name, value);
            }
        }
        Ok(parts)
    }
}

impl TestClient {
    /// The id of its socket.
    pub fn id(&self) -> &str {
        self.socket.id.as_str()
    }

    /// Emits an event and waits for its acknowledgement, `{"status": …}`; of a raw one its first argument, `null` where it has
    /// none. A payload of none is none, not `null`.
    ///
    /// # Errors
    /// A client that has been disconnected before.
    pub async fn emit(
        &self,
        event: &str,
        payload: impl Into<Option<Value>>,
    ) -> Result<Value, Disconnected> {
        let arguments = payload.into().into_iter().collect();
        let answer = self.emit_with(event, arguments).await?;
        Ok(answer.into_iter().next().unwrap_or_default())
    }

    /// Emits an event with any arguments, and gives those of its acknowledgement.
    ///
    /// # Errors
    /// As for [`TestClient::emit`].
    pub async fn emit_with(
        &self,
        event: &str,
        arguments: Vec<Value>,
    ) -> Result<Vec<Value>, Disconnected> {
        let arguments = payload::encode(&Value::Array(arguments));
        let dispatch = self.running.dispatch();
        // On the heap: the whole way of an event is in this future.
        Box::pin(self.serve(event, arguments))
            .with_subscriber(dispatch)
            .await
    }

    /// Answers `arguments` whenever the guest emits `event` to this client and waits for an acknowledgement. Without an
    /// answer, such a call of the guest times out at once.
    pub fn answer(&self, event: &str, arguments: Vec<Value>) {
        self.socket.answer(event, arguments);
    }

    /// Takes the events that it has received and that have not been taken.
    pub fn received(&self) -> Vec<Received> {
        self.socket.received()
    }

    /// Takes the oldest of these.
    pub fn next(&self) -> Option<Received> {
        self.socket.next()
    }

    /// Leaves, and has the guest told.
    pub async fn disconnect(&self) {
        let running = &self.running;
        running.server.depart(&self.socket, BY_CLIENT);
        running.settle().with_subscriber(running.dispatch()).await;
    }

    /// Why it is disconnected, if it is, by Socket.IO's name.
    pub fn disconnected(&self) -> Option<&'static str> {
        self.socket.left()
    }

    /// The rooms that it is in, in order, without the one that is named by its id. Of one that has gone, those it was in.
    pub fn rooms(&self) -> Vec<String> {
        let mut rooms = self.socket.rooms();
        rooms.retain(|room| room != self.id());
        rooms.sort_unstable();
        rooms
    }

    /// Its user, where it has one.
    pub fn user(&self) -> Option<Value> {
        let user = self.socket.client.user().get();
        user.map(|json| payload::decode(&json, &[]))
    }

    /// The socket's data, where it has any.
    pub fn data(&self) -> Option<Value> {
        let data = self.socket.client.data().get();
        data.map(|json| payload::decode(&json, &[]))
    }

    /// The id of its session, where it has one.
    pub fn session_id(&self) -> Option<String> {
        let id = self.socket.client.session_id();
        id.map(|id| id.to_string())
    }

    async fn serve(&self, event: &str, arguments: Payload) -> Result<Vec<Value>, Disconnected> {
        let Self { running, socket } = self;
        let mut turn = Some(socket.turn.lock().await);
        if let Some(reason) = socket.left() {
            return Err(Disconnected { reason });
        }
        let separator = match elements(&arguments.json) {
            "" => "",
            _ => ",",
        };
        let name = Value::from(event);
        let text = format!("[{name}{separator}{}]", elements(&arguments.json));
        let attachments = arguments.attachments.into_iter().map(Into::into).collect();
        let raw = RawEvent::new(text, attachments);
        let tenant = &running.tenant;
        let caller = caller(running, socket);
        let (response, wish) = match dispatch::accept(tenant, &socket.api, &*caller, raw).await {
            Err(rejection) => (rejection.response(), None),
            Ok(event) => {
                let mut _place = None;
                if event.is_concurrent() {
                    _place = Some(socket.concurrent.place().await);
                    turn = None;
                }
                let outcome = dispatch::run(tenant, &tenant.release(), caller, event).await;
                (outcome.response, outcome.disconnect)
            }
        };
        drop(turn);
        apply_disconnect(running, socket, wish);
        running.settle().await;
        let mut text = String::from("[");
        let ack = Ack(&response);
        ack.write(&mut text);
        text.push(']');
        let attachments = ack.payload().map(|payload| &*payload.attachments);
        Ok(
            match payload::decode(&text, attachments.unwrap_or_default()) {
                Value::Array(arguments) => arguments,
                // What a guest answers has been checked, so it is a list.
                other => vec![other],
            },
        )
    }
}

impl std::fmt::Debug for TestClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TestClient")
            .field("id", &self.id())
            .field("namespace", &self.socket.namespace)
            .finish_non_exhaustive()
    }
}

/// Connects a client: the way of `socket::admission`, without its transport.
pub(super) async fn connect(
    running: &Arc<Running>,
    connect: Connect,
) -> Result<TestClient, ConnectError> {
    let Running { tenant, server, .. } = &**running;
    let release = tenant.release();
    let Some(api) = release.api.find(&connect.namespace) else {
        return Err("Invalid namespace".to_owned().into());
    };
    let request = connect.request(&release.options.socket.path);
    let request = request.map_err(|error| error.to_string())?;
    let request = Arc::new(handshake::first_request(&request));
    let handshake = handshake::read(&request, &connect.auth.to_string(), &tenant.limits)?;
    let handshake = handshake.issued_at(tenant.clock.millis());
    let id = SocketId::random().map_err(|error| error.to_string())?;
    let client = ClientState::new(handshake);
    let namespace = (&*connect.namespace, api);
    let socket = Arc::new(FakeSocket::new(id, namespace, client, server));
    dispatch::identify(tenant, api, &socket.client).await?;
    let limits = tenant.limits.clone();
    let deferred = DeferredSocket::new(caller(running, &socket), socket.clone(), limits);
    let deferred = Arc::new(deferred);
    let stand_in: Arc<dyn EventSource> = deferred.clone();
    let connection = dispatch::connect(tenant, &release, api, &stand_in).await?;
    server.insert(&socket);
    let effects = deferred.take_effects();
    effects.apply(&*socket, &**server).await;
    apply_disconnect(running, &socket, connection.disconnect);
    running.settle().await;
    Ok(TestClient {
        running: running.clone(),
        socket,
    })
}

/// Tells the guest that a client has gone.
pub(super) async fn say_gone(running: &Running, socket: &Arc<FakeSocket>) {
    let _turn = socket.turn.lock().await;
    socket.concurrent.all_done().await;
    if let Some(reason) = socket.left() {
        let caller = caller(running, socket);
        dispatch::disconnect(
            &running.tenant,
            &running.tenant.release(),
            &socket.api,
            &caller,
            reason,
        )
        .await;
    }
}

/// A request that comes from this machine.
pub(super) fn from_here<B>(mut request: Request<B>) -> Request<B> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    request.extensions_mut().insert(PeerAddr(address));
    request
}

fn caller(running: &Running, socket: &Arc<FakeSocket>) -> Arc<dyn EventSource> {
    Arc::new(FakeCaller {
        socket: socket.clone(),
        server: running.server.clone(),
    })
}

impl EventSource for FakeCaller {
    fn socket(&self) -> Option<&dyn ClientSocket> {
        Some(&*self.socket)
    }

    fn client(&self) -> &ClientState {
        &self.socket.client
    }

    fn server(&self) -> &dyn Adapter {
        &*self.server
    }
}

/// A client is alone on its connection, so both ways to disconnect it are the same.
fn apply_disconnect(running: &Running, socket: &Arc<FakeSocket>, wish: Option<Disconnect>) {
    if wish.is_some() {
        running.server.depart(socket, BY_SERVER);
    }
}
