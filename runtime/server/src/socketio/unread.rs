//! How much a client has been sent and has not read.
//!
//! The engine bounds the packets that wait for a client by their number, so a client that does not read could make the
//! host keep thousands of large ones. Here their bytes are counted: added when a packet goes out, and taken off as the
//! connection writes them. A client over the limit is cut off, and while it is over half of it, its own events wait.
//!
//! A connection writes more than the packets' payloads (frames, headers, pings), so the count errs towards less; it never
//! goes below nothing, so that a client cannot save up credit.

use std::{
    collections::HashMap,
    net::Shutdown,
    sync::{
        Arc, OnceLock, Weak,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use parking_lot::Mutex;
use socket2::SockRef;
use tokio::{
    net::TcpStream,
    sync::{Notify, OwnedSemaphorePermit},
};

use super::connection::EngineSocket;
use stockade_engine_io::CloseReason;

/// A client that has left no more than this unread is not cut off because of others.
const FAIR_SHARE: usize = 64 << 10;

/// The account of one client, over all connections that it uses: long-polling requests, then a WebSocket.
#[derive(Debug)]
pub(crate) struct Unread {
    bytes: AtomicUsize,
    limit: usize,
    total: Arc<TotalUnread>,
    cut: AtomicBool,
    changed: Notify,
    connections: Mutex<Vec<Weak<TcpStream>>>,
    /// The client's place among those that may be there at once: a client that polls has no connection in between.
    _place: Option<OwnedSemaphorePermit>,
    registered: OnceLock<(String, Weak<UnreadMap>)>,
    /// The session, which a client that polls would keep although its connections have failed.
    session: OnceLock<Weak<EngineSocket>>,
}

/// The accounts of the clients of one server by their session id, so that a later connection finds its client's.
#[derive(Debug, Default)]
pub(crate) struct UnreadMap {
    clients: Mutex<HashMap<String, Weak<Unread>>>,
}

/// Bytes that all clients of one server have not read.
#[derive(Debug)]
pub(crate) struct TotalUnread {
    bytes: AtomicUsize,
    limit: usize,
}

impl Unread {
    /// An account for a client that may leave `limit` bytes unread.
    pub(crate) fn new(
        limit: usize,
        total: Arc<TotalUnread>,
        place: Option<OwnedSemaphorePermit>,
    ) -> Self {
        Self {
            bytes: AtomicUsize::new(0),
            limit,
            total,
            cut: AtomicBool::new(false),
            changed: Notify::new(),
            connections: Mutex::default(),
            _place: place,
            registered: OnceLock::new(),
            session: OnceLock::new(),
        }
    }

    /// Makes `stream` one of the client's connections.
    pub(crate) fn attach(&self, stream: &Arc<TcpStream>) {
        let mut connections = self.connections.lock();
        connections.retain(|connection| connection.strong_count() > 0);
        let stream = Arc::downgrade(stream);
        if !connections.iter().any(|known| known.ptr_eq(&stream)) {
            connections.push(stream);
        }
    }

    /// The session that ends when the client is cut off.
    pub(super) fn session(&self, engine: &Arc<EngineSocket>) {
        // Set once: the account is one client's.
        let _ = self.session.set(Arc::downgrade(engine));
    }

    /// Counts what is about to be sent; `false` when that is too much, and the client has been cut off.
    pub(super) fn add(&self, bytes: usize) -> bool {
        let all = self.total.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        let own = self.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        if own > self.limit || (all > self.total.limit && own > FAIR_SHARE) {
            self.cut();
        }
        !self.is_cut()
    }

    /// Counts what has been written.
    pub(crate) fn written(&self, bytes: usize) {
        let before = self
            .bytes
            .update(Ordering::Relaxed, Ordering::Relaxed, |unread| {
                unread.saturating_sub(bytes)
            });
        let after = before.saturating_sub(bytes);
        self.total.take(before - after);
        if !self.is_half(before) && self.is_half(after) {
            self.changed.notify_waiters();
        }
    }

    /// Cuts the client off: its connections fail, whatever waits in them, and its session ends.
    pub(super) fn cut(&self) {
        if self.cut.swap(true, Ordering::Relaxed) {
            return;
        }
        for stream in self.connections.lock().iter().filter_map(Weak::upgrade) {
            // Fails only where the client was faster.
            let _ = SockRef::from(&*stream).shutdown(Shutdown::Both);
        }
        if let Some(session) = self.session.get().and_then(Weak::upgrade) {
            session.close(CloseReason::TransportError);
        }
        self.changed.notify_waiters();
    }

    fn is_cut(&self) -> bool {
        self.cut.load(Ordering::Relaxed)
    }

    /// Whether the client has read half of what it may leave unread.
    pub(super) fn is_half_read(&self) -> bool {
        self.is_half(self.bytes.load(Ordering::Relaxed))
    }

    fn is_half(&self, bytes: usize) -> bool {
        bytes <= self.limit / 2
    }

    /// Completes when the client has read half of what it may leave, has been cut off, or is `gone`.
    pub(super) async fn until_read(&self, gone: impl Fn() -> bool) {
        loop {
            let changed = self.changed.notified();
            if self.is_half_read() || self.is_cut() || gone() {
                return;
            }
            changed.await;
        }
    }

    /// Makes those who wait look again whether the client is gone.
    pub(super) fn wake(&self) {
        self.changed.notify_waiters();
    }
}

impl TotalUnread {
    /// An account for clients that may leave `limit` bytes unread together.
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            bytes: AtomicUsize::new(0),
            limit,
        }
    }

    fn take(&self, bytes: usize) {
        self.bytes.fetch_sub(bytes, Ordering::Relaxed);
    }
}

impl UnreadMap {
    /// Lets later connections of session `sid` find `unread`, for as long as it is kept elsewhere.
    pub(super) fn register(self: &Arc<Self>, sid: &str, unread: &Arc<Unread>) {
        let registered = (sid.to_owned(), Arc::downgrade(self));
        if unread.registered.set(registered).is_ok() {
            let mut clients = self.clients.lock();
            clients.insert(sid.to_owned(), Arc::downgrade(unread));
        }
    }

    /// The account of session `sid`.
    pub(crate) fn get(&self, sid: &str) -> Option<Arc<Unread>> {
        let clients = self.clients.lock();
        clients.get(sid)?.upgrade()
    }
}

impl Drop for Unread {
    fn drop(&mut self) {
        self.total.take(*self.bytes.get_mut());
        if let Some((sid, map)) = self.registered.take()
            && let Some(map) = map.upgrade()
        {
            let mut clients = map.clients.lock();
            clients.remove(&sid);
        }
    }
}

#[cfg(test)]
mod tests;
