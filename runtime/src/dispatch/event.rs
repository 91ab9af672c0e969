//! An event of a socket.

use std::pin::pin;

use super::{
    Caller, Outcome,
    log::Log,
    pipeline::{self, Called, Exchange, Hooked, Way},
};
use crate::{
    manifest::NamespaceApi,
    response::{Rejection, Response},
    sandbox::{Fault, HookOutcome, Instance, Payload, Thrown},
    tenant::Tenant,
    validate::{LazyTree, ValidEvent, payload, schema::Schema},
};

/// Runs an event to its outcome. Never fails: what goes wrong is the outcome, and in the log.
pub async fn dispatch(
    tenant: &Tenant,
    namespace: &NamespaceApi,
    caller: Caller,
    mut valid: ValidEvent<'_>,
) -> Outcome {
    let route = valid.route;
    let event = caller.event(tenant, route.event.clone(), valid.payload.take());
    let log = Log {
        tenant,
        event: &route.event,
        message_id: event.message_id,
    };
    let way = Way {
        steps: &route.steps,
        next_step: valid.next_step,
        handler: route.handler,
        handle_error: namespace.handle_error,
    };
    let exchange = Event { tree: valid.tree };
    let (response, disconnect) = pin!(pipeline::run(tenant, way, exchange, event, &log)).await;
    Outcome {
        response,
        disconnect,
    }
}

struct Event {
    tree: LazyTree,
}

impl Exchange for Event {
    type Answer = Response;

    fn validate(
        &mut self,
        tenant: &Tenant,
        payload: &mut Option<Payload>,
        schema: &Schema,
    ) -> Result<(), Rejection> {
        self.tree.validate(payload.as_mut(), schema, &tenant.limits)
    }

    /// A tree takes up to fifty times its text, too much to keep while waiting. A later step builds it again.
    fn shrink(&mut self) {
        self.tree = LazyTree::default();
    }

    async fn run_hook(&self, guest: &mut Instance, hook: u32) -> Called<Hooked<Response>> {
        let outcome = guest.run_hook(hook).await?;
        Ok(outcome.map(|outcome| match outcome {
            HookOutcome::Pass => Hooked::Pass,
            HookOutcome::Answer(response) => Hooked::Answer(response),
            HookOutcome::PostHook(id) => Hooked::PostHook(id),
        }))
    }

    async fn handle(&self, guest: &mut Instance, handler: u32) -> Called<Response> {
        guest.handle_event(handler).await
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
        let (Response::Ok(body) | Response::Error(body)) = response;
        let checked = payload::check(body.as_ref()?, &tenant.limits);
        checked.err().map(|error| error.to_string())
    }

    fn rejected(&self, rejection: &Rejection) -> Response {
        rejection.response()
    }

    fn uncaught(&self, tenant: &Tenant, thrown: &Thrown) -> Response {
        tenant.rescue.thrown(thrown)
    }

    fn ended(&self, tenant: &Tenant, fault: &Fault) -> Response {
        tenant.rescue.fault(fault)
    }
}
