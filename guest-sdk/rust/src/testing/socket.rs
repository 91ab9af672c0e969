//! A client for unit tests.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Emit;
use crate::target::Target;
use crate::{Handshake, HostError, IntoArguments, IntoRooms, Payload};

/// A client that records what happens to it; FoalTS's mock of a `socket`.
///
/// Clones are the same client.
#[derive(Clone)]
pub struct RecordingSocket {
    state: Arc<Mutex<State>>,
}

/// What a handler did to clients beside emitting, in the order in which it happened.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Action {
    /// The client joined these rooms.
    Join(Vec<String>),
    /// The client left these rooms.
    Leave(Vec<String>),
    /// The client was disconnected from the namespace.
    Disconnect,
    /// The client's connection was closed.
    Close,
    /// The server made sockets join rooms.
    SocketsJoin {
        /// The sockets that were reached.
        sockets: Vec<String>,
        /// The rooms.
        rooms: Vec<String>,
    },
    /// The server made sockets leave rooms.
    SocketsLeave {
        /// The sockets that were reached.
        sockets: Vec<String>,
        /// The rooms.
        rooms: Vec<String>,
    },
    /// The server disconnected sockets.
    DisconnectSockets {
        /// The sockets that were reached.
        sockets: Vec<String>,
    },
}

pub(crate) struct State {
    pub(crate) id: String,
    pub(crate) namespace: String,
    pub(crate) handshake: Handshake,
    pub(crate) data: Option<String>,
    pub(crate) user: Option<String>,
    /// Without the room of its own id.
    pub(crate) rooms: Vec<String>,
    /// Scripted answers of the client, by the event that they answer.
    pub(crate) acks: Vec<(String, Payload)>,
    pub(crate) emits: Vec<Emit>,
    pub(crate) actions: Vec<Action>,
    pub(crate) thrown: Vec<String>,
    peers: Vec<Peer>,
    is_gone: bool,
}

struct Peer {
    id: String,
    rooms: Vec<String>,
}

impl Default for RecordingSocket {
    fn default() -> Self {
        Self::new()
    }
}

/// What the client is, before the event.
impl RecordingSocket {
    /// A client with the id `socket-1` in the namespace `/`.
    pub fn new() -> Self {
        let handshake = Handshake {
            headers: Vec::new(),
            query: Vec::new(),
            raw_auth: "{}".to_owned(),
            address: "127.0.0.1".to_owned(),
            time: Handshake::time_of(0),
            url: "/socket.io/?EIO=4&transport=websocket".to_owned(),
            secure: false,
        };
        let state = State {
            id: "socket-1".to_owned(),
            namespace: "/".to_owned(),
            handshake,
            data: None,
            user: None,
            rooms: Vec::new(),
            acks: Vec::new(),
            emits: Vec::new(),
            actions: Vec::new(),
            thrown: Vec::new(),
            peers: Vec::new(),
            is_gone: false,
        };
        Self {
            state: Arc::new(Mutex::new(state)),
        }
    }

    /// Its id.
    #[must_use]
    pub fn with_id(self, id: &str) -> Self {
        self.set(|state| id.clone_into(&mut state.id))
    }

    /// The namespace that it is connected to.
    #[must_use]
    pub fn with_namespace(self, namespace: &str) -> Self {
        self.set(|state| namespace.clone_into(&mut state.namespace))
    }

    /// What it gave as `auth` when it connected.
    #[must_use]
    #[track_caller]
    pub fn with_auth(self, auth: impl Serialize) -> Self {
        self.set(|state| state.handshake.raw_auth = write(&auth))
    }

    /// A header of its handshake.
    #[must_use]
    pub fn with_header(self, name: &str, value: &str) -> Self {
        self.set(|state| {
            state
                .handshake
                .headers
                .push((name.to_ascii_lowercase(), value.to_owned()))
        })
    }

    /// A query parameter of its handshake.
    #[must_use]
    pub fn with_query(self, name: &str, value: &str) -> Self {
        self.set(|state| {
            state
                .handshake
                .query
                .push((name.to_owned(), value.to_owned()))
        })
    }

