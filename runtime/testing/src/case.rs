//! One test: a server of its own, its store and its clock.

mod client;
mod server;
mod socket;

pub use client::{Connect, Disconnected, TestClient};
pub use socket::Received;

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use tower::ServiceExt;
use tracing::instrument::WithSubscriber;

use self::server::FakeServer;
use super::{Harness, log::Log};
use stockade_server::{
    dispatch::ConnectError,
    tenant::{LoadError, Tenant},
    web::HttpService,
};
use stockade_store::{Bucket, Store, clock::Clock};

/// One test of a component.
pub struct Case(Arc<Running>);

/// What the clients of a case share.
pub(super) struct Running {
    pub(super) tenant: Arc<Tenant>,
    pub(super) server: Arc<FakeServer>,
    store: Store,
    site: HttpService,
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
        let server = Arc::new(FakeServer::new(&tenant));
        let site = HttpService::new(tenant.clone(), None, &tenant.release().options.socket.path);
        site.connect(server.clone());
        Ok(Self(Arc::new(Running {
            tenant,
            server,
            store,
            site,
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
        self.0.server.clock.advance(time);
    }

    /// What time it is in this case.
    pub fn now(&self) -> SystemTime {
        self.0.server.clock.now()
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
    pub(super) fn dispatch(&self) -> tracing::Dispatch {
        self.log.dispatch()
    }

    /// Tells the guest of clients that have gone, one after the other, until nobody goes any more.
    pub(super) async fn settle(&self) {
        while let Some(socket) = self.server.next_gone() {
            client::say_gone(self, &socket).await;
        }
    }
}
