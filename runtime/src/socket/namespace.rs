//! One namespace: how clients come in, how their packets get into the mailbox, and who works that off.

use std::{
    fmt::Display,
    pin::Pin,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use socketioxide::{
    SendError, SocketError, SocketIo,
    adapter::Adapter,
    extract::{AckSender, SocketRef},
    handler::{
        ConnectHandler, DisconnectHandler, FromConnectParts, FromMessageParts, MessageHandler,
    },
    socket::{DisconnectReason, Socket},
};
use socketioxide_core::Value;

use super::{
    Served,
    client::{self, Client},
    connecting::{Connecting, Effects},
    handshake,
    mailbox::{Capacity, Duty, Full, Held, Mailbox},
    outgoing::AckPacket,
    tenant_server::Sockets,
    unread::{TotalUnread, Unread, UnreadMap},
};
use crate::{
    dispatch::{self, Caller, Outcome},
    host::{Disconnect, Session},
    manifest::NamespaceApi,
    response::{Rejection, Response},
    validate::{self, RawEvent},
};

/// Tells our handlers from socketioxide's own ones, which are closures.
pub(super) enum Ours {}

/// Lets clients into a namespace.
#[derive(Clone)]
pub(super) struct Gate {
    served: Arc<Served>,
    namespace: Arc<NamespaceApi>,
}

/// Refuses clients that ask for a namespace that there is not, as Socket.IO does. socketioxide would by itself, but without
/// counting what it echoes.
#[derive(Clone)]
pub(super) struct NoNamespace(pub(super) Gate);

/// One client in one namespace, without its socket.
struct Peer<A: Adapter> {
    gate: Gate,
    session: Arc<Session>,
    unread: Arc<Unread>,
    mailbox: Mailbox<Item<A>>,
}

/// What waits in a mailbox.
enum Item<A: Adapter> {
    /// The client is connected; the guest may have done things before.
    Connected(Effects, Option<Disconnect>),
    Event(RawEvent, Option<AckSender<A>>, Held),
    /// The client has gone, and was in these rooms.
    Gone(DisconnectReason, Vec<String>),
}

/// Gets the packets of one client.
struct Inbox<A: Adapter>(Arc<Peer<A>>);

/// Learns that one client has gone.
struct Farewell<A: Adapter>(Arc<Peer<A>>);

/// Disconnects a client whose task panics: it would wait for ever for the next answer. No panic is known; this keeps an
/// unknown one the matter of one client.
struct PanicGuard<'a, A: Adapter>(&'a Arc<Socket<A>>);

type Refused = Box<dyn Display + Send>;

/// Bytes of the name of a namespace; who asks for a longer one means no good.
const MAX_NAMESPACE: usize = 1 << 10;
/// What a packet costs beside its payload.
const PACKET: usize = 128;
/// How long a client's events wait for it to read.
const UNREAD_PATIENCE: Duration = Duration::from_secs(20);

impl Gate {
    pub(super) fn new(served: Arc<Served>, namespace: Arc<NamespaceApi>) -> Self {
        Self { served, namespace }
    }

    /// Everything up to the moment in which the client is told that it is connected.
    async fn admit<A: Adapter>(
        &self,
        socket: Arc<Socket<A>>,
        auth: Option<&Value>,
    ) -> Result<(), Refused> {
        if self.served.draining.load(Ordering::Relaxed) {
            return Err(Box::new(Rejection::ServiceUnavailable));
        }
        let tenant = &self.served.tenant;
        let handshake = handshake::read(socket.req_parts(), auth, &tenant.limits)
            .map_err(|reason| Box::new(reason) as Refused)?;
        let unread = self.unread(&socket);
        let session = Arc::new(Session::new(handshake));
        let connecting = Arc::new(Connecting::new(
            Client::new(socket.clone(), unread.clone(), tenant.limits.clone(), None),
            self.served.sockets.clone(),
            tenant.limits.clone(),
        ));
        let caller = Caller {
            socket: connecting.clone(),
            session: session.clone(),
            server: connecting.clone(),
        };
        let connection = dispatch::connect(tenant, &self.namespace, &caller)
            .await
            .map_err(|message| Box::new(message) as Refused)?;
        let peer = Arc::new(Peer {
            gate: self.clone(),
            session,
            unread: unread.clone(),
            mailbox: Mailbox::shut(),
        });
        // Before the client knows, so that its first packet finds the handler; the mailbox stays shut meanwhile.
        let _ = peer.mailbox.push_anyway(Item::Connected(
            connecting.take_effects(),
            connection.disconnect,
        ));
        socket.extensions.insert(unread);
        socket.extensions.insert(peer.clone());
        socket.on_fallback(Inbox(peer.clone()));
        socket.on_disconnect(Farewell(peer));
        Ok(())
    }

