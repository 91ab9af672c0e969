//! A release: one component of a tenant, loaded, with all that its events need.

use std::{fmt::Write, path::Path, sync::Arc};

use sha2::{Digest, Sha256};
use stockade_auth::AuthConfigError;
use stockade_sandbox::{
    Code, CompileError, Description, Engine, Fault, LinkError, NotRestorable, Pool, Sandbox,
};
use stockade_text::{excerpt, printable};
use tokio::io::AsyncReadExt;

use super::TenantConfig;
use crate::{
    manifest::{Api, HttpApi, ManifestError, Step},
    options::{OptionError, ServerOptions},
};

/// One component of a tenant. Immutable: another component is another release.
pub struct Release {
    /// The SHA-256 of the component, in hexadecimal digits.
    pub digest: String,
    /// Its namespaces and routes.
    pub api: Api,
    /// Its HTTP routes, if it has HTTP controllers.
    pub http: Option<HttpApi>,
    /// Socket.IO's server options, the component's wishes included.
    pub options: ServerOptions,
    /// Runs its functions.
    pub sandbox: Sandbox,
    /// Interfaces that it imports.
    pub imports: Vec<String>,
    /// Bytes of the component.
    pub size: usize,
    /// Why its instances cannot be restored between events, if they cannot.
    pub obstacle: Option<NotRestorable>,
}

/// A component that can run, and has not been asked anything.
pub struct Compiled {
    digest: String,
    size: usize,
    code: Code,
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
    #[error("describe failed: {}", printable(excerpt(&.0.to_string())))]
    Describe(Fault),
    /// `describe` answered something that cannot be served.
    #[error("the manifest is refused:{}", list(.0))]
    Manifest(Vec<Refused>),
    /// The keys for tokens cannot be read.
    #[error(transparent)]
    Keys(#[from] AuthConfigError),
    /// It wants tokens verified, and there are no keys.
    #[error(
        "it has jwt steps, and there is no key to verify tokens with: set jwt.secret, jwt.public-key-file or jwt.jwks-file"
    )]
    NoKeys,
}

/// A reason to refuse what a component says of itself.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// Its namespaces and routes.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The server options that it asks for.
    #[error(transparent)]
    Option(#[from] OptionError),
}

impl Compiled {
    /// Compiles the component in `path`, in a process of its own.
    ///
    /// # Errors
    /// A file that cannot be read, and what the compiler refuses.
    pub async fn read(engine: &Engine, path: &Path) -> Result<Self, LoadError> {
        let wasm = read(path).await?;
        let code = stockade_sandbox::compile(engine, &wasm).await?;
        Ok(Self::new(&wasm, code))
    }

    /// The same within this process, for components whose makers are those who run it.
    ///
    /// # Errors
    /// As for [`Compiled::read`].
    pub async fn read_own(engine: &Engine, path: &Path) -> Result<Self, LoadError> {
        let wasm = read(path).await?;
        let code = stockade_sandbox::compile_own(engine, &wasm)?;
        Ok(Self::new(&wasm, code))
    }

    fn new(wasm: &[u8], code: Code) -> Self {
        Self {
            digest: digest(wasm),
            size: wasm.len(),
            code,
        }
    }
}

