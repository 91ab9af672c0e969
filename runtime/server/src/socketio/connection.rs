//! One client's connection: what it is in, and whose its packets are.
//!
//! All of it hangs on the engine's own socket, so a packet finds its way without a lock that connections share.

use std::{
    iter,
    sync::{Arc, OnceLock, Weak},
    time::Duration,
};

use bytes::Bytes;
use parking_lot::{Mutex, MutexGuard};
use tokio_util::task::task_tracker::TaskTrackerToken;

use super::{
    Served, admission,
    attachments::{self, Allowance, Complete, Partial},
    children::TooManyChildren,
    handler::Handler,
    namespace::Namespace,
    outgoing::{Encoded, Encoder},
    packet::{Incoming, Kind, Malformed},
    socket::{Reason, Socket},
    unread::Unread,
};
use crate::{dispatch::ConnectError, response::Rejection};
use stockade_engine_io::{CloseReason, Message, Session, Unsent};
use stockade_sandbox::host::FirstRequest;

/// A session of the engine, over whatever transport.
pub(super) type EngineSocket = Session<Handler>;

/// What a connection is to this layer.
#[derive(Default)]
pub struct Connection {
    began: OnceLock<Beginning>,
    /// Whoever keeps its sockets, if that is a client in memory.
    keeper: OnceLock<Weak<SocketKeeper>>,
    state: Mutex<State>,
}

/// The sockets that a connection has had, for those who look at them after they have gone.
#[derive(Default)]
pub(super) struct SocketKeeper(Mutex<Vec<Arc<Socket>>>);

/// What is there from the beginning.
struct Beginning {
    unread: Arc<Unread>,
    request: Arc<FirstRequest>,
}

#[derive(Default)]
struct State {
    memberships: Vec<Membership>,
    /// A packet whose attachments are to follow.
    partial: Option<Partial>,
    /// Somebody waits for the attachments.
    watched: bool,
    /// Nothing that comes counts any more.
    closed: bool,
    /// Tells the server that the connection is there.
    token: Option<TaskTrackerToken>,
}

/// A namespace that the client has asked for; there are no more than the tenant has, and as many child namespaces as a
/// client may have, and as many that it has left.
struct Membership {
    name: Arc<str>,
    /// Its name matches a pattern. These come last, so that they keep nobody from finding the others.
    is_child: bool,
    stage: Stage,
}

enum Stage {
    /// The guest decides.
    DeferredSocket,
    Connected(Arc<Socket>),
    /// What comes for it was under way when it was left: it is ignored.
    Left,
}

/// How far a client has come on its way into its first namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Progress {
    Nowhere,
    /// A guest decides.
    DeferredSocket,
    /// It is in a namespace, or has been in one.
    Joined,
}

/// How long a client that polls may take to read its last packets before its session is closed.
pub(super) const LAST_PACKETS: Duration = Duration::from_secs(5);

/// What a packet costs beside its payload.
pub(super) const PACKET: usize = 128;

impl Connection {
    /// The connection begins.
    pub(super) fn begin(
        &self,
        unread: Arc<Unread>,
        request: Arc<FirstRequest>,
        token: TaskTrackerToken,
    ) {
        // Set once: a session begins once.
        let _ = self.began.set(Beginning { unread, request });
        self.lock().token = Some(token);
    }

    /// From now on `keeper` has its sockets, too.
    pub(super) fn keep_for(&self, keeper: &Arc<SocketKeeper>) {
        // Set once: a session has one client.
        let _ = self.keeper.set(Arc::downgrade(keeper));
    }

    /// What the client has not read; none before the beginning.
    pub(super) fn unread(&self) -> Option<&Arc<Unread>> {
        self.began.get().map(|began| &began.unread)
    }

    /// The request that it began with; none before the beginning.
    pub(super) fn request(&self) -> Option<&Arc<FirstRequest>> {
        self.began.get().map(|began| &began.request)
    }

