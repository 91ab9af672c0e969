//! All sockets of the tenant, as the host functions reach them.

use std::{collections::HashMap, sync::Arc};

use futures::future::BoxFuture;

use super::{
    SocketId,
    namespace::Namespace,
    peer::{self, Peer},
    rooms::TooManyRooms,
};
use crate::{
    host::{Delivery, Target, TenantServer},
    sandbox::{CallError, Payload},
};

/// Ids that `fetch-sockets` answers.
const MAX_FETCHED: usize = 10_000;

/// The sockets of one tenant at this node.
pub(super) struct Local {
    /// By their names.
    pub(super) namespaces: HashMap<String, Arc<Namespace>>,
    /// Rooms that a socket may be in.
    pub(super) max_rooms: usize,
}

impl Local {
    fn namespace(&self, name: &str) -> Result<&Arc<Namespace>, CallError> {
        let none = || CallError::InvalidArgument(format!("there is no namespace {name:?}"));
        self.namespaces.get(name).ok_or_else(none)
    }
}

impl Namespace {
    fn peers(&self, target: &Target) -> Vec<Arc<Peer>> {
        self.rooms.select(&target.rooms, &target.except)
    }

    fn ids(&self, target: &Target) -> Vec<SocketId> {
        self.peers(target).iter().map(|peer| peer.id).collect()
    }
}

impl TenantServer for Local {
    fn emit<'a>(
        &'a self,
        namespace: &'a str,
        target: Target,
        event: &'a str,
        arguments: Payload,
        delivery: Delivery,
    ) -> BoxFuture<'a, Result<(), CallError>> {
        Box::pin(async move {
            let namespace = self.namespace(namespace)?;
            namespace.broadcast(target, event, arguments, delivery)
        })
    }

    fn fetch_sockets<'a>(
        &'a self,
        namespace: &'a str,
        target: Target,
    ) -> BoxFuture<'a, Result<Vec<String>, CallError>> {
        Box::pin(async move {
            let peers = self.namespace(namespace)?.peers(&target);
            let ids = peers.iter().map(|peer| peer.id.as_str().to_owned());
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
            let namespace = self.namespace(namespace)?;
            let limit = self.max_rooms;
            let joined = namespace.rooms.join(&namespace.ids(&target), &rooms, limit);
            joined.map_err(|TooManyRooms| peer::too_many_rooms(limit))
        })
    }

    fn sockets_leave<'a>(
        &'a self,
        namespace: &'a str,
        target: Target,
        rooms: Vec<String>,
    ) -> BoxFuture<'a, Result<(), CallError>> {
        Box::pin(async move {
            let namespace = self.namespace(namespace)?;
            namespace.rooms.leave(&namespace.ids(&target), &rooms);
            Ok(())
        })
    }

    fn disconnect_sockets<'a>(
        &'a self,
        namespace: &'a str,
        target: Target,
    ) -> BoxFuture<'a, Result<(), CallError>> {
        Box::pin(async move {
            for peer in self.namespace(namespace)?.peers(&target) {
                peer.disconnect();
            }
            Ok(())
        })
    }
}
