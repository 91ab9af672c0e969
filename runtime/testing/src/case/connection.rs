//! A client's connection, which is the server's own but for the network: what it receives is written down.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde::Deserialize;
use serde_json::{Value, value::RawValue};
use tokio::sync::oneshot;

use super::{
    Disconnected,
    packet::{Kind, Packet, Reader},
};
use crate::payload;
use stockade_engine_io::Message;
use stockade_json_schema::text::elements;
use stockade_sandbox::{Payload, host::EventSource};
use stockade_server::{dispatch::ConnectError, socketio::MemoryClient};
use stockade_store::clock::Clock;

/// The server's names of the reasons to be gone.
const BY_SERVER: &str = "server namespace disconnect";
const BY_CLIENT: &str = "client namespace disconnect";

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

/// The connection of a [`TestClient`](super::TestClient), which is in one namespace.
pub(super) struct Connection {
    pub(super) client: MemoryClient,
    pub(super) namespace: String,
    clock: Clock,
    state: Mutex<State>,
}

/// What the client does when it is let in, or refused.
type Connected = Result<Arc<dyn EventSource>, ConnectError>;

#[derive(Default)]
struct State {
    connecting: Option<oneshot::Sender<Connected>>,
    /// The id of its socket; empty until it is connected.
    id: String,
    /// Whether events carry what a client needs to come back.
    recovers: bool,
    /// The id of the next event.
    next: u64,
    /// Events that have not been acknowledged.
    waiting: HashMap<u64, oneshot::Sender<Vec<Value>>>,
    received: VecDeque<Received>,
    /// What the client answers, by the names of events.
    answers: HashMap<String, Vec<Value>>,
    /// Why it has gone.
    left: Option<&'static str>,
}

/// What the server tells a client that is connected.
#[derive(Deserialize)]
struct Welcome {
    sid: String,
    pid: Option<String>,
}

/// What it tells a client that is refused.
#[derive(Deserialize)]
struct Refusal<'a> {
    message: String,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

impl Connection {
    pub(super) fn new(client: MemoryClient, namespace: String, clock: Clock) -> Self {
        Self {
            client,
            namespace,
            clock,
            state: Mutex::default(),
        }
    }

    /// Asks to be let in with `auth`. What comes of it is known later.
    pub(super) fn connect(&self, auth: &Value) -> oneshot::Receiver<Connected> {
        let (sender, connected) = oneshot::channel();
        self.lock().connecting = Some(sender);
        self.send(Packet::new(Kind::Connect, auth.to_string()));
        connected
    }

    /// Emits an event. Its acknowledgement is known later; there is none if the client is disconnected before.
    pub(super) fn emit(
        &self,
        event: &str,
        arguments: Payload,
    ) -> Result<oneshot::Receiver<Vec<Value>>, Disconnected> {
        let mut state = self.lock();
        if let Some(reason) = state.left {
            return Err(Disconnected { reason });
        }
        let (sender, acknowledged) = oneshot::channel();
        let id = state.next;
        state.next += 1;
        state.waiting.insert(id, sender);
        drop(state);
        let name = Value::from(event);
        let json = match elements(&arguments.json) {
            "" => format!("[{name}]"),
            elements => format!("[{name},{elements}]"),
        };
        self.send(Packet {
            kind: Kind::Event,
            id: Some(id),
            json,
            attachments: arguments.attachments,
        });
        Ok(acknowledged)
    }

