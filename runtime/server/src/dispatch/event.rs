//! An event of a socket.

use std::{borrow::Cow, pin::pin, sync::Arc, time::Instant};

use super::{
    Outcome,
    log::Log,
    native,
    pipeline::{self, HookResult, Invocation, Plan},
};
use crate::{
    manifest::{NamespaceApi, Route},
    response::{Rejection, Response},
    tenant::{Release, Tenant},
    traffic,
    validate::{self, RawEvent},
};
use stockade_json_schema::Schema;
use stockade_sandbox::{
    Called, Fault, HookOutcome, Instance, Payload, Thrown,
    host::{EventCtx, EventSource},
    payload,
};

/// An event that has a route, and whose leading native steps have passed. Only [`accept`] makes one.
#[derive(Debug)]
pub struct AcceptedEvent<'a> {
    name: Arc<str>,
    route: Cow<'a, Arc<Route>>,
    payload: Option<Arc<Payload>>,
    more_arguments: Option<Box<str>>,
    /// The first step that has not run.
    next_step: usize,
    /// Whether thrown errors go through the guest.
    handle_error: bool,
}

impl AcceptedEvent<'_> {
    /// Whether the next event of its socket need not wait for it.
    pub fn is_concurrent(&self) -> bool {
        self.route.concurrent
    }

    /// The same event, for a task of its own.
    pub fn into_owned(self) -> AcceptedEvent<'static> {
        AcceptedEvent {
            route: Cow::Owned(self.route.into_owned()),
            ..self
        }
    }
}

/// Finds the route of an event, and runs its leading native steps: what fails here costs no instance.
///
/// # Errors
/// The rejection that the client gets. It is in the log of its socket.
pub async fn accept<'a>(
    tenant: &Tenant,
    namespace: &'a NamespaceApi,
    caller: &dyn EventSource,
    raw: RawEvent,
) -> Result<AcceptedEvent<'a>, Rejection> {
    let traffic = &tenant.traffic;
    let watched = traffic.is_read();
    let watched = watched.then(|| traffic::name_in(raw.text()).to_owned());
    let accepted = pin!(async {
        let mut event = validate::read(raw, namespace, &tenant.limits)?;
        let (route, tested) = (event.route, event.tested_steps);
        let steps = route.steps.get(tested..).unwrap_or_default();
        let validate = |schema: &Schema| event.validate(schema, &tenant.limits);
        let passed = pin!(native::run(tenant, caller.client(), steps, validate)).await?;
        Ok(AcceptedEvent {
            name: event.name,
            route: Cow::Borrowed(route),
            payload: event.payload,
            more_arguments: event.more_arguments,
            next_step: tested + passed,
            handle_error: namespace.handle_error,
        })
    });
    accepted.await.inspect_err(|rejection| {
        if let (Some(event), Some(socket)) = (watched, caller.socket()) {
            let place = (socket.namespace(), socket.id());
            traffic.refused(place, &event, rejection);
        }
    })
}

/// Runs an event to its outcome. Never fails: what goes wrong is the outcome, and in the log.
pub async fn run(
    tenant: &Tenant,
    release: &Release,
    caller: Arc<dyn EventSource>,
    accepted: AcceptedEvent<'_>,
) -> Outcome {
    let AcceptedEvent {
        name,
        route,
        payload,
        more_arguments,
        next_step,
        handle_error,
    } = accepted;
    let invocation = Event {
        other_bytes: payload::size_of_more_arguments(more_arguments.as_deref()),
    };
    // The log's line about the event needs to know whose it was, and when it began.
    let watched = tenant.traffic.is_read();
    let watched = watched.then(|| (caller.clone(), Instant::now()));
    let mut event = EventCtx::new(name.clone(), payload, caller);
    event.more_arguments = more_arguments;
    let log = Log {
        tenant,
        release,
        event: &name,
        message_id: event.message_id,
    };
    let plan = Plan {
        steps: &route.steps,
        next_step,
        handler: &route.handler,
        handle_error,
    };
    let (response, disconnect) = pin!(pipeline::run(tenant, plan, invocation, event, &log)).await;
    if let Some((caller, began)) = watched
        && let Some(socket) = caller.socket()
    {
        let place = (socket.namespace(), socket.id());
        let event = (log.event, log.message_id);
        let handler = route.handler.name();
        let traffic = &tenant.traffic;
        traffic.handled(place, event, handler, &response, began);
    }
    Outcome {
        response,
        disconnect,
    }
}

struct Event {
    /// Bytes of the arguments behind the first one.
    other_bytes: usize,
}

impl Invocation for Event {
    type Answer = Response;

    fn validate(
        &mut self,
        tenant: &Tenant,
        payload: &mut Option<Arc<Payload>>,
        schema: &Schema,
    ) -> Result<(), Rejection> {
        validate::against_schema(payload, self.other_bytes, schema, &tenant.limits)
    }

    async fn run_hook(&self, guest: &mut Instance, hook: u32) -> Called<HookResult<Response>> {
        let outcome = guest.run_hook(hook).await?;
        Ok(outcome.map(|outcome| match outcome {
            HookOutcome::Pass => HookResult::Pass,
            HookOutcome::Answer(response) => HookResult::Answer(response),
            HookOutcome::PostHook(id) => HookResult::PostHook(id),
        }))
    }

    fn handle(
        &self,
        guest: &mut Instance,
        handler: u32,
    ) -> impl Future<Output = Called<Response>> + Send {
        guest.handle_event(handler)
    }

    async fn run_post_hook(
        &self,
        guest: &mut Instance,
        post_hook: u32,
        response: &Response,
    ) -> Called<Option<Response>> {
        guest.run_post_hook(post_hook, response).await
    }

    async fn handle_error(&self, guest: &mut Instance, error: &Thrown) -> Called<Response> {
        guest.handle_error(error).await
    }

    fn broken_promise(&self, tenant: &Tenant, response: &Response) -> Option<String> {
        let checked = match response {
            Response::Ok(body) | Response::Error(body) => {
                payload::check(body.as_ref()?, &tenant.limits)
            }
            Response::Raw(arguments) => payload::check_arguments(arguments, &tenant.limits),
        };
        checked.err().map(|error| error.to_string())
    }

    fn rejected(&self, rejection: &Rejection) -> Response {
        rejection.response()
    }

    fn uncaught(&self, tenant: &Tenant, thrown: &Thrown) -> Response {
        tenant.error_renderer.thrown(thrown)
    }

    fn ended(&self, tenant: &Tenant, fault: &Fault) -> Response {
        tenant.error_renderer.fault(fault)
    }
}
