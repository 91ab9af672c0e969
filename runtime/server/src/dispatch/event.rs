//! An event of a socket.

use std::{pin::pin, sync::Arc, time::Instant};

use super::{
    Outcome,
    log::Log,
    pipeline::{self, HookResult, Invocation, Plan},
};
use crate::{
    manifest::NamespaceApi,
    response::{Rejection, Response},
    tenant::{Release, Tenant},
    validate::{self, ValidEvent},
};
use stockade_json_schema::Schema;
use stockade_sandbox::{
    Called, Fault, HookOutcome, Instance, Payload, Thrown,
    host::{EventCtx, EventSource},
    payload,
};

/// Runs an event to its outcome. Never fails: what goes wrong is the outcome, and in the log.
pub async fn dispatch(
    tenant: &Tenant,
    release: &Release,
    namespace: &NamespaceApi,
    caller: Arc<dyn EventSource>,
    valid: ValidEvent<'_>,
) -> Outcome {
    let route = valid.route;
    let invocation = Event {
        other_bytes: payload::size_of_more_arguments(valid.more_arguments.as_deref()),
    };
    // The log's line about the event needs to know whose it was, and when it began.
    let watched = tenant.traffic.is_read();
    let watched = watched.then(|| (caller.clone(), Instant::now()));
    let mut event = EventCtx::new(valid.name.clone(), valid.payload, caller);
    event.more_arguments = valid.more_arguments;
    let log = Log {
        tenant,
        release,
        event: &valid.name,
        message_id: event.message_id,
    };
    let plan = Plan {
        steps: &route.steps,
        next_step: valid.next_step,
        handler: route.handler,
        handle_error: namespace.handle_error,
    };
    let (response, disconnect) = pin!(pipeline::run(tenant, plan, invocation, event, &log)).await;
    if let Some((caller, began)) = watched
        && let Some(socket) = caller.socket()
    {
        let place = (socket.namespace(), socket.id());
        let event = (log.event, log.message_id);
        tenant.traffic.handled(place, event, &response, began);
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
