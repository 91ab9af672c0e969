//! A client that is not connected yet: what the guest does to it in `on-connection` waits until it is.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures::future::BoxFuture;

use stockade_sandbox::{
    CallError, Payload,
    host::{
        Adapter, ClientSocket, ClientState, Delivery, Disconnect, EventSource, FetchedSockets,
        Target,
    },
    limits::Limits,
    payload,
};

/// Stands for the client and for the server while the guest decides. Reading goes through, acting is put off.
pub struct DeferredSocket {
    client: Arc<dyn EventSource>,
    /// Its socket.
    socket: Arc<dyn ClientSocket>,
    limits: Arc<Limits>,
    put_off: Mutex<PutOff>,
}

/// What the guest did so far, and what that takes to keep.
#[derive(Default)]
struct PutOff {
    effects: Vec<DeferredOp>,
    bytes: usize,
}

/// Something that the guest did.
enum DeferredOp {
    Emit(String, Payload, Delivery),
    Join(Vec<String>),
    Leave(Vec<String>),
    Server(ServerEffect),
}

/// The same, to all sockets of a namespace.
struct ServerEffect {
    namespace: String,
    target: Target,
    action: Action,
}

enum Action {
    Emit(String, Payload, Delivery),
    Join(Vec<String>),
    Leave(Vec<String>),
    Disconnect(Disconnect),
}

/// What waits for the client to be connected, in order.
#[derive(Default)]
pub struct DeferredOps(Vec<DeferredOp>);

impl DeferredSocket {
    /// In front of a socket.
    pub fn new(
        client: Arc<dyn EventSource>,
        socket: Arc<dyn ClientSocket>,
        limits: Arc<Limits>,
    ) -> Self {
        Self {
            client,
            socket,
            limits,
            put_off: Mutex::default(),
        }
    }

    /// What the guest did.
    pub fn take_effects(&self) -> DeferredOps {
        let mut put_off = self.put_off.lock().unwrap_or_else(PoisonError::into_inner);
        DeferredOps(std::mem::take(&mut put_off.effects))
    }

    /// Keeps `effect`. What may be emitted in one event bounds what may be kept, rooms and targets included.
    fn put_off(&self, effect: DeferredOp) -> Result<(), CallError> {
        let mut put_off = self.put_off.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes = put_off.bytes.saturating_add(effect.size());
        if put_off.effects.len() >= self.limits.emits || bytes > self.limits.emit_bytes {
            let limit = "emits and emit-bytes, for all that on-connection does";
            return Err(CallError::LimitExceeded(limit.into()));
        }
        put_off.bytes = bytes;
        put_off.effects.push(effect);
        Ok(())
    }

    fn put_off_server(
        &self,
        namespace: &str,
        target: Target,
        action: Action,
    ) -> BoxFuture<'static, Result<(), CallError>> {
        let put_off = self.put_off(DeferredOp::Server(ServerEffect {
            namespace: namespace.to_owned(),
            target,
            action,
        }));
        Box::pin(async { put_off })
    }
}

impl DeferredOp {
    /// Bytes that it takes to keep, about.
    fn size(&self) -> usize {
        match self {
            Self::Emit(event, arguments, _) => event.len() + payload::size(arguments),
            Self::Join(rooms) | Self::Leave(rooms) => size_of_rooms(rooms),
            Self::Server(effect) => {
                let action = match &effect.action {
                    Action::Emit(event, arguments, _) => event.len() + payload::size(arguments),
                    Action::Join(rooms) | Action::Leave(rooms) => size_of_rooms(rooms),
                    Action::Disconnect(_) => 0,
                };
                effect.namespace.len() + size_of_target(&effect.target) + action
            }
        }
    }
}

fn size_of_target(target: &Target) -> usize {
    size_of_rooms(&target.rooms) + size_of_rooms(&target.except)
}

fn size_of_rooms(rooms: &[String]) -> usize {
    rooms
        .iter()
        .map(|room| room.len() + size_of::<String>())
        .sum()
}

impl DeferredOps {
    /// Makes all of it happen, now that the client is connected.
    pub async fn apply(self, client: &dyn ClientSocket, server: &dyn Adapter) {
        for effect in self.0 {
            let done = match effect {
                DeferredOp::Emit(event, arguments, delivery) => {
                    client.emit(&event, arguments, delivery)
                }
                DeferredOp::Join(rooms) => client.join(rooms),
                DeferredOp::Leave(rooms) => client.leave(rooms),
                DeferredOp::Server(effect) => effect.apply(server).await,
            };
            if let Err(error) = done {
                tracing::debug!(?error, "put off in on-connection, then failed");
            }
        }
    }
}