    /// How far the client has come.
    pub(super) fn progress(&self) -> Progress {
        let state = self.lock();
        let stages = state.memberships.iter();
        let progress = stages.map(|membership| match membership.stage {
            Stage::DeferredSocket => Progress::DeferredSocket,
            Stage::Connected(_) | Stage::Left => Progress::Joined,
        });
        progress.max().unwrap_or(Progress::Nowhere)
    }

    /// All of its sockets.
    pub(super) fn peers(&self) -> Vec<Arc<Socket>> {
        let state = self.lock();
        let peers = state.memberships.iter();
        let peers = peers.filter_map(|membership| match &membership.stage {
            Stage::Connected(socket) => Some(socket.clone()),
            _ => None,
        });
        peers.collect()
    }

    /// Whether the client may ask for this child namespace: it is in there already, or in fewer than `limit`.
    fn may_ask(&self, name: &str, limit: usize) -> bool {
        let mut state = self.lock();
        let known = state.membership(name);
        known.is_some_and(|known| known.stage.is_joined())
            || state.children(Stage::is_joined).count() < limit
    }

    /// The client is about to be let into `namespace`; `false` where it has asked already.
    fn connecting(&self, namespace: &Arc<Namespace>, max_left: usize) -> bool {
        let mut state = self.lock();
        match state.membership(&namespace.name) {
            Some(membership) if matches!(membership.stage, Stage::Left) => {
                membership.stage = Stage::DeferredSocket;
                true
            }
            Some(_) => false,
            None => {
                state.insert(namespace, max_left);
                true
            }
        }
    }

    /// The client is in, where it is still there: calls `join`, before anything else can happen to it.
    pub(super) fn connected(&self, socket: &Arc<Socket>, join: impl FnOnce()) -> bool {
        let mut state = self.lock();
        if state.closed {
            return false;
        }
        let Some(membership) = state.membership(&socket.namespace().name) else {
            return false;
        };
        membership.stage = Stage::Connected(socket.clone());
        if let Some(keeper) = self.keeper.get().and_then(Weak::upgrade) {
            keeper.keep(socket);
        }
        join();
        true
    }

    /// The client has been refused, and may ask again.
    pub(super) fn refused(&self, namespace: &Namespace) {
        let mut state = self.lock();
        let other = |membership: &Membership| membership.name != namespace.name;
        state.memberships.retain(other);
    }

    /// Takes `socket` out of its namespace; `false` where somebody else was faster.
    pub(super) fn leave(&self, socket: &Socket) -> bool {
        let mut state = self.lock();
        let Some(membership) = state.membership(&socket.namespace().name) else {
            return false;
        };
        match &membership.stage {
            Stage::Connected(there) if there.id == socket.id => {
                membership.stage = Stage::Left;
                true
            }
            _ => false,
        }
    }

    /// Nothing that comes counts any more, and nobody is let in; answers the sockets, which are still there.
    pub(super) fn shut(&self) -> Vec<Arc<Socket>> {
        let mut state = self.lock();
        state.closed = true;
        state.partial = None;
        drop(state);
        self.peers()
    }

    /// The connection has ended, or is about to; answers its sockets.
    fn close(&self) -> Vec<Arc<Socket>> {
        let mut state = self.lock();
        state.closed = true;
        state.partial = None;
        let memberships = std::mem::take(&mut state.memberships);
        let peers = memberships.into_iter();
        let peers = peers.filter_map(|membership| match membership.stage {
            Stage::Connected(socket) => Some(socket),
            _ => None,
        });
        peers.collect()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }
}

impl SocketKeeper {
    fn keep(&self, socket: &Arc<Socket>) {
        let mut sockets = self.0.lock();
        sockets.push(socket.clone());
    }

    /// The socket with this id.
    pub(super) fn get(&self, id: &str) -> Option<Arc<Socket>> {
        let sockets = self.0.lock();
        sockets.iter().find(|one| one.id.as_str() == id).cloned()
    }
}

impl State {
    fn membership(&mut self, namespace: &str) -> Option<&mut Membership> {
        let mut memberships = self.memberships.iter_mut();
        memberships.find(|membership| *membership.name == *namespace)
    }

