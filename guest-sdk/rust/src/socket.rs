//! The client whose event is being handled.

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::current::read;
use crate::host::Host;
use crate::target::{Delivery, Target};
use crate::{Broadcast, FromArguments, Handshake, IntoArguments, IntoRooms, Result};

/// The client whose event is being handled.
///
/// `emit` reaches this client alone. [`broadcast`](Self::broadcast), [`to`](Self::to), [`in`](Self::in),
/// [`except`](Self::except) and [`local`](Self::local) turn to the others, as in Socket.IO.
#[derive(Clone)]
pub struct Socket {
    host: Host,
    delivery: Delivery,
}

impl Socket {
    pub(crate) fn new(host: Host) -> Self {
        Self {
            host,
            delivery: Delivery::default(),
        }
    }

    /// The id of the socket, which is also the name of a room that it is in from the beginning.
    pub fn id(&self) -> String {
        self.host.id().unwrap_or_default()
    }

    /// How the client came in: headers, query, `auth`, address.
    ///
    /// # Errors
    /// The host has no current event.
    #[track_caller]
    pub fn handshake(&self) -> Result<Handshake> {
        Ok(self.host.handshake()?)
    }

    /// What [`set_data`](Self::set_data) kept with the socket.
    ///
    /// # Errors
    /// What is there is not a `T`.
    #[track_caller]
    pub fn data<T: DeserializeOwned>(&self) -> Result<Option<T>> {
        read(self.host.data()?)
    }

    /// Keeps a value with the socket for later events.
    ///
    /// # Errors
    /// The value cannot be serialised, or exceeds the limit (64 KiB).
    #[track_caller]
    pub fn set_data(&self, data: &impl Serialize) -> Result<()> {
        Ok(self.host.set_data(Some(serde_json::to_string(data)?))?)
    }

    /// Forgets it.
    ///
    /// # Errors
    /// The host has no current event.
    #[track_caller]
    pub fn clear_data(&self) -> Result<()> {
        Ok(self.host.set_data(None)?)
    }

    /// Sends an event to this client. `()` sends it without argument, [`Args`](crate::Args) with several.
    ///
    /// # Errors
    /// The arguments cannot be serialised, the client has gone, or a limit of this event is used up.
    #[track_caller]
    pub fn emit(&self, event: &str, arguments: impl IntoArguments) -> Result<()> {
        Ok(self
            .host
            .emit(event, arguments.into_arguments()?, self.delivery)?)
    }

    /// Sends an event to this client and waits for its acknowledgement, which is read as its first argument, or as
    /// [`Args`](crate::Args).
    ///
    /// # Errors
    /// As [`emit`](Self::emit); further, [`TimedOut`](crate::HostError::TimedOut) and an answer of another type.
    #[track_caller]
    pub fn emit_with_ack<T: FromArguments>(
        &self,
        event: &str,
        arguments: impl IntoArguments,
        timeout: Duration,
    ) -> Result<T> {
        let timeout = u32::try_from(timeout.as_millis()).unwrap_or(u32::MAX);
        T::from_arguments(
            &self
                .host
                .emit_with_ack(event, arguments.into_arguments()?, timeout)?,
        )
    }

    /// What is emitted through the result may be lost where the client cannot take it at once.
    #[must_use]
    pub fn volatile(&self) -> Self {
        Self {
            host: self.host.clone(),
            delivery: Delivery {
                volatile: true,
                ..self.delivery
            },
        }
    }

    /// All other clients of the namespace.
    pub fn broadcast(&self) -> Broadcast {
        Broadcast::new(self.host.clone(), Target::default(), self.delivery)
    }

    /// The other clients in any of these rooms.
    pub fn to(&self, rooms: impl IntoRooms) -> Broadcast {
        self.broadcast().to(rooms)
    }

    /// The same as [`to`](Self::to).
    pub fn r#in(&self, rooms: impl IntoRooms) -> Broadcast {
        self.to(rooms)
    }

    /// All other clients that are in none of these rooms.
    pub fn except(&self, rooms: impl IntoRooms) -> Broadcast {
        self.broadcast().except(rooms)
    }

    /// All other clients of this node.
    pub fn local(&self) -> Broadcast {
        self.broadcast().local()
    }

    /// Joins rooms.
    ///
    /// # Errors
    /// The socket would be in more than 256 rooms, or a name is empty or longer than 256 bytes.
    #[track_caller]
    pub fn join(&self, rooms: impl IntoRooms) -> Result<()> {
        Ok(self.host.join(rooms.into_rooms())?)
    }

    /// Leaves rooms; those that it is not in do not matter.
    ///
    /// # Errors
    /// The host has no current event.
    #[track_caller]
    pub fn leave(&self, rooms: impl IntoRooms) -> Result<()> {
        Ok(self.host.leave(rooms.into_rooms())?)
    }

    /// The rooms that it is in. That of its id is among them, unless it has left it.
    ///
    /// # Errors
    /// The host has no current event.
    #[track_caller]
    pub fn rooms(&self) -> Result<Vec<String>> {
        Ok(self.host.rooms()?)
    }

    /// Disconnects the client from the namespace, once the event has been answered.
    ///
    /// # Errors
    /// The client has gone.
    #[track_caller]
    pub fn disconnect(&self) -> Result<()> {
        Ok(self.host.disconnect(false)?)
    }

    /// Closes the client's connection, all namespaces, once the event has been answered: JavaScript's
    /// `socket.disconnect(true)`.
    ///
    /// # Errors
    /// The client has gone.
    #[track_caller]
    pub fn close(&self) -> Result<()> {
        Ok(self.host.disconnect(true)?)
    }
}
