//! Stage 2: from what a client has sent to an outcome, through the guest's functions in the order that the contract promises.
//!
//! 1. Validation, and steps in order: native ones, which the host runs itself, and hooks. A hook may pass, answer, register
//!    a post-hook or throw.
//! 2. The handler, unless a hook answered or threw.
//! 3. Post-hooks, last registered first; each sees the response so far and may replace it.
//!
//! An event comes in two calls: [`accept`] does what needs no instance, and [`run`] the rest. In between it is known whether
//! the next event has to wait for this one.
//!
//! Whatever throws becomes a response through the guest's `handle-error`, or the default rendering. A fault ends the event
//! at once. All of it happens in one instance and within the event's wall time.
//!
//! # Invariants
//! - No instance where no guest function is to run.
//! - An event has one outcome, whatever happens.

mod connection;
mod event;
mod identity;
mod log;
mod native;
mod pipeline;
mod request;
mod stage;

pub use connection::{ConnectError, Connection, connect, disconnect, identify};
pub use event::{AcceptedEvent, accept, run};
pub use request::{HttpRequestContext, incoming, request};

use std::pin::pin;

use crate::{
    response::{Rejection, Response},
    tenant::{Release, Tenant},
};
use stockade_sandbox::{
    Fault, Instance, Saturated,
    host::{Disconnect, EventCtx},
    within,
};

/// What an event came to.
#[derive(Debug)]
pub struct Outcome {
    /// What the client gets, if it asked for an acknowledgement.
    pub response: Response,
    /// What the guest wants to happen once the client has its answer.
    pub disconnect: Option<Disconnect>,
}

impl Outcome {
    /// An event that came to nothing more than this response.
    pub fn answered(response: Response) -> Self {
        Self {
            response,
            disconnect: None,
        }
    }
}

/// Runs one function of the guest in an instance, within the event's limits; with its answer what it wants to happen to its
/// client.
async fn in_instance<T>(
    tenant: &Tenant,
    release: &Release,
    event: Box<EventCtx>,
    call: impl AsyncFnOnce(&mut Instance) -> Result<T, Fault>,
) -> Result<(T, Option<Disconnect>), NoAnswer> {
    let permit = release.sandbox.permit(event.caller.client().id()).await?;
    let run = pin!(async {
        let mut lease = release.sandbox.enter(permit, event).await?;
        let answer = call(&mut lease.instance).await?;
        Ok((answer, release.sandbox.leave(lease)))
    });
    within(tenant.limits.wall, run).await
}

/// Why there is no answer of the guest.
enum NoAnswer {
    Rejected(Rejection),
    Fault(Fault),
}

impl From<Saturated> for NoAnswer {
    fn from(Saturated: Saturated) -> Self {
        Self::Rejected(Rejection::TooManyRequests)
    }
}

impl From<Rejection> for NoAnswer {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

impl From<Fault> for NoAnswer {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}
