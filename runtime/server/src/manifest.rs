//! What a component said about itself in `describe`, checked: every index leads somewhere.

mod catch_all;
mod function;
mod http;
mod name;

pub use function::GuestFunction;
pub use http::{Found, HttpApi, HttpRoute};
pub(crate) use name::MAX_CHILD_NAME;
pub use name::{NameError, NameMatcher};

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
    time::{Duration, Instant},
};

use stockade_json_schema::{Schema, SchemaError, ValidationOptions};
use stockade_sandbox::host::{MAX_NAME, RESERVED_EVENTS};
use stockade_sandbox::{NameMatching, Requirement};
use stockade_text::shorten;

use function::HookNames;

const MAX_NAMESPACES: usize = 64;
const MAX_ROUTES: usize = 2_000;
const MAX_STEPS: usize = 64;
const MAX_SCHEMAS: usize = 1_000;
const MAX_HOOK_NAMES: usize = 10_000;
/// Time that compiling the schemas of one component may take. They are the tenant's, and compiled outside of the sandbox.
const MAX_COMPILE: Duration = Duration::from_secs(10);
/// Reasons that are listed before the rest is only counted.
const MAX_REASONS: usize = 20;
/// All namespaces of a component.
#[derive(Debug)]
pub struct Api {
    /// What built the component; may be empty.
    pub sdk: String,
    /// In the manifest's order.
    pub namespaces: Vec<Arc<NamespaceApi>>,
    /// Patterns, then regular expressions, in the order in which they are tried.
    patterns: Vec<Arc<NamespaceApi>>,
}

/// One namespace.
#[derive(Debug)]
pub struct NamespaceApi {
    /// As it stands in the manifest.
    pub name: String,
    /// How that is read.
    pub matching: NameMatcher,
    routes: BTreeMap<Arc<str>, Arc<Route>>,
    /// By what the names of their events begin with.
    catch_alls: BTreeMap<Arc<str>, Arc<Route>>,
    /// What happens before `on-connection`.
    pub connection_steps: Vec<Step>,
    /// Whether the guest wants to know of connections.
    pub on_connection: bool,
    /// Whether the guest wants to know of disconnections.
    pub on_disconnection: bool,
    /// Whether thrown errors go through the guest's `handle-error`.
    pub handle_error: bool,
}

/// The way of one event, or of all whose names begin with something.
#[derive(Debug)]
pub struct Route {
    /// Which events it takes.
    pub kind: RouteKind,
    /// The event's full name, or the prefix of a catch-all route.
    pub event: Arc<str>,
    /// What runs before the handler.
    pub steps: Vec<Step>,
    /// What `handle-event` gets.
    pub handler: GuestFunction,
    /// Whether a socket's later events may start before this one is done.
    pub concurrent: bool,
}

/// Which events a route takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RouteKind {
    /// The one of its name.
    Event,
    /// All with its prefix that have no route of their own.
    CatchAll,
}

/// A step, ready to run.
#[derive(Debug, Clone)]
pub enum Step {
    /// The host validates the payload.
    Validate(Arc<PayloadSchema>),
    /// The guest runs this hook.
    Hook(GuestFunction),
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

/// What the steps of a manifest refer to.
struct Checked {
    /// `None` for those that are refused.
    schemas: Vec<Option<Arc<PayloadSchema>>>,
    hooks: HookNames,
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
    #[error("namespace {name:?}, which is a {kind}: {error}")]
    NamespaceMatching {
        name: String,
        kind: &'static str,
        error: NameError,
    },
    #[error("namespace {0:?} appears twice")]
    DuplicateNamespace(String),
    #[error("event {event:?} of namespace {namespace:?} appears twice")]
    DuplicateEvent { namespace: String, event: String },
    #[error(
        "the catch-all route of what begins with {event:?} in namespace {namespace:?} appears twice"
    )]
    DuplicateCatchAll { namespace: String, event: String },
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
    #[error("{user}: its schema: {error}")]
    Schema { user: String, error: SchemaError },
    #[error(
        "{user}: its schema: all schemas up to this one took longer than {MAX_COMPILE:?} to compile"
    )]
    SlowSchemas { user: String },
    #[error("and {0} more reasons")]
    More(usize),
}

