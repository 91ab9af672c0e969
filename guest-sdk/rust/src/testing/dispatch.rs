//! Runs an event, or an HTTP request, as the host does.

use serde_json::json;

use super::{Identity, request};
use crate::component::{self, Component, HookStep, HttpComponent, Only};
use crate::controller::Controllers;
use crate::manifest::{HttpManifest, Namespace, Requirement, Route, Step};
use crate::{
    Context, Current, Error, Exchange, HttpContext, HttpRequest, HttpResponse, Manifest, Payload,
    Response, Result,
};

/// Runs an event through hooks, handler and post-hooks and returns the response that the client would get.
///
/// The payload is not validated: `#[validate]` is skipped. A `#[session]` is looked up in the
/// [`FakeServer`](super::FakeServer); a `#[jwt]` counts as verified where the socket has a user. An error that is thrown goes
/// through `#[handle_error]`, and from there becomes the internal error;
/// [`RecordingSocket::thrown`](super::RecordingSocket::thrown) tells it.
///
/// # Panics
/// There is no such event.
#[track_caller]
pub fn dispatch<C: Component>(ctx: &Context) -> Response {
    let event = ctx.event_name();
    let manifest = manifest::<C>();
    let namespace = namespace(&manifest, ctx);
    let Some(route) = namespace.route(&event) else {
        let known: Vec<_> = namespace.routes.iter().map(|route| &route.event).collect();
        panic!("there is no event {event:?} among {known:?}");
    };
    let handle_error = |error| {
        if namespace.handle_error {
            component::handle_error::<C>(error, ctx)
        } else {
            Err(error)
        }
    };
    run::<Context, C::Roots>(&route.steps, route.handler, ctx, handle_error)
}

/// Runs an HTTP request through hooks, handler and post-hooks and returns what the client would get, but for headers that
/// the host adds. What [`dispatch`] says holds for it, too.
///
/// # Panics
/// There is no such route.
#[track_caller]
pub fn dispatch_http<C: HttpComponent>(ctx: &HttpContext) -> HttpResponse {
    let manifest = http_manifest::<C>();
    let sent = ctx.request();
    let Some((route, params)) = request::find(&manifest.routes, sent) else {
        let routes = manifest.routes.iter();
        let known: Vec<_> = routes
            .map(|route| [&route.method, " ", &route.path].concat())
            .collect();
        panic!("there is no {} {} among {known:?}", sent.method, sent.path);
    };
    ctx.host
        .set_route(&[&route.method, " ", &route.path].concat());
    let request = HttpRequest {
        params,
        ..sent.clone()
    };
    let ctx = &HttpContext::of(ctx.host.clone(), request.into());
    let handle_error = |error| {
        if manifest.handle_error {
            component::handle_http_error::<C>(error, ctx)
        } else {
            Err(error)
        }
    };
    run::<HttpContext, Only<C::Controller>>(&route.steps, route.handler, ctx, handle_error)
}

/// Runs the steps before a connection, then `#[on_connection]`.
///
/// # Errors
/// What it threw, or that there is no user or session: the connection would be refused.
pub fn connect<C: Component>(ctx: &Context) -> Result<()> {
    ctx.host.enter();
    let manifest = manifest::<C>();
    for step in &namespace(&manifest, ctx).connection_steps {
        if let Some(message) = refusal::<Context>(*step, ctx) {
            return Err(Error::named("UNAUTHORIZED", message));
        }
    }
    component::on_connection::<C>(ctx)
}

/// Runs `#[on_disconnection]`.
///
/// # Errors
/// What it threw.
pub fn disconnect<C: Component>(ctx: &Context, reason: &str) -> Result<()> {
    ctx.host.enter();
    component::on_disconnection::<C>(reason, ctx)
}

/// What the host is told about a component: namespaces, events, steps, schemas and options.
pub fn manifest<C: Component>() -> Manifest {
    component::describe::<C>()
}

/// What the host is told about the HTTP side of a component: routes, steps and schemas.
pub fn http_manifest<C: HttpComponent>() -> HttpManifest {
    component::describe_http::<C>()
}

impl Namespace {
    /// The route of this event: its own, or the catch-all one that has most of its name.
    fn route(&self, event: &str) -> Option<&Route> {
        let own = |route: &&Route| !route.catch_all && route.event == event;
        let catch_alls = self.routes.iter();
        let catch_alls =
            catch_alls.filter(|route| route.catch_all && event.starts_with(&route.event));
        self.routes
            .iter()
            .find(own)
            .or_else(|| catch_alls.max_by_key(|route| route.event.len()))
    }
}

/// What the host answers by itself.
pub(crate) trait HostAnswers: Exchange {
    /// What the client sent to say who it is: the token of its handshake, its headers.
    fn credentials(&self) -> (Option<String>, Vec<(String, String)>);
    fn unauthorized(message: &str) -> Self::Response;
    fn internal_error() -> Self::Response;
}

impl HostAnswers for Context {
    fn credentials(&self) -> (Option<String>, Vec<(String, String)>) {
        let Ok(handshake) = self.socket().handshake() else {
            return (None, Vec::new());
        };
        let auth = handshake.auth::<serde_json::Value>().unwrap_or_default();
        let token = auth.get("token").and_then(|token| token.as_str());
        (token.map(ToOwned::to_owned), handshake.headers)
    }

