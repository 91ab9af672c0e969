//! A client that is not connected yet: what the guest does to it in `on-connection` waits until it is.

use std::{sync::Arc, time::Duration};

use futures::future::BoxFuture;
use parking_lot::Mutex;

use super::socket::Socket;
use stockade_sandbox::{
    CallError, Payload,
    host::{
        Adapter, ClientSocket, ClientState, Delivery, EventSource, FetchedSockets, Operation,
        Target, target_size,
    },
    limits::Limits,
};

/// Stands for the client and for the server while the guest decides. Reading goes through, acting is put off.
pub(super) struct DeferredSocket {
    socket: Arc<Socket>,
    limits: Arc<Limits>,
    put_off: Mutex<PutOff>,
}

/// What the guest did so far, and what that takes to keep.
#[derive(Default)]
struct PutOff {
    operations: Vec<DeferredOp>,
    bytes: usize,
}

/// Something that the guest did.
struct DeferredOp {
    target: DeferredTarget,
    operation: Operation,
}

/// To which sockets it did it.
enum DeferredTarget {
    /// The client's own.
    Own,
    /// Those of `target` in `namespace`.
    Namespace { namespace: String, target: Target },
}

/// What waits for the client to be connected, in order.
#[derive(Default)]
pub(super) struct DeferredOps(Vec<DeferredOp>);

impl DeferredSocket {
    /// In front of a socket.
    pub(super) fn new(socket: Arc<Socket>, limits: Arc<Limits>) -> Self {
        Self {
            socket,
            limits,
            put_off: Mutex::default(),
        }
    }

    /// What the guest did.
    pub(super) fn take_effects(&self) -> DeferredOps {
        let mut put_off = self.put_off.lock();
        DeferredOps(std::mem::take(&mut put_off.operations))
    }

    /// Keeps `operation`. What may be emitted in one event bounds what may be kept, rooms and targets included.
    fn put_off(&self, target: DeferredTarget, operation: Operation) -> Result<(), CallError> {
        let mut put_off = self.put_off.lock();
        let size = target.size() + operation.size();
        let bytes = put_off.bytes.saturating_add(size);
        if put_off.operations.len() >= self.limits.emits || bytes > self.limits.emit_bytes {
            let limit = "emits and emit-bytes, for all that on-connection does";
            return Err(CallError::LimitExceeded(limit.into()));
        }
        put_off.bytes = bytes;
        put_off.operations.push(DeferredOp { target, operation });
        Ok(())
    }
}

impl DeferredTarget {
    /// Bytes that it takes to keep, about.
    fn size(&self) -> usize {
        match self {
            Self::Own => 0,
            Self::Namespace { namespace, target } => namespace.len() + target_size(target),
        }
    }
}

impl DeferredOps {
    /// Makes all of it happen, now that the client is connected.
    pub(super) async fn apply(self, client: &dyn ClientSocket, server: &dyn Adapter) {
        for DeferredOp { target, operation } in self.0 {
            let done = match target {
                DeferredTarget::Own => apply_to(client, operation),
                DeferredTarget::Namespace { namespace, target } => {
                    server.apply(&namespace, target, operation).await
                }
            };
            if let Err(error) = done {
                tracing::debug!(?error, "put off in on-connection, then failed");
            }
        }
    }
}

fn apply_to(client: &dyn ClientSocket, operation: Operation) -> Result<(), CallError> {
    match operation {
        Operation::Emit {
            event,
            arguments,
            delivery,
        } => client.emit(&event, arguments, delivery),
        Operation::Join(rooms) => client.join(rooms),
        Operation::Leave(rooms) => client.leave(rooms),
        // A guest asks for that at the end of its event, which tells who runs it.
        Operation::Disconnect(_) => Ok(()),
    }
}

impl EventSource for DeferredSocket {
    fn socket(&self) -> Option<&dyn ClientSocket> {
        Some(self)
    }

    fn client(&self) -> &ClientState {
        self.socket.client()
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
        ClientSocket::namespace(&*self.socket)
    }

    fn matched_namespace(&self) -> String {
        self.socket.matched_namespace()
    }

    fn namespace_params(&self) -> Vec<(String, String)> {
        self.socket.namespace_params()
    }

    fn rooms(&self) -> Vec<String> {
        let mut rooms = self.socket.rooms();
        let put_off = self.put_off.lock();
        let operations = put_off.operations.iter();
        for own in operations.filter(|operation| matches!(operation.target, DeferredTarget::Own)) {
            match &own.operation {
                Operation::Join(joined) => rooms.extend(joined.iter().cloned()),
                Operation::Leave(left) => rooms.retain(|room| !left.contains(room)),
                Operation::Emit { .. } | Operation::Disconnect(_) => {}
            }
        }
        rooms.sort_unstable();
        rooms.dedup();
        rooms
    }

    fn emit(&self, event: &str, arguments: Payload, delivery: Delivery) -> Result<(), CallError> {
        let emit = Operation::Emit {
            event: event.to_owned(),
            arguments,
            delivery,
        };
        self.put_off(DeferredTarget::Own, emit)
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
        self.put_off(DeferredTarget::Own, Operation::Join(rooms))
    }

    fn leave(&self, rooms: Vec<String>) -> Result<(), CallError> {
        self.put_off(DeferredTarget::Own, Operation::Leave(rooms))
    }
}

impl Adapter for DeferredSocket {
    fn apply<'a>(
        &'a self,
        namespace: &'a str,
        target: Target,
        operation: Operation,
    ) -> BoxFuture<'a, Result<(), CallError>> {
        let namespace = namespace.to_owned();
        let put_off = self.put_off(DeferredTarget::Namespace { namespace, target }, operation);
        Box::pin(async { put_off })
    }

    fn fetch_sockets<'a>(
        &'a self,
        namespace: &'a str,
        target: Target,
    ) -> BoxFuture<'a, Result<FetchedSockets, CallError>> {
        self.socket.server().fetch_sockets(namespace, target)
    }
}
