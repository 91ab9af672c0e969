//! All sockets of the tenant, as the host functions reach them.

use std::{
    collections::HashMap,
    sync::{Arc, Weak},
};

use arc_swap::ArcSwap;
use futures::future::BoxFuture;
use parking_lot::Mutex;

use super::{
    SocketId,
    children::{Children, TooManyChildren},
    namespace::{Namespace, Serving},
    recovery,
    rooms::TooManyRooms,
    socket::{self, Socket},
};
use crate::{
    options::Parser,
    tenant::{Release, Tenant},
};
use stockade_sandbox::{
    CallError,
    host::{self, Adapter, FetchedSockets, Fetching, Operation, Target},
    limits::Limits,
};

/// The sockets of one tenant at this node.
pub(super) struct LocalAdapter {
    pub(super) tenant: Arc<Tenant>,
    /// What namespaces are made with.
    parser: Parser,
    recovery: Option<(recovery::Settings, Arc<recovery::Budget>)>,
    /// Those with exact names, which are there for as long as the current release has them.
    exact: ArcSwap<HashMap<Arc<str>, Arc<Namespace>>>,
    children: Arc<Children<Namespace>>,
    /// Held while another release takes over.
    activating: Mutex<()>,
}

impl LocalAdapter {
    /// The namespaces of the tenant's current release, without sockets.
    pub(super) fn new(
        tenant: Arc<Tenant>,
        parser: Parser,
        recovery: Option<(recovery::Settings, Arc<recovery::Budget>)>,
    ) -> Self {
        let local = Self {
            parser,
            recovery,
            exact: ArcSwap::default(),
            children: Arc::new(Children::new(tenant.limits.child_namespaces)),
            activating: Mutex::default(),
            tenant,
        };
        let release = local.tenant.release();
        local.add_exact(&release);
        local
    }

    /// Makes `release` the current one: whatever starts from now on is served by it. Returns the namespaces that it does not have.
    pub(super) fn activate(&self, release: Arc<Release>) -> Vec<Arc<Namespace>> {
        let _activating = self.activating.lock();
        self.tenant.set_release(release.clone());
        self.add_exact(&release);
        let mut removed = self.all();
        removed.retain(|namespace| !namespace.serve_by(&release));
        let exact = self.exact.load();
        let left = exact
            .iter()
            .filter(|(_, namespace)| !namespace.is_removed());
        let left = left.map(|(name, namespace)| (name.clone(), namespace.clone()));
        self.exact.store(Arc::new(left.collect()));
        removed
    }

    /// Adds the exact namespaces of `release` that are not there yet.
    fn add_exact(&self, release: &Arc<Release>) {
        let mut exact = HashMap::clone(&self.exact.load());
        for api in release.api.namespaces.iter().filter(|api| api.is_exact()) {
            let name: Arc<str> = api.name.as_str().into();
            exact.entry(name.clone()).or_insert_with(|| {
                let serving = Serving {
                    release: release.clone(),
                    api: api.clone(),
                };
                Arc::new(self.namespace(serving, name, Weak::new()))
            });
        }
        self.exact.store(Arc::new(exact));
    }

    fn namespace(
        &self,
        serving: Serving,
        name: Arc<str>,
        children: Weak<Children<Namespace>>,
    ) -> Namespace {
        let log = self.recovery.as_ref();
        let log = log.map(|(settings, budget)| recovery::Log::new(*settings, budget.clone()));
        Namespace::new(serving, name, self.parser, log, children)
    }

    /// The namespace that a client asks for, which is made if need be, or `None` if the manifest has none of that name.
    ///
    /// # Errors
    /// There are too many already.
    pub(super) fn enter(&self, name: &str) -> Result<Option<Arc<Namespace>>, TooManyChildren> {
        if let Some(namespace) = self.get(name) {
            // One that is removed may be kept for clients that could come back.
            return Ok(Some(namespace).filter(|namespace| !namespace.is_removed()));
        }
        // Without a lock, since expressions take their time.
        let release = self.tenant.release();
        let Some(api) = release.api.match_child(name) else {
            return Ok(None);
        };
        let serving = Serving {
            release: release.clone(),
            api: api.clone(),
        };
        let make = |name| self.namespace(serving, name, Arc::downgrade(&self.children));
        let namespace = self.children.enter(name, make)?;
        // Another release may have taken over before the namespace could be found.
        if !Arc::ptr_eq(&namespace.serving().release, &self.tenant.release()) {
            let _activating = self.activating.lock();
            namespace.serve_by(&self.tenant.release());
        }
        Ok(Some(namespace).filter(|namespace| !namespace.is_removed()))
    }

    /// Whether there is a namespace of exactly this name, without a pattern.
    pub(super) fn is_exact(&self, name: &str) -> bool {
        self.exact.load().contains_key(name)
    }

    /// All namespaces that there are.
    pub(super) fn all(&self) -> Vec<Arc<Namespace>> {
        let mut all = self.children.all();
        all.extend(self.exact.load().values().cloned());
        all
    }

    fn get(&self, name: &str) -> Option<Arc<Namespace>> {
        let exact = self.exact.load().get(name).cloned();
        exact.or_else(|| self.children.get(name))
    }

    /// The namespace of this name, or `None` if it could be one and nobody is in it.
    fn find(&self, name: &str) -> Result<Option<Arc<Namespace>>, CallError> {
        match self.get(name) {
            Some(namespace) => Ok(Some(namespace)),
            None if self.tenant.release().api.find(name).is_some() => Ok(None),
            None => Err(no_namespace(name)),
        }
    }

    fn limits(&self) -> &Limits {
        &self.tenant.limits
    }
}

/// Says so to a guest. The name may be of any length.
pub(super) fn no_namespace(name: &str) -> CallError {
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
    fn apply<'a>(
        &'a self,
        namespace: &'a str,
        target: Target,
        operation: Operation,
    ) -> BoxFuture<'a, Result<(), CallError>> {
        Box::pin(async move {
            let Some(namespace) = self.find(namespace)? else {
                return Ok(());
            };
            match operation {
                Operation::Emit {
                    event,
                    arguments,
                    delivery,
                } => namespace.broadcast(target, &event, arguments, delivery)?,
                Operation::Join(rooms) => {
                    let limit = self.limits().rooms;
                    let joined = namespace.rooms.join(&namespace.ids(&target), &rooms, limit);
                    joined.map_err(|TooManyRooms| socket::too_many_rooms(limit))?;
                }
                Operation::Leave(rooms) => namespace.rooms.leave(&namespace.ids(&target), &rooms),
                Operation::Disconnect(from) => {
                    for socket in namespace.peers(&target) {
                        socket.apply_disconnect(Some(from));
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
}