    fn unauthorized(message: &str) -> Response {
        error("UNAUTHORIZED", message)
    }

    fn internal_error() -> Response {
        error("INTERNAL_SERVER_ERROR", INTERNAL_ERROR)
    }
}

impl HostAnswers for HttpContext {
    fn credentials(&self) -> (Option<String>, Vec<(String, String)>) {
        (None, self.request().headers.clone())
    }

    fn unauthorized(message: &str) -> HttpResponse {
        http_error(401, "UNAUTHORIZED", message).header("www-authenticate", "Bearer")
    }

    fn internal_error() -> HttpResponse {
        http_error(500, "INTERNAL_SERVER_ERROR", INTERNAL_ERROR)
    }
}

const INTERNAL_ERROR: &str = "An internal server error has occurred.";

fn run<X: HostAnswers, L: Controllers<X>>(
    steps: &[Step],
    handler: u32,
    ctx: &X,
    handle_error: impl Fn(Error) -> Result<X::Response>,
) -> X::Response {
    ctx.host.enter();
    let rescue = |error: Error| {
        record(&error, ctx);
        handle_error(error).unwrap_or_else(|_| X::internal_error())
    };
    let mut post_hooks = Vec::new();
    let mut response =
        before_and_handler::<X, L>(steps, handler, ctx, &mut post_hooks).unwrap_or_else(rescue);
    while let Some(post_hook) = post_hooks.pop() {
        response =
            component::run_post_hook::<X, L>(post_hook, response, ctx).unwrap_or_else(rescue);
    }
    response
}

fn before_and_handler<X: HostAnswers, L: Controllers<X>>(
    steps: &[Step],
    handler: u32,
    ctx: &X,
    post_hooks: &mut Vec<u32>,
) -> Result<X::Response> {
    for step in steps {
        if let Some(message) = refusal(*step, ctx) {
            return Ok(X::unauthorized(message));
        }
        let Step::Hook(hook) = *step else { continue };
        match component::run_hook::<X, L>(hook, ctx)? {
            HookStep::Pass => {}
            HookStep::Answer(response) => return Ok(response),
            HookStep::PostHook(post_hook) => post_hooks.push(post_hook),
        }
    }
    component::handle::<X, L>(handler, ctx)
}

/// Runs a step of the host that finds out who the client is; answers why the client is turned away.
fn refusal<X: HostAnswers>(step: Step, ctx: &X) -> Option<&'static str> {
    let (is_known, requirement, message) = match step {
        Step::Validate(_) | Step::Hook(_) => return None,
        Step::Session(requirement) => (has_session(ctx), requirement, "Session token not found."),
        Step::Jwt(requirement) => (has_user(ctx), requirement, "JSON Web Token not found."),
        Step::UserRequired => (
            has_user(ctx),
            Requirement::Required,
            "there is no user: log in first",
        ),
    };
    (!is_known && requirement == Requirement::Required).then_some(message)
}

fn has_user(ctx: &Current) -> bool {
    ctx.host.user().is_ok_and(|user| user.is_some())
}

/// Opens the client's session, or where it has none the one that is named by `auth.token`, a bearer token or any cookie.
fn has_session<X: HostAnswers>(ctx: &X) -> bool {
    if let Ok(Some(id)) = ctx.host.identity(|identity| identity.session.clone()) {
        let is_open = ctx.host.open_session(&id).unwrap_or_default();
        if !is_open {
            let _ = ctx
                .host
                .identity(|identity| *identity = Identity::default());
        }
        return is_open;
    }
    let (token, headers) = ctx.credentials();
    let of_header = |name: &'static str| {
        let headers = headers.iter();
        headers
            .filter(move |(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    };
    let bearer = of_header("authorization").filter_map(|value| value.strip_prefix("Bearer "));
    let cookies = of_header("cookie")
        .flat_map(|header| header.split(';'))
        .filter_map(|pair| Some(pair.split_once('=')?.1.trim()));
    token
        .as_deref()
        .into_iter()
        .chain(bearer)
        .chain(cookies)
        .any(|id| ctx.host.open_session(id).unwrap_or_default())
}

fn record(error: &Error, ctx: &Current) {
    let thrown = format!("{}: {}", error.name(), error.message());
    ctx.host.add_thrown(&thrown);
}

fn error(code: &str, message: &str) -> Response {
    let error = json!({ "code": code, "message": message });
    Response::Error(Some(Payload {
        json: error.to_string(),
        attachments: Vec::new(),
    }))
}

fn http_error(status: u16, code: &str, message: &str) -> HttpResponse {
    let error = json!({ "code": code, "message": message });
    HttpResponse::new(status).bytes("application/json; charset=utf-8", error.to_string())
}

#[track_caller]
fn namespace<'m>(manifest: &'m Manifest, ctx: &Context) -> &'m Namespace {
    let name = ctx.namespace_pattern();
    match manifest.namespaces.as_slice() {
        [only] => only,
        several => several
            .iter()
            .find(|namespace| namespace.name == name)
            .unwrap_or_else(|| panic!("the component does not serve the namespace {name:?}")),
    }
}
