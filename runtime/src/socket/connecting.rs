//! A client that is not connected yet: what the guest does to it in `on-connection` waits until it is.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use futures::future::BoxFuture;

use crate::{
    host::{ClientSocket, Delivery, Target, TenantServer},
    sandbox::{CallError, Payload},
};

/// Stands for the client and for the server while the guest decides. Reading goes through, acting is put off.
pub(super) struct Connecting<C, S> {
    client: C,
    server: S,
    effects: Mutex<Vec<Effect>>,
}

/// Something that the guest did.
enum Effect {
    Emit(String, Payload, Delivery),
    EmitTo(Target, String, Payload, Delivery),
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
    Disconnect,
}

/// What waits for the client to be connected, in order.
pub(super) struct Effects(Vec<Effect>);

impl<C, S> Connecting<C, S> {
    pub(super) fn new(client: C, server: S) -> Self {
        Self {
            client,
            server,
            effects: Mutex::default(),
        }
    }

    /// What the guest did.
    pub(super) fn take_effects(&self) -> Effects {
        let mut effects = self.effects.lock().unwrap_or_else(PoisonError::into_inner);
        Effects(std::mem::take(&mut *effects))
    }

    fn put_off(&self, effect: Effect) {
        let mut effects = self.effects.lock().unwrap_or_else(PoisonError::into_inner);
        effects.push(effect);
    }

    fn put_off_server(&self, namespace: &str, target: Target, action: Action) {
        self.put_off(Effect::Server(ServerEffect {
            namespace: namespace.to_owned(),
            target,
            action,
        }));
    }
}

impl Effects {
    /// Makes all of it happen, now that the client is connected.
    pub(super) async fn apply(self, client: &dyn ClientSocket, server: &dyn TenantServer) {
        for effect in self.0 {
            let done = match effect {
                Effect::Emit(event, arguments, delivery) => {
                    client.emit(&event, arguments, delivery)
                }
                Effect::EmitTo(target, event, arguments, delivery) => {
                    client.emit_to(target, &event, arguments, delivery).await
                }
                Effect::Join(rooms) => client.join(rooms),
                Effect::Leave(rooms) => client.leave(rooms),
                Effect::Server(effect) => effect.apply(server).await,
            };
            if let Err(error) = done {
                tracing::debug!(?error, "put off in on-connection, then failed");
            }
        }
    }
}

impl ServerEffect {
    async fn apply(self, server: &dyn TenantServer) -> Result<(), CallError> {
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
            Action::Disconnect => server.disconnect_sockets(&namespace, target).await,
        }
    }
}

impl<C: ClientSocket, S: TenantServer> ClientSocket for Connecting<C, S> {
    fn id(&self) -> &str {
        self.client.id()
    }

    fn namespace(&self) -> &str {
        self.client.namespace()
    }

    fn rooms(&self) -> Vec<String> {
        let mut rooms = self.client.rooms();
        let effects = self.effects.lock().unwrap_or_else(PoisonError::into_inner);
        for effect in effects.iter() {
            match effect {
                Effect::Join(joined) => rooms.extend(joined.iter().cloned()),
                Effect::Leave(left) => rooms.retain(|room| !left.contains(room)),
                _ => {}
            }
        }
        rooms.sort_unstable();
        rooms.dedup();
        rooms
    }

    fn emit(&self, event: &str, arguments: Payload, delivery: Delivery) -> Result<(), CallError> {
        self.put_off(Effect::Emit(event.to_owned(), arguments, delivery));
        Ok(())
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

    fn emit_to<'a>(
        &'a self,
        target: Target,
        event: &'a str,
        arguments: Payload,
        delivery: Delivery,
    ) -> BoxFuture<'a, Result<(), CallError>> {
        let event = event.to_owned();
        self.put_off(Effect::EmitTo(target, event, arguments, delivery));
        Box::pin(async { Ok(()) })
    }

    fn join(&self, rooms: Vec<String>) -> Result<(), CallError> {
        self.put_off(Effect::Join(rooms));
        Ok(())
    }

    fn leave(&self, rooms: Vec<String>) -> Result<(), CallError> {
        self.put_off(Effect::Leave(rooms));
        Ok(())
    }
}

impl<C: Send + Sync, S: TenantServer> TenantServer for Connecting<C, S> {
    fn emit<'a>(
        &'a self,
        namespace: &'a str,
        target: Target,
        event: &'a str,
        arguments: Payload,
        delivery: Delivery,
    ) -> BoxFuture<'a, Result<(), CallError>> {
        let action = Action::Emit(event.to_owned(), arguments, delivery);
        self.put_off_server(namespace, target, action);
        Box::pin(async { Ok(()) })
    }

    fn fetch_sockets<'a>(
        &'a self,
        namespace: &'a str,
        target: Target,
    ) -> BoxFuture<'a, Result<Vec<String>, CallError>> {
        self.server.fetch_sockets(namespace, target)
    }

    fn sockets_join<'a>(
        &'a self,
        namespace: &'a str,
        target: Target,
        rooms: Vec<String>,
    ) -> BoxFuture<'a, Result<(), CallError>> {
        self.put_off_server(namespace, target, Action::Join(rooms));
        Box::pin(async { Ok(()) })
    }

    fn sockets_leave<'a>(
        &'a self,
        namespace: &'a str,
        target: Target,
        rooms: Vec<String>,
    ) -> BoxFuture<'a, Result<(), CallError>> {
        self.put_off_server(namespace, target, Action::Leave(rooms));
        Box::pin(async { Ok(()) })
    }

    fn disconnect_sockets<'a>(
        &'a self,
        namespace: &'a str,
        target: Target,
    ) -> BoxFuture<'a, Result<(), CallError>> {
        self.put_off_server(namespace, target, Action::Disconnect);
        Box::pin(async { Ok(()) })
    }
}
