//! A socket as the functions of the contract reach it.

use std::time::Duration;

use futures::future::BoxFuture;

use super::{Gone, Socket};
use crate::socketio::rooms::TooManyRooms;
use stockade_sandbox::{
    CallError, Payload,
    host::{Adapter, ClientSocket, ClientState, Delivery, EventSource},
    payload,
};

impl EventSource for Socket {
    fn socket(&self) -> Option<&dyn ClientSocket> {
        Some(self)
    }

    fn client(&self) -> &ClientState {
        &self.client
    }

    fn server(&self) -> &dyn Adapter {
        &*self.served.sockets
    }
}

impl ClientSocket for Socket {
    fn id(&self) -> &str {
        self.id.as_str()
    }

    fn namespace(&self) -> &str {
        &self.namespace.name
    }

    fn matched_namespace(&self) -> String {
        self.namespace.serving().api.name.clone()
    }

    fn namespace_params(&self) -> Vec<(String, String)> {
        self.namespace.serving().api.params(&self.namespace.name)
    }

    fn rooms(&self) -> Vec<String> {
        let mut rooms = Vec::new();
        // Until it is in, it is about to be in its own.
        if self.has_left() || !self.namespace.rooms.has_left_own(self.id) {
            rooms.push(self.id.as_str().to_owned());
        }
        match self.left.get() {
            Some(left) => rooms.extend(left.iter().map(|room| String::from(&**room))),
            None => {
                let joined = self.namespace.rooms.of(self.id);
                rooms.extend(joined.iter().map(|room| String::from(&**room)));
            }
        }
        rooms
    }

    fn emit(&self, event: &str, arguments: Payload, delivery: Delivery) -> Result<(), CallError> {
        if self.has_left() {
            return Err(CallError::Disconnected);
        }
        if !delivery.contains(Delivery::VOLATILE) {
            return self.namespace.emit(self, event, arguments);
        }
        if self.engine.is_writable() {
            let packet = self.namespace.encoder.event(event, arguments, None, None)?;
            let sent = self.send_volatile(&packet);
            sent.map_err(|Gone| CallError::Disconnected)?;
        }
        Ok(())
    }

    fn emit_with_ack<'a>(
        &'a self,
        event: &'a str,
        arguments: Payload,
        timeout: Duration,
    ) -> BoxFuture<'a, Result<Payload, CallError>> {
        Box::pin(async move {
            let mut question = self.acks.ask(timeout);
            let encoder = &self.namespace.encoder;
            let packet = encoder.event(event, arguments, Some(question.id), None)?;
            self.send(packet).map_err(|Gone| CallError::Disconnected)?;
            let answer = tokio::time::timeout(timeout, &mut question.answer).await;
            let answer = answer.map_err(|_| CallError::TimedOut)?;
            let mut answer = answer.map_err(|_| CallError::Disconnected)??;
            payload::receive_arguments(&mut answer, &self.served.tenant.limits)
                .map_err(|error| CallError::Other(error.to_string()))?;
            Ok(answer)
        })
    }

    fn join(&self, rooms: Vec<String>) -> Result<(), CallError> {
        if self.has_left() {
            return Err(CallError::Disconnected);
        }
        let limit = self.served.tenant.limits.rooms;
        let joined = self.namespace.rooms.join(&[self.id], &rooms, limit);
        joined.map_err(|TooManyRooms| too_many_rooms(limit))
    }

    fn leave(&self, rooms: Vec<String>) -> Result<(), CallError> {
        if self.has_left() {
            return Err(CallError::Disconnected);
        }
        self.namespace.rooms.leave(&[self.id], &rooms);
        Ok(())
    }
}

pub(in crate::socketio) fn too_many_rooms(limit: usize) -> CallError {
    CallError::LimitExceeded(format!("rooms: {limit} a socket"))
}
