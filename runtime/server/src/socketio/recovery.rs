//! Connection state recovery: what a client missed while its connection was down, and who it was.
//!
//! Each event of a namespace that may be asked for again has an offset, which goes out as its last argument, and is kept
//! for a while with those whom it was for. A client that comes back says which offset it has seen last.
//!
//! # Invariants
//! - Events go out in the order in which they are kept, so the last offset that a client has seen says what it missed.
//! - What is kept is bounded in time, number and bytes. Who cannot be told all that it missed is a new client.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    hash::{BuildHasher, RandomState},
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use parking_lot::{Mutex, MutexGuard};

use super::{SocketId, outgoing::Encoded};

/// Events kept for one namespace.
const MAX_EVENTS: usize = 16 << 10;
/// Clients kept for one namespace.
const MAX_CLIENTS: usize = 10_000;
/// Bytes of both, for one namespace.
const MAX_BYTES: usize = 16 << 20;
/// Bytes of both, for all namespaces of a tenant.
const MAX_TOTAL_BYTES: usize = 64 << 20;
/// Events that one client may have missed: half of what its buffer has room for.
const MAX_MISSED: usize = super::MAX_OUTGOING_PACKETS / 2;
/// What an event or a client takes beside its texts, about.
const ENTRY: usize = 256;

/// Bytes that all namespaces of a tenant keep.
#[derive(Debug, Default)]
pub(super) struct Budget(AtomicUsize);

/// What one namespace keeps; `K` is what else there is to keep of a client.
pub(super) struct Log<K> {
    settings: Settings,
    budget: Arc<Budget>,
    /// Tells offsets of this log from other texts that a client might take for one.
    nonce: String,
    next: AtomicU64,
    kept: Mutex<Kept<K>>,
}

/// How long things are kept.
#[derive(Debug, Clone, Copy)]
pub(super) struct Settings {
    /// How long a client may be gone.
    pub(super) max_disconnection: Duration,
    /// How long it may take to learn that a client has gone: what it was sent meanwhile is lost.
    pub(super) heartbeat: Duration,
    /// Bytes that a client may have missed.
    pub(super) max_missed: usize,
}

struct Kept<K> {
    events: VecDeque<Event>,
    /// How many events came before the first.
    dropped: u64,
    /// When the last event was kept that had to make room before its time.
    evicted: Option<Instant>,
    clients: HashMap<SocketId, Client<K>>,
    /// The clients, oldest first, with some that are there no more.
    order: VecDeque<(Instant, SocketId)>,
    bytes: usize,
}

struct Event {
    number: u64,
    at: Instant,
    audience: Audience,
    packet: Encoded,
}

/// Whom an event is for: whoever is in one of the rooms, or everybody where there are none, less the exceptions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Audience {
    pub(super) rooms: Vec<String>,
    pub(super) except: Vec<String>,
}

/// A client that has gone and may come back.
pub(super) struct Client<K> {
    /// Its socket's id.
    pub(super) id: SocketId,
    /// The rooms that it was in, its own not among them.
    pub(super) rooms: Vec<Arc<str>>,
    /// The log's end when it came.
    pub(super) since: u64,
    /// What else is kept of it.
    pub(super) rest: K,
    /// Bytes of that.
    pub(super) size: usize,
}

/// A client that has come back.
pub(super) struct Recovered<K> {
    pub(super) client: Client<K>,
    /// Where what it missed begins.
    from: u64,
}

/// Some of what a client missed has not been kept.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooLate;

impl<K> Log<K> {
    /// An empty log.
    pub(super) fn new(settings: Settings, budget: Arc<Budget>) -> Self {
        Self {
            settings,
            budget,
            nonce: format!("{:016x}", RandomState::new().hash_one(())),
            next: AtomicU64::new(0),
            kept: Mutex::new(Kept {
                events: VecDeque::new(),
                dropped: 0,
                evicted: None,
                clients: HashMap::new(),
                order: VecDeque::new(),
                bytes: 0,
            }),
        }
    }

    /// How long a client may be gone.
    pub(super) fn max_disconnection(&self) -> Duration {
        self.settings.max_disconnection
    }

    /// The offset of an event to come, as the text that goes out with it.
    pub(super) fn offset(&self) -> (u64, String) {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        (number, format!("{}.{number}", self.nonce))
    }

    /// Keeps an event, and has it sent before any other.
    pub(super) fn publish(
        &self,
        number: u64,
        audience: Audience,
        packet: Encoded,
        send: impl FnOnce(&Audience, &Encoded),
    ) {
        let mut kept = self.lock();
        send(&audience, &packet);
        let event = Event {
            number,
            at: Instant::now(),
            audience,
            packet,
        };
        self.charge(&mut kept, event.size());
        kept.events.push_back(event);
        self.tidy(&mut kept);
    }

    /// Keeps a client that has gone.
    pub(super) fn save(&self, pid: SocketId, client: Client<K>) {
        let mut kept = self.lock();
        self.charge(&mut kept, client.bytes());
        kept.order.push_back((Instant::now(), pid));
        kept.clients.insert(pid, client);
        self.tidy(&mut kept);
    }

