//! Configuration: `stockade.toml`, then `STOCKADE_…` variables, then flags.
//!
//! [`raw`] is what a person writes, with every default; [`Config`] is what it means. Nothing starts before all of it has
//! been checked.

mod check;
mod jwt;
mod load;
pub mod raw;
mod redact;

use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

pub use load::{ConfigError, load};

use stockade_server::tenant::TenantConfig;
use stockade_store::StoreConfig;

/// Everything that `stockade run` needs to know, checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where to listen.
    pub listen: SocketAddr,
    /// How to log.
    pub log: LogConfig,
    /// How to serve.
    pub server: ServerConfig,
    /// Where tenants store what they keep.
    pub store: StoreConfig,
    /// How the tenant runs.
    pub tenant: TenantConfig,
    /// Instances that the engine has room for.
    pub engine_instances: u32,
}

/// How to serve.
#[derive(Debug, Clone)]
pub struct ServerConfig {
    /// Folder whose files are served, too.
    pub files: Option<PathBuf>,
    /// How long to wait for what is under way when stopping.
    pub drain: Duration,
}

/// How to log.
#[derive(Debug, Clone)]
pub struct LogConfig {
    /// For people or for programs.
    pub format: raw::LogFormat,
    /// Directives of `tracing`, such as `info` or `warn,guest=debug`.
    pub filter: String,
}

impl Config {
    /// The engine that this configuration wants.
    ///
    /// # Errors
    /// When this machine cannot run it.
    pub fn engine(&self) -> Result<stockade_sandbox::Engine, stockade_sandbox::EngineError> {
        stockade_sandbox::Engine::new(self.engine_instances, self.limits().memory)
    }

    fn limits(&self) -> &Arc<stockade_sandbox::limits::Limits> {
        &self.tenant.limits
    }
}
