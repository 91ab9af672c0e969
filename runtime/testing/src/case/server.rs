//! All sockets of a case.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures::future::BoxFuture;

use super::socket::{FakeSocket, Received};
use stockade_sandbox::{
    CallError,
    host::{self, Adapter, FetchedSockets, Fetching, Operation, Target},
};
use stockade_server::{
    socketio::{
        SocketId,
        adapter::no_namespace,
        rooms::{Rooms, TooManyRooms},
    },
    tenant::Tenant,
};
use stockade_store::clock::Clock;

/// The server of one case: the same rooms as a real one, and sockets that write down.
pub(crate) struct FakeServer {
    pub(super) clock: Clock,
    pub(super) tenant: Arc<Tenant>,
    /// Those that somebody has been in.
    namespaces: Mutex<Namespaces>,
    /// Those that have gone, and of whom the guest has not been told.
    gone: Mutex<VecDeque<Arc<FakeSocket>>>,
}

/// The sockets of one namespace.
type Sockets = Rooms<Arc<FakeSocket>>;
/// Those of all, by their names.
type Namespaces = HashMap<String, Arc<Sockets>>;

impl FakeServer {
    pub(super) fn new(tenant: &Arc<Tenant>) -> Self {
        Self {
            clock: tenant.clock.clone(),
            tenant: tenant.clone(),
            namespaces: Mutex::default(),
            gone: Mutex::default(),
        }
    }

    /// A socket can be reached from now on.
    pub(super) fn insert(&self, socket: &Arc<FakeSocket>) {
        let mut namespaces = self.lock_namespaces();
        let rooms = namespaces.entry(socket.namespace.clone()).or_default();
        rooms.insert(socket.id, socket.clone(), &[]);
    }

    /// A socket goes, if it has not gone before.
    pub(super) fn depart(&self, socket: &Arc<FakeSocket>, reason: &'static str) {
        let left = self.rooms_of(socket);
        if !socket.leave(reason, left) {
            return;
        }
        if let Some(rooms) = self.rooms(&socket.namespace) {
            rooms.remove(socket.id);
        }
        let mut gone = self.gone.lock().unwrap_or_else(PoisonError::into_inner);
        gone.push_back(socket.clone());
    }

    /// Takes one of those of whom the guest has not been told.
    pub(super) fn next_gone(&self) -> Option<Arc<FakeSocket>> {
        let mut gone = self.gone.lock().unwrap_or_else(PoisonError::into_inner);
        gone.pop_front()
    }

    /// The rooms of a socket, without its own.
    pub(super) fn rooms_of(&self, socket: &FakeSocket) -> Vec<String> {
        let rooms = self.rooms(&socket.namespace);
        let rooms = rooms.map_or_else(Vec::new, |rooms| rooms.of(socket.id));
        rooms.iter().map(|room| String::from(&**room)).collect()
    }

    pub(super) fn has_left_own_room(&self, socket: &FakeSocket) -> bool {
        let rooms = self.rooms(&socket.namespace);
        rooms.is_some_and(|rooms| rooms.has_left_own(socket.id))
    }

    pub(super) fn join(&self, socket: &FakeSocket, rooms: &[String]) -> Result<(), CallError> {
        self.join_all(&socket.namespace, &[socket.id], rooms)
    }

    pub(super) fn leave(&self, socket: &FakeSocket, rooms: &[String]) {
        if let Some(namespace) = self.rooms(&socket.namespace) {
            namespace.leave(&[socket.id], rooms);
        }
    }

    fn join_all(
        &self,
        namespace: &str,
        ids: &[SocketId],
        rooms: &[String],
    ) -> Result<(), CallError> {
        let limit = self.tenant.limits.rooms;
        let joined = self.namespace(namespace)?.join(ids, rooms, limit);
        joined.map_err(|TooManyRooms| CallError::LimitExceeded(format!("rooms: {limit} a socket")))
    }

    fn rooms(&self, namespace: &str) -> Option<Arc<Sockets>> {
        self.lock_namespaces().get(namespace).cloned()
    }

    /// The rooms of a namespace that the manifest has, or that matches one.
    fn namespace(&self, name: &str) -> Result<Arc<Sockets>, CallError> {
        match (self.rooms(name), self.tenant.release().api.find(name)) {
            (Some(rooms), _) => Ok(rooms),
            (None, Some(_)) => Ok(Arc::default()),
            (None, None) => Err(no_namespace(name)),
        }
    }

    fn lock_namespaces(&self) -> MutexGuard<'_, Namespaces> {
        let namespaces = self.namespaces.lock();
        namespaces.unwrap_or_else(PoisonError::into_inner)
    }

    fn select(&self, namespace: &str, target: &Target) -> Result<Vec<Arc<FakeSocket>>, CallError> {
        let rooms = self.namespace(namespace)?;
        Ok(rooms.select(&target.rooms, &target.except))
    }

    fn ids(&self, namespace: &str, target: &Target) -> Result<Vec<SocketId>, CallError> {
        let sockets = self.select(namespace, target)?;
        Ok(sockets.iter().map(|socket| socket.id).collect())
    }
}

impl Adapter for FakeServer {
    fn apply<'a>(
        &'a self,
        namespace: &'a str,
        target: Target,
        operation: Operation,
    ) -> BoxFuture<'a, Result<(), CallError>> {
        Box::pin(async move {
            match operation {
                Operation::Emit {
                    event,
                    arguments,
                    delivery,
                } => {
                    let received = Received::new(&event, &arguments, delivery);
                    for socket in self.select(namespace, &target)? {
                        // One that has just gone misses it, as it would in reality.
                        let _ = socket.receive(received.clone());
                    }
                }
                Operation::Join(rooms) => {
                    let ids = self.ids(namespace, &target)?;
                    self.join_all(namespace, &ids, &rooms)?;
                }
                Operation::Leave(rooms) => {
                    let ids = self.ids(namespace, &target)?;
                    self.namespace(namespace)?.leave(&ids, &rooms);
                }
                // A client is alone on its connection, so both ways to disconnect it are the same.
                Operation::Disconnect(_) => {
                    for socket in self.select(namespace, &target)? {
                        self.depart(&socket, super::client::BY_SERVER);
                    }
                }
            }
            Ok(())
        })
    }

    fn fetch_sockets<'a>(
        &'a self,
        namespace: &'a str,
        target: Target,
    ) -> BoxFuture<'a, Result<FetchedSockets, CallError>> {
        Box::pin(async move {
            let mut found = Fetching::new(self.tenant.limits.fetch_bytes);
            let sockets = self.select(namespace, &target)?;
            found.add_all(
                sockets
                    .iter()
                    .map(|socket| host::remote(&**socket, &socket.client)),
            );
            Ok(found.done())
        })
    }
}