    /// The client that `pid` was, if it is not too late and all is there that came after `offset`. Nobody else gets it.
    pub(super) fn claim(&self, pid: &str, offset: Option<&str>) -> Option<Recovered<K>> {
        let pid = SocketId::parse(pid)?;
        let mut kept = self.lock();
        self.tidy(&mut kept);
        let client = kept.clients.remove(&pid)?;
        self.refund(&mut kept, client.bytes());
        let gone = kept.order.iter().position(|(_, known)| *known == pid);
        let (gone, _) = kept.order.remove(gone?)?;
        let seen = match offset {
            // It has not had any event that has an offset.
            None => None,
            Some(offset) => Some(self.number(offset)?),
        };
        let at = seen.and_then(|seen| {
            let mut events = kept.events.iter();
            events.rposition(|event| event.number == seen)
        });
        let from = match at {
            Some(at) => kept.dropped + at as u64 + 1,
            None => {
                // What it saw last is not there any more; what came after that may be all the same.
                let lost = gone.checked_sub(self.settings.heartbeat);
                let evicted = kept.evicted.is_some() && kept.evicted >= lost;
                if evicted && client.since < kept.dropped {
                    return None;
                }
                kept.dropped
            }
        };
        let from = from.max(client.since).max(kept.dropped);
        let recovered = Recovered { client, from };
        let missed = kept.missed(&recovered).ok()?;
        let bytes: usize = missed.iter().map(|packet| packet.size()).sum();
        let few = missed.len() <= MAX_MISSED && bytes <= self.settings.max_missed;
        drop(kept);
        few.then_some(recovered)
    }

    /// Calls `join` with what a client has missed and with the log's end, before any other event goes out; answers what
    /// it answers.
    pub(super) fn catch_up<T>(
        &self,
        recovered: &Recovered<K>,
        join: impl FnOnce(&[Encoded], u64) -> T,
    ) -> Result<T, TooLate> {
        let kept = self.lock();
        let missed: Vec<_> = kept.missed(recovered)?.into_iter().cloned().collect();
        Ok(join(&missed, kept.end()))
    }

    /// Calls `join` with the log's end, before any other event goes out; answers what it answers.
    pub(super) fn at_end<T>(&self, join: impl FnOnce(u64) -> T) -> T {
        let kept = self.lock();
        join(kept.end())
    }

    /// The number of the event that `offset` is of, if it is one of this log's.
    fn number(&self, offset: &str) -> Option<u64> {
        let number = offset.strip_prefix(&*self.nonce)?.strip_prefix('.')?;
        let number = number.parse().ok()?;
        (number < self.next.load(Ordering::Relaxed)).then_some(number)
    }

    /// Forgets what is too old, or too much.
    fn tidy(&self, kept: &mut Kept<K>) {
        let now = Instant::now();
        let Settings {
            max_disconnection,
            heartbeat,
            ..
        } = self.settings;
        while let Some((at, pid)) = kept.order.front().copied() {
            let old = now.duration_since(at) >= max_disconnection;
            if !old && kept.clients.len() <= MAX_CLIENTS && !self.is_over(kept) {
                break;
            }
            kept.order.pop_front();
            if let Some(client) = kept.clients.remove(&pid) {
                self.refund(kept, client.bytes());
            }
        }
        while let Some(event) = kept.events.front() {
            let (at, size) = (event.at, event.size());
            let old = now.duration_since(at) >= max_disconnection + heartbeat;
            if !old && kept.events.len() <= MAX_EVENTS && !self.is_over(kept) {
                break;
            }
            if !old {
                kept.evicted = Some(at);
            }
            kept.events.pop_front();
            kept.dropped += 1;
            self.refund(kept, size);
        }
    }

    fn is_over(&self, kept: &Kept<K>) -> bool {
        kept.bytes > MAX_BYTES || self.budget.0.load(Ordering::Relaxed) > MAX_TOTAL_BYTES
    }

    fn charge(&self, kept: &mut Kept<K>, bytes: usize) {
        kept.bytes += bytes;
        self.budget.0.fetch_add(bytes, Ordering::Relaxed);
    }

    fn refund(&self, kept: &mut Kept<K>, bytes: usize) {
        kept.bytes -= bytes;
        self.budget.0.fetch_sub(bytes, Ordering::Relaxed);
    }

    fn lock(&self) -> MutexGuard<'_, Kept<K>> {
        self.kept.lock()
    }
}

impl<K> Kept<K> {
    /// How many events there have been.
    fn end(&self) -> u64 {
        self.dropped + self.events.len() as u64
    }

    fn missed(&self, recovered: &Recovered<K>) -> Result<Vec<&Encoded>, TooLate> {
        let Recovered { client, from } = recovered;
        let skipped = from.checked_sub(self.dropped).ok_or(TooLate)?;
        let skipped = usize::try_from(skipped).map_err(|_| TooLate)?;
        let mut rooms: HashSet<&str> = client.rooms.iter().map(|room| &**room).collect();
        rooms.insert(client.id.as_str());
        let missed = self
            .events
            .iter()
            .skip(skipped)
            .filter(|event| event.audience.has(&rooms));
        Ok(missed.map(|event| &event.packet).collect())
    }
}

impl Event {
    fn size(&self) -> usize {
        let Audience { rooms, except } = &self.audience;
        let rooms = rooms
            .iter()
            .chain(except)
            .map(|room| room.len() + size_of::<String>());
        ENTRY + self.packet.size() + rooms.sum::<usize>()
    }
}

impl Audience {
    /// Whether somebody in `rooms` belongs to it.
    fn has(&self, rooms: &HashSet<&str>) -> bool {
        let within = |names: &[String]| names.iter().any(|name| rooms.contains(&**name));
        (self.rooms.is_empty() || within(&self.rooms)) && !within(&self.except)
    }
}

impl<K> Client<K> {
    fn bytes(&self) -> usize {
        let rooms = self
            .rooms
            .iter()
            .map(|room| room.len() + size_of::<Arc<str>>());
        ENTRY + self.size + rooms.sum::<usize>()
    }
}

impl<K> Drop for Log<K> {
    fn drop(&mut self) {
        let kept = self.kept.get_mut();
        self.budget.0.fetch_sub(kept.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests;
