//! One client in one namespace: its socket, as packets, other clients and the guest reach it.

mod operators;
mod reason;
mod work;

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio_util::task::task_tracker::TaskTrackerToken;

use super::{
    Served, SocketId,
    acks::Acks,
    concurrent::Concurrent,
    connection::{self, EngineSocket},
    deferred::DeferredOps,
    mailbox::Mailbox,
    namespace::{Namespace, Serving},
    outgoing::Encoded,
    packet::Incoming,
    recovery::Client,
};
use crate::{dispatch, validate::RawEvent};
use stockade_engine_io::Unsent;
use stockade_sandbox::{
    Payload,
    host::{ClientState, Disconnect, EventSource},
};

pub(super) use operators::too_many_rooms;
pub(super) use reason::Reason;

/// A socket.
pub(super) struct Socket {
    /// Others see it.
    pub(super) id: SocketId,
    /// Its client's secret, by which it may come back as this socket.
    pub(super) pid: Option<SocketId>,
    client: Arc<ClientState>,
    served: Arc<Served>,
    engine: Arc<EngineSocket>,
    namespace: Arc<Namespace>,
    mailbox: Mailbox<Item>,
    concurrent: Concurrent,
    acks: Acks,
    /// The end of the namespace's log when it came.
    since: AtomicU64,
    /// The rooms that it was in, once it has gone.
    left: OnceLock<Vec<Arc<str>>>,
}

/// What waits in a mailbox.
enum Item {
    /// The client is connected; the guest may have done things before.
    Connected(DeferredOps, Option<Disconnect>),
    /// An event, and the acknowledgement that it asks for.
    Event(RawEvent, Option<u64>),
    /// The client has gone. A server that stops waits until the guest has been told.
    Gone(Reason, TaskTrackerToken),
}

/// What is kept of a socket whose client may come back.
pub(super) struct Resumable {
    pub(super) client: Arc<ClientState>,
    pub(super) pid: SocketId,
}

/// The client has gone, or does not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Gone;

impl Socket {
    pub(super) fn new(
        (id, pid): (SocketId, Option<SocketId>),
        client: Arc<ClientState>,
        served: &Arc<Served>,
        engine: &Arc<EngineSocket>,
        namespace: &Arc<Namespace>,
    ) -> Self {
        Self {
            id,
            pid,
            client,
            served: served.clone(),
            engine: engine.clone(),
            namespace: namespace.clone(),
            mailbox: Mailbox::shut(),
            concurrent: Concurrent::new(served.tenant.limits.concurrent),
            acks: Acks::default(),
            since: AtomicU64::new(0),
            left: OnceLock::new(),
        }
    }

    pub(super) fn namespace(&self) -> &Arc<Namespace> {
        &self.namespace
    }

    pub(super) fn client(&self) -> &Arc<ClientState> {
        &self.client
    }

    /// It has come when the namespace's log ended here.
    pub(super) fn set_since(&self, end: u64) {
        self.since.store(end, Ordering::Relaxed);
    }

    /// Puts what the guest has done in `on-connection` into the mailbox.
    pub(super) fn put_connected(&self, effects: DeferredOps, wish: Option<Disconnect>) {
        let _ = self.mailbox.push_anyway(Item::Connected(effects, wish));
    }

    /// The client knows that it is connected: what has waited may go on.
    pub(super) fn open(self: &Arc<Self>) {
        let duty = self.mailbox.open();
        self.work(duty);
    }

    /// Takes an acknowledgement; whoever waits for it checks it.
    pub(super) fn answered(&self, packet: Incoming) {
        if let Some(waiting) = packet.id.and_then(|id| self.acks.take(id)) {
            let json = match packet.data.is_empty() {
                true => "[]".to_owned(),
                false => packet.data,
            };
            let answer = Payload {
                json,
                attachments: packet.attachments.into_iter().map(Vec::from).collect(),
            };
            // Whoever waited may have lost patience just now.
            let _ = waiting.send(Ok(answer));
        }
    }

