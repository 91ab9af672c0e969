//! The rooms of one namespace: who is in which.
//!
//! A socket's own room, by which others reach it, is not kept among the rooms: it is the socket, unless that has left it.
//!
//! # Invariants
//! - The lock is held to look up and to change, never to encode or to send.
//! - A room exists while somebody is in it.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use parking_lot::{RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::SocketId;

/// Sockets and rooms of one namespace; `P` is what stands for a socket.
pub(super) struct Rooms<P>(RwLock<Table<P>>);

struct Table<P> {
    sockets: HashMap<SocketId, Member<P>>,
    rooms: HashMap<Arc<str>, HashSet<SocketId>>,
}

struct Member<P> {
    socket: P,
    /// Whether it is in the room of its id.
    own: bool,
    /// The rooms it is in, its own not among them: few, so a list.
    rooms: Vec<Arc<str>>,
}

/// A socket would be in too many rooms.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooManyRooms;

impl<P> Default for Rooms<P> {
    fn default() -> Self {
        Self(RwLock::new(Table {
            sockets: HashMap::new(),
            rooms: HashMap::new(),
        }))
    }
}

impl<P: Clone> Rooms<P> {
    /// Adds a socket, and puts it into `rooms`.
    pub(super) fn insert(&self, id: SocketId, socket: P, rooms: &[Arc<str>]) {
        let mut table = self.write();
        let member = Member {
            socket,
            own: true,
            rooms: Vec::new(),
        };
        table.sockets.insert(id, member);
        for room in rooms {
            table.join(id, room);
        }
    }

    /// Removes a socket; answers the rooms that it was in.
    pub(super) fn remove(&self, id: SocketId) -> Vec<Arc<str>> {
        let mut table = self.write();
        let Some(member) = table.sockets.remove(&id) else {
            return Vec::new();
        };
        for room in &member.rooms {
            table.forget(id, room);
        }
        member.rooms
    }

    /// The rooms of a socket, without its own.
    pub(super) fn of(&self, id: SocketId) -> Vec<Arc<str>> {
        let table = self.read();
        let member = table.sockets.get(&id);
        member.map_or_else(Vec::new, |member| member.rooms.clone())
    }

    /// Whether a socket is there, and has left its own room.
    pub(super) fn has_left_own(&self, id: SocketId) -> bool {
        let table = self.read();
        table.sockets.get(&id).is_some_and(|member| !member.own)
    }

    /// Puts all of `ids` into all of `rooms`, or none of them where one would be in more than `limit`, its own counted.
    pub(super) fn join(
        &self,
        ids: &[SocketId],
        rooms: &[String],
        limit: usize,
    ) -> Result<(), TooManyRooms> {
        let mut table = self.write();
        if ids.iter().any(|id| table.after_joining(*id, rooms) > limit) {
            return Err(TooManyRooms);
        }
        for id in ids {
            for room in rooms {
                table.join(*id, room);
            }
        }
        Ok(())
    }

    /// Takes all of `ids` out of all of `rooms`.
    pub(super) fn leave(&self, ids: &[SocketId], rooms: &[String]) {
        let mut table = self.write();
        for id in ids {
            for room in rooms {
                table.leave(*id, room);
            }
        }
    }

    /// Whoever is in one of `rooms`, or in the namespace where there are none, and in none of `except`.
    pub(super) fn select(&self, rooms: &[String], except: &[String]) -> Vec<P> {
        let table = self.read();
        let excepted = Excepted::new(&table, except);
        let mut selected = Vec::new();
        match rooms {
            [] => {
                let others = table.sockets.iter().filter(|(id, _)| !excepted.has(**id));
                selected.extend(others.map(|(_, member)| member.socket.clone()));
            }
            [room] => table.members(room, |id, socket| {
                if !excepted.has(id) {
                    selected.push(socket.clone());
                }
            }),
            rooms => {
                let mut seen = HashSet::new();
                for room in rooms {
                    table.members(room, |id, socket| {
                        if seen.insert(id) && !excepted.has(id) {
                            selected.push(socket.clone());
                        }
                    });
                }
            }
        }
        selected
    }

    fn read(&self) -> RwLockReadGuard<'_, Table<P>> {
        self.0.read()
    }

    fn write(&self) -> RwLockWriteGuard<'_, Table<P>> {
        self.0.write()
    }
}

impl<P> Table<P> {
    fn join(&mut self, id: SocketId, room: &str) {
        let Some(member) = self.sockets.get_mut(&id) else {
            return;
        };
        if room == id.as_str() {
            member.own = true;
            return;
        }
        let known = self.rooms.get_key_value(room);
        let name = known.map_or_else(|| Arc::from(room), |(name, _)| name.clone());
        if self.rooms.entry(name.clone()).or_default().insert(id) {
            member.rooms.push(name);
        }
    }

    fn leave(&mut self, id: SocketId, room: &str) {
        if let Some(member) = self.sockets.get_mut(&id) {
            member.own &= room != id.as_str();
            member.rooms.retain(|name| **name != *room);
            self.forget(id, room);
        }
    }

    /// Takes a socket off a room's list, and the room away when it was the last.
    fn forget(&mut self, id: SocketId, room: &str) {
        if let Some(sockets) = self.rooms.get_mut(room) {
            sockets.remove(&id);
            if sockets.is_empty() {
                self.rooms.remove(room);
            }
        }
    }