    /// Its IP address.
    #[must_use]
    pub fn with_address(self, address: &str) -> Self {
        self.set(|state| address.clone_into(&mut state.handshake.address))
    }

    /// What earlier events kept with it.
    #[must_use]
    #[track_caller]
    pub fn with_data(self, data: impl Serialize) -> Self {
        self.set(|state| state.data = Some(write(&data)))
    }

    /// Its user, as a hook or `#[on_connection]` would have set it.
    #[must_use]
    #[track_caller]
    pub fn with_user(self, user: impl Serialize) -> Self {
        self.set(|state| state.user = Some(write(&user)))
    }

    /// The rooms that it is in already.
    #[must_use]
    pub fn with_rooms(self, rooms: impl IntoRooms) -> Self {
        self.set(|state| state.join(&rooms.into_rooms()))
    }

    /// How it will acknowledge an event, once. Without this, `emit_with_ack` times out.
    #[must_use]
    #[track_caller]
    pub fn with_ack(self, event: &str, answer: impl IntoArguments) -> Self {
        let answer = answer.into_arguments().expect("the answer is serialisable");
        self.set(|state| state.acks.push((event.to_owned(), answer)))
    }

    /// Another client in the same namespace, for what reaches many.
    #[must_use]
    pub fn with_peer(self, id: &str, rooms: impl IntoRooms) -> Self {
        self.set(|state| {
            state.peers.push(Peer {
                id: id.to_owned(),
                rooms: rooms.into_rooms(),
            })
        })
    }

    /// It has gone: what is emitted to it fails.
    #[must_use]
    pub fn gone(self) -> Self {
        self.set(|state| state.is_gone = true)
    }

    fn set(self, set: impl FnOnce(&mut State)) -> Self {
        set(&mut self.state());
        self
    }
}

/// What became of the client.
impl RecordingSocket {
    /// All that was emitted through its contexts, whomever it was sent to, in order.
    pub fn emits(&self) -> Vec<Emit> {
        self.state().emits.clone()
    }

    /// What else was done, in order.
    pub fn actions(&self) -> Vec<Action> {
        self.state().actions.clone()
    }

    /// The rooms that it is in now, without the one of its own id.
    pub fn rooms(&self) -> Vec<String> {
        self.state().rooms.clone()
    }

    /// What is kept with it.
    #[track_caller]
    pub fn data<T: DeserializeOwned>(&self) -> Option<T> {
        read(self.state().data.as_deref())
    }

    /// Its user.
    #[track_caller]
    pub fn user<T: DeserializeOwned>(&self) -> Option<T> {
        read(self.state().user.as_deref())
    }

    /// The errors that [`dispatch`](super::dispatch) saw thrown, as `Name: message`.
    pub fn thrown(&self) -> Vec<String> {
        self.state().thrown.clone()
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// For what needs a client that is there.
    pub(crate) fn connected(&self) -> Result<MutexGuard<'_, State>, HostError> {
        let state = self.state();
        if state.is_gone {
            Err(HostError::Disconnected)
        } else {
            Ok(state)
        }
    }
}

impl State {
    pub(crate) fn join(&mut self, rooms: &[String]) {
        for room in rooms {
            if !self.rooms.contains(room) {
                self.rooms.push(room.clone());
            }
        }
    }

    /// The ids of the clients that a target names: this one and its peers.
    pub(crate) fn reached(&self, namespace: &str, target: &Target) -> Vec<String> {
        if namespace != self.namespace {
            return Vec::new();
        }
        let peers = self.peers.iter().map(|peer| (&peer.id, &peer.rooms));
        std::iter::once((&self.id, &self.rooms))
            .chain(peers)
            .filter(|(id, rooms)| {
                let is_in = |room: &String| room == *id || rooms.contains(room);
                (target.rooms.is_empty() || target.rooms.iter().any(is_in))
                    && !target.except.iter().any(is_in)
            })
            .map(|(id, _)| id.clone())
            .collect()
    }
}

#[track_caller]
fn write(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("the value is serialisable")
}

#[track_caller]
fn read<T: DeserializeOwned>(text: Option<&str>) -> Option<T> {
    text.map(|text| serde_json::from_str(text).expect("the value is of this type"))
}
