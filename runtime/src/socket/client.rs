//! A connected client, as the host functions reach it.

use std::{sync::Arc, time::Duration};

use futures::future::BoxFuture;
use socketioxide::{AckError, SendError, SocketError, adapter::Adapter, socket::Socket};

use super::{binary::AckArguments, outgoing::Arguments, tenant_server, unread::Unread};
use crate::{
    host::{ClientSocket, Delivery, Target},
    sandbox::{CallError, Payload, limits::Limits},
    validate::payload,
};

/// One socket in one namespace.
pub(super) struct Client<A: Adapter> {
    socket: Arc<Socket<A>>,
    id: String,
    unread: Arc<Unread>,
    limits: Arc<Limits>,
    /// For a client that has gone: the rooms that it was in.
    left: Option<Vec<String>>,
}

impl<A: Adapter> Client<A> {
    pub(super) fn new(
        socket: Arc<Socket<A>>,
        unread: Arc<Unread>,
        limits: Arc<Limits>,
        left: Option<Vec<String>>,
    ) -> Self {
        Self {
            id: socket.id.to_string(),
            socket,
            unread,
            limits,
            left,
        }
    }

    /// Counts a packet for this client before it goes out.
    fn reserve(&self, event: &str, arguments: &Payload) -> Result<(), CallError> {
        if self.left.is_some() || !self.socket.connected() {
            return Err(CallError::Disconnected);
        }
        match self.unread.add(event.len() + payload::size(arguments)) {
            true => Ok(()),
            false => Err(CallError::Disconnected),
        }
    }

    fn failed(&self, error: SendError) -> CallError {
        match error {
            SendError::Socket(SocketError::InternalChannelFull) => {
                self.unread.cut();
                CallError::Disconnected
            }
            SendError::Socket(SocketError::Closed) => CallError::Disconnected,
            SendError::Serialize(error) => CallError::Other(error.to_string()),
        }
    }
}

impl<A: Adapter> ClientSocket for Client<A> {
    fn id(&self) -> &str {
        &self.id
    }

    fn namespace(&self) -> &str {
        self.socket.ns()
    }

    fn rooms(&self) -> Vec<String> {
        match &self.left {
            Some(left) => left.clone(),
            None => rooms(&self.socket),
        }
    }

    fn emit(&self, event: &str, arguments: Payload, delivery: Delivery) -> Result<(), CallError> {
        // Not socketioxide's volatile packets: they overtake the others.
        if delivery.contains(Delivery::VOLATILE) && !self.unread.is_ready() {
            return Ok(());
        }
        self.reserve(event, &arguments)?;
        let sent = self.socket.emit(event, &Arguments(&arguments));
        sent.map_err(|error| self.failed(error))
    }

    fn emit_with_ack<'a>(
        &'a self,
        event: &'a str,
        arguments: Payload,
        timeout: Duration,
    ) -> BoxFuture<'a, Result<Payload, CallError>> {
        Box::pin(async move {
            self.reserve(event, &arguments)?;
            let asked = self
                .socket
                .timeout(timeout)
                .emit_with_ack::<_, AckArguments>(event, &Arguments(&arguments))
                .map_err(|error| self.failed(error))?;
            let answer = asked.await.map_err(|error| match error {
                AckError::Timeout => CallError::TimedOut,
                AckError::Socket(_) => CallError::Disconnected,
                AckError::Decode(error) => CallError::Other(error.to_string()),
            })?;
            let answer = answer.into_payload();
            let answer = answer.map_err(|error| CallError::Other(error.to_string()))?;
            payload::check_arguments(&answer, &self.limits)
                .map_err(|error| CallError::Other(error.to_string()))?;
            Ok(answer)
        })
    }

    fn emit_to<'a>(
        &'a self,
        target: Target,
        event: &'a str,
        arguments: Payload,
        delivery: Delivery,
    ) -> BoxFuture<'a, Result<(), CallError>> {
        Box::pin(async move {
            let to = self.socket.broadcast();
            let to = match target.rooms.is_empty() {
                true => to,
                false => to.to(target.rooms),
            };
            let to = match target.except.is_empty() {
                true => to,
                false => to.except(target.except),
            };
            tenant_server::broadcast(to, event, &arguments, delivery).await
        })
    }

    fn join(&self, rooms: Vec<String>) -> Result<(), CallError> {
        if self.left.is_some() || !self.socket.connected() {
            return Err(CallError::Disconnected);
        }
        self.socket.join(rooms);
        Ok(())
    }

    fn leave(&self, rooms: Vec<String>) -> Result<(), CallError> {
        if self.left.is_some() || !self.socket.connected() {
            return Err(CallError::Disconnected);
        }
        self.socket.leave(rooms);
        Ok(())
    }
}

/// The rooms of a socket, its own among them, as Socket.IO has it.
pub(super) fn rooms<A: Adapter>(socket: &Socket<A>) -> Vec<String> {
    let mut rooms: Vec<String> = socket.rooms().into_iter().map(String::from).collect();
    let own = socket.id.to_string();
    if !rooms.contains(&own) {
        rooms.push(own);
    }
    rooms
}
