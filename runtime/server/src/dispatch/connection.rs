//! What happens when a client comes and when it goes.

use std::sync::Arc;

use super::{NoAnswer, in_instance, log::Log, native};
use crate::{
    manifest::NamespaceApi,
    response::Rejection,
    tenant::{Release, Tenant},
};
use stockade_json_schema::text;
use stockade_sandbox::host::{ClientState, Disconnect, EventCtx, EventSource};
use stockade_text::{excerpt, quoted_len};

/// Bytes of an error's data.
const MAX_DATA: usize = 2 << 10;

/// A client may connect.
#[derive(Debug)]
pub struct Connection {
    /// The guest wants it disconnected at once, nevertheless.
    pub disconnect: Option<Disconnect>,
}

/// Why a client may not connect: what it reads in `connect_error`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ConnectError {
    /// The error's `message`.
    pub message: String,
    /// The error's `data`, as JSON text; none is a missing field.
    pub data: Option<String>,
}

impl From<Rejection> for ConnectError {
    fn from(rejection: Rejection) -> Self {
        let data = format!("{{\"code\":\"{}\"}}", rejection.code());
        Self {
            message: rejection.to_string(),
            data: Some(data),
        }
    }
}

impl From<String> for ConnectError {
    fn from(message: String) -> Self {
        Self {
            message,
            data: None,
        }
    }
}

/// Runs the native steps that come before `on-connection`.
///
/// # Errors
/// What the client reads in `connect_error`.
pub async fn identify(
    tenant: &Tenant,
    namespace: &NamespaceApi,
    client: &ClientState,
) -> Result<(), ConnectError> {
    let steps = &namespace.connection_steps;
    // There is no payload yet: a manifest in which one of them validates is refused.
    native::run(tenant, client, steps, |_| Ok(())).await?;
    Ok(())
}

/// Asks the guest whether a client may connect. Guests that do not want to be asked cost nothing.
///
/// # Errors
/// What the client reads in `connect_error`.
pub async fn connect(
    tenant: &Tenant,
    release: &Release,
    namespace: &NamespaceApi,
    caller: &Arc<dyn EventSource>,
) -> Result<Connection, ConnectError> {
    if !namespace.on_connection {
        return Ok(Connection { disconnect: None });
    }
    let event = EventCtx::new("".into(), None, caller.clone());
    let log = Log {
        tenant,
        release,
        event: "(connection)",
        message_id: event.message_id,
    };
    let answer = in_instance(tenant, release, event, async |guest| {
        guest.on_connection().await
    });
    match answer.await {
        Ok((Ok(()), disconnect)) => Ok(Connection { disconnect }),
        Ok((Err(thrown), _)) => {
            release.sandbox.forget(caller.client().id());
            let cause = excerpt(&thrown.message);
            if tenant.log.admits(quoted_len(cause)) {
                tracing::info!(
                    tenant = %tenant.name,
                    message_id = %log.message_id,
                    cause,
                    "the guest refused a connection"
                );
            }
            Err(ConnectError {
                message: cause.to_owned(),
                data: thrown
                    .data
                    .filter(|data| is_data(data, tenant.limits.depth)),
            })
        }
        Err(NoAnswer::Rejected(rejection)) => Err(rejection.into()),
        Err(NoAnswer::Fault(fault)) => {
            log.fault(&fault, None);
            Err(tenant.error_renderer.connect_error(&fault).into())
        }
    }
}

/// Whether a client can be given what an error has as its data; what is not JSON, or too much, is left out.
fn is_data(data: &str, depth: usize) -> bool {
    data.len() <= MAX_DATA && text::check(data, depth).is_ok()
}

/// Tells the guest that a client has gone, if it wants to know.
pub async fn disconnect(
    tenant: &Tenant,
    release: &Release,
    namespace: &NamespaceApi,
    caller: &Arc<dyn EventSource>,
    reason: &str,
) {
    if namespace.on_disconnection {
        let event = EventCtx::new("".into(), None, caller.clone());
        let log = Log {
            tenant,
            release,
            event: "(disconnection)",
            message_id: event.message_id,
        };
        let told = in_instance(tenant, release, event, async |guest| {
            guest.on_disconnection(reason).await
        });
        match told.await {
            Ok((Ok(()), _)) => {}
            Ok((Err(thrown), _)) => log.thrown(&thrown, None),
            Err(NoAnswer::Fault(fault)) => log.fault(&fault, None),
            Err(NoAnswer::Rejected(rejection)) => tracing::warn!(
                tenant = %tenant.name,
                message_id = %log.message_id,
                %rejection,
                "the guest was not told of a disconnection"
            ),
        }
    }
    release.sandbox.forget(caller.client().id());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_of_an_error_is_json_and_not_much() {
        let text = |bytes: usize| format!("\"{}\"", "x".repeat(bytes - 2));
        for (data, is_good) in [
            (text(MAX_DATA), true),
            (text(MAX_DATA + 1), false),
            ("no JSON".into(), false),
            ("[[1]]".into(), true),
            ("[[[1]]]".into(), false),
        ] {
            assert_eq!(is_data(&data, 2), is_good, "{data}");
        }
    }
}
