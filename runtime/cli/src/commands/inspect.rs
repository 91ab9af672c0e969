//! `stockade inspect`: what a component serves and wants.

use std::{fmt::Write, path::PathBuf, process::ExitCode};

use bytesize::ByteSize;
use serde::{Serialize, Serializer};

use super::ConfigArgs;
use stockade_sandbox::{Engine, HttpKind, Isolation, Requirement};
use stockade_server::{
    manifest::{GuestFunction, HttpRoute, NamespaceApi, Route, RouteKind, Step},
    options::ServerOptions,
    tenant::{LoadError, Release, Tenant},
};
use stockade_store::Store;
use stockade_text::printable;

/// What to look at.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The component.
    #[arg(value_name = "APP.wasm")]
    app: PathBuf,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigArgs,
}

/// What `--json` prints.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Report<'a> {
    file: String,
    accepted: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reasons: Vec<String>,
    #[serde(flatten)]
    component: Option<Component<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Component<'a> {
    bytes: usize,
    version: &'a str,
    sdk: &'a str,
    imports: &'a [String],
    fresh_instances: FreshReport,
    options: OptionsReport<'a>,
    namespaces: Vec<NamespaceReport<'a>>,
    http: HttpReport<'a>,
}

/// Where fresh instances come from.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum FreshReport {
    Restored,
    /// For this reason.
    Made(String),
}

/// What it serves to HTTP requests.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum HttpReport<'a> {
    Nothing,
    Routes(Vec<RouteReport<'a>>),
    IncomingHandler,
}

/// The server options in force, by Socket.IO's names.
struct OptionsReport<'a>(&'a ServerOptions);

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct NamespaceReport<'a> {
    name: &'a str,
    matching: &'static str,
    connection_steps: Vec<StepReport<'a>>,
    on_connection: bool,
    on_disconnection: bool,
    handle_error: bool,
    events: Vec<EventReport<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct EventReport<'a> {
    event: &'a str,
    /// The route takes all events whose names begin so, and have no other.
    catch_all: bool,
    concurrent: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    handler: Option<&'a str>,
    steps: Vec<StepReport<'a>>,
}

#[derive(Serialize)]
struct RouteReport<'a> {
    route: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    handler: Option<&'a str>,
    steps: Vec<StepReport<'a>>,
}

/// Whether a client may do without.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum Need {
    Optional,
    Required,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum StepReport<'a> {
    Validate(&'a serde_json::value::RawValue),
    Session(Need),
    Jwt(Need),
    UserRequired,
    #[serde(untagged)]
    Hook(HookReport<'a>),
}

/// A hook, by its id and by its name if it has one.
#[derive(Serialize)]
struct HookReport<'a> {
    hook: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
}

