//! One client in one namespace: its socket, as hosts functions and packets reach it, and the task that works off its
//! mailbox.

use std::{
    pin::pin,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Waker},
    time::Duration,
};

use futures::future::BoxFuture;
use tokio_util::task::task_tracker::TaskTrackerToken;

use super::{
    Served, SocketId,
    acks::Acks,
    connecting::Effects,
    connection::{self, EngineSocket},
    mailbox::{Capacity, Duty, Full, Held, Mailbox, Pushed},
    namespace::Namespace,
    outgoing::Encoded,
    packet::Incoming,
    recovery::Client,
    rooms::TooManyRooms,
};
use crate::{
    dispatch::{self, Caller, Outcome},
    engine::{CloseReason, Unsent},
    host::{ClientSocket, ClientState, Delivery, Disconnect},
    response::{Rejection, Response},
    sandbox::{CallError, Payload},
    validate::{self, RawEvent, payload},
};

/// A socket.
pub(super) struct Peer {
    /// Others see it.
    pub(super) id: SocketId,
    /// Its client's secret, by which it may come back as this socket.
    pub(super) pid: Option<SocketId>,
    client: Arc<ClientState>,
    served: Arc<Served>,
    engine: Arc<EngineSocket>,
    namespace: Arc<Namespace>,
    mailbox: Mailbox<Item>,
    acks: Acks,
    /// The end of the namespace's log when it came.
    since: AtomicU64,
    /// The rooms that it was in, once it has gone.
    left: OnceLock<Vec<Arc<str>>>,
}

/// What waits in a mailbox.
enum Item {
    /// The client is connected; the guest may have done things before.
    Connected(Effects, Option<Disconnect>),
    /// An event, and the acknowledgement that it asks for.
    Event(RawEvent, Option<u64>, Held),
    /// The client has gone.
    Gone(Reason),
}

/// What is kept of a socket whose client may come back.
pub(super) struct Resumable {
    pub(super) client: Arc<ClientState>,
    pub(super) pid: SocketId,
}

/// The client has gone, or does not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Gone;

/// Why a socket has gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    TransportClose,
    TransportError,
    ParseError,
    PingTimeout,
    ClientNamespace,
    ServerNamespace,
    ShuttingDown,
}

/// Disconnects a client whose task panics: it would wait for ever for the next answer. No panic is known; this keeps an
/// unknown one the matter of one client.
struct PanicGuard<'a>(&'a Peer);

/// How long a client's events wait for it to read.
const UNREAD_PATIENCE: Duration = Duration::from_secs(20);
/// How long a client may take to read its last packets before its session is closed.
const LAST_PACKETS: Duration = Duration::from_secs(5);

impl Peer {
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
    pub(super) fn put_connected(&self, effects: Effects, wish: Option<Disconnect>) {
        let _ = self.mailbox.push_anyway(Item::Connected(effects, wish));
    }

    /// The client knows that it is connected: what has waited may go on.
    pub(super) fn open(self: &Arc<Self>) {
        let duty = self.mailbox.open();
        self.work(duty);
    }

    /// Takes an event. Runs on the connection's own task, so it only puts the event into the mailbox.
    pub(super) fn receive(self: Arc<Self>, packet: Incoming) {
        if self.served.draining.load(Ordering::Relaxed) {
            return self.answer(packet.id, Rejection::ServiceUnavailable.response());
        }
        let limits = &self.served.tenant.limits;
        let capacity = Capacity {
            items: limits.queue,
            bytes: limits.queue_bytes,
        };
        let (bytes, ack) = (packet.size(), packet.id);
        let Some(held) = self.served.queued.hold(bytes) else {
            return self.answer(ack, Rejection::TooManyRequests.response());
        };
        let raw = RawEvent {
            text: packet.data,
            attachments: packet.attachments,
        };
        let item = Item::Event(raw, ack, held);
        match self.mailbox.push(item, bytes, capacity) {
            // Only what the client itself has sent: whoever disconnects thousands does not run their guests.
            Ok(Pushed::First(item)) => {
                let token = self.served.tasks.token();
                run_or_spawn(|| self.empty_mailbox(Some(item), token));
            }
            Ok(Pushed::Waits) => {}
            Err(Full(_)) => self.answer(ack, Rejection::TooManyRequests.response()),
        }
    }

