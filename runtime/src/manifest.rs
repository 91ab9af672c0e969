//! What a component said about itself in `describe`, checked: every index leads somewhere.

mod http;

pub use http::{Found, HttpApi, HttpRoute};

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
    time::{Duration, Instant},
};

use crate::{
    options::OptionError,
    sandbox::{self, Requirement},
    validate::schema::{Schema, SchemaError, ValidationOptions},
};

const MAX_NAMESPACES: usize = 64;
const MAX_ROUTES: usize = 2_000;
const MAX_STEPS: usize = 64;
const MAX_SCHEMAS: usize = 1_000;
/// Time that compiling the schemas of one component may take. They are the tenant's, and compiled outside of the sandbox.
const MAX_COMPILE: Duration = Duration::from_secs(10);
/// Bytes of an event's or a namespace's name.
const MAX_NAME: usize = 256;
/// Reasons that are listed before the rest is only counted.
const MAX_REASONS: usize = 20;
/// Names that Socket.IO keeps for itself, on the client or on the server.
const RESERVED: [&str; 6] = [
    "connect",
    "connect_error",
    "disconnect",
    "disconnecting",
    "newListener",
    "removeListener",
];

/// All namespaces of a component.
#[derive(Debug)]
pub struct Api {
    /// What built the component; may be empty.
    pub sdk: String,
    /// In the manifest's order.
    pub namespaces: Vec<Arc<NamespaceApi>>,
}

/// One namespace.
#[derive(Debug)]
pub struct NamespaceApi {
    /// `/`, or `/` and a name.
    pub name: String,
    routes: BTreeMap<Arc<str>, Route>,
    /// What happens before `on-connection`.
    pub connection_steps: Vec<Step>,
    /// Whether the guest wants to know of connections.
    pub on_connection: bool,
    /// Whether the guest wants to know of disconnections.
    pub on_disconnection: bool,
    /// Whether thrown errors go through the guest's `handle-error`.
    pub handle_error: bool,
}

/// The way of one event.
#[derive(Debug)]
pub struct Route {
    /// The event's full name.
    pub event: Arc<str>,
    /// What runs before the handler.
    pub steps: Vec<Step>,
    /// What `handle-event` gets.
    pub handler: u32,
}

/// A step, ready to run.
#[derive(Debug, Clone)]
pub enum Step {
    /// The host validates the payload.
    Validate(Arc<PayloadSchema>),
    /// The guest runs the hook with this id.
    Hook(u32),
    /// The host looks up the session that the client brought.
    Session(Requirement),
    /// The host verifies the token that the client brought.
    Jwt(Requirement),
    /// There has to be a user.
    UserRequired,
}

/// A schema that payloads have to match.
#[derive(Debug)]
pub struct PayloadSchema {
    /// As the component gave it.
    pub text: String,
    /// Compiled.
    pub schema: Schema,
}

/// A reason to refuse a manifest.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum ManifestError {
    #[error("the manifest has no namespace")]
    NoNamespace,
    #[error("the manifest has {count} {what}, the limit is {limit}")]
    TooMany {
        what: &'static str,
        count: usize,
        limit: usize,
    },
    #[error(
        "namespace {0:?}: a name is `/`, or starts with it, has at most {MAX_NAME} bytes, and no comma, `?`, braces or control characters"
    )]
    NamespaceName(String),
    #[error("namespace {0:?} appears twice")]
    DuplicateNamespace(String),
    #[error("event {event:?} of namespace {namespace:?} appears twice")]
    DuplicateEvent { namespace: String, event: String },
    #[error(
        "event {event:?} of namespace {namespace:?}: a name has 1 to {MAX_NAME} bytes and no control characters"
    )]
    EventName { namespace: String, event: String },
    #[error("event {event:?} of namespace {namespace:?}: Socket.IO reserves this name")]
    ReservedEvent { namespace: String, event: String },
    #[error("{place} refers to schema {schema}, the manifest has {schemas}")]
    UnknownSchema {
        place: String,
        schema: u32,
        schemas: usize,
    },
    #[error(
        "namespace {0:?}: before on-connection there can be session, jwt and user-required steps, no others"
    )]
    ConnectionStep(String),
    #[error(
        "route {route:?}: a method is written in capitals, and a path starts with `/`, has 1 to {MAX_NAME} bytes, and `:name` \
         and, at its end, `*name` for whole segments"
    )]
    HttpRoute { route: String },
    #[error("route {route:?} appears twice, or matches the same paths as another one")]
    DuplicateRoute { route: String },
    #[error("schema {index}: {error}")]
    Schema { index: usize, error: SchemaError },
    #[error(
        "schema {index}: all schemas up to this one took longer than {MAX_COMPILE:?} to compile"
    )]
    SlowSchemas { index: usize },
    #[error(transparent)]
    Option(#[from] OptionError),
    #[error("and {0} more reasons")]
    More(usize),
}

