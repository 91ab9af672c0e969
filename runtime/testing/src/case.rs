//! One test: a server of its own, its store and its clock.

mod client;
mod connection;
mod packet;

pub use client::{Connect, Disconnected, TestClient};
pub use connection::Received;

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use tower::ServiceExt;
use tracing::instrument::WithSubscriber;

use self::connection::Connection;
use super::{Harness, log::Log};
use stockade_server::{
    dispatch::ConnectError,
    options::Parser,
    socketio::Server,
    tenant::{LoadError, Tenant},
    web::HttpService,
};
use stockade_store::{Bucket, Store, clock::Clock};

/// One test of a component.
pub struct Case(Arc<Running>);

/// What the clients of a case share.
struct Running {
    tenant: Arc<Tenant>,
    server: Server,
    /// Where Socket.IO is.
    path: String,
    store: Store,
    site: HttpService,
    /// Of all clients, also of those that nobody asks any more: they go on receiving.
    connections: Mutex<Vec<Arc<Connection>>>,
    log: Log,
}

impl Case {
    pub(super) async fn new(harness: &Harness, time: SystemTime) -> Result<Self, LoadError> {
        let Harness {
            engine,
            compiled,
            name,
            config,
            filter,
        } = harness;
        let log = Log::new(filter);
        let store = Store::memory_with_clock(config.limits.store, Clock::held_at(time));
        let tenant = Tenant::new(engine, name, compiled, config, &store)
            .with_subscriber(log.dispatch())
            .await?;
        let tenant = Arc::new(tenant);
        let mut options = tenant.release().options.socket.clone();
        // The one that test clients speak.
        options.parser = Parser::Default;
        let site = HttpService::new(tenant.clone(), None, &options.path);
        // There are no other nodes.
        let (server, _) = Server::new(tenant.clone(), &options, |local| local, site.clone());
        server.log_to(log.dispatch());
        site.connect(server.operators());
        Ok(Self(Arc::new(Running {
            tenant,
            server,
            path: options.path,
            store,
            site,
            connections: Mutex::default(),
            log,
        })))
    }

    /// Connects a client, on a connection of its own.
    ///
    /// # Errors
    /// What the client reads in `connect_error`.
    pub async fn connect(&self, connect: Connect) -> Result<TestClient, ConnectError> {
        let dispatch = self.0.log.dispatch();
        client::connect(&self.0, connect)
            .with_subscriber(dispatch)
            .await
    }

    /// Sends a request to whatever of the component serves it.
    pub async fn http(&self, request: Request<Bytes>) -> Response<Bytes> {
        let Running { site, log, .. } = &*self.0;
        let answer = async {
            let request = client::from_here(request).map(Full::new);
            let answer = match site.clone().oneshot(request).await {
                Ok(answer) => answer,
                Err(never) => match never {},
            };
            self.0.settle().await;
            let (parts, body) = answer.into_parts();
            // It has been made whole already: there are no files here.
            let body = body.collect().await.map(|body| body.to_bytes());
            Response::from_parts(parts, body.unwrap_or_default())
        };
        answer.with_subscriber(log.dispatch()).await
    }

    /// Lets time pass: for sessions, tokens, what the store lets expire, and the clock that guests see.
    pub fn advance(&self, time: Duration) {
        self.0.tenant.clock.advance(time);
    }

    /// What time it is in this case.
    pub fn now(&self) -> SystemTime {
        self.0.tenant.clock.now()
    }

    /// A bucket of the component's store.
    pub fn store(&self, bucket: &str) -> Bucket {
        self.0.store.bucket(&self.0.tenant.name, bucket)
    }

    /// What host and guest have logged so far, by the configuration's `log.filter`.
    pub fn log(&self) -> Vec<String> {
        self.0.log.lines()
    }
}

impl Running {
    fn dispatch(&self) -> tracing::Dispatch {
        self.log.dispatch()
    }

    /// Opens a connection that begins with this request, and has a task carry it.
    fn open(
        &self,
        request: http::request::Parts,
        namespace: String,
    ) -> Result<Arc<Connection>, String> {
        let client = self.server.connect(request);
        let client = client.ok_or_else(|| "there is no randomness".to_owned())?;
        let clock = self.tenant.clock.clone();
        let connection = Arc::new(Connection::new(client, namespace, clock));
        let carry = connection.clone().carry();
        tokio::spawn(carry.with_subscriber(self.dispatch()));
        let mut connections = self
            .connections
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        connections.push(connection.clone());
        Ok(connection)
    }

    /// Waits until the server is at rest and all clients have received what was sent to them.
    ///
    /// What the server does reaches clients, and what they do with it makes the server work again. So both are looked at, one
    /// after the other, until no client has done anything meanwhile: then nothing can have begun behind the one that was
    /// looked at first.
    async fn settle(&self) {
        loop {
            let connections = self.connections();
            let taken = || {
                connections
                    .iter()
                    .map(|one| one.client.taken())
                    .sum::<u64>()
            };
            let before = taken();
            self.server.at_rest().await;
            for connection in &connections {
                connection.client.idle().await;
            }
            if taken() == before {
                return;
            }
        }
    }

    fn connections(&self) -> Vec<Arc<Connection>> {
        let connections = self.connections.lock();
        connections.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        for connection in self.connections() {
            connection.client.close();
        }
    }
}
