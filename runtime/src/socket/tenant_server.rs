//! All sockets of the tenant, as the host functions reach them.

use std::{borrow::Cow, collections::HashSet, sync::Arc};

use futures::future::BoxFuture;
use socketioxide::{
    BroadcastError, SocketIo, adapter::Adapter, extract::SocketRef, operators::BroadcastOperators,
    socket::Sid,
};

use super::{outgoing::Arguments, unread::Unread};
use crate::{
    host::{Delivery, Target, TenantServer},
    sandbox::{CallError, Payload},
    validate::payload,
};

/// Ids that `fetch-sockets` answers.
const MAX_FETCHED: usize = 10_000;
/// A broadcast below this size is not counted for each of its receivers: they share its bytes, and the packets that
/// wait for a client are counted anyway.
const COUNTED_BROADCAST: usize = 512;

/// The tenant's server.
pub(super) struct Sockets<A: Adapter> {
    pub(super) io: SocketIo<A>,
    /// Rooms that a socket may be in.
    pub(super) max_rooms: usize,
}

impl<A: Adapter> Sockets<A> {
    /// The sockets of one client in all namespaces.
    pub(super) fn of_client(&self, id: Sid) -> Vec<SocketRef<A>> {
        let namespaces = self.io.nsps();
        let sockets = namespaces.iter().map(|all| all.get_socket(id));
        sockets.flatten().collect()
    }

    /// Forgets a namespace that nobody is in.
    pub(super) fn delete_namespace(&self, name: &str) {
        self.io.delete_ns(name);
    }

    fn select(&self, namespace: &str, target: Target) -> Result<BroadcastOperators<A>, CallError> {
        let Some(all) = self.io.of(namespace) else {
            return Err(CallError::InvalidArgument(format!(
                "there is no namespace {namespace:?}"
            )));
        };
        let within = match target.rooms.is_empty() {
            true => all,
            false => all.within(target.rooms),
        };
        Ok(match target.except.is_empty() {
            true => within,
            false => within.except(target.except),
        })
    }
}

impl<A: Adapter> TenantServer for Sockets<A> {
    fn emit<'a>(
        &'a self,
        namespace: &'a str,
        target: Target,
        event: &'a str,
        arguments: Payload,
        delivery: Delivery,
    ) -> BoxFuture<'a, Result<(), CallError>> {
        Box::pin(async move {
            let to = self.select(namespace, target)?;
            broadcast(to, event, &arguments, delivery).await
        })
    }

    fn fetch_sockets<'a>(
        &'a self,
        namespace: &'a str,
        target: Target,
    ) -> BoxFuture<'a, Result<Vec<String>, CallError>> {
        Box::pin(async move {
            let sockets = self.select(namespace, target)?.fetch_sockets().await;
            let sockets = sockets.map_err(other)?;
            let ids = sockets.iter().map(|socket| socket.data().id.to_string());
            Ok(ids.take(MAX_FETCHED).collect())
        })
    }

    fn sockets_join<'a>(
        &'a self,
        namespace: &'a str,
        target: Target,
        rooms: Vec<String>,
    ) -> BoxFuture<'a, Result<(), CallError>> {
        Box::pin(async move {
            let sockets = self.select(namespace, target)?;
            for socket in sockets.clone().sockets() {
                let mut all: HashSet<_> = socket.rooms().into_iter().collect();
                all.extend(rooms.iter().cloned().map(Cow::Owned));
                if all.len() > self.max_rooms {
                    let limit = format!("rooms: {} a socket", self.max_rooms);
                    return Err(CallError::LimitExceeded(limit));
                }
            }
            sockets.join(rooms).await.map_err(other)
        })
    }

    fn sockets_leave<'a>(
        &'a self,
        namespace: &'a str,
        target: Target,
        rooms: Vec<String>,
    ) -> BoxFuture<'a, Result<(), CallError>> {
        Box::pin(async move {
            let sockets = self.select(namespace, target)?;
            sockets.leave(rooms).await.map_err(other)
        })
    }

    fn disconnect_sockets<'a>(
        &'a self,
        namespace: &'a str,
        target: Target,
    ) -> BoxFuture<'a, Result<(), CallError>> {
        Box::pin(async move {
            let sockets = self.select(namespace, target)?;
            sockets.disconnect().await.map_err(other)
        })
    }
}

/// Sends an event to all that `to` selects.
pub(super) async fn broadcast<A: Adapter>(
    to: BroadcastOperators<A>,
    event: &str,
    arguments: &Payload,
    delivery: Delivery,
) -> Result<(), CallError> {
    let bytes = event.len() + payload::size(arguments);
    if delivery.contains(Delivery::VOLATILE) {
        broadcast_volatile(to, event, arguments, bytes);
        return Ok(());
    }
    if bytes >= COUNTED_BROADCAST {
        for socket in to.clone().sockets() {
            if let Some(unread) = socket.extensions.get::<Arc<Unread>>() {
                unread.add(bytes);
            }
        }
    }
    let to = match delivery.contains(Delivery::LOCAL) {
        true => to.local(),
        false => to,
    };
    match to.emit(event, &Arguments(arguments)).await {
        // Some receivers have just gone, or do not read: that is between them and the server.
        Ok(()) | Err(BroadcastError::Socket(_)) => Ok(()),
        Err(error) => Err(other(error)),
    }
}

/// To each socket by itself, because each may or may not be ready for it. socketioxide's volatile packets would overtake
/// the others.
fn broadcast_volatile<A: Adapter>(
    to: BroadcastOperators<A>,
    event: &str,
    arguments: &Payload,
    bytes: usize,
) {
    for socket in to.sockets() {
        let unread = socket.extensions.get::<Arc<Unread>>();
        if unread.is_some_and(|unread| unread.is_ready() && unread.add(bytes)) {
            // Lost to a socket that has just gone, as it may be.
            let _ = socket.emit(event, &Arguments(arguments));
        }
    }
}

fn other(error: impl std::fmt::Display) -> CallError {
    CallError::Other(error.to_string())
}
