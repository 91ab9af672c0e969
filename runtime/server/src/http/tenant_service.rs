//! A tenant as an HTTP service: Socket.IO at its path, the component's routes and files at all others.

use std::{convert::Infallible, fmt::Display, path::PathBuf, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Request, Response};
use hyper::body::Body;
use parking_lot::Mutex;
use tower::{BoxError, Service, ServiceBuilder};

use super::{
    cors,
    socket_io_layer::{ResponseBody, SocketIoLayer},
};
use crate::{
    cluster::{self, Membership},
    options::ServerOptions,
    socketio::{self, Server},
    tenant::{Release, Tenant},
    web::HttpService,
};

/// A tenant that is served: its sockets, and what answers its requests.
///
/// [`serve`](super::serve) gives it a port of its own. In another server, [`service`](Self::service) is a tower service for
/// the requests that are the tenant's: their paths are those that its clients ask for.
pub struct TenantService {
    tenant: Arc<Tenant>,
    options: ServerOptions,
    server: Server,
    engine: socketio::Service<HttpService>,
    /// Its place among the nodes.
    membership: Mutex<Membership>,
}

impl TenantService {
    /// Serves `tenant`, and the files of a folder beside it. Must be called within a Tokio runtime.
    ///
    /// The options of Socket.IO are those of the current release, for as long as this lives.
    pub fn new(tenant: Arc<Tenant>, files: Option<PathBuf>) -> Self {
        let options = tenant.release().options.clone();
        let site = HttpService::new(tenant.clone(), files, &options.socket.path);
        let mut membership = Membership::default();
        let reach = |local| {
            let (sockets, joined) = cluster::join(&tenant, local);
            membership = joined;
            sockets
        };
        let (server, engine) = Server::new(tenant.clone(), &options.socket, reach, site.clone());
        site.connect(server.operators());
        Self {
            tenant,
            options,
            server,
            engine,
            membership: Mutex::new(membership),
        }
    }

    /// The service, with CORS as the options say. Cheap to clone.
    pub fn service<B>(
        &self,
    ) -> impl Service<
        Request<B>,
        Response = Response<ResponseBody>,
        Error = Infallible,
        Future: Send,
    > + Clone
    + Send
    + Sync
    + use<B>
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError> + Display,
    {
        ServiceBuilder::new()
            .option_layer(cors::exposed_headers(&self.options.cors))
            .option_layer(cors::layer(&self.options.cors))
            .service(SocketIoLayer::new(self.engine.clone(), &self.options))
    }

    /// Makes `release` the current one, as [`Server::activate`] says.
    pub fn activate(&self, release: Arc<Release>) {
        self.server.activate(release);
    }

    /// Whose service it is.
    pub fn tenant(&self) -> &Arc<Tenant> {
        &self.tenant
    }

    /// Answers what is under way, then closes all sockets, and leaves the other nodes. New events are refused meanwhile.
    ///
    /// `patience` bounds each of the first two.
    pub async fn drain(&self, patience: Duration) {
        self.server.drain(patience).await;
        let membership = {
            let mut membership = self.membership.lock();
            std::mem::take(&mut *membership)
        };
        membership.leave().await;
    }

    /// Where Socket.IO is.
    pub(super) fn path(&self) -> &str {
        &self.options.socket.path
    }
}
