//! `stockade:handler/server`: all sockets of the tenant.

use std::time::Instant;

use crate::{
    sandbox::{CallError, Payload, StoreCtx, bindings::stockade::handler::server},
    validate::payload,
};

use super::{
    Delivery, Target,
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
        let event = match self.event() {
            Ok(event) => event,
            Err(error) => return Ok(Err(error)),
        };
        if let Err(error) = check_broadcast(event, &target, &name, &arguments) {
            return Ok(Err(error));
        }
        let started = Instant::now();
        let server = event.server.clone();
        let sent = server
            .emit(&namespace, target, &name, arguments, delivery)
            .await;
        self.charge_time(started.elapsed())?;
        Ok(sent)
    }

    async fn fetch_sockets(&mut self, namespace: String, target: Target) -> Answer<Vec<String>> {
        self.charge(target_size(&target))?;
        let event = match self.event() {
            Ok(event) => event,
            Err(error) => return Ok(Err(error)),
        };
        if let Err(error) = check_target(&target) {
            return Ok(Err(error));
        }
        let started = Instant::now();
        let server = event.server.clone();
        let done = server.fetch_sockets(&namespace, target).await;
        self.charge_time(started.elapsed())?;
        Ok(done)
    }

    async fn sockets_join(
        &mut self,
        namespace: String,
        target: Target,
        rooms: Vec<String>,
    ) -> Answer<()> {
        self.charge(target_size(&target) + rooms_size(&rooms))?;
        let event = match self.event() {
            Ok(event) => event,
            Err(error) => return Ok(Err(error)),
        };
        if let Err(error) = check_target(&target).and_then(|()| check_rooms(&rooms)) {
            return Ok(Err(error));
        }
        let started = Instant::now();
        let server = event.server.clone();
        let done = server.sockets_join(&namespace, target, rooms).await;
        self.charge_time(started.elapsed())?;
        Ok(done)
    }

    async fn sockets_leave(
        &mut self,
        namespace: String,
        target: Target,
        rooms: Vec<String>,
    ) -> Answer<()> {
        self.charge(target_size(&target) + rooms_size(&rooms))?;
        let event = match self.event() {
            Ok(event) => event,
            Err(error) => return Ok(Err(error)),
        };
        if let Err(error) = check_target(&target).and_then(|()| check_rooms(&rooms)) {
            return Ok(Err(error));
        }
        let started = Instant::now();
        let server = event.server.clone();
        let done = server.sockets_leave(&namespace, target, rooms).await;
        self.charge_time(started.elapsed())?;
        Ok(done)
    }

    async fn disconnect_sockets(&mut self, namespace: String, target: Target) -> Answer<()> {
        self.charge(target_size(&target))?;
        let event = match self.event() {
            Ok(event) => event,
            Err(error) => return Ok(Err(error)),
        };
        if let Err(error) = check_target(&target) {
            return Ok(Err(error));
        }
        let started = Instant::now();
        let server = event.server.clone();
        let done = server.disconnect_sockets(&namespace, target).await;
        self.charge_time(started.elapsed())?;
        Ok(done)
    }
}
