//! What events and HTTP requests have in common: steps, handler, post-hooks, errors.

use std::{pin::pin, sync::Arc};

use super::{NoAnswer, log::Log, native, stage::Stage};
use crate::{
    manifest::{GuestFunction, Step},
    response::Rejection,
    tenant::Tenant,
};
use stockade_json_schema::Schema;
use stockade_sandbox::{
    Called, Fault, Instance, Lease, Payload, Thrown,
    host::{Disconnect, EventCtx},
    within,
};

/// What differs between an event and a request: the guest's functions for it, and its answers.
pub(super) trait Invocation {
    /// What the client gets.
    type Answer;

    /// Validates what the client sent, and may change it as the operator has asked for.
    fn validate(
        &mut self,
        tenant: &Tenant,
        payload: &mut Option<Arc<Payload>>,
        schema: &Schema,
    ) -> Result<(), Rejection>;

    /// Runs a hook of the guest.
    fn run_hook(
        &self,
        guest: &mut Instance,
        hook: u32,
    ) -> impl Future<Output = Called<HookResult<Self::Answer>>> + Send;

    /// Runs a handler of the guest.
    fn handle(
        &self,
        guest: &mut Instance,
        handler: u32,
    ) -> impl Future<Output = Called<Self::Answer>> + Send;

    /// Runs a post-hook of the guest.
    fn run_post_hook(
        &self,
        guest: &mut Instance,
        post_hook: u32,
        answer: &Self::Answer,
    ) -> impl Future<Output = Called<Option<Self::Answer>>> + Send;

    /// Asks the guest for the answer to an error.
    fn handle_error(
        &self,
        guest: &mut Instance,
        error: &Thrown,
    ) -> impl Future<Output = Called<Self::Answer>> + Send;

    /// Which promise of the contract an answer of the guest breaks, if any.
    fn broken_promise(&self, tenant: &Tenant, answer: &Self::Answer) -> Option<String>;

    /// The answer to what the host refuses.
    fn rejected(&self, rejection: &Rejection) -> Self::Answer;

    /// The answer to an error that nothing caught.
    fn uncaught(&self, tenant: &Tenant, thrown: &Thrown) -> Self::Answer;

    /// The answer to what the sandbox ended.
    fn ended(&self, tenant: &Tenant, fault: &Fault) -> Self::Answer;
}

/// What a hook decided.
pub(super) enum HookResult<A> {
    Pass,
    Answer(A),
    PostHook(u32),
}

/// Where an event or a request goes.
#[derive(Clone, Copy)]
pub(super) struct Plan<'a> {
    pub(super) steps: &'a [Step],
    /// The first step that has not run.
    pub(super) next_step: usize,
    pub(super) handler: &'a GuestFunction,
    /// Whether thrown errors go through the guest.
    pub(super) handle_error: bool,
}

/// Runs an event or a request, whose leading native steps have passed, to its answer; with it what the guest wants to happen
/// to its client. Never fails: what goes wrong is the answer, and in the log.
///
/// Futures are pinned where they are made, all along the way of an event: those that hold an instantiation have thousands
/// of bytes, and what is awaited directly is copied.
pub(super) async fn run<E: Invocation>(
    tenant: &Tenant,
    plan: Plan<'_>,
    mut invocation: E,
    event: Box<EventCtx>,
    log: &Log<'_>,
) -> (E::Answer, Option<Disconnect>) {
    let release = log.release;
    let permit = match release.sandbox.permit(event.caller.client().id()).await {
        Ok(permit) => permit,
        Err(busy) => return (failed(&invocation, log, busy.into(), None), None),
    };
    let mut stage = None;
    let (invocation_ref, stage_ref) = (&mut invocation, &mut stage);
    // A guest that waits in a call of the host uses no CPU time, so the clock on the wall goes too.
    let done = within(
        tenant.limits.wall,
        pin!(async {
            let lease = pin!(release.sandbox.enter(permit, event)).await?;
            let mut run = Run {
                tenant,
                plan,
                invocation: invocation_ref,
                lease,
                stage: stage_ref,
                post_hooks: Vec::new(),
                log,
            };
            let answer = pin!(run.answer()).await?;
            Ok((answer, release.sandbox.leave(run.lease)))
        }),
    )
    .await;
    match done {
        Ok(done) => done,
        Err(fault) => {
            let failure = NoAnswer::Fault(fault);
            (failed(&invocation, log, failure, stage), None)
        }
    }
}

fn failed<E: Invocation>(
    invocation: &E,
    log: &Log<'_>,
    failure: NoAnswer,
    stage: Option<Stage<'_>>,
) -> E::Answer {
    match failure {
        NoAnswer::Rejected(rejection) => {
            log.rejected(&rejection);
            invocation.rejected(&rejection)
        }
        NoAnswer::Fault(fault) => {
            log.fault(&fault, stage);
            invocation.ended(log.tenant, &fault)
        }
    }
}

