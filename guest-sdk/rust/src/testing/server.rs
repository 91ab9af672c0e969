//! A server for unit tests: sockets in rooms, sessions, stores, the time.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use serde::Serialize;

use super::socket::{SocketState, write};
use super::{Emit, Received, Recipients, RecordingSocket};
use crate::store::Bucket;
use crate::target::Target;

/// How long a session lasts that is not used, as on a host that is not told otherwise.
const SESSION: Duration = Duration::from_secs(15 * 60);

/// 2025-01-01T00:00:00Z.
const BEGINNING: Duration = Duration::from_secs(1_735_689_600);

/// A server for unit tests: what its sockets and requests share.
///
/// Each test makes its own: nothing is shared between two of them. [`RecordingSocket::new`] and
/// [`HttpContext::new`](crate::HttpContext::new) make one for themselves.
///
/// ```
/// use stockade_sdk::prelude::*;
/// use stockade_sdk::testing::{FakeServer, Received, dispatch};
///
/// struct Chat;
///
/// #[controller]
/// impl Chat {
///     #[event("say")]
///     fn say(ctx: &Context, text: String) -> Result<()> {
///         ctx.socket().to("lobby").emit("said", text)
///     }
/// }
///
/// let server = FakeServer::new();
/// let ann = server.connect("ann").with_rooms("lobby");
/// let bob = server.connect("bob").with_rooms("lobby");
/// let eve = server.connect("eve");
/// dispatch::<Chat>(&Context::with_socket("say", "hello", &ann));
/// assert_eq!(bob.received(), [Received::new("said", "hello")]);
/// assert!(ann.received().is_empty() && eve.received().is_empty());
/// ```
///
/// Clones are the same server.
#[derive(Clone)]
pub struct FakeServer {
    world: Arc<Mutex<World>>,
}

struct World {
    now: SystemTime,
    sockets: Vec<SocketState>,
    emits: Vec<Emit>,
    thrown: Vec<String>,
    sessions: HashMap<String, SessionState>,
    sessions_so_far: u64,
    stores: BTreeMap<String, Store>,
    /// Whether all nodes answer when sockets are fetched.
    is_complete: bool,
}

/// What a store holds.
pub(crate) type Store = BTreeMap<String, Vec<u8>>;

/// Who a client is.
#[derive(Default)]
pub(crate) struct Identity {
    pub(crate) user: Option<String>,
    pub(crate) session: Option<String>,
}

#[derive(Default)]
pub(crate) struct SessionState {
    pub(crate) user: Option<String>,
    pub(crate) content: BTreeMap<String, String>,
    /// When it ends, unless it is used before.
    end: Option<SystemTime>,
}

impl Default for FakeServer {
    fn default() -> Self {
        Self::new()
    }
}

impl FakeServer {
    /// A server to which nobody is connected. Its clock stands at 2025-01-01T00:00:00Z.
    pub fn new() -> Self {
        let world = World {
            now: SystemTime::UNIX_EPOCH + BEGINNING,
            sockets: Vec::new(),
            emits: Vec::new(),
            thrown: Vec::new(),
            sessions: HashMap::new(),
            sessions_so_far: 0,
            stores: BTreeMap::new(),
            is_complete: true,
        };
        Self {
            world: Arc::new(Mutex::new(world)),
        }
    }

    /// Another client with this id, in the namespace `/`.
    #[must_use]
    pub fn connect(&self, id: &str) -> RecordingSocket {
        let mut world = self.world();
        let index = world.sockets.len();
        world.sockets.push(SocketState::new(id));
        RecordingSocket::of(self.clone(), index)
    }

    /// What its clock shows: [`time::now`](crate::time::now) of the handlers.
    pub fn now(&self) -> SystemTime {
        self.world().now
    }

    /// Sets its clock.
    pub fn set_time(&self, now: SystemTime) {
        self.world().now = now;
    }

    /// Lets time pass.
    pub fn advance(&self, time: Duration) {
        self.world().now += time;
    }

    /// From now on another node does not answer: what [`fetch_sockets`](crate::Server::fetch_sockets) finds is not complete.
    pub fn miss_node(&self) {
        self.world().is_complete = false;
    }

    pub(crate) fn is_complete(&self) -> bool {
        self.world().is_complete
    }

