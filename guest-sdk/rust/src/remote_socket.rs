//! Sockets that others asked for: who is online.

use std::ops::Deref;
use std::time::SystemTime;

use serde::de::DeserializeOwned;

use crate::Result;
use crate::current::read;

/// A socket as others see it: what [`Server::fetch_sockets`](crate::Server::fetch_sockets) finds.
///
/// It is what its node knew when it was asked. To reach it, use its id as a room: `server.to(socket.id())`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteSocket {
    pub(crate) id: String,
    pub(crate) rooms: Vec<String>,
    pub(crate) data: Option<String>,
    pub(crate) user: Option<String>,
    pub(crate) address: String,
    pub(crate) issued: SystemTime,
}

impl RemoteSocket {
    /// Its id, which is also the name of a room that it is in from the beginning.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The rooms that it is in. That of its id is among them, unless it has left it.
    pub fn rooms(&self) -> &[String] {
        &self.rooms
    }

    /// What [`set_data`](crate::Socket::set_data) kept with it.
    ///
    /// # Errors
    /// What is there is not a `T`.
    #[track_caller]
    pub fn data<T: DeserializeOwned>(&self) -> Result<Option<T>> {
        read(self.data.as_deref())
    }

    /// Its user.
    ///
    /// # Errors
    /// The user is not a `T`.
    #[track_caller]
    pub fn user<T: DeserializeOwned>(&self) -> Result<Option<T>> {
        read(self.user.as_deref())
    }

    /// Its client's IP address.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// When its client connected.
    pub fn issued(&self) -> SystemTime {
        self.issued
    }
}

/// The sockets that [`Server::fetch_sockets`](crate::Server::fetch_sockets) found; a slice of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchedSockets {
    pub(crate) sockets: Vec<RemoteSocket>,
    pub(crate) is_complete: bool,
}

impl FetchedSockets {
    /// Whether these are all. `false` where another node did not answer in time or cannot be reached, and where there are
    /// more sockets than one call may hand over: 10,000, or 2 MB of them.
    pub fn is_complete(&self) -> bool {
        self.is_complete
    }
}

impl Deref for FetchedSockets {
    type Target = [RemoteSocket];

    fn deref(&self) -> &[RemoteSocket] {
        &self.sockets
    }
}

impl IntoIterator for FetchedSockets {
    type Item = RemoteSocket;
    type IntoIter = std::vec::IntoIter<RemoteSocket>;

    fn into_iter(self) -> Self::IntoIter {
        self.sockets.into_iter()
    }
}

impl<'a> IntoIterator for &'a FetchedSockets {
    type Item = &'a RemoteSocket;
    type IntoIter = std::slice::Iter<'a, RemoteSocket>;

    fn into_iter(self) -> Self::IntoIter {
        self.sockets.iter()
    }
}
