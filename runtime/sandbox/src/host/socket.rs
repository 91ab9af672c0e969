//! `stockade:handler/socket`: the client whose event is being handled.

use std::{collections::HashSet, time::Duration};

use crate::{CallError, Payload, bindings::stockade::handler::socket, payload};

use super::{Delivery, Disconnect, EventCtx, StoreCtx, Target, TenantCtx, context::check_kept};

/// Names that Socket.IO keeps for itself, on the client or on the server.
pub const RESERVED_EVENTS: [&str; 6] = [
    "connect",
    "connect_error",
    "disconnect",
    "disconnecting",
    "newListener",
    "removeListener",
];
/// Bytes of an event's or a room's name.
pub const MAX_NAME: usize = 256;
/// What a room costs beside its name.
const ROOM: usize = 64;
/// What a handshake costs to hand over.
const HANDSHAKE: usize = 4 << 10;
/// Rooms in one list.
pub const MAX_ROOMS: usize = 1_024;

type Answer<T> = wasmtime::Result<Result<T, CallError>>;

impl socket::Host for StoreCtx {
    fn id(&mut self) -> Answer<String> {
        Ok(self
            .event()
            .and_then(|event| Ok(event.socket()?.id().to_owned())))
    }

    fn handshake(&mut self) -> Answer<socket::Connection> {
        // Heads of requests and `auth` are bounded; this is about their usual size.
        self.charge(HANDSHAKE)?;
        Ok(self.event().and_then(|event| {
            event.socket()?;
            Ok(event.client().handshake().record())
        }))
    }

    fn data(&mut self) -> Answer<Option<String>> {
        let data = self.event().and_then(|event| {
            event.socket()?;
            Ok(event.client().data().get())
        });
        self.charge(data.iter().flatten().map(String::len).sum())?;
        Ok(data)
    }

    fn set_data(&mut self, data: Option<String>) -> Answer<()> {
        self.charge(data.as_ref().map_or(0, String::len))?;
        Ok(self.current().and_then(|(event, tenant)| {
            event.socket()?;
            check_kept(tenant, data.as_deref())?;
            event.client().data().set(data.as_deref());
            Ok(())
        }))
    }

    fn emit(&mut self, name: String, arguments: Payload, delivery: Delivery) -> Answer<()> {
        self.charge(name.len() + payload::size(&arguments))?;
        Ok(self.current().and_then(|(event, tenant)| {
            check_emit(event, tenant, &name, &arguments)?;
            event.socket()?.emit(&name, arguments, delivery)
        }))
    }

    async fn emit_with_ack(
        &mut self,
        name: String,
        arguments: Payload,
        timeout: u32,
    ) -> Answer<Payload> {
        self.charge(name.len() + payload::size(&arguments))?;
        let (event, tenant) = match self.current() {
            Ok(current) => current,
            Err(error) => return Ok(Err(error)),
        };
        if let Err(error) = check_emit(event, tenant, &name, &arguments) {
            return Ok(Err(error));
        }
        let timeout = Duration::from_millis(timeout.into()).min(tenant.limits.wall);
        match event.socket() {
            Ok(socket) => Ok(socket.emit_with_ack(&name, arguments, timeout).await),
            Err(error) => Ok(Err(error)),
        }
    }

    async fn emit_to(
        &mut self,
        mut target: Target,
        name: String,
        arguments: Payload,
        delivery: Delivery,
    ) -> Answer<()> {
        self.charge(name.len() + payload::size(&arguments) + target_size(&target))?;
        let checked = self.current().and_then(|(event, tenant)| {
            check_broadcast(event, tenant, &target, &name, &arguments)?;
            // Each socket is in a room named by its id.
            target.except.push(event.socket()?.id().to_owned());
            Ok(event.caller.clone())
        });
        match checked {
            Ok(caller) => {
                let namespace = caller.socket().map_or("", |socket| socket.namespace());
                let server = caller.server();
                let emit = server.emit(namespace, target, &name, arguments, delivery);
                self.at_its_expense(emit).await
            }
            Err(error) => Ok(Err(error)),
        }
    }

