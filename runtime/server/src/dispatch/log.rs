//! What the log says about an event or a request.

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
    pub(super) fn fault(&self, fault: &Fault) {
        let backtrace = fault.backtrace();
        let cause = excerpt(&fault.message);
        let backtrace = (!backtrace.is_empty()).then_some(backtrace);
        let bytes = quoted_len(cause) + backtrace.as_deref().map_or(0, quoted_len);
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

    pub(super) fn thrown(&self, thrown: &Thrown) {
        let error = excerpt(&thrown.name);
        let cause = excerpt(&thrown.message);
        let stack = thrown.stack.as_deref().map(excerpt);
        let bytes = quoted_len(error) + quoted_len(cause) + stack.map_or(0, quoted_len);
        if !self.tenant.log.admits(bytes + self.event.len()) {
            return;
        }
        tracing::warn!(
            tenant = %self.tenant.name,
            version = self.release.version(),
            event = self.event,
            message_id = %self.message_id,
            error,
            cause,
            stack,
            "the guest threw an error that nothing caught"
        );
    }
}
