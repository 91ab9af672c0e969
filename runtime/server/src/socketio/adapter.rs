//! All sockets of the tenant, as the host functions reach them.

use std::{collections::HashMap, ops::Deref, sync::Arc};

use futures::future::BoxFuture;

use super::{
    SocketId,
    children::{Children, TooManyChildren},
    namespace::Namespace,
    rooms::TooManyRooms,
    socket::{self, Socket},
};
use crate::tenant::Tenant;
use stockade_sandbox::{
    CallError, Payload,
    host::{self, Adapter, Delivery, Disconnect, FetchedSockets, Fetching, Target},
    limits::Limits,
};

/// The sockets of one tenant at this node.
pub(super) struct LocalAdapter {
    pub(super) tenant: Arc<Tenant>,
    /// Those with exact names, which are always there.
    pub(super) namespaces: HashMap<Arc<str>, Arc<Namespace>>,
    pub(super) children: Arc<Children>,
}

/// A namespace, as somebody has named it.
enum Found<'a> {
    Exact(&'a Namespace),
    Child(Arc<Namespace>),
}

impl Deref for Found<'_> {
    type Target = Namespace;

    fn deref(&self) -> &Namespace {
        match self {
            Self::Exact(namespace) => namespace,
            Self::Child(namespace) => namespace,
        }
    }
}

impl LocalAdapter {
    /// The namespace that a client asks for, which is made if need be; none where the manifest has none of that name.
    ///
    /// # Errors
    /// There are too many already.
    pub(super) fn enter(&self, name: &str) -> Result<Option<Arc<Namespace>>, TooManyChildren> {
        match self.namespaces.get(name) {
            Some(namespace) => Ok(Some(namespace.clone())),
            None => self.children.enter(&self.tenant.api, name),
        }
    }

    /// All namespaces that there are.
    pub(super) fn all(&self) -> Vec<Arc<Namespace>> {
        let mut all = self.children.all();
        all.extend(self.namespaces.values().cloned());
        all
    }

    /// The namespace of this name; none where it could be one and nobody is in it.
    fn find(&self, name: &str) -> Result<Option<Found<'_>>, CallError> {
        if let Some(namespace) = self.namespaces.get(name) {
            return Ok(Some(Found::Exact(namespace)));
        }
        if let Some(namespace) = self.children.get(name) {
            return Ok(Some(Found::Child(namespace)));
        }
        match self.tenant.api.match_child(name) {
            Some(_) => Ok(None),
            None => Err(no_namespace(name)),
        }
    }

    fn limits(&self) -> &Limits {
        &self.tenant.limits
    }
}

/// Says so to a guest. The name may be of any length.
pub fn no_namespace(name: &str) -> CallError {
    let shown = stockade_text::excerpt(name);
    CallError::InvalidArgument(format!("there is no namespace {shown:?}"))
}

impl Namespace {
    fn peers(&self, target: &Target) -> Vec<Arc<Socket>> {
        self.rooms.select(&target.rooms, &target.except)
    }

    fn ids(&self, target: &Target) -> Vec<SocketId> {
        self.peers(target).iter().map(|socket| socket.id).collect()
    }
}

impl Adapter for LocalAdapter {
    fn emit<'a>(
        &'a self,
        namespace: &'a str,
        target: Target,
        event: &'a str,
        arguments: Payload,
        delivery: Delivery,
    ) -> BoxFuture<'a, Result<(), CallError>> {
        Box::pin(async move {
            match self.find(namespace)? {
                Some(namespace) => namespace.broadcast(target, event, arguments, delivery),
                None => Ok(()),
            }
        })
    }

    fn fetch_sockets<'a>(
        &'a self,
        namespace: &'a str,
        target: Target,
    ) -> BoxFuture<'a, Result<FetchedSockets, CallError>> {
        Box::pin(async move {
            let mut found = Fetching::new(self.limits().fetch_bytes);
            if let Some(namespace) = self.find(namespace)? {
                let peers = namespace.peers(&target);
                found.add_all(
                    peers
                        .iter()
                        .map(|socket| host::remote(&**socket, socket.client())),
                );
            }
            Ok(found.done())
        })
    }

    fn sockets_join<'a>(
        &'a self,
        namespace: &'a str,
        target: Target,
        rooms: Vec<String>,
    ) -> BoxFuture<'a, Result<(), CallError>> {
        Box::pin(async move {
            let Some(namespace) = self.find(namespace)? else {
                return Ok(());
            };
            let limit = self.limits().rooms;
            let joined = namespace.rooms.join(&namespace.ids(&target), &rooms, limit);
            joined.map_err(|TooManyRooms| socket::too_many_rooms(limit))
        })
    }

    fn sockets_leave<'a>(
        &'a self,
        namespace: &'a str,
        target: Target,
        rooms: Vec<String>,
    ) -> BoxFuture<'a, Result<(), CallError>> {
        Box::pin(async move {
            if let Some(namespace) = self.find(namespace)? {
                namespace.rooms.leave(&namespace.ids(&target), &rooms);
            }
            Ok(())
        })
    }

    fn disconnect_sockets<'a>(
        &'a self,
        namespace: &'a str,
        target: Target,
        from: Disconnect,
    ) -> BoxFuture<'a, Result<(), CallError>> {
        Box::pin(async move {
            let namespace = self.find(namespace)?;
            let peers = namespace.map_or_else(Vec::new, |namespace| namespace.peers(&target));
            for socket in peers {
                socket.apply_disconnect(Some(from));
            }
            Ok(())
        })
    }
}
