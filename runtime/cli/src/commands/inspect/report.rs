//! What `--json` prints, and the text is made of.

use serde::{Serialize, Serializer};

use stockade_sandbox::{HttpKind, Requirement};
use stockade_server::{
    manifest::{GuestFunction, HttpRoute, NamespaceApi, Route, RouteKind, Step},
    options::ServerOptions,
    tenant::Release,
};

/// What `--json` prints.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Report<'a> {
    pub(super) file: String,
    pub(super) accepted: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) reasons: Vec<String>,
    #[serde(flatten)]
    pub(super) component: Option<Component<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Component<'a> {
    pub(super) bytes: usize,
    pub(super) version: &'a str,
    pub(super) sdk: &'a str,
    pub(super) imports: &'a [String],
    pub(super) fresh_instances: FreshReport,
    pub(super) options: OptionsReport<'a>,
    pub(super) namespaces: Vec<NamespaceReport<'a>>,
    pub(super) http: HttpReport<'a>,
}

/// Where fresh instances come from.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum FreshReport {
    Restored,
    /// For this reason.
    Made(String),
}

/// What it serves to HTTP requests.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum HttpReport<'a> {
    Nothing,
    Routes(Vec<RouteReport<'a>>),
    IncomingHandler,
}

/// The server options in force, by Socket.IO's names.
pub(super) struct OptionsReport<'a>(pub(super) &'a ServerOptions);

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct NamespaceReport<'a> {
    pub(super) name: &'a str,
    pub(super) matching: &'static str,
    pub(super) connection_steps: Vec<StepReport<'a>>,
    pub(super) on_connection: bool,
    pub(super) on_disconnection: bool,
    pub(super) handle_error: bool,
    pub(super) events: Vec<EventReport<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct EventReport<'a> {
    pub(super) event: &'a str,
    /// The route takes all events whose names begin so, and have no other.
    pub(super) catch_all: bool,
    pub(super) concurrent: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) handler: Option<&'a str>,
    pub(super) steps: Vec<StepReport<'a>>,
}

#[derive(Serialize)]
pub(super) struct RouteReport<'a> {
    pub(super) route: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) handler: Option<&'a str>,
    pub(super) steps: Vec<StepReport<'a>>,
}

/// Whether a client may do without.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Need {
    Optional,
    Required,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum StepReport<'a> {
    Validate(&'a serde_json::value::RawValue),
    Session(Need),
    Jwt(Need),
    UserRequired,
    #[serde(untagged)]
    Hook(HookReport<'a>),
}

/// A hook, by its id and by its name if it has one.
#[derive(Serialize)]
pub(super) struct HookReport<'a> {
    pub(super) hook: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<&'a str>,
}

impl<'a> Component<'a> {
    pub(super) fn new(release: &'a Release) -> Self {
        Self {
            bytes: release.size,
            version: release.version(),
            sdk: &release.api.sdk,
            imports: &release.imports,
            fresh_instances: match &release.obstacle {
                None => FreshReport::Restored,
                Some(why) => FreshReport::Made(why.to_string()),
            },
            options: OptionsReport(&release.options),
            namespaces: release
                .api
                .namespaces
                .iter()
                .map(|namespace| NamespaceReport::new(namespace))
                .collect(),
            http: match (&release.http, release.sandbox.http()) {
                (Some(api), _) => HttpReport::Routes(api.routes().map(RouteReport::new).collect()),
                (None, HttpKind::IncomingHandler) => HttpReport::IncomingHandler,
                (None, _) => HttpReport::Nothing,
            },
        }
    }
}

impl<'a> NamespaceReport<'a> {
    fn new(namespace: &'a NamespaceApi) -> Self {
        let events = namespace.routes().chain(namespace.catch_alls());
        Self {
            name: &namespace.name,
            matching: namespace.matching.kind(),
            connection_steps: steps(&namespace.connection_steps),
            on_connection: namespace.on_connection,
            on_disconnection: namespace.on_disconnection,
            handle_error: namespace.handle_error,
            events: events.map(EventReport::new).collect(),
        }
    }
}

impl<'a> EventReport<'a> {
    fn new(route: &'a Route) -> Self {
        Self {
            event: &route.event,
            catch_all: route.kind == RouteKind::CatchAll,
            concurrent: route.concurrent,
            handler: route.handler.name(),
            steps: steps(&route.steps),
        }
    }
}

impl<'a> RouteReport<'a> {
    fn new(route: &'a HttpRoute) -> Self {
        Self {
            route: &route.name,
            handler: route.handler.name(),
            steps: steps(&route.steps),
        }
    }
}

impl<'a> HookReport<'a> {
    fn new(hook: &'a GuestFunction) -> Self {
        Self {
            hook: hook.id,
            name: hook.name(),
        }
    }
}

fn steps(steps: &[Step]) -> Vec<StepReport<'_>> {
    let steps = steps.iter().filter_map(|step| match step {
        Step::Hook(hook) => Some(StepReport::Hook(HookReport::new(hook))),
        Step::Session(requirement) => Some(StepReport::Session((*requirement).into())),
        Step::Jwt(requirement) => Some(StepReport::Jwt((*requirement).into())),
        Step::UserRequired => Some(StepReport::UserRequired),
        Step::Validate(schema) => {
            let text = serde_json::from_str(&schema.text);
            text.ok().map(StepReport::Validate)
        }
    });
    steps.collect()
}

impl From<Requirement> for Need {
    fn from(requirement: Requirement) -> Self {
        match requirement {
            Requirement::Optional => Self::Optional,
            Requirement::Required => Self::Required,
        }
    }
}

impl Serialize for OptionsReport<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.in_force().serialize(serializer)
    }
}
