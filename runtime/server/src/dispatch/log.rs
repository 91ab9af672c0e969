//! What the log says about an event or a request.

use super::stage::Stage;
use crate::{
    response::Rejection,
    tenant::{Release, Tenant},
};
use stockade_sandbox::{Fault, FaultKind, Thrown, host::MessageId};
use stockade_text::{excerpt, quoted_len};

/// Writes the causes that clients do not see.
pub(super) struct Log<'a> {
    pub(super) tenant: &'a Tenant,
    pub(super) release: &'a Release,
    pub(super) event: &'a str,
    pub(super) message_id: MessageId,
}

impl Log<'_> {
    /// The sandbox has ended the event, in this stage of it if the guest ran by then.
    pub(super) fn fault(&self, fault: &Fault, stage: Option<Stage<'_>>) {
        let stage = stage.map(|stage| stage.to_string());
        let backtrace = fault.backtrace();
        let cause = excerpt(&fault.message);
        let backtrace = (!backtrace.is_empty()).then_some(backtrace);
        let texts = [backtrace.as_deref(), stage.as_deref()];
        let bytes = quoted_len(cause) + texts.into_iter().flatten().map(quoted_len).sum::<usize>();
        if !self.tenant.log.admits(bytes + self.event.len()) {
            return;
        }
        macro_rules! log {
            ($level:ident) => {
                tracing::$level!(
                    tenant = %self.tenant.name,
                    version = self.release.version(),
                    event = self.event,
                    message_id = %self.message_id,
                    stage,
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

    pub(super) fn rejected(&self, rejection: &Rejection) {
        tracing::debug!(
            tenant = %self.tenant.name,
            event = self.event,
            message_id = %self.message_id,
            code = rejection.code(),
            "the event was rejected"
        );
    }

    /// An error that nothing caught was thrown, in this stage of the event.
    pub(super) fn thrown(&self, thrown: &Thrown, stage: Option<Stage<'_>>) {
        let stage = stage.map(|stage| stage.to_string());
        let error = excerpt(&thrown.name);
        let cause = excerpt(&thrown.message);
        let stack = thrown.stack.as_deref().map(excerpt);
        let texts = [Some(error), Some(cause), stack, stage.as_deref()];
        let bytes = texts.into_iter().flatten().map(quoted_len).sum::<usize>();
        if !self.tenant.log.admits(bytes + self.event.len()) {
            return;
        }
        tracing::warn!(
            tenant = %self.tenant.name,
            version = self.release.version(),
            event = self.event,
            message_id = %self.message_id,
            stage,
            error,
            cause,
            stack,
            "the guest threw an error that nothing caught"
        );
    }
}