    /// Takes an acknowledgement; whoever waits for it checks it.
    pub(super) fn answered(&self, packet: Incoming) {
        if let Some(waiting) = packet.id.and_then(|id| self.acks.take(id)) {
            let answer = Payload {
                json: packet.data,
                attachments: packet.attachments.into_iter().map(Vec::from).collect(),
            };
            // Whoever waited may have lost patience just now.
            let _ = waiting.send(answer);
        }
    }

    /// Sends a packet, counted.
    pub(super) fn send(&self, packet: Encoded) -> Result<(), Gone> {
        let unread = self.engine.data.unread().ok_or(Gone)?;
        if self.has_left() || !unread.add(packet.size()) {
            return Err(Gone);
        }
        self.send_uncounted(packet)
    }

    /// Sends a packet that all receivers share, and that is too small to count.
    pub(super) fn send_uncounted(&self, packet: Encoded) -> Result<(), Gone> {
        if self.has_left() {
            return Err(Gone);
        }
        connection::send(&self.engine, packet).map_err(|unsent| {
            if unsent == Unsent::Full
                && let Some(unread) = self.engine.data.unread()
            {
                // It has left thousands of packets unread, and may not miss one.
                unread.cut();
            }
            Gone
        })
    }

    /// Sends a packet if the client keeps up.
    pub(super) fn send_volatile(&self, packet: &Encoded) {
        if self.is_ready() {
            // Lost to a socket that has just gone, as it may be.
            let _ = self.send(packet.clone());
        }
    }

