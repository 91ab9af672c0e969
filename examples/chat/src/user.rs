//! Who is chatting.

use serde::{Deserialize, Serialize};
use stockade_sdk::{Context, Error, Handshake, RemoteSocket, Result, bail};

use crate::room::Room;

const LONGEST_NAME: usize = 32;

/// Who a socket is, for as long as it is connected.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct User {
    pub(crate) name: String,
}

impl User {
    /// Who the client says it is. The errors are for its user to read.
    pub(crate) fn of_handshake(handshake: &Handshake) -> Result<Self> {
        let Ok(User { name }) = handshake.auth() else {
            bail!("Please give your name.");
        };
        let name = name.trim();
        if name.is_empty() {
            bail!("Please give your name.");
        }
        if name.chars().count() > LONGEST_NAME {
            bail!("Please give a name of at most {LONGEST_NAME} characters.");
        }
        if name.chars().any(char::is_control) {
            bail!("Please give a name of printable characters.");
        }
        Ok(Self {
            name: name.to_owned(),
        })
    }

    /// The user of the current socket.
    pub(crate) fn current(ctx: &Context) -> Result<Self> {
        ctx.user()?
            .ok_or_else(|| Error::new("a socket without a user got in"))
    }
}

/// A user in a room, as clients hear of it.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Member<'r> {
    room: &'r Room,
    id: String,
    name: String,
}

impl<'r> Member<'r> {
    /// The current socket.
    pub(crate) fn current(ctx: &Context, room: &'r Room) -> Result<Self> {
        Ok(Self {
            room,
            id: ctx.socket().id(),
            name: User::current(ctx)?.name,
        })
    }

    /// Another socket.
    pub(crate) fn remote(socket: &RemoteSocket, room: &'r Room) -> Result<Self> {
        let user: Option<User> = socket.user()?;
        let user = user.ok_or_else(|| Error::new("a socket without a user got in"))?;
        Ok(Self {
            room,
            id: socket.id().to_owned(),
            name: user.name,
        })
    }
}