impl Api {
    /// Checks `manifest` and compiles its schemas, to validate with `options`.
    ///
    /// # Errors
    /// Every reason for which it is refused.
    pub fn new(
        manifest: stockade_sandbox::Manifest,
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
        let routes = || {
            let namespaces = manifest.namespaces.iter();
            namespaces.flat_map(|namespace| {
                let routes = namespace.routes.iter();
                routes.map(move |route| (route.steps.as_slice(), (namespace, route)))
            })
        };
        let user = |index| {
            first_user(index, routes(), |(namespace, route)| {
                event_place(&namespace.name, &route.event, RouteKind::of(route))
            })
        };
        let schemas = compile(manifest.schemas, options, &mut reasons, user);
        let checked = Checked {
            schemas,
            hooks: HookNames::new(&manifest.hook_names),
        };
        let mut names = HashSet::new();
        let namespaces: Vec<_> = manifest
            .namespaces
            .into_iter()
            .filter_map(|namespace| {
                if !names.insert(namespace.name.clone()) {
                    reasons.push(ManifestError::DuplicateNamespace(shorten(&namespace.name)));
                }
                let api = NamespaceApi::new(namespace, &checked, &mut reasons)?;
                Some(Arc::new(api))
            })
            .collect();
        accepted(reasons)?;
        let of_kind = |is_kind: fn(&NameMatcher) -> bool| {
            let namespaces = namespaces.iter();
            namespaces.filter(move |namespace| is_kind(&namespace.matching))
        };
        let patterns = of_kind(|name| matches!(name, NameMatcher::Pattern(_)));
        let regexes = of_kind(|name| matches!(name, NameMatcher::Regex(_)));
        Ok(Self {
            sdk: shorten(&manifest.sdk.escape_debug().to_string()),
            patterns: patterns.chain(regexes).cloned().collect(),
            namespaces,
        })
    }

    /// The namespace whose pattern matches this name, or `None`. Exact names are not considered: callers look them up first.
    pub fn match_child(&self, name: &str) -> Option<&Arc<NamespaceApi>> {
        if self.patterns.is_empty() || !name::is_child_name(name) {
            return None;
        }
        let mut patterns = self.patterns.iter();
        patterns.find(|namespace| namespace.matching.matches(name))
    }

    /// The namespace that a client is in by this name, if it is one.
    pub fn find(&self, name: &str) -> Option<&Arc<NamespaceApi>> {
        let mut namespaces = self.namespaces.iter();
        namespaces
            .find(|namespace| namespace.is_exact() && namespace.name == name)
            .or_else(|| self.match_child(name))
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
        namespace: stockade_sandbox::Namespace,
        checked: &Checked,
        reasons: &mut Vec<ManifestError>,
    ) -> Option<Self> {
        let name = namespace.name;
        let connection_steps = namespace.connection_steps.iter().filter_map(|step| {
            if let stockade_sandbox::Step::Validate(_) | stockade_sandbox::Step::Hook(_) = step {
                reasons.push(ManifestError::ConnectionStep(shorten(&name)));
            }
            Step::new(step, checked, reasons, String::new)
        });
        let connection_steps = connection_steps.collect();
        let matching = read_name(&name, namespace.matching, reasons);
        let (mut routes, mut catch_alls) = (BTreeMap::new(), BTreeMap::new());
        for route in namespace.routes {
            let kind = RouteKind::of(&route);
            if kind == RouteKind::Event || !route.event.is_empty() {
                check_event(&name, &route, reasons);
            }
            let route = Arc::new(Route::new(&name, route, checked, reasons));
            let known = match kind {
                RouteKind::Event => &mut routes,
                RouteKind::CatchAll => &mut catch_alls,
            };
            if let Some(twice) = known.insert(route.event.clone(), route) {
                let (namespace, event) = (shorten(&name), shorten(&twice.event));
                reasons.push(match kind {
                    RouteKind::Event => ManifestError::DuplicateEvent { namespace, event },
                    RouteKind::CatchAll => ManifestError::DuplicateCatchAll { namespace, event },
                });
            }
        }
        Some(Self {
            matching: matching?,
            name,
            routes,
            catch_alls,
            connection_steps,
            on_connection: namespace.on_connection,
            on_disconnection: namespace.on_disconnection,
            handle_error: namespace.handle_error,
        })
    }

