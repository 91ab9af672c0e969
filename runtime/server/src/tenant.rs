//! A tenant: one component, loaded, with all that its events need.

use std::{path::Path, sync::Arc};

use tokio::io::AsyncReadExt;

use crate::{
    manifest::{Api, HttpApi, ManifestError, Step},
    options::{OptionError, Policy, ServerOptions},
    response::ErrorRenderer,
    traffic::{Traffic, TrafficLevel},
};
use stockade_auth::{
    AuthConfigError, JwtConfig, JwtVerifier,
    session::{SessionConfig, SessionCookie, Sessions},
};
use stockade_json_schema::ValidationOptions;
use stockade_sandbox::{
    self, Code, CompileError, Description, Engine, Fault, HttpResponse, Isolation, LinkError,
    Reuse, Sandbox,
    host::{ClientState, Keyvalue, LogSource, TenantCtx},
    limits::Limits,
};
use stockade_store::{Store, clock::Clock};
use stockade_text::{excerpt, printable};

/// A loaded component.
pub struct Tenant {
    /// The tenant's name, in logs.
    pub name: String,
    /// Tells this component from the tenant's earlier and later ones, in logs.
    pub version: String,
    /// Its namespaces and routes.
    pub api: Api,
    /// Its HTTP routes, where it has HTTP controllers.
    pub http: Option<HttpApi>,
    /// Socket.IO's server options, the component's wishes included.
    pub options: ServerOptions,
    /// What it may use.
    pub limits: Arc<Limits>,
    /// How errors are shown to clients.
    pub error_renderer: ErrorRenderer,
    /// Where lines about it and by it go.
    pub log: LogSource,
    /// Where lines about its sockets go.
    pub traffic: Traffic,
    /// The Redis by which it reaches its other nodes; none where there is only this one.
    pub adapter: Option<stockade_redis::Address>,
    /// Runs its functions.
    pub sandbox: Sandbox,
    /// Where its sessions are.
    pub sessions: Arc<Sessions>,
    /// How the id of a session travels.
    pub session_cookie: SessionCookie,
    /// Verifies tokens, where the operator has given keys.
    pub jwt: Option<Jwt>,
    /// What time it is for it.
    pub clock: Clock,
    /// Interfaces that it imports.
    pub imports: Vec<String>,
    /// Bytes of the component.
    pub size: usize,
    /// Why its instances cannot be restored between events; none where they can.
    pub obstacle: Option<String>,
}

/// A component that can run, and has not been asked anything.
pub struct Compiled {
    name: String,
    version: String,
    size: usize,
    code: Code,
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
    pub adapter: Option<stockade_redis::Address>,
}

/// What `jwt` steps need.
pub struct Jwt {
    /// With the operator's keys.
    pub verifier: JwtVerifier,
    /// The cookie that may carry a token.
    pub cookie: Option<String>,
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
        Ok(Self::new(path, &wasm, code))
    }

    /// The same within this process, for components whose makers are those who run it.
    ///
    /// # Errors
    /// As for [`Compiled::read`].
    pub async fn read_own(engine: &Engine, path: &Path) -> Result<Self, LoadError> {
        let wasm = read(path).await?;
        let code = stockade_sandbox::compile_own(engine, &wasm)?;
        Ok(Self::new(path, &wasm, code))
    }

    fn new(path: &Path, wasm: &[u8], code: Code) -> Self {
        let name = path.file_stem().map_or_else(
            || "tenant".into(),
            |stem| stem.to_string_lossy().into_owned(),
        );
        Self {
            name,
            version: fingerprint(wasm),
            size: wasm.len(),
            code,
        }
    }
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
        store: &Store,
    ) -> Result<Self, LoadError> {
        let compiled = Compiled::read(engine, path).await?;
        Self::new(engine, &compiled, config, store).await
    }

    /// The same for a component that is compiled already.
    ///
    /// # Errors
    /// As for [`Tenant::load`].
    pub async fn new(
        engine: &Engine,
        compiled: &Compiled,
        config: &TenantConfig,
        store: &Store,
    ) -> Result<Self, LoadError> {
        let Compiled { name, code, .. } = compiled;
        let log = LogSource::new(name, config.limits.log_rate);
        let sessions = Arc::new(Sessions::new(store, name, &config.session));
        let sandbox = Sandbox::new(
            engine,
            code,
            config.isolation,
            config.reuse,
            TenantCtx {
                limits: config.limits.clone(),
                log: log.clone(),
                keyvalue: Keyvalue::new(store, name),
                sessions: sessions.clone(),
            },
        )?;
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
        let jwt = config.jwt.as_ref().map(Jwt::new).transpose()?;
        if jwt.is_none() && verifies(&api, http.as_ref()) {
            return Err(LoadError::NoKeys);
        }
        Ok(Self {
            api,
            options,
            http,
            limits: config.limits.clone(),
            adapter: config.adapter.clone(),
            error_renderer: ErrorRenderer {
                debug: config.debug,
            },
            imports: stockade_sandbox::imports(engine, &code.component),
            size: compiled.size,
            obstacle: code
                .obstacle
                .clone()
                .or(obstacle.map(|found| found.to_string())),
            version: compiled.version.clone(),
            traffic: Traffic::new(config.traffic, name, config.limits.log_rate),
            name: name.clone(),
            log,
            sandbox,
            sessions,
            clock: store.clock().clone(),
            session_cookie: config.session.cookie.clone(),
            jwt,
        })
    }

    /// Whether it uses the store, so that a file that cannot be used should keep it from starting.
    pub fn stores(&self) -> bool {
        let stores = ["wasi:keyvalue/", "stockade:handler/session@"];
        let uses = |import: &String| stores.iter().any(|name| import.starts_with(name));
        self.imports.iter().any(uses) || has_step(&self.api, self.http.as_ref(), is_session)
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

/// Tells components apart in logs; not a defence against anybody.
fn fingerprint(wasm: &[u8]) -> String {
    use std::hash::{DefaultHasher, Hasher};
    let mut hasher = DefaultHasher::new();
    hasher.write(wasm);
    format!("{:016x}", hasher.finish())
}

fn list(reasons: &[Refused]) -> String {
    use std::fmt::Write;
    let mut text = String::new();
    for reason in reasons {
        let _ = write!(text, "\n  - {reason}");
    }
    text
}
