//! Rooms of the chat, as opposed to those of Socket.IO.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Before the name of each of our rooms. Every socket is in a room named by its id, where the server sends it things
/// for it alone: without a prefix, anybody could join that one too, and listen.
const PREFIX: &str = "room:";

/// A room by the name that people see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub(crate) struct Room(#[schemars(length(min = 1, max = 60))] String);

impl Room {
    /// Our room behind a room of Socket.IO, if it is one of ours.
    pub(crate) fn of_socket_io(name: &str) -> Option<Self> {
        name.strip_prefix(PREFIX).map(|name| Self(name.to_owned()))
    }

    /// The name of the room for Socket.IO.
    pub(crate) fn socket_io(&self) -> String {
        [PREFIX, &self.0].concat()
    }
}