    /// Where the child namespaces in such a stage stand.
    fn children(&self, stage: fn(&Stage) -> bool) -> impl Iterator<Item = usize> {
        let memberships = self.memberships.iter().enumerate();
        memberships
            .filter(move |(_, membership)| membership.is_child && stage(&membership.stage))
            .map(|(place, _)| place)
    }

    /// Adds a namespace that the client has asked for. Of the child namespaces that it has left, the last `max_left` are
    /// remembered: what was under way when it left them has come by then.
    fn insert(&mut self, namespace: &Namespace, max_left: usize) {
        let is_child = namespace.is_child();
        let membership = Membership {
            name: namespace.name.clone(),
            is_child,
            stage: Stage::DeferredSocket,
        };
        let left: Vec<usize> = self.children(Stage::is_left).collect();
        if let Some(oldest) = left.first()
            && is_child
            && left.len() >= max_left
        {
            self.memberships.remove(*oldest);
        }
        let place = match is_child {
            true => self.memberships.len(),
            false => self.memberships.partition_point(|one| !one.is_child),
        };
        self.memberships.insert(place, membership);
    }
}

impl Stage {
    fn is_left(&self) -> bool {
        matches!(self, Self::Left)
    }

    fn is_joined(&self) -> bool {
        !self.is_left()
    }
}

/// Takes what came as text: a packet, or its beginning where `announced` attachments are to follow.
pub(super) fn receive(
    served: &Arc<Served>,
    engine: &Arc<EngineSocket>,
    packet: Incoming,
    announced: usize,
) -> Result<(), Malformed> {
    let mut state = engine.data.lock();
    if state.closed {
        return Ok(());
    }
    if state.partial.is_some() {
        return Err(Malformed("text where an attachment belongs"));
    }
    if announced == 0 {
        return route(served, engine, state, packet);
    }
    state.partial = Some(Partial::new(packet, announced, allowance(served))?);
    if !state.watched {
        state.watched = true;
        drop(state);
        engine.spawn(watch_attachments(Arc::downgrade(engine)));
    }
    Ok(())
}

/// Takes an attachment.
pub(super) fn receive_attachment(
    served: &Arc<Served>,
    engine: &Arc<EngineSocket>,
    attachment: Bytes,
) -> Result<(), Malformed> {
    let mut state = engine.data.lock();
    if state.closed {
        return Ok(());
    }
    let partial = state.partial.take();
    let partial = partial.ok_or(Malformed("an attachment of nothing"))?;
    match partial.add(attachment, allowance(served))? {
        Complete::Packet(packet) => route(served, engine, state, packet),
        Complete::NotYet(partial) => {
            state.partial = Some(partial);
            Ok(())
        }
    }
}

fn allowance(served: &Served) -> Allowance<'_> {
    let limits = &served.tenant.limits;
    Allowance {
        bytes: limits.payload,
        count: limits.attachments,
        queued: &served.queued,
    }
}

/// Gives a complete packet to whom it is for.
fn route(
    served: &Arc<Served>,
    engine: &Arc<EngineSocket>,
    mut state: MutexGuard<'_, State>,
    packet: Incoming,
) -> Result<(), Malformed> {
    if packet.kind == Kind::Connect {
        // While a guest decides, the first one counts: clients that are told to connect twice ask twice.
        if let Some(Membership {
            stage: Stage::Connected(_),
            ..
        }) = state.membership(&packet.namespace)
        {
            return Err(Malformed("a connection to a namespace that was joined"));
        }
        drop(state);
        connect(served, engine, packet);
        return Ok(());
    }
    let socket = match state.membership(&packet.namespace) {
        Some(Membership {
            stage: Stage::Connected(socket),
            ..
        }) => socket.clone(),
        Some(Membership {
            stage: Stage::Left, ..
        }) => return Ok(()),
        _ => return Err(Malformed("a packet for a namespace that was not joined")),
    };
    drop(state);
    match packet.kind {
        // Without a name it is nobody's event.
        Kind::Event if packet.data.is_empty() => {}
        Kind::Event => socket.receive(served, packet),
        Kind::Ack => socket.answered(packet),
        Kind::Disconnect | Kind::Connect => {
            if engine.data.leave(&socket) {
                socket.depart(Reason::ClientNamespace);
            }
        }
    }
    Ok(())
}