    /// Whether it is one namespace, which is always there.
    pub fn is_exact(&self) -> bool {
        matches!(self.matching, NameMatcher::Exact)
    }

    /// The parameters of its name, and what they are in the namespace of this name.
    pub fn params(&self, name: &str) -> Vec<(String, String)> {
        self.matching.params(name)
    }

    /// The route of the event with this name.
    pub fn route(&self, event: &str) -> Option<&Arc<Route>> {
        self.routes.get(event)
    }

    /// The catch-all route with the longest prefix of this name.
    pub fn catch_all(&self, event: &str) -> Option<&Arc<Route>> {
        catch_all::longest_start(&self.catch_alls, event)
    }

    /// All routes of events, by their names.
    pub fn routes(&self) -> impl Iterator<Item = &Route> {
        self.routes.values().map(|route| &**route)
    }

    /// All routes of events that have none of their own, by what their names begin with.
    pub fn catch_alls(&self) -> impl Iterator<Item = &Route> {
        self.catch_alls.values().map(|route| &**route)
    }
}

/// Parses a name. Returns `None` if it is invalid, with the reason in `reasons`.
fn read_name(
    name: &str,
    matching: NameMatching,
    reasons: &mut Vec<ManifestError>,
) -> Option<NameMatcher> {
    let odd = |c: char| c.is_control() || [',', '?', '{', '}'].contains(&c);
    let is_plain = name.starts_with('/') && !name.contains(odd);
    if name.is_empty() || name.len() > MAX_NAME || (matching != NameMatching::Regex && !is_plain) {
        reasons.push(ManifestError::NamespaceName(shorten(name)));
        return None;
    }
    NameMatcher::new(name, matching)
        .map_err(|error| {
            reasons.push(ManifestError::NamespaceMatching {
                name: shorten(name),
                kind: match matching {
                    NameMatching::Exact => "name",
                    NameMatching::Pattern => "pattern",
                    NameMatching::Regex => "regular expression",
                },
                error,
            });
        })
        .ok()
}

impl RouteKind {
    fn of(route: &stockade_sandbox::Route) -> Self {
        match route.catch_all {
            true => Self::CatchAll,
            false => Self::Event,
        }
    }
}

impl Route {
    fn new(
        namespace: &str,
        route: stockade_sandbox::Route,
        checked: &Checked,
        reasons: &mut Vec<ManifestError>,
    ) -> Self {
        let kind = RouteKind::of(&route);
        let place = || event_place(namespace, &route.event, kind);
        let steps = route.steps.iter();
        let steps = steps.filter_map(|step| Step::new(step, checked, reasons, place));
        Self {
            steps: steps.collect(),
            kind,
            event: route.event.into(),
            handler: GuestFunction::handler(route.handler, &route.handler_name),
            concurrent: route.concurrent,
        }
    }
}