    fn is_ready(&self) -> bool {
        let unread = self.engine.data.unread();
        unread.is_some_and(|unread| unread.is_ready())
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
            log.save(pid, client);
        }
        // Nobody else sets it.
        let _ = self.left.set(rooms);
        self.acks.give_up();
        // Nothing that the client has not read will be read any more, and nothing should wait for that.
        if let Some(unread) = self.engine.data.unread() {
            unread.wake();
        }
        let duty = self.mailbox.push_anyway(Item::Gone(reason));
        self.work(duty);
    }

    /// The client has gone before it was told that it is connected; the guest, who has let it in, is told the one thing
    /// after the other.
    pub(super) async fn never_came(self: Arc<Self>, served: &Served) {
        let _ = self.left.set(Vec::new());
        let name = Reason::TransportClose.name();
        dispatch::disconnect(&served.tenant, &self.namespace.api, &self.caller(), name).await;
    }

    fn work(self: &Arc<Self>, duty: Duty) {
        if duty == Duty::Start {
            let token = self.served.tasks.token();
            tokio::spawn(self.clone().empty_mailbox(None, token));
        }
    }

    /// Works off what waits, and before that `item`. What is rare is on the heap, so that the way of an event has a small
    /// future.
    async fn empty_mailbox(self: Arc<Self>, item: Option<Item>, _token: TaskTrackerToken) {
        let _guard = PanicGuard(&self);
        let mut next = item.or_else(|| self.mailbox.next());
        while let Some(item) = next {
            match item {
                Item::Event(_, ack, _) if self.served.abandoning.load(Ordering::Relaxed) => {
                    self.answer(ack, Rejection::ServiceUnavailable.response());
                }
                Item::Event(raw, ack, held) => {
                    if !self.is_half_read() {
                        // A client is not served faster than it reads.
                        Box::pin(self.until_read()).await;
                    }
                    let outcome = pin!(self.serve(raw)).await;
                    drop(held);
                    self.answer(ack, outcome.response);
                    self.obey(outcome.disconnect);
                }
                Item::Connected(effects, wish) => {
                    let caller = self.caller();
                    Box::pin(effects.apply(&*caller.socket, &*caller.server)).await;
                    self.obey(wish);
                }
                Item::Gone(reason) => {
                    let (tenant, api) = (&self.served.tenant, &self.namespace.api);
                    let caller = self.caller();
                    Box::pin(dispatch::disconnect(tenant, api, &caller, reason.name())).await;
                }
            }
            next = self.mailbox.next();
            if next.is_some() {
                // The tasks of other sockets want to run, too.
                tokio::task::coop::consume_budget().await;
            }
        }
    }

    fn is_half_read(&self) -> bool {
        let unread = self.engine.data.unread();
        unread.is_none_or(|unread| unread.is_half_read())
    }

    async fn until_read(&self) {
        if let Some(unread) = self.engine.data.unread() {
            let read = unread.until_read(|| self.has_left());
            let _ = tokio::time::timeout(UNREAD_PATIENCE, read).await;
        }
    }

    /// One event, through all stages.
    async fn serve(self: &Arc<Self>, raw: RawEvent) -> Outcome {
        let (tenant, api) = (&self.served.tenant, &self.namespace.api);
        match validate::validate(raw, api, &tenant.limits) {
            Ok(valid) => pin!(dispatch::dispatch(tenant, api, self.caller(), valid)).await,
            Err(rejection) => {
                tracing::debug!(
                    tenant = %tenant.name,
                    namespace = %api.name,
                    code = rejection.code(),
                    %rejection,
                    "an event was rejected"
                );
                Outcome::answered(rejection.response())
            }
        }
    }

    fn answer(&self, ack: Option<u64>, response: Response) {
        let Some(id) = ack else { return };
        let encoder = &self.namespace.encoder;
        let packet = encoder.ack(id, response).or_else(|error| {
            tracing::warn!(tenant = %self.served.tenant.name, %error, "a response cannot be sent");
            encoder.ack(id, Response::Error(None))
        });
        if let Ok(packet) = packet {
            // A client that has gone needs no answer.
            let _ = self.send(packet);
        }
    }

    /// Disconnects the client as the guest wishes.
    fn obey(self: &Arc<Self>, wish: Option<Disconnect>) {
        match wish {
            None => {}
            Some(Disconnect::Namespace) => self.disconnect(),
            Some(Disconnect::Server) => {
                for peer in self.engine.data.peers() {
                    peer.disconnect();
                }
                // A session that is closed sends nothing any more: no poll, and no packet of one that is about to change to
                // WebSocket. Its client closes it once it has read that it is out.
                let engine = self.engine.clone();
                tokio::spawn(async move {
                    let _ = tokio::time::timeout(LAST_PACKETS, engine.closed()).await;
                    engine.close(CloseReason::TransportClose);
                });
            }
        }
    }

    fn caller(self: &Arc<Self>) -> Caller {
        Caller {
            socket: self.clone(),
            client: self.client.clone(),
            server: self.served.sockets.clone(),
        }
    }
}

impl ClientSocket for Peer {
    fn id(&self) -> &str {
        self.id.as_str()
    }

    fn namespace(&self) -> &str {
        &self.namespace.api.name
    }

    fn rooms(&self) -> Vec<String> {
        let mut rooms = vec![self.id.as_str().to_owned()];
        match self.left.get() {
            Some(left) => rooms.extend(left.iter().map(|room| String::from(&**room))),
            None => {
                let joined = self.namespace.rooms.of(self.id);
                rooms.extend(joined.iter().map(|room| String::from(&**room)));
            }
        }
        rooms
    }

