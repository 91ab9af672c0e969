//! The way of an event without sockets: what the runtime itself costs, once the network is taken away.
//!
//! Everything between a packet's text and an acknowledgement's is the server's own. In front of it there is a socket that
//! goes nowhere.

use std::{path::Path, pin::pin, sync::Arc, time::Duration};

use anyhow::{Context, Result, ensure};
use futures::future::BoxFuture;
use stockade_config::Config;
use stockade_sandbox::{
    CallError, Engine, Isolation, Payload,
    host::{
        Adapter, ClientSocket, ClientState, Delivery, EventSource, FetchedSockets, FirstRequest,
        Handshake, Operation, Target,
    },
};
use stockade_server::{
    dispatch::{self, AcceptedEvent},
    manifest::NamespaceApi,
    response::{Ack, Rejection, Response},
    tenant::{Compiled, Release, Tenant},
    validate::RawEvent,
};
use stockade_store::Store;

/// A component, built by `scripts/build-guest.sh`, and what it answers to [`EVENT`].
#[derive(Debug, Clone, Copy)]
pub struct Guest {
    /// Its package.
    pub name: &'static str,
    /// The acknowledgement.
    pub ack: &'static str,
}

/// What the peers of the comparison serve, too.
pub const PLAIN: Guest = Guest {
    name: "bench-guest",
    ack: r#"{"status":"ok","data":{"name":"product 1"}}"#,
};
/// The example, which stores the product and tells all others.
pub const PRODUCTS: Guest = Guest {
    name: "products",
    ack: r#"{"status":"ok"}"#,
};

/// The event that everything here is about, as its packet's data.
pub const EVENT: &str = r#"["create product",{"name":"product 1"}]"#;
/// The same without what it needs.
pub const INVALID: &str = r#"["create product",{"title":"product 1"}]"#;

/// Instances at once. Events come one after another here, and under valgrind address space is short.
const INSTANCES: u32 = 4;

/// A component that is compiled, and can be loaded with any isolation.
pub struct Bench {
    engine: Engine,
    compiled: Compiled,
    config: Config,
    store: Store,
    guest: Guest,
}

/// A tenant, and a client of it.
pub struct Served {
    /// Its component.
    pub release: Arc<Release>,
    /// The tenant.
    pub tenant: Tenant,
    /// The client.
    pub caller: Arc<dyn EventSource>,
    /// The response to [`EVENT`].
    pub answered: Response,
}

impl Bench {
    /// Compiles a component, within this process.
    ///
    /// # Errors
    /// A component that is missing or cannot be served.
    pub async fn load(guest: Guest) -> Result<Self> {
        let path = format!(
            "{}/../../target/guest/{}.wasm",
            env!("CARGO_MANIFEST_DIR"),
            guest.name
        );
        let mut config = stockade_config::load(None, [])?;
        config.engine_instances = INSTANCES;
        let engine = config.engine()?;
        let compiled = Compiled::read_own(&engine, Path::new(&path)).await;
        let compiled = compiled.with_context(|| format!("cannot load {path}"))?;
        let store = Store::memory(config.tenant.limits.store);
        Ok(Self {
            engine,
            compiled,
            config,
            store,
            guest,
        })
    }

    /// A tenant with this isolation, and a client. An event has been answered as it should be: a fast wrong answer is worth
    /// nothing.
    ///
    /// # Errors
    /// A component that does not describe itself, or answers something else.
    pub async fn serve(&self, isolation: Isolation) -> Result<Served> {
        let mut config = self.config.tenant.clone();
        config.isolation = isolation;
        let tenant = Tenant::new(
            &self.engine,
            self.guest.name,
            &self.compiled,
            &config,
            &self.store,
        )
        .await?;
        let client = ClientState::new(handshake());
        let release = tenant.release().clone();
        let api = release.api.namespaces.first().context("no namespace")?;
        let api = api.clone();
        let caller = Arc::new(Nowhere { client, api });
        let mut served = Served {
            tenant,
            release,
            caller,
            answered: Response::Ok(None),
        };
        // On the heap: the whole way of an event is in this future.
        Box::pin(served.check(self.guest.ack)).await?;
        Ok(served)
    }
}