    /// Leaves, if it has not gone before.
    pub(super) fn disconnect(&self) {
        if self.lock().leave(BY_CLIENT) {
            self.send(Packet::new(Kind::Disconnect, ""));
            self.client.close();
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

    /// Why it has gone, if it has.
    pub(super) fn left(&self) -> Option<&'static str> {
        self.lock().left
    }

    /// Takes what the server sends until the connection ends.
    pub(super) async fn carry(self: Arc<Self>) {
        let mut reader = Reader::default();
        let ended = self.client.carry(|delivered| {
            if let Some(packet) = reader.read(delivered.message) {
                self.take(packet, delivered.volatile);
            }
        });
        let reason = ended.await;
        self.lock().leave(reason);
    }

    fn take(&self, packet: Packet, volatile: bool) {
        let mut state = self.lock();
        if state.left.is_some() {
            return;
        }
        match packet.kind {
            Kind::Connect => {
                let Ok(Welcome { sid, pid }) = serde_json::from_str(&packet.json) else {
                    return;
                };
                if let (Some(connecting), Some(socket)) =
                    (state.connecting.take(), self.client.socket(&sid))
                {
                    // Whoever connects may have lost patience.
                    let _ = connecting.send(Ok(socket));
                }
                state.id = sid;
                state.recovers = pid.is_some();
            }
            Kind::ConnectError => {
                if let Some(connecting) = state.connecting.take() {
                    let _ = connecting.send(Err(refusal(&packet.json)));
                }
            }
            Kind::Event => {
                let asked = packet.id;
                let received = state.event(packet, volatile);
                let answer = state.answers.get(&received.event).cloned();
                let socket = state.id.clone();
                state.received.push_back(received);
                drop(state);
                if let Some(id) = asked {
                    self.acknowledge(&socket, id, answer);
                }
            }
            Kind::Ack => {
                let waiting = packet.id.and_then(|id| state.waiting.remove(&id));
                if let Some(waiting) = waiting {
                    let _ = waiting.send(list(&packet));
                }
            }
            Kind::Disconnect => {
                state.leave(BY_SERVER);
                drop(state);
                // As clients do that are in no other namespace.
                self.client.close();
            }
        }
    }

    /// Gives the guest the `answer` that it waits for. Without one its time is over at once.
    fn acknowledge(&self, socket: &str, id: u64, answer: Option<Vec<Value>>) {
        match answer {
            Some(arguments) => {
                let Payload { json, attachments } = payload::encode(&Value::Array(arguments));
                self.send(Packet {
                    kind: Kind::Ack,
                    id: Some(id),
                    json,
                    attachments,
                });
            }
            None => {
                if let Some(patience) = self.client.time_out(socket, id) {
                    self.clock.advance(patience);
                }
            }
        }
    }

    fn send(&self, packet: Packet) {
        let messages: Vec<Message> = packet.into_messages(&self.namespace);
        self.client.send(messages);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// It has gone; `false` where it had before.
    fn leave(&mut self, reason: &'static str) -> bool {
        if self.left.is_some() {
            return false;
        }
        self.left = Some(reason);
        // Those who wait learn that nothing comes any more.
        self.waiting.clear();
        if let Some(connecting) = self.connecting.take() {
            let _ = connecting.send(Err(reason.to_owned().into()));
        }
        true
    }

    fn event(&self, packet: Packet, volatile: bool) -> Received {
        let mut arguments = list(&packet).into_iter();
        let event = match arguments.next() {
            Some(Value::String(event)) => event,
            // The server emits nothing else.
            other => other.unwrap_or_default().to_string(),
        };
        let mut arguments: Vec<_> = arguments.collect();
        let asks = packet.id.is_some();
        // Where clients may come back, each event that they could have missed ends with its place.
        if self.recovers && !volatile && !asks && matches!(arguments.last(), Some(Value::String(_)))
        {
            arguments.pop();
        }
        Received {
            event,
            arguments,
            volatile,
            asks,
        }
    }
}

/// The items of a packet's list.
fn list(packet: &Packet) -> Vec<Value> {
    match payload::decode(&packet.json, &packet.attachments) {
        Value::Array(items) => items,
        // The server sends nothing else.
        other => vec![other],
    }
}

fn refusal(json: &str) -> ConnectError {
    match serde_json::from_str::<Refusal<'_>>(json) {
        Ok(Refusal { message, data }) => ConnectError {
            message,
            data: data.map(|data| data.get().to_owned()),
        },
        // The server sends nothing else.
        Err(_) => json.to_owned().into(),
    }
}
