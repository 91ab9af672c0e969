//! Runs a compiled component against events and requests, without a network: for tests of whoever writes components, in
//! whatever language.
//!
//! The server is the real one, from Socket.IO's packets to the responses. Its [`TestClient`]s are in this process: their packets
//! go through memory, and they write down what they receive. Each [`Case`] has a server, a store in memory and a clock of its own;
//! the clock stands still until it is told to advance.
//!
//! ```no_run
//! # async fn test() -> anyhow::Result<()> {
//! use serde_json::json;
//! use stockade_testing::{Connect, Harness};
//!
//! let config = stockade_config::load(None, [])?;
//! let harness = Harness::load("target/guest/products.wasm".as_ref(), &config).await?;
//! let case = harness.case().await?;
//! let ann = case.connect(Connect::to("/")).await?;
//! let bob = case.connect(Connect::to("/")).await?;
//! let ack = ann.emit("create product", json!({ "name": "tea" })).await?;
//! assert_eq!(ack, json!({ "status": "ok" }));
//! assert_eq!(bob.received()[0].event, "refresh products");
//! # Ok(())
//! # }
//! ```
//!
//! [`script`] is the same for those who would rather write TOML: what `stockade test` runs.
//!
//! In all JSON here, `{"$base64": "…"}` stands for binary data.
//!
//! # Invariants
//! - No sockets, no Redis, no files but the component and what the configuration names (keys, for instance).
//! - Nothing waits for a client: one that gives no answer is a timeout at once, as long as the guest would wait, by the
//!   case's clock.

mod base64;
mod case;
mod log;
mod payload;
pub mod script;

pub use case::{Case, Connect, Disconnected, Received, TestClient};

use std::{
    path::Path,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use stockade_config::Config;
use stockade_sandbox::{Engine, EngineError};
use stockade_server::tenant::{Compiled, LoadError, TenantConfig};

/// 2026-01-01, where nobody wants another time.
const BEGINNING: Duration = Duration::from_secs(1_767_225_600);

/// A compiled component, and how it is to be run.
pub struct Harness {
    engine: Engine,
    compiled: Compiled,
    /// The tenant's: the file's without its ending.
    name: String,
    config: TenantConfig,
    filter: String,
}

/// A component cannot be tested.
#[derive(Debug, thiserror::Error)]
pub enum HarnessError {
    /// This machine cannot run components.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// It cannot be served.
    #[error(transparent)]
    Load(#[from] LoadError),
}

impl Harness {
    /// Compiles the component in `path`, which takes as long as it has code. That is done within this process, where
    /// nothing limits it: load components that you trust. Of `config`, what is about the store's place, other nodes and
    /// listening is left aside.
    ///
    /// # Errors
    /// A component that a server would refuse.
    pub async fn load(path: &Path, config: &Config) -> Result<Self, HarnessError> {
        let engine = config.engine()?;
        let compiled = Compiled::read_own(&engine, path).await?;
        Self::new(engine, path, compiled, config).await
    }

    /// The same for a component that others may have made: it is compiled as a server does it, in a process of its own,
    /// which only `stockade` itself can be.
    pub async fn load_untrusted(path: &Path, config: &Config) -> Result<Self, HarnessError> {
        let engine = config.engine()?;
        let compiled = Compiled::read(&engine, path).await?;
        Self::new(engine, path, compiled, config).await
    }

    async fn new(
        engine: Engine,
        path: &Path,
        compiled: Compiled,
        config: &Config,
    ) -> Result<Self, HarnessError> {
        let stem = path.file_stem();
        let name = stem.map_or_else(
            || "tenant".into(),
            |stem| stem.to_string_lossy().into_owned(),
        );
        let harness = Self {
            engine,
            compiled,
            name,
            config: config.tenant.clone(),
            filter: config.log.filter.clone(),
        };
        harness.case().await?;
        Ok(harness)
    }

    /// A server with an empty store and without clients. Its clock shows the beginning of 2026, UTC.
    ///
    /// # Errors
    /// A component that does not describe itself this time, although it did when it was loaded.
    pub async fn case(&self) -> Result<Case, LoadError> {
        self.case_at(UNIX_EPOCH + BEGINNING).await
    }

    /// The same at another time.
    ///
    /// # Errors
    /// As for [`Harness::case`].
    pub async fn case_at(&self, time: SystemTime) -> Result<Case, LoadError> {
        Case::new(self, time).await
    }
}