    fn emit(&self, event: &str, arguments: Payload, delivery: Delivery) -> Result<(), CallError> {
        if self.has_left() {
            return Err(CallError::Disconnected);
        }
        if !delivery.contains(Delivery::VOLATILE) {
            return self.namespace.emit(self, event, arguments);
        }
        if self.is_ready() {
            let packet = self.namespace.encoder.event(event, arguments, None, None)?;
            self.send(packet).map_err(|Gone| CallError::Disconnected)?;
        }
        Ok(())
    }

    fn emit_with_ack<'a>(
        &'a self,
        event: &'a str,
        arguments: Payload,
        timeout: Duration,
    ) -> BoxFuture<'a, Result<Payload, CallError>> {
        Box::pin(async move {
            let mut question = self.acks.ask();
            let encoder = &self.namespace.encoder;
            let packet = encoder.event(event, arguments, Some(question.id), None)?;
            self.send(packet).map_err(|Gone| CallError::Disconnected)?;
            let answer = tokio::time::timeout(timeout, &mut question.answer).await;
            let answer = answer.map_err(|_| CallError::TimedOut)?;
            let answer = answer.map_err(|_| CallError::Disconnected)?;
            payload::check_arguments(&answer, &self.served.tenant.limits)
                .map_err(|error| CallError::Other(error.to_string()))?;
            Ok(answer)
        })
    }

    fn join(&self, rooms: Vec<String>) -> Result<(), CallError> {
        if self.has_left() {
            return Err(CallError::Disconnected);
        }
        let limit = self.served.tenant.limits.rooms;
        let joined = self.namespace.rooms.join(&[self.id], &rooms, limit);
        joined.map_err(|TooManyRooms| too_many_rooms(limit))
    }

    fn leave(&self, rooms: Vec<String>) -> Result<(), CallError> {
        if self.has_left() {
            return Err(CallError::Disconnected);
        }
        self.namespace.rooms.leave(&[self.id], &rooms);
        Ok(())
    }
}

pub(super) fn too_many_rooms(limit: usize) -> CallError {
    CallError::LimitExceeded(format!("rooms: {limit} a socket"))
}

impl Reason {
    /// By Socket.IO's name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::TransportClose => "transport close",
            Self::TransportError => "transport error",
            Self::ParseError => "parse error",
            Self::PingTimeout => "ping timeout",
            Self::ClientNamespace => "client namespace disconnect",
            Self::ServerNamespace => "server namespace disconnect",
            Self::ShuttingDown => "server shutting down",
        }
    }

    /// Whether the client did not mean to go, and nobody meant it to.
    fn is_recoverable(self) -> bool {
        match self {
            Self::TransportClose
            | Self::TransportError
            | Self::PingTimeout
            | Self::ShuttingDown => true,
            Self::ParseError | Self::ClientNamespace | Self::ServerNamespace => false,
        }
    }
}

impl From<CloseReason> for Reason {
    fn from(reason: CloseReason) -> Self {
        match reason {
            CloseReason::TransportClose => Self::TransportClose,
            CloseReason::TransportError => Self::TransportError,
            CloseReason::ParseError => Self::ParseError,
            CloseReason::PingTimeout => Self::PingTimeout,
            CloseReason::ShuttingDown => Self::ShuttingDown,
        }
    }
}

/// Runs `work` here and now, as far as it gets without waiting, and has the rest done by a task of its own. Most events wait
/// for nothing: they are answered before the next one is read, and cost no task.
fn run_or_spawn<F: Future<Output = ()> + Send + 'static>(work: impl FnOnce() -> F) {
    // Made where it is to be: it has thousands of bytes, few of which mean anything yet.
    let mut work = Box::into_pin(Box::write(Box::new_uninit(), work()));
    // What wakes it before the task has it wakes nobody, which does no harm: a task begins by looking.
    let mut context = Context::from_waker(Waker::noop());
    if work.as_mut().poll(&mut context).is_pending() {
        tokio::spawn(work);
    }
}

impl Drop for PanicGuard<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.engine.close(CloseReason::TransportError);
        }
    }
}
