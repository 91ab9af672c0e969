//! What happens when a client comes and when it goes.

use super::{Caller, Failure, identity, log::Log};
use crate::{
    host::{Disconnect, EventCtx, excerpt},
    manifest::NamespaceApi,
    sandbox::{Entered, Fault, Thrown},
    tenant::Tenant,
};

/// A client may connect.
#[derive(Debug)]
pub struct Connection {
    /// The guest wants it disconnected at once, nevertheless.
    pub disconnect: Option<Disconnect>,
}

/// Asks the guest whether a client may connect. Guests that do not want to be asked cost nothing.
///
/// # Errors
/// The message that the client reads in `connect_error`.
pub async fn connect(
    tenant: &Tenant,
    namespace: &NamespaceApi,
    caller: &Caller,
) -> Result<Connection, String> {
    for step in &namespace.connection_steps {
        let step = identity::step(tenant, &caller.client, step).await;
        step.map_err(|rejection| rejection.to_string())?;
    }
    if !namespace.on_connection {
        return Ok(Connection { disconnect: None });
    }
    let event = caller.event(tenant, "", None);
    let log = Log {
        tenant,
        event: "(connection)",
        message_id: event.message_id,
    };
    let answer = guest(tenant, event, async |entered| {
        entered.instance.on_connection().await
    });
    match answer.await {
        Ok((Ok(()), event)) => Ok(Connection {
            disconnect: event.and_then(|event| event.disconnect),
        }),
        Ok((Err(thrown), _)) => {
            tenant.sandbox.forget(caller.client.id());
            let cause = excerpt(&thrown.message);
            if tenant.log.admits(cause.len()) {
                tracing::info!(
                    tenant = %tenant.name,
                    message_id = %log.message_id,
                    ?cause,
                    "the guest refused a connection"
                );
            }
            Err(cause.to_owned())
        }
        Err(Failure::Rejected(rejection)) => Err(rejection.to_string()),
        Err(Failure::Fault(fault)) => {
            log.fault(&fault);
            Err(tenant.rescue.connect_error(&fault))
        }
    }
}

/// Tells the guest that a client has gone, if it wants to know.
pub async fn disconnect(tenant: &Tenant, namespace: &NamespaceApi, caller: &Caller, reason: &str) {
    if namespace.on_disconnection {
        let event = caller.event(tenant, "", None);
        let log = Log {
            tenant,
            event: "(disconnection)",
            message_id: event.message_id,
        };
        let told = guest(tenant, event, async |entered| {
            entered.instance.on_disconnection(reason).await
        });
        match told.await {
            Ok((Ok(()), _)) => {}
            Ok((Err(thrown), _)) => log.thrown(&thrown),
            Err(Failure::Fault(fault)) => log.fault(&fault),
            Err(Failure::Rejected(rejection)) => tracing::warn!(
                tenant = %tenant.name,
                message_id = %log.message_id,
                %rejection,
                "the guest was not told of a disconnection"
            ),
        }
    }
    tenant.sandbox.forget(caller.client.id());
}

/// Runs one function of the guest in an instance, within the event's limits.
async fn guest(
    tenant: &Tenant,
    event: EventCtx,
    call: impl AsyncFnOnce(&mut Entered) -> Result<Result<(), Thrown>, Fault>,
) -> Result<(Result<(), Thrown>, Option<EventCtx>), Failure> {
    let place = tenant.sandbox.place().await?;
    let run = async {
        let mut entered = tenant.sandbox.enter(place, event).await?;
        let answer = call(&mut entered).await?;
        Ok((answer, tenant.sandbox.leave(entered)))
    };
    tokio::time::timeout(tenant.limits.wall, run)
        .await
        .unwrap_or_else(|_| Err(Fault::deadline(tenant.limits.wall).into()))
}