/// One event or request on its way through one instance.
struct Run<'a, 'p, E> {
    tenant: &'a Tenant,
    plan: Plan<'p>,
    invocation: &'a mut E,
    lease: Lease<'a>,
    /// Where it is. Outside of this, because it is to be known also if a limit ends the event.
    stage: &'a mut Option<Stage<'p>>,
    /// Their ids, and the hooks that registered them.
    post_hooks: Vec<(u32, &'p GuestFunction)>,
    log: &'a Log<'a>,
}

impl<E: Invocation> Run<'_, '_, E> {
    async fn answer(&mut self) -> Result<E::Answer, Fault> {
        let handled = pin!(self.steps_and_handler()).await?;
        let mut answer = match handled {
            Ok(answer) => self.checked(answer).await?,
            Err(thrown) => Box::pin(self.rescued(thrown)).await?,
        };
        while let Some((id, hook)) = self.post_hooks.pop() {
            *self.stage = Some(Stage::post_hook(hook));
            let guest = &mut self.lease.instance;
            answer = match Box::pin(self.invocation.run_post_hook(guest, id, &answer)).await? {
                Ok(None) => answer,
                Ok(Some(replaced)) => self.checked(replaced).await?,
                Err(thrown) => Box::pin(self.rescued(thrown)).await?,
            };
        }
        Ok(answer)
    }

    async fn steps_and_handler(&mut self) -> Called<E::Answer> {
        let mut next = self.plan.next_step;
        while let Some(step) = self.plan.steps.get(next) {
            let Step::Hook(hook) = step else {
                match Box::pin(self.native_steps(next)).await? {
                    Ok(count) => next += count,
                    Err(rejection) => {
                        self.log.rejected(&rejection);
                        return Ok(Ok(self.invocation.rejected(&rejection)));
                    }
                }
                continue;
            };
            let guest = &mut self.lease.instance;
            *self.stage = Some(Stage::hook(hook));
            match pin!(self.invocation.run_hook(guest, hook.id)).await? {
                Ok(HookResult::Pass) => {}
                Ok(HookResult::Answer(answer)) => return Ok(Ok(answer)),
                Ok(HookResult::PostHook(id)) => self.post_hooks.push((id, hook)),
                Err(thrown) => return Ok(Err(thrown)),
            }
            next += 1;
        }
        let guest = &mut self.lease.instance;
        *self.stage = Some(Stage::handler(self.plan.handler));
        pin!(self.invocation.handle(guest, self.plan.handler.id)).await
    }

    /// Runs the native steps behind a hook.
    async fn native_steps(&mut self, first: usize) -> Result<Result<usize, Rejection>, Fault> {
        let steps = self.plan.steps.get(first..).unwrap_or_default();
        let guest = &mut self.lease.instance;
        let Some(event) = guest.event_mut() else {
            return Err(Fault::host("an instance runs the steps of no event"));
        };
        let EventCtx {
            caller, payload, ..
        } = event;
        let (tenant, invocation) = (self.tenant, &mut *self.invocation);
        let validate = |schema: &Schema| invocation.validate(tenant, payload, schema);
        Ok(native::run(tenant, caller.client(), steps, validate).await)
    }

    /// An answer is the guest's word: one that breaks its promises counts as thrown.
    async fn checked(&mut self, answer: E::Answer) -> Result<E::Answer, Fault> {
        match self.check(answer) {
            Ok(answer) => Ok(answer),
            Err(thrown) => Box::pin(self.rescued(thrown)).await,
        }
    }

    /// Asks the guest for the answer to an error, if it wants to be asked.
    async fn rescued(&mut self, thrown: Box<Thrown>) -> Result<E::Answer, Fault> {
        if !self.plan.handle_error {
            return Ok(self.uncaught(&thrown));
        }
        *self.stage = self.stage.map(Stage::handle_error);
        let guest = &mut self.lease.instance;
        let handled = self.invocation.handle_error(guest, &thrown).await?;
        let answer = handled.and_then(|answer| self.check(answer));
        Ok(answer.unwrap_or_else(|thrown| self.uncaught(&thrown)))
    }

    fn check(&self, answer: E::Answer) -> Result<E::Answer, Box<Thrown>> {
        match self.invocation.broken_promise(self.tenant, &answer) {
            None => Ok(answer),
            Some(message) => Err(Box::new(Thrown {
                name: "InvalidResponse".into(),
                message,
                stack: None,
                data: None,
            })),
        }
    }

    fn uncaught(&self, thrown: &Thrown) -> E::Answer {
        self.log.thrown(thrown, *self.stage);
        self.invocation.uncaught(self.tenant, thrown)
    }
}
