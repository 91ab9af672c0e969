//! `stockade:handler/server`: all sockets of the tenant.

use std::{
    future::poll_fn,
    sync::Arc,
    time::{Duration, Instant},
};

use futures::future::BoxFuture;

use crate::{CallError, Payload, bindings::stockade::handler::server, payload};

use super::{
    Delivery, Disconnect, EventSource, StoreCtx, Target, fetched_size,
    socket::{check_broadcast, check_rooms, check_target, rooms_size, target_size},
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
        self.charge(name.len() + payload::size(&arguments) + target_size(&target))?;
        let caller = self.current().and_then(|(event, tenant)| {
            check_broadcast(event, tenant, &target, &name, &arguments)?;
            Ok(event.caller.clone())
        });
        match caller {
            Ok(caller) => {
                let emit = caller
                    .server()
                    .emit(&namespace, target, &name, arguments, delivery);
                self.at_its_expense(emit).await
            }
            Err(error) => Ok(Err(error)),
        }
    }

    async fn fetch_sockets(
        &mut self,
        namespace: String,
        target: Target,
    ) -> Answer<server::FetchedSockets> {
        let fetched = match self.caller_for(&target, &[])? {
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
        match self.caller_for(&target, &rooms)? {
            Ok(caller) => {
                let join = caller.server().sockets_join(&namespace, target, rooms);
                self.at_its_expense(join).await
            }
            Err(error) => Ok(Err(error)),
        }
    }

    async fn sockets_leave(
        &mut self,
        namespace: String,
        target: Target,
        rooms: Vec<String>,
    ) -> Answer<()> {
        match self.caller_for(&target, &rooms)? {
            Ok(caller) => {
                let leave = caller.server().sockets_leave(&namespace, target, rooms);
                self.at_its_expense(leave).await
            }
            Err(error) => Ok(Err(error)),
        }
    }

    async fn disconnect_sockets(
        &mut self,
        namespace: String,
        target: Target,
        close: bool,
    ) -> Answer<()> {
        match self.caller_for(&target, &[])? {
            Ok(caller) => {
                let from = Disconnect::with(close);
                let disconnect = caller.server().disconnect_sockets(&namespace, target, from);
                self.at_its_expense(disconnect).await
            }
            Err(error) => Ok(Err(error)),
        }
    }
}

impl StoreCtx {
    /// Whoever reaches the tenant's server, once what the guest wants of it has been paid for and checked.
    fn caller_for(&mut self, target: &Target, rooms: &[String]) -> Answer<Arc<dyn EventSource>> {
        self.charge(target_size(target) + rooms_size(rooms))?;
        Ok(self.event().and_then(|event| {
            check_target(target)?;
            check_rooms(rooms)?;
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