    /// The account of the client's connections. Clients that came in another way than through our listener have one
    /// that is never written off, and a limit none the less.
    fn unread<A: Adapter>(&self, socket: &Socket<A>) -> Arc<Unread> {
        let extensions = &socket.req_parts().extensions;
        let unread = extensions.get::<Arc<Unread>>().cloned().unwrap_or_else(|| {
            let limit = self.served.tenant.limits.unread;
            Arc::new(Unread::new(limit, Arc::new(TotalUnread::new(limit)), None))
        });
        if let Some(map) = extensions.get::<Arc<UnreadMap>>() {
            map.register(&socket.id.to_string(), &unread);
        }
        unread
    }
}

impl<A: Adapter> ConnectHandler<A, Ours> for Gate {
    fn call_middleware<'a>(
        &'a self,
        socket: Arc<Socket<A>>,
        auth: &'a Option<Value>,
    ) -> Pin<Box<dyn Future<Output = Result<(), Refused>> + Send + 'a>> {
        Box::pin(self.admit(socket, auth.as_ref()))
    }

    /// The client knows now: what has waited may go on.
    fn call(&self, socket: Arc<Socket<A>>, _: Option<Value>) {
        if let Some(peer) = socket.extensions.remove::<Arc<Peer<A>>>() {
            // Socket.IO's own room of each socket, by which others reach it.
            socket.join(socket.id.to_string());
            let duty = peer.mailbox.open();
            peer.work(duty, socket);
        }
    }
}

impl<A: Adapter> ConnectHandler<A, Ours> for NoNamespace {
    fn call_middleware<'a>(
        &'a self,
        socket: Arc<Socket<A>>,
        _: &'a Option<Value>,
    ) -> Pin<Box<dyn Future<Output = Result<(), Refused>> + Send + 'a>> {
        let unread = self.0.unread(&socket);
        let name = socket.ns();
        if !unread.add(name.len() + PACKET) || name.len() > MAX_NAMESPACE {
            unread.cut();
        }
        // socketioxide has made it for this client, and would keep it.
        sockets(&socket, 0).delete_namespace(name);
        Box::pin(async { Err(Box::new("Invalid namespace") as Refused) })
    }

    fn call(&self, _: Arc<Socket<A>>, _: Option<Value>) {}
}

impl<A: Adapter> MessageHandler<A, Ours> for Inbox<A> {
    /// Runs on the connection's own task, packet by packet, so it only puts the event into the mailbox.
    fn call(&self, socket: Arc<Socket<A>>, mut packet: Value, ack_id: Option<i64>) {
        let peer = &self.0;
        let ack =
            ack_id.and_then(|_| AckSender::from_message_parts(&socket, &mut packet, &ack_id).ok());
        if peer.gate.served.draining.load(Ordering::Relaxed) {
            return peer.answer(ack, &Rejection::ServiceUnavailable.response());
        }
        let raw = match raw_event(packet) {
            Ok(raw) => raw,
            Err(rejection) => return peer.answer(ack, &rejection.response()),
        };
        let limits = &peer.gate.served.tenant.limits;
        let capacity = Capacity {
            items: limits.queue,
            bytes: limits.queue_bytes,
        };
        let bytes = raw.text.len() + raw.attachments.iter().map(Vec::len).sum::<usize>();
        let Some(held) = peer.gate.served.queued.hold(bytes) else {
            return peer.answer(ack, &Rejection::TooManyRequests.response());
        };
        match peer
            .mailbox
            .push(Item::Event(raw, ack, held), bytes, capacity)
        {
            Ok(duty) => peer.work(duty, socket),
            Err(Full(Item::Event(_, ack, _))) => {
                peer.answer(ack, &Rejection::TooManyRequests.response());
            }
            Err(Full(_)) => {}
        }
    }
}

impl<A: Adapter> DisconnectHandler<A, Ours> for Farewell<A> {
    fn call_with_defer(
        &self,
        socket: Arc<Socket<A>>,
        reason: DisconnectReason,
        defer: fn(Arc<Socket<A>>),
    ) {
        let rooms = client::rooms(&socket);
        defer(socket.clone());
        // Nothing that the client has not read will be read any more, and nothing should wait for that.
        self.0.unread.wake();
        let duty = self.0.mailbox.push_anyway(Item::Gone(reason, rooms));
        self.0.work(duty, socket);
    }
}

impl<A: Adapter> Drop for PanicGuard<'_, A> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let _ = self.0.clone().disconnect();
        }
    }
}

impl<A: Adapter> Peer<A> {
    fn work(self: &Arc<Self>, duty: Duty, socket: Arc<Socket<A>>) {
        if duty == Duty::Start {
            let tasks = &self.gate.served.tasks;
            tasks.spawn(self.clone().empty_mailbox(socket));
        }
    }

