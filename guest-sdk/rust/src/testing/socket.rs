//! A client for unit tests.

use std::time::SystemTime;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Emit, FakeServer, Identity, Received};
use crate::target::Target;
use crate::{Handshake, IntoArguments, IntoRooms, Payload};

/// A client that records what happens to it; FoalTS's mock of a `socket`.
///
/// It is connected to a [`FakeServer`], alone unless that is shared. Clones are the same client.
#[derive(Clone)]
pub struct RecordingSocket {
    server: FakeServer,
    index: usize,
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
    /// The server closed the connections of sockets.
    CloseSockets {
        /// The sockets that were reached.
        sockets: Vec<String>,
    },
}

pub(crate) struct SocketState {
    pub(crate) id: String,
    pub(crate) namespace: String,
    /// The pattern that the namespace matches, and its parameters.
    pub(crate) pattern: Option<(String, Vec<(String, String)>)>,
    pub(crate) handshake: Handshake,
    pub(crate) data: Option<String>,
    pub(crate) identity: Identity,
    /// Without the room of its own id.
    pub(crate) rooms: Vec<String>,
    /// It has left the room of its id.
    pub(crate) has_left_own_room: bool,
    /// Scripted answers of the client, by the event that they answer.
    pub(crate) acks: Vec<(String, Payload)>,
    pub(crate) emits: Vec<Emit>,
    pub(crate) received: Vec<Received>,
    pub(crate) actions: Vec<Action>,
    pub(crate) thrown: Vec<String>,
    pub(crate) is_gone: bool,
}

impl Default for RecordingSocket {
    fn default() -> Self {
        Self::new()
    }
}

/// What the client is, before the event.
impl RecordingSocket {
    /// A client with the id `socket-1` in the namespace `/`, of a server of its own. [`FakeServer::connect`] makes one of
    /// several.
    pub fn new() -> Self {
        FakeServer::new().connect("socket-1")
    }