impl Release {
    /// Links a compiled component, asks it for its manifest and checks that. Its instances come from `pool`.
    ///
    /// # Errors
    /// The first stage that refuses it, with every reason that the stage has.
    pub(super) async fn new(
        engine: &Engine,
        compiled: &Compiled,
        config: &TenantConfig,
        pool: Arc<Pool>,
    ) -> Result<Self, LoadError> {
        let Compiled { code, .. } = compiled;
        let sandbox = Sandbox::new(engine, code, config.isolation, config.reuse, pool)?;
        let described = sandbox.describe().await.map_err(LoadError::Describe)?;
        let Description {
            mut manifest,
            http,
            obstacle,
        } = described;
        let options = manifest.options.take();
        let options = ServerOptions::parse(options.as_deref(), &config.options);
        let (api, options) =
            both(Api::new(manifest, config.validation), options).map_err(LoadError::Manifest)?;
        let http = http
            .map(|http| HttpApi::new(http, config.validation))
            .transpose();
        let http = http.map_err(|reasons| LoadError::Manifest(refused(reasons).collect()))?;
        if config.jwt.is_none() && verifies(&api, http.as_ref()) {
            return Err(LoadError::NoKeys);
        }
        Ok(Self {
            digest: compiled.digest.clone(),
            api,
            http,
            options,
            imports: stockade_sandbox::imports(engine, &code.component),
            size: compiled.size,
            obstacle: code.obstacle.or(obstacle),
            sandbox,
        })
    }

    /// The beginning of the digest, which tells releases apart in logs.
    pub fn version(&self) -> &str {
        self.digest.get(..12).unwrap_or(&self.digest)
    }

    /// Whether it uses the store, so that a file that cannot be used should keep it from starting.
    pub fn stores(&self) -> bool {
        let stores = ["wasi:keyvalue/", "stockade:handler/session@"];
        let uses = |import: &String| stores.iter().any(|name| import.starts_with(name));
        self.imports.iter().any(uses) || has_step(&self.api, self.http.as_ref(), is_session)
    }
}

fn verifies(api: &Api, http: Option<&HttpApi>) -> bool {
    has_step(api, http, |step| matches!(step, Step::Jwt(_)))
}

fn is_session(step: &Step) -> bool {
    matches!(step, Step::Session(_))
}

fn has_step(api: &Api, http: Option<&HttpApi>, is: impl Fn(&Step) -> bool) -> bool {
    let namespaces = api.namespaces.iter();
    let connecting = namespaces.flat_map(|namespace| &namespace.connection_steps);
    let namespaces = api.namespaces.iter();
    let routes = namespaces.flat_map(|namespace| namespace.routes().chain(namespace.catch_alls()));
    let requests = http.into_iter().flat_map(HttpApi::routes);
    connecting
        .chain(routes.flat_map(|route| &route.steps))
        .chain(requests.flat_map(|route| &route.steps))
        .any(is)
}

/// What a manifest describes and the options in it, or the reasons to refuse either.
fn both(
    api: Result<Api, Vec<ManifestError>>,
    options: Result<ServerOptions, Vec<OptionError>>,
) -> Result<(Api, ServerOptions), Vec<Refused>> {
    match (api, options) {
        (Ok(api), Ok(options)) => Ok((api, options)),
        (api, options) => {
            let manifest = refused(api.err().unwrap_or_default());
            let options = refused(options.err().unwrap_or_default());
            Err(manifest.chain(options).collect())
        }
    }
}

fn refused<E: Into<Refused>>(reasons: Vec<E>) -> impl Iterator<Item = Refused> {
    reasons.into_iter().map(Into::into)
}

/// The file, where it is not too large to be a component.
async fn read(path: &Path) -> Result<Vec<u8>, LoadError> {
    let file = tokio::fs::File::open(path).await.map_err(LoadError::Read)?;
    let size = file.metadata().await.map_err(LoadError::Read)?.len();
    let limit = stockade_sandbox::MAX_COMPONENT as u64;
    if size > limit {
        return Err(CompileError::TooLarge(size).into());
    }
    let mut wasm = Vec::new();
    // One byte more, which tells: not all files know their size.
    let read = file.take(limit + 1).read_to_end(&mut wasm).await;
    read.map_err(LoadError::Read)?;
    Ok(wasm)
}

/// The SHA-256 of a component, in hexadecimal digits.
fn digest(wasm: &[u8]) -> String {
    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(wasm) {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn list(reasons: &[Refused]) -> String {
    let mut text = String::new();
    for reason in reasons {
        let _ = write!(text, "\n  - {reason}");
    }
    text
}
