//! `stockade:handler/server`: all sockets of the tenant.

use std::{
    future::poll_fn,
    sync::Arc,
    time::{Duration, Instant},
};

use futures::future::BoxFuture;

use crate::{CallError, Payload, bindings::stockade::handler::server};

use super::{
    Delivery, Disconnect, EventSource, Operation, StoreCtx, Target, fetched_size,
    socket::{check_operation, check_target},
    target_size,
};

type Answer<T> = wasmtime::Result<Result<T, CallError>>;

impl server::Host for StoreCtx {
    async fn emit(
        &mut self,
        namespace: String,
        target: Target,
        name: String,
        arguments: Payload,
        delivery: Delivery,
    ) -> Answer<()> {
        let emit = Operation::Emit {
            event: name,
            arguments,
            delivery,
        };
        self.apply(&namespace, target, emit).await
    }

    async fn fetch_sockets(
        &mut self,
        namespace: String,
        target: Target,
    ) -> Answer<server::FetchedSockets> {
        self.charge(target_size(&target))?;
        let caller = self.event().and_then(|event| {
            check_target(&target)?;
            Ok(event.caller.clone())
        });
        let fetched = match caller {
            Ok(caller) => {
                let fetch = caller.server().fetch_sockets(&namespace, target);
                self.at_its_expense(fetch).await?
            }
            Err(error) => Err(error),
        };
        let sockets = fetched.iter().flat_map(|fetched| &fetched.sockets);
        self.charge(sockets.map(fetched_size).sum())?;
        Ok(fetched)
    }

    async fn sockets_join(
        &mut self,
        namespace: String,
        target: Target,
        rooms: Vec<String>,
    ) -> Answer<()> {
        self.apply(&namespace, target, Operation::Join(rooms)).await
    }

    async fn sockets_leave(
        &mut self,
        namespace: String,
        target: Target,
        rooms: Vec<String>,
    ) -> Answer<()> {
        self.apply(&namespace, target, Operation::Leave(rooms))
            .await
    }

    async fn disconnect_sockets(
        &mut self,
        namespace: String,
        target: Target,
        close: bool,
    ) -> Answer<()> {
        let disconnect = Operation::Disconnect(Disconnect::with(close));
        self.apply(&namespace, target, disconnect).await
    }
}

impl StoreCtx {
    async fn apply(&mut self, namespace: &str, target: Target, operation: Operation) -> Answer<()> {
        match self.caller_for(&target, &operation)? {
            Ok(caller) => {
                let apply = caller.server().apply(namespace, target, operation);
                self.at_its_expense(apply).await
            }
            Err(error) => Ok(Err(error)),
        }
    }

    /// Who reaches the tenant's sockets, once what the guest wants to do to them has been paid for and checked.
    pub(super) fn caller_for(
        &mut self,
        target: &Target,
        operation: &Operation,
    ) -> Answer<Arc<dyn EventSource>> {
        self.charge(target_size(target) + operation.size())?;
        Ok(self.current().and_then(|(event, tenant)| {
            check_operation(event, tenant, target, operation)?;
            Ok(event.caller.clone())
        }))
    }

    /// Waits for the host to have done something to many sockets. That is work, so the time is the guest's; time in which
    /// the host waits for other nodes is not.
    pub(super) async fn at_its_expense<T>(
        &mut self,
        mut call: BoxFuture<'_, Result<T, CallError>>,
    ) -> Answer<T> {
        let mut worked = Duration::ZERO;
        let done = poll_fn(|cx| {
            let started = Instant::now();
            let polled = call.as_mut().poll(cx);
            worked += started.elapsed();
            polled
        });
        let done = done.await;
        self.charge_time(worked)?;
        Ok(done)
    }
}
