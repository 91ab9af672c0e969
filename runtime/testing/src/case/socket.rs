//! A client's socket that goes nowhere: what is emitted to it is written down.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use futures::future::BoxFuture;
use serde_json::Value;

use super::server::FakeServer;
use crate::payload;
use stockade_sandbox::{
    CallError, Payload,
    host::{ClientSocket, ClientState, Delivery},
    payload::check_arguments,
};
use stockade_server::{
    manifest::NamespaceApi,
    socketio::{SocketId, concurrent::Concurrent},
};

/// An event, as a client received it.
#[derive(Debug, Clone, PartialEq)]
pub struct Received {
    /// Its name.
    pub event: String,
    /// Its arguments.
    pub arguments: Vec<Value>,
    /// Whether a client that does not keep up would have missed it.
    pub volatile: bool,
    /// Whether the guest waited for an answer.
    pub asks: bool,
}

/// The socket of a [`TestClient`](super::TestClient).
pub(super) struct FakeSocket {
    pub(super) id: SocketId,
    pub(super) namespace: String,
    pub(super) api: Arc<NamespaceApi>,
    pub(super) client: ClientState,
    /// One event of a socket runs at a time,
    pub(super) turn: tokio::sync::Mutex<()>,
    /// but for those of concurrent routes.
    pub(super) concurrent: Concurrent,
    server: Weak<FakeServer>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    received: VecDeque<Received>,
    /// What the client answers, by the names of events.
    answers: HashMap<String, Vec<Value>>,
    /// Why it has gone, and the rooms that it was in.
    left: Option<(&'static str, Vec<String>)>,
}

impl FakeSocket {
    pub(super) fn new(
        id: SocketId,
        (namespace, api): (&str, &Arc<NamespaceApi>),
        client: ClientState,
        server: &Arc<FakeServer>,
    ) -> Self {
        Self {
            id,
            namespace: namespace.to_owned(),
            api: api.clone(),
            client,
            turn: tokio::sync::Mutex::default(),
            concurrent: Concurrent::new(server.tenant.limits.concurrent),
            server: Arc::downgrade(server),
            state: Mutex::default(),
        }
    }

    /// Answers what the guest asks for with `event` from now on.
    pub(super) fn answer(&self, event: &str, arguments: Vec<Value>) {
        self.lock().answers.insert(event.to_owned(), arguments);
    }

    /// Takes the oldest event that has not been taken.
    pub(super) fn next(&self) -> Option<Received> {
        self.lock().received.pop_front()
    }

    /// Takes all of them.
    pub(super) fn received(&self) -> Vec<Received> {
        self.lock().received.drain(..).collect()
    }

    /// It has gone; `false` where it had before.
    pub(super) fn leave(&self, reason: &'static str, rooms: Vec<String>) -> bool {
        let mut state = self.lock();
        let first = state.left.is_none();
        if first {
            state.left = Some((reason, rooms));
        }
        first
    }

    /// Why it has gone, if it has.
    pub(super) fn left(&self) -> Option<&'static str> {
        self.lock().left.as_ref().map(|(reason, _)| *reason)
    }

    /// An event reaches the client, if it is still there.
    pub(super) fn receive(&self, received: Received) -> Result<(), CallError> {
        let mut state = self.lock();
        if state.left.is_some() {
            return Err(CallError::Disconnected);
        }
        state.received.push_back(received);
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Its server, while it is connected.
    fn server(&self) -> Result<Arc<FakeServer>, CallError> {
        match self.left() {
            None => self.server.upgrade().ok_or(CallError::Disconnected),
            Some(_) => Err(CallError::Disconnected),
        }
    }
}

impl Received {
    pub(super) fn new(event: &str, arguments: &Payload, delivery: Delivery) -> Self {
        let decoded = payload::decode(&arguments.json, &arguments.attachments);
        Self {
            event: event.to_owned(),
            arguments: match decoded {
                Value::Array(arguments) => arguments,
                // The host functions have checked that it is a list.
                other => vec![other],
            },
            volatile: delivery.contains(Delivery::VOLATILE),
            asks: false,
        }
    }
}

impl ClientSocket for FakeSocket {
    fn id(&self) -> &str {
        self.id.as_str()
    }

    fn namespace(&self) -> &str {
        &self.namespace
    }

    fn matched_namespace(&self) -> String {
        self.api.name.clone()
    }

    fn namespace_params(&self) -> Vec<(String, String)> {
        self.api.params(&self.namespace)
    }

    fn rooms(&self) -> Vec<String> {
        let mut rooms = Vec::new();
        let state = self.lock();
        let server = self.server.upgrade();
        if !server.is_some_and(|server| server.has_left_own_room(self)) {
            rooms.push(self.id.as_str().to_owned());
        }
        match (&state.left, self.server.upgrade()) {
            (Some((_, left)), _) => rooms.extend(left.iter().cloned()),
            (None, Some(server)) => rooms.extend(server.rooms_of(self)),
            (None, None) => {}
        }
        rooms
    }

    fn emit(&self, event: &str, arguments: Payload, delivery: Delivery) -> Result<(), CallError> {
        self.receive(Received::new(event, &arguments, delivery))
    }

    fn emit_with_ack<'a>(
        &'a self,
        event: &'a str,
        arguments: Payload,
        timeout: Duration,
    ) -> BoxFuture<'a, Result<Payload, CallError>> {
        Box::pin(async move {
            let server = self.server()?;
            let mut received = Received::new(event, &arguments, Delivery::empty());
            received.asks = true;
            self.receive(received)?;
            let answer = self.lock().answers.get(event).cloned();
            let Some(answer) = answer else {
                server.clock.advance(timeout);
                return Err(CallError::TimedOut);
            };
            let answer = payload::encode(&Value::Array(answer));
            check_arguments(&answer, &server.tenant.limits)
                .map_err(|error| CallError::Other(error.to_string()))?;
            Ok(answer)
        })
    }

    fn join(&self, rooms: Vec<String>) -> Result<(), CallError> {
        self.server()?.join(self, &rooms)
    }

    fn leave(&self, rooms: Vec<String>) -> Result<(), CallError> {
        self.server()?.leave(self, &rooms);
        Ok(())
    }
}