    fn join(&mut self, rooms: Vec<String>) -> Answer<()> {
        self.charge(rooms_size(&rooms))?;
        Ok(self.current().and_then(|(event, tenant)| {
            check_rooms(&rooms)?;
            let limit = tenant.limits.rooms;
            let mut all: HashSet<String> = event.socket()?.rooms().into_iter().collect();
            all.extend(rooms.iter().cloned());
            if all.len() > limit {
                return Err(CallError::LimitExceeded(format!("rooms: {limit} a socket")));
            }
            event.socket()?.join(rooms)
        }))
    }

    fn leave(&mut self, rooms: Vec<String>) -> Answer<()> {
        self.charge(rooms_size(&rooms))?;
        Ok(self.event().and_then(|event| {
            check_rooms(&rooms)?;
            event.socket()?.leave(rooms)
        }))
    }

    fn rooms(&mut self) -> Answer<Vec<String>> {
        let rooms = self.event().and_then(|event| Ok(event.socket()?.rooms()));
        self.charge(rooms.iter().map(|rooms| rooms_size(rooms)).sum())?;
        Ok(rooms)
    }

    fn disconnect(&mut self, close: bool) -> Answer<()> {
        Ok(self.event().and_then(|event| {
            event.socket()?;
            event.disconnect = Some(Disconnect::with(close));
            Ok(())
        }))
    }
}

/// Checks an event's name and arguments, and counts the emit. What costs most comes last.
fn check_emit(
    event: &mut EventCtx,
    tenant: &TenantCtx,
    name: &str,
    arguments: &Payload,
) -> Result<(), CallError> {
    check_event_name(name)?;
    let bytes = name.len() + payload::size(arguments);
    event.emitted.add(bytes, &tenant.limits)?;
    payload::check_arguments(arguments, &tenant.limits)
        .map_err(|error| CallError::InvalidArgument(error.to_string()))
}

/// The same for an event with a target.
pub(super) fn check_broadcast(
    event: &mut EventCtx,
    tenant: &TenantCtx,
    target: &Target,
    name: &str,
    arguments: &Payload,
) -> Result<(), CallError> {
    check_target(target)?;
    check_emit(event, tenant, name, arguments)
}

pub(super) fn target_size(target: &Target) -> usize {
    rooms_size(&target.rooms) + rooms_size(&target.except)
}

pub(super) fn rooms_size(rooms: &[String]) -> usize {
    rooms.iter().map(|room| room.len() + ROOM).sum()
}

pub(super) fn check_target(target: &Target) -> Result<(), CallError> {
    check_rooms(&target.rooms)?;
    check_rooms(&target.except)
}

pub(super) fn check_rooms(rooms: &[String]) -> Result<(), CallError> {
    if rooms.len() > MAX_ROOMS {
        return Err(CallError::InvalidArgument(format!(
            "a list of rooms has at most {MAX_ROOMS}, this one {}",
            rooms.len()
        )));
    }
    rooms
        .iter()
        .try_for_each(|room| check_name("a room's name", room))
}

/// Clients take a packet with a reserved name for a broken one, and drop off.
fn check_event_name(name: &str) -> Result<(), CallError> {
    check_name("an event's name", name)?;
    if RESERVED_EVENTS.contains(&name) {
        return Err(CallError::InvalidArgument(format!(
            "{name:?} is a reserved event name"
        )));
    }
    Ok(())
}

fn check_name(what: &str, name: &str) -> Result<(), CallError> {
    if name.is_empty() || name.len() > MAX_NAME {
        return Err(CallError::InvalidArgument(format!(
            "{what} has 1 to {MAX_NAME} bytes, this one {}",
            name.len()
        )));
    }
    Ok(())
}