    pub(crate) fn of(server: FakeServer, index: usize) -> Self {
        Self { server, index }
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

    /// A namespace that a pattern matches, and what the pattern's parameters are there: `.with_namespace_pattern("/room-12",
    /// "/room-:id", &[("id", "12")])`. Nothing is matched here: that is the host's work.
    #[must_use]
    pub fn with_namespace_pattern(
        self,
        namespace: &str,
        pattern: &str,
        params: &[(&str, &str)],
    ) -> Self {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let params = params.iter().map(owned).collect();
        self.set(|state| {
            namespace.clone_into(&mut state.namespace);
            state.pattern = Some((pattern.to_owned(), params));
        })
    }

    /// When it connected.
    #[must_use]
    pub fn with_time(self, time: SystemTime) -> Self {
        self.set(|state| state.handshake.time = time)
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
        self.set(|state| state.identity.user = Some(write(&user)))
    }

    /// Its session, as an earlier event would have chosen it.
    #[must_use]
    pub fn with_session(self, id: &str) -> Self {
        self.set(|state| state.identity.session = Some(id.to_owned()))
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

    /// Another client in the same namespace, for what reaches many and where only its id and rooms matter.
    #[must_use]
    pub fn with_peer(self, id: &str, rooms: impl IntoRooms) -> Self {
        let namespace = self.visit(|state| state.namespace.clone());
        let _peer = self
            .server
            .connect(id)
            .with_namespace(&namespace)
            .with_rooms(rooms);
        self
    }

    /// It has gone: what is emitted to it fails.
    #[must_use]
    pub fn gone(self) -> Self {
        self.set(|state| state.is_gone = true)
    }

    fn set(self, set: impl FnOnce(&mut SocketState)) -> Self {
        self.visit(set);
        self
    }
}

/// What became of the client.
impl RecordingSocket {
    /// All that was emitted through its contexts, whomever it was sent to, in order.
    pub fn emits(&self) -> Vec<Emit> {
        self.visit(|state| state.emits.clone())
    }

    /// What this client got, whoever emitted it, in order.
    pub fn received(&self) -> Vec<Received> {
        self.visit(|state| state.received.clone())
    }

    /// What else was done, in order.
    pub fn actions(&self) -> Vec<Action> {
        self.visit(|state| state.actions.clone())
    }

    /// The rooms that it is in now, without the one of its own id.
    pub fn rooms(&self) -> Vec<String> {
        self.visit(|state| state.rooms.clone())
    }

    /// What is kept with it.
    #[track_caller]
    pub fn data<T: DeserializeOwned>(&self) -> Option<T> {
        read(self.visit(|state| state.data.clone()))
    }

    /// Its user.
    #[track_caller]
    pub fn user<T: DeserializeOwned>(&self) -> Option<T> {
        read(self.visit(|state| state.identity.user.clone()))
    }

    /// The id of its session, which may have ended.
    pub fn session_id(&self) -> Option<String> {
        self.visit(|state| state.identity.session.clone())
    }

    /// Whether the server has disconnected it.
    pub fn is_gone(&self) -> bool {
        self.visit(|state| state.is_gone)
    }

    /// The errors that [`dispatch`](super::dispatch) saw thrown, as `Name: message`.
    pub fn thrown(&self) -> Vec<String> {
        self.visit(|state| state.thrown.clone())
    }

    /// The server that it is connected to.
    pub fn server(&self) -> &FakeServer {
        &self.server
    }

    pub(crate) fn index(&self) -> usize {
        self.index
    }

    pub(crate) fn visit<T>(&self, visit: impl FnOnce(&mut SocketState) -> T) -> T {
        self.server.visit(self.index, visit)
    }
}

impl SocketState {
    pub(crate) fn new(id: &str) -> Self {
        let handshake = Handshake {
            headers: Vec::new(),
            query: Vec::new(),
            raw_auth: "{}".to_owned(),
            address: "127.0.0.1".to_owned(),
            time: Handshake::time_of(0),
            url: "/socket.io/?EIO=4&transport=websocket".to_owned(),
            secure: false,
        };
        Self {
            id: id.to_owned(),
            namespace: "/".to_owned(),
            pattern: None,
            handshake,
            data: None,
            identity: Identity::default(),
            rooms: Vec::new(),
            has_left_own_room: false,
            acks: Vec::new(),
            emits: Vec::new(),
            received: Vec::new(),
            actions: Vec::new(),
            thrown: Vec::new(),
            is_gone: false,
        }
    }

    pub(crate) fn join(&mut self, rooms: &[String]) {
        for room in rooms {
            if *room == self.id {
                self.has_left_own_room = false;
            } else if !self.rooms.contains(room) {
                self.rooms.push(room.clone());
            }
        }
    }

    pub(crate) fn leave(&mut self, rooms: &[String]) {
        self.has_left_own_room |= rooms.contains(&self.id);
        self.rooms.retain(|room| !rooms.contains(room));
    }

    /// The rooms that it is in, its own first.
    pub(crate) fn all_rooms(&self) -> Vec<String> {
        let own = (!self.has_left_own_room).then_some(&self.id);
        own.into_iter().chain(&self.rooms).cloned().collect()
    }

    /// Whether a target names it.
    pub(crate) fn is_reached(&self, namespace: &str, target: &Target) -> bool {
        let is_own = |room: &String| *room == self.id;
        let is_in =
            |room: &String| (is_own(room) && !self.has_left_own_room) || self.rooms.contains(room);
        !self.is_gone
            && self.namespace == namespace
            && (target.rooms.is_empty() || target.rooms.iter().any(is_in))
            && !target.except.iter().any(|room| is_own(room) || is_in(room))
    }
}

#[track_caller]
pub(super) fn write(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("the value is serialisable")
}

#[track_caller]
fn read<T: DeserializeOwned>(text: Option<String>) -> Option<T> {
    text.map(|text| serde_json::from_str(&text).expect("the value is of this type"))
}
