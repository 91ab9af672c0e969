//! What a component serves, as the host asks for it once when it loads the component.
//!
//! Controllers describe themselves into a [`Routes`], outermost first. Ids follow from the order in which controllers
//! are mounted: a controller's own handlers and hooks, then those of its sub-controllers. [`crate::controller`] takes
//! them apart again with constants alone, so an event never builds any of this.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;

use crate::{Context, Controller, Exchange, Hook, HttpContext};

/// What a component serves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Manifest {
    /// In the order of [`serve!`](crate::serve).
    pub namespaces: Vec<Namespace>,
    /// JSON Schemas as JSON text.
    pub schemas: Vec<String>,
    /// What people call its hooks.
    pub hook_names: Vec<HookName>,
    /// What `#[options]` asks of the server, as the text of a JSON object.
    pub options: Option<String>,
}

/// What a component serves to HTTP requests.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct HttpManifest {
    /// The kinds of requests.
    pub routes: Vec<HttpRoute>,
    /// JSON Schemas as JSON text.
    pub schemas: Vec<String>,
    /// What people call its hooks.
    pub hook_names: Vec<HookName>,
    /// Whether there is a `#[handle_error]`.
    pub handle_error: bool,
}

/// One Socket.IO namespace and what is served in it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Namespace {
    /// `/`, or `/` and a name.
    pub name: String,
    /// Its events.
    pub routes: Vec<Route>,
    /// What the host does before `#[on_connection]`.
    pub connection_steps: Vec<Step>,
    /// Whether there is an `#[on_connection]`.
    pub on_connection: bool,
    /// Whether there is an `#[on_disconnection]`.
    pub on_disconnection: bool,
    /// Whether there is a `#[handle_error]`.
    pub handle_error: bool,
    /// How its name is read.
    pub matching: NameMatching,
}

/// How the name of a namespace is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameMatching {
    /// As it is.
    Exact,
    /// `:name` stands for one or more characters other than `/`, `*name` at its end for all the rest.
    Pattern,
    /// As a regular expression for the whole name.
    Regex,
}

impl NameMatching {
    /// What [`serve!`](crate::serve) takes a name for that does not say it.
    #[doc(hidden)]
    pub const fn of(name: &str) -> Self {
        let mut bytes = name.as_bytes();
        while let [first, rest @ ..] = bytes {
            if matches!(first, b':' | b'*') {
                return Self::Pattern;
            }
            bytes = rest;
        }
        Self::Exact
    }
}

/// One event of a namespace.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Route {
    /// The full name of the event.
    pub event: String,
    /// What comes before its handler.
    pub steps: Vec<Step>,
    /// The handler's id.
    pub handler: u32,
    /// What people call the handler: `Controller::method`.
    pub handler_name: String,
    /// Whether it takes all events whose names begin with `event` and that have no other route.
    pub catch_all: bool,
    /// Whether a client's later events need not wait until it is done.
    pub concurrent: bool,
}

/// One kind of HTTP request.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HttpRoute {
    /// In capitals, such as `GET`.
    pub method: String,
    /// The full path, such as `/users/:id`.
    pub path: String,
    /// What comes before its handler.
    pub steps: Vec<Step>,
    /// The handler's id.
    pub handler: u32,
    /// What people call the handler: `Controller::method`.
    pub handler_name: String,
}

/// One step on the way to a handler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// The host validates the payload, or the body of the request, with the schema of this index.
    Validate(u32),
    /// The hook with this id.
    Hook(u32),
    /// The host reads the client's session.
    Session(Requirement),
    /// The host verifies the client's JSON Web Token.
    Jwt(Requirement),
    /// The host turns clients away for whom no user is set.
    UserRequired,
}

/// What people call a hook: the name of its function.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HookName {
    /// The id that [`Step::Hook`] has.
    pub hook: u32,
    /// As `#[hook(…)]` has it, without arguments.
    pub name: String,
}

/// Whether a client may do without what a step looks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Requirement {
    /// It may.
    Optional,
    /// It may not.
    Required,
}