    /// One of its stores, as handlers [open](crate::store::open) it: to prepare a test, and to see what became of it.
    pub fn store(&self, name: &str) -> Bucket {
        Bucket::fake(self.clone(), name)
    }

    /// Begins a session of this user and answers its id; `()` is no user.
    ///
    /// # Panics
    /// The user cannot be serialised.
    #[track_caller]
    pub fn create_session(&self, user: impl Serialize) -> String {
        let user = Some(write(&user)).filter(|user| user != "null");
        self.new_session(SessionState {
            user,
            ..SessionState::default()
        })
    }

    /// Whether there is a session with this id, and still is.
    pub fn has_session(&self, id: &str) -> bool {
        let world = self.world();
        let session = world.sessions.get(id);
        session.is_some_and(|session| session.end.is_none_or(|end| world.now < end))
    }

    /// All that was emitted, by whomever, in order.
    pub fn emits(&self) -> Vec<Emit> {
        self.world().emits.clone()
    }

    /// The errors that [`dispatch`](super::dispatch) and [`dispatch_http`](super::dispatch_http) saw thrown, as
    /// `Name: message`.
    pub fn thrown(&self) -> Vec<String> {
        self.world().thrown.clone()
    }

    pub(crate) fn add_thrown(&self, thrown: String) {
        self.world().thrown.push(thrown);
    }

    pub(crate) fn new_session(&self, mut session: SessionState) -> String {
        let mut world = self.world();
        world.sessions_so_far += 1;
        session.end = Some(world.now + SESSION);
        let id = format!("session-{}", world.sessions_so_far);
        world.sessions.insert(id.clone(), session);
        id
    }

    /// Visits a session that has not ended, which renews it.
    pub(crate) fn session<T>(
        &self,
        id: &str,
        visit: impl FnOnce(&mut SessionState) -> T,
    ) -> Option<T> {
        let mut world = self.world();
        let now = world.now;
        let session = world.sessions.get_mut(id)?;
        if session.end.is_some_and(|end| end <= now) {
            world.sessions.remove(id);
            return None;
        }
        session.end = Some(now + SESSION);
        Some(visit(session))
    }

    pub(crate) fn end_session(&self, id: &str) -> Option<SessionState> {
        self.world().sessions.remove(id)
    }

    /// Visits what a store holds.
    pub(crate) fn with_store<T>(&self, name: &str, visit: impl FnOnce(&mut Store) -> T) -> T {
        visit(self.world().stores.entry(name.to_owned()).or_default())
    }

    /// Visits a socket.
    pub(crate) fn visit<T>(&self, index: usize, visit: impl FnOnce(&mut SocketState) -> T) -> T {
        let mut world = self.world();
        let socket = world.sockets.get_mut(index);
        visit(socket.expect("sockets are never removed"))
    }

    /// Visits the sockets that a target names.
    pub(crate) fn for_each<T>(
        &self,
        namespace: &str,
        target: &Target,
        visit: impl FnMut(&mut SocketState) -> T,
    ) -> Vec<T> {
        let mut world = self.world();
        let sockets = world.sockets.iter_mut();
        sockets
            .filter(|socket| socket.is_reached(namespace, target))
            .map(visit)
            .collect()
    }

    /// Records what was emitted, and gives it to the sockets that it reaches.
    pub(crate) fn deliver(&self, sender: Option<&RecordingSocket>, emit: &Emit) {
        let sender = sender.map(RecordingSocket::index);
        let mut world = self.world();
        let namespace = sender
            .and_then(|index| world.sockets.get_mut(index))
            .map(|socket| {
                socket.emits.push(emit.clone());
                socket.namespace.clone()
            })
            .unwrap_or_default();
        world.emits.push(emit.clone());
        let received = Received::of(emit);
        for (index, socket) in world.sockets.iter_mut().enumerate() {
            let is_reached = match &emit.to {
                Recipients::Client => sender == Some(index),
                Recipients::Others { rooms, except } => {
                    let target = Target::of(rooms, except);
                    sender != Some(index) && socket.is_reached(&namespace, &target)
                }
                Recipients::All {
                    namespace,
                    rooms,
                    except,
                } => socket.is_reached(namespace, &Target::of(rooms, except)),
            };
            if is_reached {
                socket.received.push(received.clone());
            }
        }
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