impl Api {
    /// Checks `manifest` and compiles its schemas, to validate with `options`.
    ///
    /// # Errors
    /// Every reason for which it is refused.
    pub fn new(
        manifest: sandbox::Manifest,
        options: ValidationOptions,
    ) -> Result<Self, Vec<ManifestError>> {
        let mut reasons = Vec::new();
        if manifest.namespaces.is_empty() {
            reasons.push(ManifestError::NoNamespace);
        }
        check_counts(&manifest, &mut reasons);
        if !reasons.is_empty() {
            return Err(reasons);
        }
        let schemas = compile(manifest.schemas, options, &mut reasons);
        let mut names = HashSet::new();
        let namespaces = manifest
            .namespaces
            .into_iter()
            .map(|namespace| {
                if !names.insert(namespace.name.clone()) {
                    reasons.push(ManifestError::DuplicateNamespace(quote(&namespace.name)));
                }
                Arc::new(NamespaceApi::new(namespace, &schemas, &mut reasons))
            })
            .collect();
        accepted(reasons)?;
        let sdk = quote(&manifest.sdk.escape_debug().to_string());
        Ok(Self { sdk, namespaces })
    }
}

/// Nothing, where there is no reason to refuse a manifest; else the first of them.
fn accepted(mut reasons: Vec<ManifestError>) -> Result<(), Vec<ManifestError>> {
    if reasons.is_empty() {
        return Ok(());
    }
    if reasons.len() > MAX_REASONS {
        let more = reasons.len() - MAX_REASONS;
        reasons.truncate(MAX_REASONS);
        reasons.push(ManifestError::More(more));
    }
    Err(reasons)
}

impl NamespaceApi {
    fn new(
        namespace: sandbox::Namespace,
        schemas: &[Option<Arc<PayloadSchema>>],
        reasons: &mut Vec<ManifestError>,
    ) -> Self {
        let name = namespace.name;
        let connection_steps = namespace.connection_steps.iter().filter_map(|step| {
            if let sandbox::Step::Validate(_) | sandbox::Step::Hook(_) = step {
                reasons.push(ManifestError::ConnectionStep(quote(&name)));
            }
            Step::new(step, schemas, reasons, String::new)
        });
        let connection_steps = connection_steps.collect();
        let odd = |c: char| c.is_control() || [',', '?', '{', '}'].contains(&c);
        if !name.starts_with('/') || name.len() > MAX_NAME || name.contains(odd) {
            reasons.push(ManifestError::NamespaceName(quote(&name)));
        }
        let mut routes = BTreeMap::new();
        for route in namespace.routes {
            check_event(&name, &route.event, reasons);
            let route = Route::new(&name, route, schemas, reasons);
            if let Some(twice) = routes.insert(route.event.clone(), route) {
                reasons.push(ManifestError::DuplicateEvent {
                    namespace: quote(&name),
                    event: quote(&twice.event),
                });
            }
        }
        Self {
            name,
            routes,
            connection_steps,
            on_connection: namespace.on_connection,
            on_disconnection: namespace.on_disconnection,
            handle_error: namespace.handle_error,
        }
    }

