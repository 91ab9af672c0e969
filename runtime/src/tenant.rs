//! A tenant: one component, loaded, with all that its events need.

use std::{path::Path, sync::Arc};

use crate::{
    cluster,
    host::LogSource,
    manifest::{Api, ManifestError},
    response::Rescue,
    sandbox::{
        self, CompileError, Engine, Fault, Isolation, LinkError, Reuse, Sandbox, limits::Limits,
    },
};

/// A loaded component.
pub struct Tenant {
    /// The tenant's name, in logs.
    pub name: String,
    /// Tells this component from the tenant's earlier and later ones, in logs.
    pub version: String,
    /// Its namespaces and routes.
    pub api: Api,
    /// What it may use.
    pub limits: Arc<Limits>,
    /// How errors are shown to clients.
    pub rescue: Rescue,
    /// Where lines about it and by it go.
    pub log: LogSource,
    /// The Redis by which it reaches its other nodes; none where there is only this one.
    pub adapter: Option<cluster::Address>,
    /// Runs its functions.
    pub sandbox: Sandbox,
    /// Interfaces that it imports.
    pub imports: Vec<String>,
    /// Bytes of the component.
    pub size: usize,
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
    /// Whether its clients see causes of internal errors.
    pub debug: bool,
    /// The Redis by which it reaches its other nodes; none where there is only this one.
    pub adapter: Option<cluster::Address>,
}

/// A component cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file cannot be read.
    #[error("cannot be read: {0}")]
    Read(std::io::Error),
    /// It does not compile.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// It does not fit the contract.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// `describe` failed.
    #[error("describe failed: {0}")]
    Describe(Fault),
    /// `describe` answered something that cannot be served.
    #[error("the manifest is refused:{}", list(.0))]
    Manifest(Vec<ManifestError>),
}

impl Tenant {
    /// Loads the component in `path`: compiles it, links it, asks it for its manifest and checks that.
    ///
    /// # Errors
    /// The first stage that refuses it, with every reason that the stage has.
    pub async fn load(
        engine: &Engine,
        path: &Path,
        config: &TenantConfig,
    ) -> Result<Self, LoadError> {
        let wasm = tokio::fs::read(path).await.map_err(LoadError::Read)?;
        let name = path.file_stem().map_or_else(
            || "tenant".into(),
            |stem| stem.to_string_lossy().into_owned(),
        );
        let component = sandbox::compile(engine, &wasm).await?;
        let log = LogSource::new(&name, config.limits.log_rate);
        let sandbox = Sandbox::new(
            engine,
            &component,
            config.isolation,
            config.reuse,
            config.limits.clone(),
            log.clone(),
        )?;
        let manifest = sandbox.describe().await.map_err(LoadError::Describe)?;
        Ok(Self {
            api: Api::new(manifest).map_err(LoadError::Manifest)?,
            limits: config.limits.clone(),
            adapter: config.adapter.clone(),
            rescue: Rescue {
                debug: config.debug,
            },
            imports: sandbox::imports(engine, &component),
            size: wasm.len(),
            version: fingerprint(&wasm),
            name,
            log,
            sandbox,
        })
    }
}

/// Tells components apart in logs; not a defence against anybody.
fn fingerprint(wasm: &[u8]) -> String {
    use std::hash::{DefaultHasher, Hasher};
    let mut hasher = DefaultHasher::new();
    hasher.write(wasm);
    format!("{:016x}", hasher.finish())
}

fn list(reasons: &[ManifestError]) -> String {
    use std::fmt::Write;
    let mut text = String::new();
    for reason in reasons {
        let _ = write!(text, "\n  - {reason}");
    }
    text
}
