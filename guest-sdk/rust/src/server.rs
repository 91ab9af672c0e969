//! All clients of this component.

use std::borrow::Cow;

use crate::host::Host;
use crate::target::{Delivery, Target};
use crate::{FetchedSockets, IntoArguments, IntoRooms, Result};

/// All clients, whoever sent the event: FoalTS's `WsServer`. Reaches into services that are handed no context.
///
/// Outside an event, calls through it throw [`NoEvent`](crate::HostError::NoEvent). In unit tests it belongs to the
/// context that the thread made last.
pub fn server() -> Server {
    Server::new(Host::current())
}

/// All clients of one namespace, narrowed down by operators.
///
/// Without [`of`](Self::of), that is the default namespace `/`. A socket's id is a room, so `to(id)` reaches one socket.
#[derive(Clone)]
#[must_use = "nothing happens before `emit` or another action"]
pub struct Server {
    host: Host,
    namespace: Cow<'static, str>,
    target: Target,
    delivery: Delivery,
}

impl Server {
    pub(crate) fn new(host: Host) -> Self {
        Self {
            host,
            namespace: Cow::Borrowed("/"),
            target: Target::default(),
            delivery: Delivery::default(),
        }
    }

    /// The clients of another namespace, by its real name: `/room-12`, not `/room-:id`.
    pub fn of(mut self, namespace: impl Into<Cow<'static, str>>) -> Self {
        self.namespace = namespace.into();
        self
    }

    /// Those in any of these rooms, beside those of other calls.
    pub fn to(mut self, rooms: impl IntoRooms) -> Self {
        self.target.rooms.extend(rooms.into_rooms());
        self
    }

    /// The same as [`to`](Self::to).
    pub fn r#in(self, rooms: impl IntoRooms) -> Self {
        self.to(rooms)
    }

    /// But none that is in one of these rooms.
    pub fn except(mut self, rooms: impl IntoRooms) -> Self {
        self.target.except.extend(rooms.into_rooms());
        self
    }

    /// Events may be lost where a client cannot take them at once.
    pub fn volatile(mut self) -> Self {
        self.delivery.volatile = true;
        self
    }

    /// Events go only to clients of this node.
    pub fn local(mut self) -> Self {
        self.delivery.local = true;
        self
    }

    /// Sends an event, to the current client too if it is among them.
    ///
    /// # Errors
    /// The arguments cannot be serialised, or a limit of this event is used up.
    #[track_caller]
    pub fn emit(&self, event: &str, arguments: impl IntoArguments) -> Result<()> {
        let arguments = arguments.into_arguments()?;
        Ok(self.host.server_emit(
            &self.namespace,
            &self.target,
            event,
            arguments,
            self.delivery,
        )?)
    }

    /// Returns these sockets, of all nodes; Socket.IO's `fetchSockets`. At most 10,000, and 2 MB unless the operator says
    /// otherwise: see [`FetchedSockets::is_complete`].
    ///
    /// ```
    /// # use stockade_sdk::prelude::*;
    /// # struct Chat;
    /// #[controller]
    /// impl Chat {
    ///     /// The names of all who are in a room.
    ///     #[event("who")]
    ///     fn who(ctx: &Context, room: String) -> Result<Response> {
    ///         let sockets = ctx.server().r#in(room).fetch_sockets()?;
    ///         let names: Vec<Option<String>> = sockets.iter().map(|socket| socket.user()).collect::<Result<_>>()?;
    ///         Response::ok((names, sockets.is_complete()))
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    /// The component does not serve this namespace.
    #[track_caller]
    pub fn fetch_sockets(&self) -> Result<FetchedSockets> {
        Ok(self.host.fetch_sockets(&self.namespace, &self.target)?)
    }

    /// Makes them join rooms.
    ///
    /// # Errors
    /// The component does not serve this namespace, or a room has no proper name.
    #[track_caller]
    pub fn sockets_join(&self, rooms: impl IntoRooms) -> Result<()> {
        Ok(self
            .host
            .sockets_join(&self.namespace, &self.target, rooms.into_rooms())?)
    }

    /// Makes them leave rooms.
    ///
    /// # Errors
    /// The component does not serve this namespace.
    #[track_caller]
    pub fn sockets_leave(&self, rooms: impl IntoRooms) -> Result<()> {
        Ok(self
            .host
            .sockets_leave(&self.namespace, &self.target, rooms.into_rooms())?)
    }

    /// Disconnects them from the namespace.
    ///
    /// # Errors
    /// The component does not serve this namespace.
    #[track_caller]
    pub fn disconnect_sockets(&self) -> Result<()> {
        Ok(self
            .host
            .disconnect_sockets(&self.namespace, &self.target, false)?)
    }

    /// Closes their connections, all namespaces: JavaScript's `disconnectSockets(true)`.
    ///
    /// # Errors
    /// The component does not serve this namespace.
    #[track_caller]
    pub fn close_sockets(&self) -> Result<()> {
        Ok(self
            .host
            .disconnect_sockets(&self.namespace, &self.target, true)?)
    }
}