    async fn empty_mailbox(self: Arc<Self>, socket: Arc<Socket<A>>) {
        let _guard = PanicGuard(&socket);
        let caller = self.caller(&socket, None);
        while let Some(item) = self.mailbox.next() {
            match item {
                Item::Event(_, ack, _) if self.gate.served.abandoning.load(Ordering::Relaxed) => {
                    self.answer(ack, &Rejection::ServiceUnavailable.response());
                }
                Item::Event(raw, ack, held) => {
                    // A client is not served faster than it reads.
                    let read = self.unread.until_read(|| !socket.connected());
                    let _ = tokio::time::timeout(UNREAD_PATIENCE, read).await;
                    let outcome = self.serve(raw, &caller).await;
                    drop(held);
                    self.answer(ack, &outcome.response);
                    disconnect(&socket, outcome.disconnect);
                }
                Item::Connected(effects, wish) => {
                    effects.apply(&*caller.socket, &*caller.server).await;
                    disconnect(&socket, wish);
                }
                Item::Gone(reason, rooms) => {
                    let caller = self.caller(&socket, Some(rooms));
                    let Gate { served, namespace } = &self.gate;
                    dispatch::disconnect(&served.tenant, namespace, &caller, name(reason)).await;
                }
            }
            // The tasks of other sockets want to run, too.
            tokio::task::coop::consume_budget().await;
        }
    }

    /// One event, through all stages.
    async fn serve(&self, raw: RawEvent, caller: &Caller) -> Outcome {
        let Gate { served, namespace } = &self.gate;
        match validate::validate(raw, namespace, &served.tenant.limits) {
            Ok(valid) => dispatch::dispatch(&served.tenant, namespace, caller, valid).await,
            Err(rejection) => {
                tracing::debug!(
                    tenant = %served.tenant.name,
                    namespace = %namespace.name,
                    code = rejection.code(),
                    %rejection,
                    "an event was rejected"
                );
                Outcome::answered(rejection.response())
            }
        }
    }

    fn answer(&self, ack: Option<AckSender<A>>, response: &Response) {
        let Some(ack) = ack else { return };
        let packet = AckPacket(response);
        if !self.unread.add(packet.size()) {
            return;
        }
        match ack.send(&packet) {
            Ok(()) | Err(SendError::Socket(SocketError::Closed)) => {}
            // It has left thousands of packets unread.
            Err(SendError::Socket(SocketError::InternalChannelFull)) => self.unread.cut(),
            Err(SendError::Serialize(error)) => {
                tracing::error!(%error, "a response that was checked cannot be sent");
            }
        }
    }

    fn caller(&self, socket: &Arc<Socket<A>>, left: Option<Vec<String>>) -> Caller {
        let limits = self.gate.served.tenant.limits.clone();
        Caller {
            server: self.gate.served.sockets.clone(),
            socket: Arc::new(Client::new(
                socket.clone(),
                self.unread.clone(),
                limits,
                left,
            )),
            session: self.session.clone(),
        }
    }
}

fn sockets<A: Adapter>(socket: &Arc<Socket<A>>, max_rooms: usize) -> Sockets<A> {
    let Ok(io) = SocketIo::from_connect_parts(socket, &None);
    Sockets { io, max_rooms }
}

fn raw_event(packet: Value) -> Result<RawEvent, Rejection> {
    match packet {
        Value::Str(text, attachments) => Ok(RawEvent {
            text: text.into(),
            attachments: attachments
                .into_iter()
                .flatten()
                .map(|attachment| attachment.into())
                .collect(),
        }),
        Value::Bytes(_) => Err(Rejection::BadRequest("the packet is not text".into())),
    }
}

fn disconnect<A: Adapter>(socket: &Arc<Socket<A>>, wish: Option<Disconnect>) {
    let sockets = match wish {
        None => return,
        Some(Disconnect::Namespace) => vec![SocketRef::from(socket.clone())],
        // The client closes the connection when it has lost its last namespace.
        Some(Disconnect::Server) => sockets(socket, 0).of_client(socket.id),
    };
    for socket in sockets {
        let id = socket.id;
        if socket.disconnect().is_err() {
            tracing::debug!(%id, "a socket to be disconnected does not read");
        }
    }
}

/// The reason by Socket.IO's name.
fn name(reason: DisconnectReason) -> &'static str {
    match reason {
        DisconnectReason::TransportClose => "transport close",
        DisconnectReason::MultipleHttpPollingError | DisconnectReason::TransportError => {
            "transport error"
        }
        DisconnectReason::PacketParsingError => "parse error",
        DisconnectReason::HeartbeatTimeout => "ping timeout",
        DisconnectReason::ClientNSDisconnect => "client namespace disconnect",
        DisconnectReason::ServerNSDisconnect => "server namespace disconnect",
        DisconnectReason::ClosingServer => "server shutting down",
    }
}
