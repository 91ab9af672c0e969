//! The other clients, as one client's socket reaches them.

use crate::host::Host;
use crate::target::{Delivery, Target};
use crate::{IntoArguments, IntoRooms, Result};

/// Other clients of the namespace than the current one, narrowed down by operators.
///
/// ```
/// # use stockade_sdk::prelude::*;
/// # fn f(ctx: &Context) -> Result<()> {
/// ctx.socket().to(["lobby", "bar"]).except("muted").volatile().emit("typing", "Ann")?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use = "nothing is sent before `emit`"]
pub struct Broadcast {
    host: Host,
    target: Target,
    delivery: Delivery,
}

impl Broadcast {
    pub(crate) fn new(host: Host, target: Target, delivery: Delivery) -> Self {
        Self {
            host,
            target,
            delivery,
        }
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

    /// The event may be lost where a client cannot take it at once.
    pub fn volatile(mut self) -> Self {
        self.delivery.volatile = true;
        self
    }

    /// Only clients of this node.
    pub fn local(mut self) -> Self {
        self.delivery.local = true;
        self
    }

    /// Sends them an event. `()` sends it without argument, [`Args`](crate::Args) with several.
    ///
    /// # Errors
    /// The arguments cannot be serialised, or a limit of this event is used up.
    #[track_caller]
    pub fn emit(&self, event: &str, arguments: impl IntoArguments) -> Result<()> {
        Ok(self.host.emit_to(
            &self.target,
            event,
            arguments.into_arguments()?,
            self.delivery,
        )?)
    }
}