pub(super) async fn inspect(args: Args) -> anyhow::Result<ExitCode> {
    let mut config = args.config.load(None)?;
    // Whatever is configured: what it says of fresh instances holds for the setting that wants them.
    config.tenant.isolation = Isolation::Event;
    let engine = Engine::new(1, config.tenant.limits.memory)?;
    let store = Store::memory(config.tenant.limits.store);
    let loaded = Tenant::load(&engine, "inspected", &args.app, &config.tenant, &store).await;
    let release = loaded.as_ref().ok().map(|tenant| tenant.release());
    let report = Report {
        file: args.app.display().to_string(),
        accepted: loaded.is_ok(),
        reasons: loaded.as_ref().err().map(reasons).unwrap_or_default(),
        component: release.as_ref().map(|release| Component::new(release)),
    };
    match args.json {
        true => println!("{}", serde_json::to_string_pretty(&report)?),
        false => print!("{}", report.text()),
    }
    Ok(match report.accepted {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

fn reasons(error: &LoadError) -> Vec<String> {
    match error {
        LoadError::Manifest(reasons) => reasons.iter().map(ToString::to_string).collect(),
        error => vec![error.to_string()],
    }
}

impl<'a> Component<'a> {
    fn new(release: &'a Release) -> Self {
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

impl Report<'_> {
    /// For people. Writing to a string cannot fail.
    fn text(&self) -> String {
        let mut out = String::new();
        if !self.accepted {
            let _ = writeln!(out, "{} is refused:", self.file);
            for reason in &self.reasons {
                let _ = writeln!(out, "  - {}", printable(reason));
            }
        }
        let Some(component) = &self.component else {
            return out;
        };
        let size = ByteSize::b(component.bytes as u64);
        let _ = writeln!(out, "{}  {size}, version {}", self.file, component.version);
        if !component.sdk.is_empty() {
            let _ = writeln!(out, "built with {}", printable(component.sdk));
        }
        for namespace in &component.namespaces {
            namespace.write(&mut out);
        }
        component.http.write(&mut out);
        component.fresh_instances.write(&mut out);
        component.options.write(&mut out);
        out.push_str("\nimports\n");
        for import in component.imports {
            let _ = writeln!(out, "  {}", printable(import));
        }
        if component.imports.is_empty() {
            out.push_str("  nothing\n");
        }
        out
    }
}

impl FreshReport {
    fn write(&self, out: &mut String) {
        out.push_str("\nfresh instances\n");
        let _ = match self {
            Self::Restored => writeln!(out, "  restored after each event"),
            Self::Made(why) => writeln!(out, "  made for each event, which takes longer: {why}"),
        };
    }
}

impl OptionsReport<'_> {
    fn write(&self, out: &mut String) {
        out.push_str("\noptions\n");
        for (name, value) in self.0.in_force() {
            let by = match self.0.is_set(&name) {
                true => "  (the component's)",
                false => "",
            };
            let value = value.to_string();
            let _ = writeln!(out, "  {name:<24} {}{by}", printable(&value));
        }
    }
}

impl Serialize for OptionsReport<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.in_force().serialize(serializer)
    }
}

impl NamespaceReport<'_> {
    fn write(&self, out: &mut String) {
        let hears = [
            (self.matching, self.matching != "exact"),
            ("on-connection", self.on_connection),
            ("on-disconnection", self.on_disconnection),
            ("handle-error", self.handle_error),
        ];
        let hears = hears.iter().filter(|(_, wanted)| *wanted);
        let hears: Vec<_> = hears.map(|(name, _)| *name).collect();
        let _ = write!(out, "\nnamespace {}", printable(self.name));
        if !hears.is_empty() {
            let _ = write!(out, "  ({})", hears.join(", "));
        }
        out.push('\n');
        if !self.connection_steps.is_empty() {
            out.push_str("  (connecting)\n");
            write_steps(out, &self.connection_steps);
        }
        for event in &self.events {
            let name = printable(event.event);
            let _ = match (event.catch_all, &*name) {
                (false, name) => write!(out, "  {name}"),
                (true, "") => write!(out, "  (all other events)"),
                (true, start) => write!(out, "  {start}… (all others that begin so)"),
            };
            out.push_str(match event.concurrent {
                true => "  (concurrent)\n",
                false => "\n",
            });
            write_steps(out, &event.steps);
        }
    }
}

impl HttpReport<'_> {
    fn write(&self, out: &mut String) {
        match self {
            Self::Nothing => {}
            Self::IncomingHandler => out.push_str("\nhttp\n  wasi:http/incoming-handler\n"),
            Self::Routes(routes) => {
                out.push_str("\nhttp\n");
                for route in routes {
                    let _ = writeln!(out, "  {}", printable(route.route));
                    write_steps(out, &route.steps);
                }
            }
        }
    }
}

fn write_steps(out: &mut String, steps: &[StepReport<'_>]) {
    for (number, step) in steps.iter().enumerate() {
        let number = number + 1;
        let _ = match step {
            StepReport::Validate(schema) => {
                writeln!(out, "    {number}. validate  {}", printable(schema.get()))
            }
            StepReport::Hook(HookReport { hook, name: None }) => {
                writeln!(out, "    {number}. hook {hook}")
            }
            StepReport::Hook(HookReport {
                name: Some(name), ..
            }) => writeln!(out, "    {number}. {}", printable(name)),
            StepReport::Session(need) => writeln!(out, "    {number}. session  {}", need.name()),
            StepReport::Jwt(need) => writeln!(out, "    {number}. jwt  {}", need.name()),
            StepReport::UserRequired => writeln!(out, "    {number}. user-required"),
        };
    }
}

impl Need {
    fn name(&self) -> &'static str {
        match self {
            Self::Optional => "optional",
            Self::Required => "required",
        }
    }
}