impl ServerEffect {
    async fn apply(self, server: &dyn Adapter) -> Result<(), CallError> {
        let Self {
            namespace, target, ..
        } = self;
        match self.action {
            Action::Emit(event, arguments, delivery) => {
                let emit = server.emit(&namespace, target, &event, arguments, delivery);
                emit.await
            }
            Action::Join(rooms) => server.sockets_join(&namespace, target, rooms).await,
            Action::Leave(rooms) => server.sockets_leave(&namespace, target, rooms).await,
            Action::Disconnect(from) => {
                let disconnect = server.disconnect_sockets(&namespace, target, from);
                disconnect.await
            }
        }
    }
}

impl EventSource for DeferredSocket {
    fn socket(&self) -> Option<&dyn ClientSocket> {
        Some(self)
    }

    fn client(&self) -> &ClientState {
        self.client.client()
    }

    fn server(&self) -> &dyn Adapter {
        self
    }
}

impl ClientSocket for DeferredSocket {
    fn id(&self) -> &str {
        self.socket.id()
    }

    fn namespace(&self) -> &str {
        self.socket.namespace()
    }

    fn matched_namespace(&self) -> String {
        self.socket.matched_namespace()
    }

    fn namespace_params(&self) -> Vec<(String, String)> {
        self.socket.namespace_params()
    }

    fn rooms(&self) -> Vec<String> {
        let mut rooms = self.socket.rooms();
        let put_off = self.put_off.lock().unwrap_or_else(PoisonError::into_inner);
        for effect in &put_off.effects {
            match effect {
                DeferredOp::Join(joined) => rooms.extend(joined.iter().cloned()),
                DeferredOp::Leave(left) => rooms.retain(|room| !left.contains(room)),
                _ => {}
            }
        }
        rooms.sort_unstable();
        rooms.dedup();
        rooms
    }

    fn emit(&self, event: &str, arguments: Payload, delivery: Delivery) -> Result<(), CallError> {
        self.put_off(DeferredOp::Emit(event.to_owned(), arguments, delivery))
    }

    fn emit_with_ack<'a>(
        &'a self,
        _: &'a str,
        _: Payload,
        _: Duration,
    ) -> BoxFuture<'a, Result<Payload, CallError>> {
        let reason = "the client cannot answer before it is connected";
        Box::pin(async { Err(CallError::Other(reason.into())) })
    }

    fn join(&self, rooms: Vec<String>) -> Result<(), CallError> {
        self.put_off(DeferredOp::Join(rooms))
    }

    fn leave(&self, rooms: Vec<String>) -> Result<(), CallError> {
        self.put_off(DeferredOp::Leave(rooms))
    }
}

impl Adapter for DeferredSocket {
    fn emit<'a>(
        &'a self,
        namespace: &'a str,
        target: Target,
        event: &'a str,
        arguments: Payload,
        delivery: Delivery,
    ) -> BoxFuture<'a, Result<(), CallError>> {
        let action = Action::Emit(event.to_owned(), arguments, delivery);
        self.put_off_server(namespace, target, action)
    }

    fn fetch_sockets<'a>(
        &'a self,
        namespace: &'a str,
        target: Target,
    ) -> BoxFuture<'a, Result<FetchedSockets, CallError>> {
        self.client.server().fetch_sockets(namespace, target)
    }

    fn sockets_join<'a>(
        &'a self,
        namespace: &'a str,
        target: Target,
        rooms: Vec<String>,
    ) -> BoxFuture<'a, Result<(), CallError>> {
        self.put_off_server(namespace, target, Action::Join(rooms))
    }

    fn sockets_leave<'a>(
        &'a self,
        namespace: &'a str,
        target: Target,
        rooms: Vec<String>,
    ) -> BoxFuture<'a, Result<(), CallError>> {
        self.put_off_server(namespace, target, Action::Leave(rooms))
    }

    fn disconnect_sockets<'a>(
        &'a self,
        namespace: &'a str,
        target: Target,
        from: Disconnect,
    ) -> BoxFuture<'a, Result<(), CallError>> {
        self.put_off_server(namespace, target, Action::Disconnect(from))
    }
}