    /// Ends the wait for acknowledgement `id` as if its time were over. Returns how long that is.
    pub(super) fn time_out(&self, id: u64) -> Option<Duration> {
        self.acks.time_out(id)
    }

    /// Sends a packet, counted.
    pub(super) fn send(&self, packet: Encoded) -> Result<(), Gone> {
        self.count(&packet)?;
        self.send_uncounted(packet)
    }

    /// Sends a packet that all receivers share, and that is too small to count.
    pub(super) fn send_uncounted(&self, packet: Encoded) -> Result<(), Gone> {
        if self.has_left() {
            return Err(Gone);
        }
        connection::send(&self.engine, packet).map_err(|unsent| self.missed(unsent))
    }

    /// Sends a packet if it can be written at once, and drops it otherwise.
    pub(super) fn send_volatile(&self, packet: &Encoded) -> Result<(), Gone> {
        if !self.engine.is_writable() {
            return Ok(());
        }
        self.count(packet)?;
        let sent = connection::send_volatile(&self.engine, packet.clone());
        sent.map_err(|unsent| self.missed(unsent))
    }

    /// Counts a packet that is about to be sent, if the client is still there to read it.
    fn count(&self, packet: &Encoded) -> Result<(), Gone> {
        let unread = self.engine.data.unread().ok_or(Gone)?;
        match !self.has_left() && unread.add(packet.size()) {
            true => Ok(()),
            false => Err(Gone),
        }
    }

    /// A packet was not sent. A client without room has left thousands of packets unread, and may not miss one: it is cut off.
    fn missed(&self, unsent: Unsent) -> Gone {
        if unsent == Unsent::Full
            && let Some(unread) = self.engine.data.unread()
        {
            unread.cut();
        }
        Gone
    }

    fn has_left(&self) -> bool {
        self.left.get().is_some()
    }

    /// Takes it out of its namespace, and tells its client.
    pub(super) fn disconnect(self: &Arc<Self>) {
        if self.engine.data.leave(self) {
            if let Ok(packet) = self.namespace.encoder.disconnect() {
                connection::send_or_cut(&self.engine, packet);
            }
            self.depart(Reason::ServerNamespace);
        }
    }

    /// It has gone. Called once, by whoever has taken it off its connection.
    pub(super) fn depart(self: &Arc<Self>, reason: Reason) {
        let name = &self.namespace.name;
        let traffic = &self.served.tenant.traffic;
        traffic.disconnected(name, self.id.as_str(), reason.name());
        // First of all: it will not be found among the sockets any more.
        let token = self.served.tasks.token();
        let rooms = self.namespace.rooms.remove(self.id);
        if let (Some(log), Some(pid), true) =
            (&self.namespace.recovery, self.pid, reason.is_recoverable())
        {
            let client = Client {
                id: self.id,
                rooms: rooms.clone(),
                since: self.since.load(Ordering::Relaxed),
                size: self.client.size(),
                rest: Resumable {
                    client: self.client.clone(),
                    pid,
                },
            };
            self.namespace.save(log, client);
        }
        // Nobody else sets it.
        let _ = self.left.set(rooms);
        self.acks.give_up();
        // Nothing that the client has not read will be read any more, and nothing should wait for that.
        if let Some(unread) = self.engine.data.unread() {
            unread.wake();
        }
        let duty = self.mailbox.push_anyway(Item::Gone(reason, token));
        self.work(duty);
    }

    /// The client has gone before it was told that it is connected; the guest, who has let it in, is told the one thing
    /// after the other.
    pub(super) async fn never_came(self: Arc<Self>, served: &Served) {
        let _ = self.left.set(Vec::new());
        let name = Reason::TransportClose.name();
        let serving = self.namespace.serving();
        let Serving { release, api } = &**serving;
        dispatch::disconnect(&served.tenant, release, api, &self.caller(), name).await;
    }

    fn caller(self: &Arc<Self>) -> Arc<dyn EventSource> {
        self.clone()
    }
}
