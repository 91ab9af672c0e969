//! Steps, handler and post-hooks of one event.

use super::{Caller, Failure, Outcome};
use crate::{
    host::EventCtx,
    manifest::{NamespaceApi, Step},
    response::{Rejection, Response},
    sandbox::{Entered, Fault, HookOutcome, Instance, Thrown},
    tenant::Tenant,
    validate::{PayloadView, ValidEvent, payload},
};

/// Runs an event to its outcome. Never fails: what goes wrong is the outcome, and in the log.
pub async fn dispatch(
    tenant: &Tenant,
    namespace: &NamespaceApi,
    caller: &Caller,
    valid: ValidEvent<'_>,
) -> Outcome {
    let event = caller.event(tenant, &valid.route.event, valid.payload.payload().cloned());
    let log = Log {
        tenant,
        event: &valid.route.event,
        message_id: event.message_id,
    };
    let entered = match tenant.sandbox.enter(event).await {
        Ok(entered) => entered,
        Err(refusal) => return log.failed(refusal.into()),
    };
    let run = Run {
        tenant,
        namespace,
        valid,
        entered,
        post_hooks: Vec::new(),
        log: &log,
    };
    // A guest that waits in a call of the host uses no CPU time, so the clock on the wall goes too.
    match tokio::time::timeout(tenant.limits.wall, run.to_outcome()).await {
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
    async fn to_outcome(mut self) -> Result<Outcome, Fault> {
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
                    let payload: &mut PayloadView = &mut self.valid.payload;
                    if let Err(rejection) = payload.validate(&schema.schema) {
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

    /// A response is the guest's word, to be checked before anybody relies on it.
    async fn checked(&mut self, response: Response) -> Result<Response, Fault> {
        let (Response::Ok(body) | Response::Error(body)) = &response;
        let Some(Err(error)) = body
            .as_ref()
            .map(|body| payload::check(body, &self.tenant.limits))
        else {
            return Ok(response);
        };
        self.rescued(Thrown {
            name: "InvalidResponse".into(),
            message: error.to_string(),
            stack: None,
        })
        .await
    }

    /// Asks the guest for the response to an error, if it wants to be asked.
    async fn rescued(&mut self, thrown: Thrown) -> Result<Response, Fault> {
        if !self.namespace.handle_error {
            return Ok(self.log.uncaught(&thrown));
        }
        let handled = self.instance().handle_error(&thrown).await?;
        Ok(match handled {
            Ok(response) => {
                let (Response::Ok(body) | Response::Error(body)) = &response;
                match body
                    .as_ref()
                    .map_or(Ok(()), |body| payload::check(body, &self.tenant.limits))
                {
                    Ok(()) => response,
                    Err(error) => self.log.uncaught(&Thrown {
                        name: "InvalidResponse".into(),
                        message: error.to_string(),
                        stack: None,
                    }),
                }
            }
            Err(thrown) => self.log.uncaught(&thrown),
        })
    }

    fn instance(&mut self) -> &mut Instance {
        &mut self.entered.instance
    }
}

/// Writes the causes that clients do not see.
pub(super) struct Log<'a> {
    pub(super) tenant: &'a Tenant,
    pub(super) event: &'a str,
    pub(super) message_id: crate::host::MessageId,
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
        macro_rules! log {
            ($level:ident) => {
                tracing::$level!(
                    tenant = %self.tenant.name,
                    version = %self.tenant.version,
                    event = ?self.event,
                    message_id = %self.message_id,
                    kind = fault.kind.name(),
                    cause = ?fault.message,
                    backtrace = ?(!backtrace.is_empty()).then_some(&backtrace),
                    "the event was ended"
                )
            };
        }
        match fault.kind {
            crate::sandbox::FaultKind::Host => log!(error),
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
        tracing::warn!(
            tenant = %self.tenant.name,
            version = %self.tenant.version,
            event = ?self.event,
            message_id = %self.message_id,
            name = ?thrown.name,
            message = ?thrown.message,
            stack = ?thrown.stack,
            "the guest threw an error that nothing caught"
        );
    }
}
