//! `stockade:handler/server`: all sockets of the tenant.

use crate::sandbox::{CallError, Payload, StoreCtx, bindings::stockade::handler::server};

use super::{
    Delivery, Target,
    socket::{check_emit, check_rooms, check_target},
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
        let event = match self.event() {
            Ok(event) => event,
            Err(error) => return Ok(Err(error)),
        };
        if let Err(error) =
            check_target(&target).and_then(|()| check_emit(event, &name, &arguments))
        {
            return Ok(Err(error));
        }
        let emit = event
            .server
            .emit(&namespace, target, &name, arguments, delivery);
        Ok(emit.await)
    }

    async fn fetch_sockets(&mut self, namespace: String, target: Target) -> Answer<Vec<String>> {
        let event = match self.event() {
            Ok(event) => event,
            Err(error) => return Ok(Err(error)),
        };
        if let Err(error) = check_target(&target) {
            return Ok(Err(error));
        }
        Ok(event.server.fetch_sockets(&namespace, target).await)
    }

    async fn sockets_join(
        &mut self,
        namespace: String,
        target: Target,
        rooms: Vec<String>,
    ) -> Answer<()> {
        let event = match self.event() {
            Ok(event) => event,
            Err(error) => return Ok(Err(error)),
        };
        if let Err(error) = check_target(&target).and_then(|()| check_rooms(&rooms)) {
            return Ok(Err(error));
        }
        Ok(event.server.sockets_join(&namespace, target, rooms).await)
    }

    async fn sockets_leave(
        &mut self,
        namespace: String,
        target: Target,
        rooms: Vec<String>,
    ) -> Answer<()> {
        let event = match self.event() {
            Ok(event) => event,
            Err(error) => return Ok(Err(error)),
        };
        if let Err(error) = check_target(&target).and_then(|()| check_rooms(&rooms)) {
            return Ok(Err(error));
        }
        Ok(event.server.sockets_leave(&namespace, target, rooms).await)
    }

    async fn disconnect_sockets(&mut self, namespace: String, target: Target) -> Answer<()> {
        let event = match self.event() {
            Ok(event) => event,
            Err(error) => return Ok(Err(error)),
        };
        if let Err(error) = check_target(&target) {
            return Ok(Err(error));
        }
        Ok(event.server.disconnect_sockets(&namespace, target).await)
    }
}
