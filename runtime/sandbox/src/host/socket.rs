//! `stockade:handler/socket`: the client whose event is being handled.

use std::{collections::HashSet, time::Duration};

use crate::{CallError, Payload, bindings::stockade::handler::socket, payload};

use super::{
    Delivery, Disconnect, EventCtx, Operation, StoreCtx, Target, TenantCtx, context::check_kept,
    operators::rooms_size,
};

/// Names that Socket.IO keeps for itself, on the client or on the server.
pub const RESERVED_EVENTS: [&str; 6] = [
    "connect",
    "connect_error",
    "disconnect",
    "disconnecting",
    "newListener",
    "removeListener",
];
/// Bytes of an event's, a namespace's or a room's name.
pub const MAX_NAME: usize = 256;
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

    fn handshake(&mut self) -> Answer<socket::ClientHandshake> {
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
        let emit = Operation::Emit {
            event: name,
            arguments,
            delivery,
        };
        let caller = match self.caller_for(&target, &emit)? {
            Ok(caller) => caller,
            Err(error) => return Ok(Err(error)),
        };
        let Some(socket) = caller.socket() else {
            return Ok(Err(CallError::NoEvent));
        };
        // Each socket is in a room named by its id.
        target.except.push(socket.id().to_owned());
        let emit = caller.server().apply(socket.namespace(), target, emit);
        self.at_its_expense(emit).await
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

/// Checks what is to be done to many sockets, and counts it if it is an emit.
pub(super) fn check_operation(
    event: &mut EventCtx,
    tenant: &TenantCtx,
    target: &Target,
    operation: &Operation,
) -> Result<(), CallError> {
    check_target(target)?;
    match operation {
        Operation::Emit {
            event: name,
            arguments,
            ..
        } => check_emit(event, tenant, name, arguments),
        Operation::Join(rooms) | Operation::Leave(rooms) => check_rooms(rooms),
        Operation::Disconnect(_) => Ok(()),
    }
}

pub(super) fn check_target(target: &Target) -> Result<(), CallError> {
    check_rooms(&target.rooms)?;
    check_rooms(&target.except)
}

fn check_rooms(rooms: &[String]) -> Result<(), CallError> {
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