/// A client asks for a namespace.
fn connect(served: &Arc<Served>, engine: &Arc<EngineSocket>, packet: Incoming) {
    let (name, limit) = (
        &*packet.namespace,
        served.tenant.limits.connection_child_namespaces,
    );
    let refuse = |error| refuse(engine, &Encoder::new(served.parser, name), &error);
    let is_exact = served.local.is_exact(name);
    if !is_exact && !engine.data.may_ask(name, limit) {
        return refuse(Rejection::TooManyRequests.into());
    }
    match served.local.enter(name) {
        Ok(Some(namespace)) => {
            if engine.data.connecting(&namespace, limit) {
                let admission =
                    admission::admit(served.clone(), engine.clone(), namespace, packet.data);
                served.tasks.spawn(admission);
            }
        }
        Ok(None) => refuse("Invalid namespace".to_owned().into()),
        Err(TooManyChildren) => refuse(Rejection::TooManyRequests.into()),
    }
}

/// Tells a client that it cannot connect.
pub(super) fn refuse(engine: &EngineSocket, encoder: &Encoder, error: &ConnectError) {
    match encoder.connect_error(error) {
        Ok(packet) => send_or_cut(engine, packet),
        Err(error) => tracing::warn!(%error, "a refusal cannot be sent"),
    }
}

/// Sends a packet that answers the client: who has no room for it does not read what it asks for.
pub(super) fn send_or_cut(engine: &EngineSocket, packet: Encoded) {
    let Some(unread) = engine.data.unread() else {
        return;
    };
    if unread.add(packet.size() + PACKET) && send(engine, packet) == Err(Unsent::Full) {
        unread.cut();
    }
}

/// Hands a packet to the engine.
pub(super) fn send(engine: &EngineSocket, packet: Encoded) -> Result<(), Unsent> {
    match packet {
        Encoded::Text(text) => engine.send(Message::Text(text)),
        Encoded::Binary(data) => engine.send(Message::Binary(data)),
        Encoded::Parts(parts) => engine.send_all(parts.iter().cloned()),
    }
}

/// Hands a packet that may get lost to the engine.
pub(super) fn send_volatile(engine: &EngineSocket, packet: Encoded) -> Result<(), Unsent> {
    match packet {
        Encoded::Text(text) => engine.send_volatile(iter::once(Message::Text(text))),
        Encoded::Binary(data) => engine.send_volatile(iter::once(Message::Binary(data))),
        Encoded::Parts(parts) => engine.send_volatile(parts.iter().cloned()),
    }
}

/// Ends the connection of a client that does not speak the protocol. One that polls can still read that it is over.
pub(super) fn end_malformed(engine: &Arc<EngineSocket>, Malformed(why): Malformed) {
    tracing::debug!(
        session = engine.id(),
        why,
        "a malformed packet ends a connection"
    );
    for socket in engine.data.close() {
        socket.depart(Reason::ForcedClose);
    }
    engine.close_when_sent(CloseReason::ForcedClose, LAST_PACKETS);
}

/// The engine's session has ended.
pub(super) fn ended(engine: &EngineSocket, reason: CloseReason) {
    for socket in engine.data.close() {
        socket.depart(Reason::from(reason));
    }
    engine.data.lock().token = None;
}

/// Ends the connection of a client whose attachments take too long. There is one for each connection that has any under
/// way, not one for each packet.
async fn watch_attachments(engine: Weak<EngineSocket>) {
    let mut patience = attachments::PATIENCE;
    loop {
        tokio::time::sleep(patience).await;
        let Some(engine) = engine.upgrade() else {
            return;
        };
        let mut state = engine.data.lock();
        let Some(partial) = &state.partial else {
            state.watched = false;
            return;
        };
        let left = partial
            .deadline()
            .saturating_duration_since(std::time::Instant::now());
        drop(state);
        if left == Duration::ZERO {
            return end_malformed(&engine, Malformed("attachments that do not come"));
        }
        patience = left;
    }
}