    /// The route of the event with this name.
    pub fn route(&self, event: &str) -> Option<&Route> {
        self.routes.get(event)
    }

    /// All routes, by their events' names.
    pub fn routes(&self) -> impl Iterator<Item = &Route> {
        self.routes.values()
    }
}

impl Route {
    fn new(
        namespace: &str,
        route: sandbox::Route,
        schemas: &[Option<Arc<PayloadSchema>>],
        reasons: &mut Vec<ManifestError>,
    ) -> Self {
        let place = || {
            let (namespace, event) = (quote(namespace), quote(&route.event));
            format!("event {event:?} of namespace {namespace:?}")
        };
        let steps = route.steps.iter();
        let steps = steps.filter_map(|step| Step::new(step, schemas, reasons, place));
        Self {
            steps: steps.collect(),
            event: route.event.into(),
            handler: route.handler,
        }
    }
}

impl Step {
    fn new(
        step: &sandbox::Step,
        schemas: &[Option<Arc<PayloadSchema>>],
        reasons: &mut Vec<ManifestError>,
        place: impl FnOnce() -> String,
    ) -> Option<Self> {
        Some(match *step {
            sandbox::Step::Hook(id) => Self::Hook(id),
            sandbox::Step::Session(requirement) => Self::Session(requirement),
            sandbox::Step::Jwt(requirement) => Self::Jwt(requirement),
            sandbox::Step::UserRequired => Self::UserRequired,
            sandbox::Step::Validate(index) => match schemas.get(index as usize) {
                Some(schema) => Self::Validate(schema.clone()?),
                None => {
                    reasons.push(ManifestError::UnknownSchema {
                        place: place(),
                        schema: index,
                        schemas: schemas.len(),
                    });
                    return None;
                }
            },
        })
    }
}

fn check_counts(manifest: &sandbox::Manifest, reasons: &mut Vec<ManifestError>) {
    let namespaces = &manifest.namespaces;
    let routes = namespaces.iter().map(|namespace| namespace.routes.len());
    let steps = namespaces
        .iter()
        .flat_map(|namespace| &namespace.routes)
        .map(|route| route.steps.len());
    for (what, count, limit) in [
        ("namespaces", namespaces.len(), MAX_NAMESPACES),
        ("routes", routes.sum(), MAX_ROUTES),
        ("steps in one route", steps.max().unwrap_or(0), MAX_STEPS),
        ("schemas", manifest.schemas.len(), MAX_SCHEMAS),
    ] {
        if count > limit {
            reasons.push(ManifestError::TooMany { what, count, limit });
        }
    }
}

fn check_event(namespace: &str, event: &str, reasons: &mut Vec<ManifestError>) {
    let (namespace, name) = (quote(namespace), quote(event));
    if event.is_empty() || event.len() > MAX_NAME || event.contains(char::is_control) {
        let event = name;
        reasons.push(ManifestError::EventName { namespace, event });
    } else if RESERVED.contains(&event) {
        let event = name;
        reasons.push(ManifestError::ReservedEvent { namespace, event });
    }
}

fn compile(
    schemas: Vec<String>,
    options: ValidationOptions,
    reasons: &mut Vec<ManifestError>,
) -> Vec<Option<Arc<PayloadSchema>>> {
    let started = Instant::now();
    schemas
        .into_iter()
        .enumerate()
        .map(|(index, text)| {
            if started.elapsed() > MAX_COMPILE {
                reasons.push(ManifestError::SlowSchemas { index });
                return None;
            }
            match Schema::compile_with(&text, options) {
                Ok(schema) => Some(Arc::new(PayloadSchema { text, schema })),
                Err(error) => {
                    reasons.push(ManifestError::Schema { index, error });
                    None
                }
            }
        })
        .collect()
}

/// What is shown of a name that may be of any length.
fn quote(name: &str) -> String {
    match name.char_indices().nth(64) {
        Some((end, _)) => format!("{}…", name.get(..end).unwrap_or_default()),
        None => name.to_owned(),
    }
}