impl Served {
    /// The namespace of the events here.
    ///
    /// # Errors
    /// A component without one.
    pub fn namespace(&self) -> Result<&NamespaceApi> {
        let namespace = self.release.api.namespaces.first();
        namespace.map(|api| &**api).context("no namespace")
    }

    /// What an event costs before its instance.
    ///
    /// # Errors
    /// A component without a namespace. An event that is rejected is the inner one.
    pub async fn accept(&self, text: &str) -> Result<Result<AcceptedEvent<'_>, Rejection>> {
        let raw = RawEvent::new(text.to_owned(), Vec::new());
        let (tenant, caller) = (&self.tenant, &*self.caller);
        Ok(dispatch::accept(tenant, self.namespace()?, caller, raw).await)
    }

    /// All of it, from a packet's text to its answer.
    ///
    /// # Errors
    /// An event that is rejected.
    pub async fn event(&self, text: &str) -> Result<Response> {
        let accepted = pin!(self.accept(text)).await??;
        let outcome = dispatch::run(&self.tenant, &self.release, self.caller.clone(), accepted);
        Ok(Box::pin(outcome).await.response)
    }

    async fn check(&mut self, expected: &str) -> Result<()> {
        self.answered = self.event(EVENT).await?;
        let mut ack = String::new();
        Ack(&self.answered).write(&mut ack);
        ensure!(ack == expected, "answered {ack} instead of {expected}");
        ensure!(
            self.accept(INVALID).await?.is_err(),
            "an invalid payload passes"
        );
        Ok(())
    }
}

/// What a client brings that connects from this machine.
fn handshake() -> Handshake {
    let query = [("EIO", "4"), ("transport", "websocket")];
    let query = query.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let url = "/socket.io/?EIO=4&transport=websocket";
    let request = FirstRequest::new(url, "127.0.0.1", &[], &query);
    Handshake::new(Arc::new(request), "{}", 0)
}

type Answer<T> = std::result::Result<T, CallError>;

/// A client, its socket, and all of them: what is sent to it is gone.
struct Nowhere {
    client: ClientState,
    api: Arc<NamespaceApi>,
}

impl EventSource for Nowhere {
    fn socket(&self) -> Option<&dyn ClientSocket> {
        Some(self)
    }

    fn client(&self) -> &ClientState {
        &self.client
    }

    fn server(&self) -> &dyn Adapter {
        self
    }
}

impl ClientSocket for Nowhere {
    fn id(&self) -> &str {
        "nowhere"
    }

    fn namespace(&self) -> &str {
        "/"
    }

    fn matched_namespace(&self) -> String {
        self.api.name.clone()
    }

    fn namespace_params(&self) -> Vec<(String, String)> {
        Vec::new()
    }

    fn rooms(&self) -> Vec<String> {
        Vec::new()
    }

    fn emit(&self, _: &str, _: Payload, _: Delivery) -> Answer<()> {
        Ok(())
    }

    fn emit_with_ack<'a>(
        &'a self,
        _: &'a str,
        _: Payload,
        _: Duration,
    ) -> BoxFuture<'a, Answer<Payload>> {
        Box::pin(async { Err(CallError::Disconnected) })
    }

    fn join(&self, _: Vec<String>) -> Answer<()> {
        Ok(())
    }

    fn leave(&self, _: Vec<String>) -> Answer<()> {
        Ok(())
    }
}

impl Adapter for Nowhere {
    fn apply<'a>(&'a self, _: &'a str, _: Target, _: Operation) -> BoxFuture<'a, Answer<()>> {
        Box::pin(async { Ok(()) })
    }

    fn fetch_sockets<'a>(&'a self, _: &'a str, _: Target) -> BoxFuture<'a, Answer<FetchedSockets>> {
        Box::pin(async {
            Ok(FetchedSockets {
                sockets: Vec::new(),
                complete: true,
            })
        })
    }
}