    /// How many rooms a socket would be in, its own among them.
    fn after_joining(&self, id: SocketId, rooms: &[String]) -> usize {
        let Some(member) = self.sockets.get(&id) else {
            return 0;
        };
        let own = |room: &&str| *room == id.as_str();
        let mut all: HashSet<&str> = member.rooms.iter().map(|room| &**room).collect();
        all.extend(rooms.iter().map(String::as_str).filter(|room| !own(room)));
        all.len() + 1
    }

    /// Calls `each` for everybody in `room`.
    fn members(&self, room: &str, mut each: impl FnMut(SocketId, &P)) {
        let own = SocketId::parse(room);
        if let Some(id) = own
            && let Some(member) = self.sockets.get(&id)
            && member.own
        {
            each(id, &member.socket);
        }
        for id in self.rooms.get(room).into_iter().flatten() {
            if Some(*id) != own
                && let Some(member) = self.sockets.get(id)
            {
                each(*id, &member.socket);
            }
        }
    }
}

/// Those that a broadcast leaves out.
struct Excepted<'a> {
    ids: HashSet<SocketId>,
    rooms: Vec<&'a HashSet<SocketId>>,
}

impl<'a> Excepted<'a> {
    fn new<P>(table: &'a Table<P>, except: &[String]) -> Self {
        let rooms = except.iter().map(String::as_str);
        Self {
            ids: rooms.clone().filter_map(SocketId::parse).collect(),
            rooms: rooms.filter_map(|room| table.rooms.get(room)).collect(),
        }
    }

    fn has(&self, id: SocketId) -> bool {
        self.ids.contains(&id) || self.rooms.iter().any(|room| room.contains(&id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids<const N: usize>(rooms: &Rooms<usize>) -> [SocketId; N] {
        std::array::from_fn(|number| {
            let id = SocketId::random().unwrap();
            rooms.insert(id, number, &[]);
            id
        })
    }

    fn names<const N: usize>(names: [&str; N]) -> Vec<String> {
        names.map(str::to_owned).to_vec()
    }

    fn selected<const R: usize, const E: usize>(
        rooms: &Rooms<usize>,
        to: [&str; R],
        except: [&str; E],
    ) -> Vec<usize> {
        let mut selected = rooms.select(&names(to), &names(except));
        selected.sort_unstable();
        selected
    }

    #[test]
    fn targets_are_unions_less_unions() {
        let rooms = Rooms::default();
        let [a, b, c] = ids(&rooms);
        rooms.join(&[a, b], &names(["tea"]), 9).unwrap();
        rooms.join(&[b, c], &names(["coffee"]), 9).unwrap();
        assert_eq!(selected(&rooms, [], []), [0, 1, 2]);
        assert_eq!(selected(&rooms, ["tea"], []), [0, 1]);
        assert_eq!(selected(&rooms, ["tea", "coffee"], []), [0, 1, 2]);
        assert_eq!(selected(&rooms, ["tea"], ["coffee"]), [0]);
        assert_eq!(selected(&rooms, [], ["tea", "nobody's"]), [2]);
        assert_eq!(selected(&rooms, ["nobody's"], []), [0; 0]);
    }

    #[test]
    fn socket_is_its_own_room() {
        let rooms = Rooms::default();
        let [a, b] = ids(&rooms);
        assert_eq!(selected(&rooms, [a.as_str()], []), [0]);
        assert_eq!(selected(&rooms, [], [a.as_str()]), [1]);
        // Others may be in it.
        rooms.join(&[a, b], &names([a.as_str()]), 9).unwrap();
        assert_eq!(selected(&rooms, [a.as_str()], []), [0, 1]);
        assert!(rooms.of(a).is_empty());
    }

    #[test]
    fn own_room_can_be_left_and_joined() {
        let rooms = Rooms::default();
        let [a, b] = ids(&rooms);
        rooms.join(&[b], &names([a.as_str()]), 9).unwrap();
        rooms.leave(&[a, b], &names([a.as_str(), a.as_str()]));
        assert!(rooms.has_left_own(a) && !rooms.has_left_own(b));
        assert_eq!(selected(&rooms, [a.as_str()], []), [0; 0]);
        assert_eq!(selected(&rooms, [], []), [0, 1]);
        // It is still left out by its id, which is how it leaves itself out.
        assert_eq!(selected(&rooms, [], [a.as_str()]), [1]);
        rooms.join(&[a], &names([a.as_str()]), 1).unwrap();
        assert_eq!(selected(&rooms, [a.as_str()], []), [0]);
    }

    #[test]
    fn room_ends_with_its_last_socket() {
        let rooms = Rooms::default();
        let [a, b] = ids(&rooms);
        rooms.join(&[a, b], &names(["tea", "tea"]), 9).unwrap();
        rooms.leave(&[a], &names(["tea"]));
        assert_eq!(rooms.read().rooms.len(), 1);
        assert_eq!(rooms.remove(b), [Arc::<str>::from("tea")]);
        assert_eq!(rooms.read().rooms.len(), 0);
        assert!(rooms.remove(b).is_empty());
        assert_eq!(selected(&rooms, [], []), [0]);
    }

    #[test]
    fn too_many_rooms_are_joined_by_none() {
        let rooms = Rooms::default();
        let [a, b] = ids(&rooms);
        rooms.join(&[b], &names(["one"]), 3).unwrap();
        let more = names(["two", "three"]);
        assert_eq!(rooms.join(&[a, b], &more, 3), Err(TooManyRooms));
        assert!(rooms.of(a).is_empty());
        assert_eq!(rooms.join(&[a], &more, 3), Ok(()));
        assert_eq!(rooms.join(&[a], &names(["two", a.as_str()]), 3), Ok(()));
    }
}
