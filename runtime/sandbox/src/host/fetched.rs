//! The sockets that `fetch-sockets` finds, as far as there is room for them.

use super::{ClientSocket, ClientState};
pub use crate::bindings::stockade::handler::server::{FetchedSockets, RemoteSocket};

/// Sockets that one call answers.
pub const MAX_FETCHED: usize = 10_000;
/// What a socket costs beside its texts.
const SOCKET: usize = 128;
/// What a room costs beside its name.
const ROOM: usize = 32;

/// Collects sockets within the limits of one call.
pub struct Fetching {
    found: FetchedSockets,
    /// Bytes that are left.
    room: usize,
}

impl Fetching {
    /// Nothing has been found yet, and `max_bytes` may be.
    pub fn new(max_bytes: usize) -> Self {
        Self {
            found: FetchedSockets {
                sockets: Vec::new(),
                complete: true,
            },
            room: max_bytes,
        }
    }

    /// Adds a socket; `false` if there is no room for it, nor for others.
    pub fn add(&mut self, socket: RemoteSocket) -> bool {
        let left = self.room.checked_sub(size(&socket));
        match left.filter(|_| self.found.sockets.len() < MAX_FETCHED) {
            Some(left) => {
                self.room = left;
                self.found.sockets.push(socket);
                true
            }
            None => {
                self.miss();
                false
            }
        }
    }

    /// Adds as many as there is room for.
    pub fn add_all(&mut self, sockets: impl IntoIterator<Item = RemoteSocket>) {
        for socket in sockets {
            if !self.add(socket) {
                return;
            }
        }
    }

    /// Some sockets are missing.
    pub fn miss(&mut self) {
        self.found.complete = false;
    }

    /// What has been found.
    pub fn done(self) -> FetchedSockets {
        self.found
    }
}

/// A socket as others see it.
pub fn remote(socket: &dyn ClientSocket, client: &ClientState) -> RemoteSocket {
    RemoteSocket {
        id: socket.id().to_owned(),
        rooms: socket.rooms(),
        data: client.data().get(),
        user: client.user().get(),
        address: client.handshake().address().to_owned(),
        issued: client.handshake().issued(),
    }
}

/// Bytes that a socket takes, about; not less than in a message between nodes.
pub fn size(socket: &RemoteSocket) -> usize {
    let texts = [&socket.data, &socket.user];
    let texts = texts.into_iter().flatten().map(String::len);
    let rooms = socket.rooms.iter().map(|room| room.len() + ROOM);
    SOCKET + socket.id.len() + socket.address.len() + texts.sum::<usize>() + rooms.sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn socket(data: usize) -> RemoteSocket {
        RemoteSocket {
            id: "id".into(),
            rooms: vec!["id".into()],
            data: Some("x".repeat(data)),
            user: None,
            address: "::1".into(),
            issued: 0,
        }
    }

    #[test]
    fn what_does_not_fit_makes_the_answer_incomplete() {
        let one = size(&socket(1_000));
        let mut fetching = Fetching::new(3 * one + 1);
        fetching.add_all((0..3).map(|_| socket(1_000)));
        assert!(fetching.found.complete);
        fetching.add_all((0..9).map(|_| socket(1_000)));
        let found = fetching.done();
        assert_eq!((found.sockets.len(), found.complete), (3, false));
    }

    #[test]
    fn sockets_are_counted_however_small_they_are() {
        let mut fetching = Fetching::new(usize::MAX);
        fetching.add_all((0..MAX_FETCHED).map(|_| socket(0)));
        assert!(fetching.found.complete);
        assert!(!fetching.add(socket(0)));
        let found = fetching.done();
        assert_eq!((found.sockets.len(), found.complete), (MAX_FETCHED, false));
    }
}