/// Collects the routes of a namespace, or of HTTP requests, while controllers describe themselves.
#[doc(hidden)]
pub struct Routes<'m, X: Exchange = Context> {
    schemas: &'m mut Vec<String>,
    hook_names: &'m mut Vec<HookName>,
    routes: Vec<X::Route>,
    /// Where the ids of the controller that is being described begin.
    base: Ids,
    /// The first ids that no controller has yet.
    next: Ids,
    prefix: String,
    /// The steps of the outer controllers and of the current one.
    outer: Vec<Step>,
    /// The steps of the route that is being described.
    steps: Vec<Step>,
}

/// Where a controller's handlers and hooks begin.
#[derive(Debug, Clone, Copy, Default)]
#[doc(hidden)]
pub struct Ids {
    handler: u32,
    hook: u32,
}

impl Manifest {
    /// Describes a controller as a namespace, behind those that are there already.
    pub(crate) fn namespace<C: Controller>(
        &mut self,
        (name, matching): (&str, NameMatching),
        next: &mut Ids,
    ) {
        let mut routes = Routes::begin_with(&mut self.schemas, &mut self.hook_names, *next);
        C::describe(&mut routes);
        *next = routes.next;
        // What is left are the steps of the namespace's own controller.
        let mut connection_steps = routes.outer;
        connection_steps
            .retain(|step| matches!(step, Step::Session(_) | Step::Jwt(_) | Step::UserRequired));
        let routes = routes.routes;
        if C::OPTIONS {
            self.options = Some(C::options().to_json());
        }
        self.namespaces.push(Namespace {
            name: name.to_owned(),
            routes,
            connection_steps,
            on_connection: C::ON_CONNECTION,
            on_disconnection: C::ON_DISCONNECTION,
            handle_error: C::HANDLE_ERROR,
            matching,
        });
    }
}

impl HttpManifest {
    /// Describes the outermost controller.
    pub(crate) fn of<C: Controller<HttpContext>>() -> Self {
        let (mut schemas, mut hook_names) = (Vec::new(), Vec::new());
        let mut routes = Routes::begin_with(&mut schemas, &mut hook_names, Ids::default());
        C::describe(&mut routes);
        Self {
            routes: routes.routes,
            schemas,
            hook_names,
            handle_error: C::HANDLE_ERROR,
        }
    }
}

impl<'m, X: Exchange> Routes<'m, X> {
    fn begin_with(
        schemas: &'m mut Vec<String>,
        hook_names: &'m mut Vec<HookName>,
        next: Ids,
    ) -> Self {
        Self {
            schemas,
            hook_names,
            routes: Vec::new(),
            base: next,
            next,
            prefix: String::new(),
            outer: Vec::new(),
            steps: Vec::new(),
        }
    }

    /// The steps so far lead to a handler.
    fn take_steps(&mut self) -> Vec<Step> {
        let mut steps = self.outer.clone();
        steps.append(&mut self.steps);
        steps
    }
}

/// A type that `#[validate]` without arguments can stand before.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`#[validate]` needs the JSON Schema of `{Self}`",
    label = "no schema",
    note = "derive `schemars::JsonSchema` for it, or write a schema: `#[validate(schema = …)]`"
)]
pub trait HasSchema: JsonSchema {}

impl<T: JsonSchema> HasSchema for T {}