impl Step {
    fn new(
        step: &stockade_sandbox::Step,
        checked: &Checked,
        reasons: &mut Vec<ManifestError>,
        place: impl FnOnce() -> String,
    ) -> Option<Self> {
        Some(match *step {
            stockade_sandbox::Step::Hook(id) => Self::Hook(checked.hooks.hook(id)),
            stockade_sandbox::Step::Session(requirement) => Self::Session(requirement),
            stockade_sandbox::Step::Jwt(requirement) => Self::Jwt(requirement),
            stockade_sandbox::Step::UserRequired => Self::UserRequired,
            stockade_sandbox::Step::Validate(index) => match checked.schemas.get(index as usize) {
                Some(schema) => Self::Validate(schema.clone()?),
                None => {
                    reasons.push(ManifestError::UnknownSchema {
                        place: place(),
                        schema: index,
                        schemas: checked.schemas.len(),
                    });
                    return None;
                }
            },
        })
    }
}

fn check_counts(manifest: &stockade_sandbox::Manifest, reasons: &mut Vec<ManifestError>) {
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
        ("names of hooks", manifest.hook_names.len(), MAX_HOOK_NAMES),
    ] {
        if count > limit {
            reasons.push(ManifestError::TooMany { what, count, limit });
        }
    }
}

fn check_event(namespace: &str, route: &stockade_sandbox::Route, reasons: &mut Vec<ManifestError>) {
    let event = &*route.event;
    let (namespace, name) = (shorten(namespace), shorten(event));
    if event.is_empty() || event.len() > MAX_NAME || event.contains(char::is_control) {
        let event = name;
        reasons.push(ManifestError::EventName { namespace, event });
    } else if RESERVED_EVENTS.contains(&event) && !route.catch_all {
        let event = name;
        reasons.push(ManifestError::ReservedEvent { namespace, event });
    }
}

fn event_place(namespace: &str, event: &str, kind: RouteKind) -> String {
    let (namespace, event) = (shorten(namespace), shorten(event));
    let what = match kind {
        RouteKind::Event => "event",
        RouteKind::CatchAll => "the catch-all route of what begins with",
    };
    format!("{what} {event:?} of namespace {namespace:?}")
}

/// Names the first route that validates with schema `index`, and says how many more do. A developer knows the events,
/// and not the order in which an SDK lists schemas.
fn first_user<'a, R>(
    index: usize,
    routes: impl Iterator<Item = (&'a [stockade_sandbox::Step], R)>,
    place: impl Fn(R) -> String,
) -> String {
    let validates = |step: &stockade_sandbox::Step| matches!(step, stockade_sandbox::Step::Validate(schema) if usize::try_from(*schema) == Ok(index));
    let mut users = routes.filter(|(steps, _)| steps.iter().any(validates));
    let Some((_, first)) = users.next() else {
        return format!("schema {index}, which no route uses");
    };
    match users.count() {
        0 => place(first),
        more => format!("{} and {more} more", place(first)),
    }
}

fn compile(
    schemas: Vec<String>,
    options: ValidationOptions,
    reasons: &mut Vec<ManifestError>,
    user: impl Fn(usize) -> String,
) -> Vec<Option<Arc<PayloadSchema>>> {
    // Looking for it takes a pass over all routes, so only those that are shown get it.
    let user = |index, reasons: &[ManifestError]| match reasons.len() < MAX_REASONS {
        true => user(index),
        false => format!("schema {index}"),
    };

    let started = Instant::now();
    schemas
        .into_iter()
        .enumerate()
        .map(|(index, text)| {
            if started.elapsed() > MAX_COMPILE {
                let user = user(index, reasons);
                reasons.push(ManifestError::SlowSchemas { user });
                return None;
            }
            match Schema::compile_with(&text, options) {
                Ok(schema) => {
                    for remark in schema.remarks() {
                        let user = user(index, reasons);
                        tracing::warn!(%remark, user, "strict mode: a schema may be mistaken");
                    }
                    Some(Arc::new(PayloadSchema { text, schema }))
                }
                Err(error) => {
                    let user = user(index, reasons);
                    reasons.push(ManifestError::Schema { user, error });
                    None
                }
            }
        })
        .collect()
}

#[cfg(test)]
mod tests;
