//! Steps, handler and post-hooks of one event.

use super::{Caller, Failure, Outcome};
use crate::{
    host::{EventCtx, MessageId, excerpt},
    manifest::{NamespaceApi, Step},
    response::{Rejection, Response},
    sandbox::{Entered, Fault, FaultKind, HookOutcome, Instance, Thrown},
    tenant::Tenant,
    validate::{LazyTree, ValidEvent, payload},
};

/// Runs an event to its outcome. Never fails: what goes wrong is the outcome, and in the log.
pub async fn dispatch(
    tenant: &Tenant,
    namespace: &NamespaceApi,
    caller: &Caller,
    mut valid: ValidEvent<'_>,
) -> Outcome {
    let event = caller.event(tenant, &valid.route.event, valid.payload.take());
    let log = Log {
        tenant,
        event: &valid.route.event,
        message_id: event.message_id,
    };
    // A tree takes up to fifty times its text, too much to keep while waiting. A later step builds it again.
    valid.tree = LazyTree::default();
    let place = match tenant.sandbox.place().await {
        Ok(place) => place,
        Err(busy) => return log.failed(busy.into()),
    };
    let run = async {
        let run = Run {
            tenant,
            namespace,
            entered: tenant.sandbox.enter(place, event).await?,
            valid,
            post_hooks: Vec::new(),
            log: &log,
        };
        run.finish().await
    };
    // A guest that waits in a call of the host uses no CPU time, so the clock on the wall goes too.
    match tokio::time::timeout(tenant.limits.wall, run).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(fault)) => log.failed(fault.into()),
        Err(_) => log.failed(Fault::deadline(tenant.limits.wall).into()),
    }
}

/// One event on its way through one instance.
struct Run<'a> {
    tenant: &'a Tenant,
    namespace: &'a NamespaceApi,
    valid: ValidEvent<'a>,
    entered: Entered,
    post_hooks: Vec<u32>,
    log: &'a Log<'a>,
}

impl Run<'_> {
    async fn finish(mut self) -> Result<Outcome, Fault> {
        let mut response = match self.steps_and_handler().await? {
            Ok(response) => self.checked(response).await?,
            Err(thrown) => self.rescued(thrown).await?,
        };
        while let Some(id) = self.post_hooks.pop() {
            response = match self.instance().run_post_hook(id, &response).await? {
                Ok(None) => response,
                Ok(Some(replaced)) => self.checked(replaced).await?,
                Err(thrown) => self.rescued(thrown).await?,
            };
        }
        let event = self.tenant.sandbox.leave(self.entered);
        Ok(Outcome {
            response,
            disconnect: event.and_then(|event: EventCtx| event.disconnect),
        })
    }

    async fn steps_and_handler(&mut self) -> Result<Result<Response, Thrown>, Fault> {
        let route = self.valid.route;
        for step in route.steps.iter().skip(self.valid.next_step) {
            match step {
                Step::Validate(schema) => {
                    let payload = self.entered.instance.payload();
                    let tree = &mut self.valid.tree;
                    let limits = &self.tenant.limits;
                    if let Err(rejection) = tree.validate(payload, &schema.schema, limits) {
                        self.log.rejected(&rejection);
                        return Ok(Ok(rejection.response()));
                    }
                }
                Step::Hook(id) => match self.instance().run_hook(*id).await? {
                    Ok(HookOutcome::Pass) => {}
                    Ok(HookOutcome::Answer(response)) => return Ok(Ok(response)),
                    Ok(HookOutcome::PostHook(id)) => self.post_hooks.push(id),
                    Err(thrown) => return Ok(Err(thrown)),
                },
            }
        }
        self.instance().handle_event(route.handler).await
    }

    /// A response is the guest's word: one that breaks its promises counts as thrown.
    async fn checked(&mut self, response: Response) -> Result<Response, Fault> {
        match self.check(response) {
            Ok(response) => Ok(response),
            Err(thrown) => self.rescued(thrown).await,
        }
    }

    /// Asks the guest for the response to an error, if it wants to be asked.
    async fn rescued(&mut self, thrown: Thrown) -> Result<Response, Fault> {
        if !self.namespace.handle_error {
            return Ok(self.log.uncaught(&thrown));
        }
        let handled = self.instance().handle_error(&thrown).await?;
        let response = handled.and_then(|response| self.check(response));
        Ok(response.unwrap_or_else(|thrown| self.log.uncaught(&thrown)))
    }

    fn check(&self, response: Response) -> Result<Response, Thrown> {
        let (Response::Ok(body) | Response::Error(body)) = &response;
        match body
            .as_ref()
            .map_or(Ok(()), |body| payload::check(body, &self.tenant.limits))
        {
            Ok(()) => Ok(response),
            Err(error) => Err(Thrown {
                name: "InvalidResponse".into(),
                message: error.to_string(),
                stack: None,
            }),
        }
    }

    fn instance(&mut self) -> &mut Instance {
        &mut self.entered.instance
    }
}

/// Writes the causes that clients do not see.
pub(super) struct Log<'a> {
    pub(super) tenant: &'a Tenant,
    pub(super) event: &'a str,
    pub(super) message_id: MessageId,
}

impl Log<'_> {
    fn failed(&self, failure: Failure) -> Outcome {
        Outcome::answered(match failure {
            Failure::Rejected(rejection) => {
                self.rejected(&rejection);
                rejection.response()
            }
            Failure::Fault(fault) => {
                self.fault(&fault);
                self.tenant.rescue.fault(&fault)
            }
        })
    }

    pub(super) fn fault(&self, fault: &Fault) {
        let backtrace = fault.backtrace();
        let cause = format!("{:?}", excerpt(&fault.message));
        let backtrace = (!backtrace.is_empty()).then(|| format!("{backtrace:?}"));
        let bytes = cause.len() + backtrace.as_ref().map_or(0, String::len);
        if !self.tenant.log.admits(bytes + self.event.len()) {
            return;
        }
        macro_rules! log {
            ($level:ident) => {
                tracing::$level!(
                    tenant = %self.tenant.name,
                    version = %self.tenant.version,
                    event = ?self.event,
                    message_id = %self.message_id,
                    kind = fault.kind.name(),
                    cause,
                    backtrace,
                    "the event was ended"
                )
            };
        }
        match fault.kind {
            FaultKind::Host => log!(error),
            _ => log!(warn),
        }
    }

    fn rejected(&self, rejection: &Rejection) {
        tracing::debug!(
            tenant = %self.tenant.name,
            event = ?self.event,
            message_id = %self.message_id,
            code = rejection.code(),
            "the event was rejected"
        );
    }

    fn uncaught(&self, thrown: &Thrown) -> Response {
        self.thrown(thrown);
        self.tenant.rescue.thrown(thrown)
    }

    pub(super) fn thrown(&self, thrown: &Thrown) {
        let error = format!("{:?}", excerpt(&thrown.name));
        let cause = format!("{:?}", excerpt(&thrown.message));
        let stack = thrown.stack.as_deref();
        let stack = stack.map(|stack| format!("{:?}", excerpt(stack)));
        let bytes = error.len() + cause.len() + stack.as_ref().map_or(0, String::len);
        if !self.tenant.log.admits(bytes + self.event.len()) {
            return;
        }
        tracing::warn!(
            tenant = %self.tenant.name,
            version = %self.tenant.version,
            event = ?self.event,
            message_id = %self.message_id,
            error,
            cause,
            stack,
            "the guest threw an error that nothing caught"
        );
    }
}
