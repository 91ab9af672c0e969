//! A client of a case.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};

use http::{HeaderName, HeaderValue, Request};
use serde_json::Value;
use tracing::instrument::WithSubscriber;

use super::{
    Running,
    connection::{Connection, Received},
};
use crate::payload;
use stockade_sandbox::{
    Payload,
    host::{ClientState, EventSource},
};
use stockade_server::{dispatch::ConnectError, socketio::PeerAddr};

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
    connection: Arc<Connection>,
    /// Its socket, as the server has it.
    socket: Arc<dyn EventSource>,
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
        self.socket.socket().map_or("", |socket| socket.id())
    }

    /// Emits an event and waits for its acknowledgement, and until the server has nothing more to do: `{"status": …}`; of a raw one its first argument, `null` where it has
    /// none. A payload of none is none, not `null`.
    ///
    /// # Errors
    /// A client that has been disconnected before, or by its own event before that is acknowledged.
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
        self.serve(event, arguments).with_subscriber(dispatch).await
    }

    /// Answers `arguments` whenever the guest emits `event` to this client and waits for an acknowledgement. Without an
    /// answer, such a call of the guest times out at once.
    pub fn answer(&self, event: &str, arguments: Vec<Value>) {
        self.connection.answer(event, arguments);
    }

    /// Takes the events that it has received and that have not been taken.
    pub fn received(&self) -> Vec<Received> {
        self.connection.received()
    }

    /// Takes the oldest of these.
    pub fn next(&self) -> Option<Received> {
        self.connection.next()
    }

    /// Leaves, and has the guest told.
    pub async fn disconnect(&self) {
        let leave = async {
            self.connection.disconnect();
            self.running.settle().await;
        };
        leave.with_subscriber(self.running.dispatch()).await;
    }

    /// Why it is disconnected, if it is, by Socket.IO's name.
    pub fn disconnected(&self) -> Option<&'static str> {
        self.connection.left()
    }

    /// The rooms that it is in, in order, without the one that is named by its id. Of one that has gone, those it was in.
    pub fn rooms(&self) -> Vec<String> {
        let socket = self.socket.socket();
        let mut rooms = socket.map_or_else(Vec::new, |socket| socket.rooms());
        rooms.retain(|room| room != self.id());
        rooms.sort_unstable();
        rooms
    }

    /// Its user, where it has one.
    pub fn user(&self) -> Option<Value> {
        let user = self.client().user().get();
        user.map(|json| payload::decode(&json, &[]))
    }

    /// The socket's data, where it has any.
    pub fn data(&self) -> Option<Value> {
        let data = self.client().data().get();
        data.map(|json| payload::decode(&json, &[]))
    }

    /// The id of its session, where it has one.
    pub fn session_id(&self) -> Option<String> {
        let id = self.client().session_id();
        id.map(|id| id.to_string())
    }

    async fn serve(&self, event: &str, arguments: Payload) -> Result<Vec<Value>, Disconnected> {
        let acknowledged = self.connection.emit(event, arguments)?.await;
        self.running.settle().await;
        acknowledged.map_err(|_| Disconnected {
            // Nothing else keeps an acknowledgement away.
            reason: self.disconnected().unwrap_or_default(),
        })
    }

    fn client(&self) -> &ClientState {
        self.socket.client()
    }
}

impl std::fmt::Debug for TestClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TestClient")
            .field("id", &self.id())
            .field("namespace", &self.connection.namespace)
            .finish_non_exhaustive()
    }
}

/// Connects a client.
pub(super) async fn connect(
    running: &Arc<Running>,
    connect: Connect,
) -> Result<TestClient, ConnectError> {
    // No packet can name another one.
    if !connect.namespace.starts_with('/') || connect.namespace.contains(',') {
        return Err("Invalid namespace".to_owned().into());
    }
    let request = connect.request(&running.path);
    let request = request.map_err(|error| error.to_string())?;
    let connection = running.open(request, connect.namespace)?;
    let connected = connection.connect(&connect.auth).await;
    if !matches!(connected, Ok(Ok(_))) {
        connection.client.close();
    }
    running.settle().await;
    let socket = connected.unwrap_or_else(|_| Err("there is no answer".to_owned().into()))?;
    Ok(TestClient {
        running: running.clone(),
        connection,
        socket,
    })
}

/// A request that comes from this machine.
pub(super) fn from_here<B>(mut request: Request<B>) -> Request<B> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    request.extensions_mut().insert(PeerAddr(address));
    request
}
