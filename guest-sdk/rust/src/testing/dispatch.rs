//! Runs an event as the host does.

use serde_json::json;

use crate::component::{self, Component, HookStep};
use crate::manifest::{Namespace, Route, Step};
use crate::{Context, Error, Manifest, Payload, Response, Result};

/// Runs an event through hooks, handler and post-hooks and returns the response that the client would get.
///
/// The payload is not validated: `#[validate]` is skipped. An error that is thrown goes through `#[handle_error]`, and
/// from there becomes the internal error; [`RecordingSocket::thrown`](super::RecordingSocket::thrown) tells it.
///
/// # Panics
/// There is no such event.
#[track_caller]
pub fn dispatch<C: Component>(ctx: &Context) -> Response {
    let event = ctx.event_name();
    let manifest = manifest::<C>();
    let namespace = namespace(&manifest, ctx);
    let Some(route) = namespace.routes.iter().find(|route| route.event == event) else {
        let known: Vec<_> = namespace.routes.iter().map(|route| &route.event).collect();
        panic!("there is no event {event:?} among {known:?}");
    };

    let mut post_hooks = Vec::new();
    let mut response = before_and_handler::<C>(route, ctx, &mut post_hooks)
        .unwrap_or_else(|error| rescue::<C>(namespace, error, ctx));
    while let Some(post_hook) = post_hooks.pop() {
        response = component::run_post_hook::<C>(post_hook, response, ctx)
            .unwrap_or_else(|error| rescue::<C>(namespace, error, ctx));
    }
    response
}

/// Runs `#[on_connection]`.
///
/// # Errors
/// What it threw: the connection would be refused.
pub fn connect<C: Component>(ctx: &Context) -> Result<()> {
    component::on_connection::<C>(ctx)
}

/// Runs `#[on_disconnection]`.
///
/// # Errors
/// What it threw.
pub fn disconnect<C: Component>(ctx: &Context, reason: &str) -> Result<()> {
    component::on_disconnection::<C>(reason, ctx)
}

/// What the host is told about a component: namespaces, events, steps and schemas.
pub fn manifest<C: Component>() -> Manifest {
    component::describe::<C>()
}

fn before_and_handler<C: Component>(
    route: &Route,
    ctx: &Context,
    post_hooks: &mut Vec<u32>,
) -> Result<Response> {
    for step in &route.steps {
        let Step::Hook(hook) = *step else { continue };
        match component::run_hook::<C>(hook, ctx)? {
            HookStep::Pass => {}
            HookStep::Answer(response) => return Ok(response),
            HookStep::PostHook(post_hook) => post_hooks.push(post_hook),
        }
    }
    component::handle_event::<C>(route.handler, ctx)
}

fn rescue<C: Component>(namespace: &Namespace, error: Error, ctx: &Context) -> Response {
    if let Ok(socket) = ctx.host.socket() {
        socket
            .state()
            .thrown
            .push(format!("{}: {}", error.name(), error.message()));
    }
    let rescued = if namespace.handle_error {
        component::handle_error::<C>(error, ctx)
    } else {
        Err(error)
    };
    rescued.unwrap_or_else(|_| internal_error())
}

fn internal_error() -> Response {
    let error = json!({
        "code": "INTERNAL_SERVER_ERROR",
        "message": "An internal server error has occurred.",
    });
    Response::Error(Some(Payload {
        json: error.to_string(),
        attachments: Vec::new(),
    }))
}

#[track_caller]
fn namespace<'m>(manifest: &'m Manifest, ctx: &Context) -> &'m Namespace {
    let name = ctx.namespace();
    match manifest.namespaces.as_slice() {
        [only] => only,
        several => several
            .iter()
            .find(|namespace| namespace.name == name)
            .unwrap_or_else(|| panic!("the component does not serve the namespace {name:?}")),
    }
}