#[doc(hidden)]
impl<X: Exchange> Routes<'_, X> {
    /// A controller begins, with as many handlers and hooks of its own.
    pub fn begin(&mut self, handlers: u32, hooks: u32) {
        self.base = self.next;
        self.next.handler += handlers;
        self.next.hook += hooks;
    }

    /// A step that validates with the schema of a type.
    pub fn validate<T: HasSchema>(&mut self) {
        // The contract reads schemas without `$schema` as draft-07, and nobody looks at the type's name.
        let settings = SchemaSettings::draft07().with(|settings| settings.meta_schema = None);
        let mut schema = settings.into_generator().into_root_schema_for::<T>();
        schema.remove("title");
        self.validate_with(&schema.as_value().to_string());
    }

    /// A step that validates with a schema that was written as JSON.
    pub fn validate_with(&mut self, schema: &str) {
        let known = self.schemas.iter().position(|known| known == schema);
        let index = known.unwrap_or_else(|| {
            self.schemas.push(schema.to_owned());
            self.schemas.len() - 1
        });
        self.steps.push(Step::Validate(index as u32));
    }

    /// The steps of a hook, which `_hook` would make, and the names of those that were merged into it.
    pub fn hook<H: Hook<X>, F: FnOnce() -> H>(&mut self, index: u32, _hook: F, names: &[&str]) {
        let index = self.base.hook + index;
        for step in 0..H::STEPS {
            let hook = HookId { index, step }.into();
            self.steps.push(Step::Hook(hook));
            let name = step_name(names, step, H::STEPS);
            if !name.is_empty() {
                self.hook_names.push(HookName { hook, name });
            }
        }
    }

    /// A step that is the host's own.
    pub fn native(&mut self, step: Step) {
        self.steps.push(step);
    }

    /// The steps so far are those of the controller: every route begins with them.
    pub fn end_of_controller_steps(&mut self) {
        self.outer.append(&mut self.steps);
    }

    /// The routes of another controller, behind this one's steps and a prefix.
    pub fn sub_controller<C: Controller<X>>(&mut self, prefix: &str) {
        let (base, prefix_len, outer_len) = (self.base, self.prefix.len(), self.outer.len());
        self.prefix.push_str(prefix);
        C::describe(self);
        self.outer.truncate(outer_len);
        self.prefix.truncate(prefix_len);
        self.base = base;
    }
}

#[doc(hidden)]
impl Routes<'_> {
    /// The steps so far lead to this handler.
    pub fn event(&mut self, name: &str, handler: (u32, &str), concurrent: bool) {
        let route = self.route(name, handler);
        self.routes.push(Route {
            concurrent,
            ..route
        });
    }

    /// The same of the handler of all other events behind the prefix.
    pub fn catch_all(&mut self, handler: (u32, &str), concurrent: bool) {
        let route = self.route("", handler);
        self.routes.push(Route {
            concurrent,
            catch_all: true,
            ..route
        });
    }

    fn route(&mut self, name: &str, (handler, handler_name): (u32, &str)) -> Route {
        Route {
            event: [&self.prefix, name].concat(),
            steps: self.take_steps(),
            handler: self.base.handler + handler,
            handler_name: handler_name.to_owned(),
            catch_all: false,
            concurrent: false,
        }
    }
}

#[doc(hidden)]
impl Routes<'_, HttpContext> {
    /// The steps so far lead to this handler.
    pub fn request(&mut self, method: &str, path: &str, (handler, handler_name): (u32, &str)) {
        let steps = self.take_steps();
        let mut path = [&self.prefix, path].concat();
        if path.is_empty() {
            path.push('/');
        }
        self.routes.push(HttpRoute {
            method: method.to_owned(),
            path,
            steps,
            handler: self.base.handler + handler,
            handler_name: handler_name.to_owned(),
        });
    }
}

/// The name of one of the steps of a hook. Where a hook does not stand for as many steps as it has names, because a function
/// merged some of them, all have the same one and are counted.
fn step_name(names: &[&str], step: u8, steps: u8) -> String {
    if let Some(name) = names.get(usize::from(step))
        && names.len() == usize::from(steps)
    {
        return (*name).to_owned();
    }
    let name = names.join(", ");
    match name.is_empty() {
        true => name,
        false => format!("{name} ({} of {steps})", step + 1),
    }
}

/// A hook's id: which `#[hook]` of the component, and which step of it where hooks were merged.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HookId {
    pub(crate) index: u32,
    pub(crate) step: u8,
}

impl From<HookId> for u32 {
    fn from(id: HookId) -> Self {
        id.index << 8 | Self::from(id.step)
    }
}

impl From<u32> for HookId {
    fn from(id: u32) -> Self {
        Self {
            index: id >> 8,
            step: id as u8,
        }
    }
}
