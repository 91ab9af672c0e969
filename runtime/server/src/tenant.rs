//! A tenant: whose handlers are served, with all that outlives their components; and its releases.

mod release;

use std::{path::Path, sync::Arc};

use arc_swap::{ArcSwap, Guard};
use stockade_auth::{
    AuthConfigError, JwtConfig, JwtVerifier,
    session::{SessionConfig, SessionCookie, Sessions},
};
use stockade_json_schema::ValidationOptions;
use stockade_redis::Address;
use stockade_sandbox::{
    Engine, HttpResponse, Isolation, Pool, Reuse,
    host::{ClientState, Keyvalue, LogSource, TenantCtx},
    limits::Limits,
};
use stockade_store::{Store, clock::Clock};

pub use release::{Compiled, LoadError, Refused, Release};

use crate::{
    options::Policy,
    response::ErrorRenderer,
    traffic::{Traffic, TrafficLevel},
};

/// A tenant. An event takes the release that is current when it starts, and keeps it to its end.
pub struct Tenant {
    /// Its name, in logs, in the store and among the nodes.
    pub name: String,
    /// What it may use.
    pub limits: Arc<Limits>,
    /// How errors are shown to clients.
    pub error_renderer: ErrorRenderer,
    /// Where lines about it and by it go.
    pub log: LogSource,
    /// Where lines about its sockets go.
    pub traffic: Traffic,
    /// The Redis by which it reaches its other nodes, if there are any.
    pub adapter: Option<Address>,
    /// Where its sessions are.
    pub sessions: Arc<Sessions>,
    /// How the id of a session travels.
    pub session_cookie: SessionCookie,
    /// Verifies tokens, if the operator has given keys.
    pub jwt: Option<Jwt>,
    /// What time it is for it.
    pub clock: Clock,
    config: TenantConfig,
    pool: Arc<Pool>,
    current: ArcSwap<Release>,
}

/// How a tenant runs.
#[derive(Debug, Clone)]
pub struct TenantConfig {
    /// Who shares an instance's memory.
    pub isolation: Isolation,
    /// When shared instances retire.
    pub reuse: Reuse,
    /// What it may use.
    pub limits: Arc<Limits>,
    /// Socket.IO's server options, and which ones it may set.
    pub options: Policy,
    /// How its payloads are validated.
    pub validation: ValidationOptions,
    /// Whether its clients see causes of internal errors.
    pub debug: bool,
    /// How its sockets are logged.
    pub traffic: TrafficLevel,
    /// Its sessions.
    pub session: SessionConfig,
    /// How tokens are verified; none where no key is given.
    pub jwt: Option<JwtConfig>,
    /// The Redis by which it reaches its other nodes; none where there is only this one.
    pub adapter: Option<Address>,
}

/// What `jwt` steps need.
pub struct Jwt {
    /// With the operator's keys.
    pub verifier: JwtVerifier,
    /// The cookie that may carry a token.
    pub cookie: Option<String>,
}

impl Tenant {
    /// Loads the component in `path`: compiles it, links it, asks it for its manifest and checks that. It becomes the first
    /// release of the tenant with this name.
    ///
    /// # Errors
    /// The first stage that refuses it, with every reason that the stage has.
    pub async fn load(
        engine: &Engine,
        name: &str,
        path: &Path,
        config: &TenantConfig,
        store: &Store,
    ) -> Result<Self, LoadError> {
        let compiled = Compiled::read(engine, path).await?;
        Self::new(engine, name, &compiled, config, store).await
    }

    /// The same for a component that is compiled already.
    ///
    /// # Errors
    /// As for [`Tenant::load`].
    pub async fn new(
        engine: &Engine,
        name: &str,
        compiled: &Compiled,
        config: &TenantConfig,
        store: &Store,
    ) -> Result<Self, LoadError> {
        let log = LogSource::new(name, config.limits.log_rate);
        let sessions = Arc::new(Sessions::new(store, name, &config.session));
        let pool = Pool::new(TenantCtx {
            limits: config.limits.clone(),
            log: log.clone(),
            keyvalue: Keyvalue::new(store, name),
            sessions: sessions.clone(),
        });
        let release = Release::new(engine, compiled, config, pool.clone()).await?;
        Ok(Self {
            name: name.to_owned(),
            limits: config.limits.clone(),
            error_renderer: ErrorRenderer {
                debug: config.debug,
            },
            traffic: Traffic::new(config.traffic, name, config.limits.log_rate),
            adapter: config.adapter.clone(),
            session_cookie: config.session.cookie.clone(),
            jwt: config.jwt.as_ref().map(Jwt::new).transpose()?,
            clock: store.clock().clone(),
            config: config.clone(),
            current: ArcSwap::from_pointee(release),
            log,
            sessions,
            pool,
        })
    }

    /// Prepares another release, which [`Server::activate`](crate::socketio::Server::activate) makes the current one.
    ///
    /// # Errors
    /// As for [`Tenant::load`]; the tenant goes on with the release that it has.
    pub async fn prepare(
        &self,
        engine: &Engine,
        compiled: &Compiled,
    ) -> Result<Arc<Release>, LoadError> {
        let release = Release::new(engine, compiled, &self.config, self.pool.clone());
        Ok(Arc::new(release.await?))
    }

    /// The current release, to be kept for as long as an event takes.
    pub fn release(&self) -> Guard<Arc<Release>> {
        self.current.load()
    }

    /// Makes `release` the current one, for whatever starts from now on.
    pub(crate) fn set_release(&self, release: Arc<Release>) {
        self.current.store(release);
    }
}

impl Jwt {
    fn new(config: &JwtConfig) -> Result<Self, AuthConfigError> {
        Ok(Self {
            verifier: JwtVerifier::new(config)?,
            cookie: config.cookie.clone(),
        })
    }
}

impl Tenant {
    /// Lets the client of an HTTP request know of its session, where the guest has changed that.
    pub fn session_cookie(&self, response: &mut HttpResponse, client: &ClientState) {
        if !client.session_changed() || self.session_cookie.name.is_empty() {
            return;
        }
        let id = client.session_id();
        let cookie = self.session_cookie.header(id.as_deref());
        response.headers.push(("set-cookie".into(), cookie));
    }
}
