//! Stage 1: Socket.IO, on the sessions of [`crate::engine`]. Owns the clients' sockets; turns their packets into
//! [`RawEvent`](crate::validate::RawEvent)s in the order in which they were sent, and answers.
//!
//! # Invariants
//! - Nothing past this module names the engine.
//! - Nothing here names wasmtime.
//! - No lock is shared between sockets on the way of an event; of a broadcast, only to see who gets it.
//! - Whatever is kept for a client, in either direction, is counted in bytes. What a client cannot be sent, it is cut off
//!   for: nothing is lost silently.
//! - Nothing that a client sends makes a handler panic: it would take the connection's task with it.
//!
//! Start at [`Server::new`]; a packet comes in at [`handler`], finds its socket in [`connection`], and waits in the mailbox
//! of a [`peer`].

mod acks;
mod admission;
mod attachments;
mod children;
pub(crate) mod concurrent;
pub(crate) mod connecting;
mod connection;
mod handler;
pub mod handshake;
mod mailbox;
mod msgpack;
mod namespace;
mod outgoing;
mod packet;
mod peer;
mod recovery;
pub(crate) mod rooms;
pub(crate) mod tenant_server;
pub mod unread;

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio_util::task::TaskTracker;

pub(crate) use crate::engine::Id as SocketId;

use self::{
    children::{Children, Maker},
    handler::Handler,
};
use crate::{
    cluster,
    engine::{self, Engine, EngineService},
    host::TenantServer,
    tenant::Tenant,
};

/// Packets that wait for a client, whatever their size; bytes are bounded by `limits.unread`. An event may emit 1,000
/// times, and a client that reads must not lose any.
const MAX_OUTGOING_PACKETS: usize = 4_096;
/// Over a payload there is the event's name and the packet's own syntax.
pub const PACKET_OVERHEAD: usize = 1_024;
/// Between two looks at whether an event is still being handled, when the server stops.
const SHORT: Duration = Duration::from_millis(1);

/// Socket.IO's settings, by its names.
#[derive(Debug, Clone)]
pub struct SocketConfig {
    /// Where clients find the server.
    pub path: String,
    /// Between two pings.
    pub ping_interval: Duration,
    /// How long a client may take to answer a ping.
    pub ping_timeout: Duration,
    /// How long a client may take to join a namespace.
    pub connect_timeout: Duration,
    /// How long an upgrade to WebSocket may take.
    pub upgrade_timeout: Duration,
    /// Which transports clients may use; at least one.
    pub transports: Transports,
    /// Bytes of one message or of one request from a client; whoever sends more is disconnected.
    pub max_http_buffer_size: usize,
    /// Whether a client that polls may change to WebSocket.
    pub allow_upgrades: bool,
    /// How packets are written.
    pub parser: Parser,
    /// Whether clients may come back as who they were; costs nothing where they may not.
    pub connection_state_recovery: Option<Recovery>,
}

/// What becomes of clients that lose their connection and come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recovery {
    /// How long they may be gone.
    pub max_disconnection_duration: Duration,
    /// Whether `on-connection` is not run for those that come back in time.
    pub skip_middlewares: bool,
}

/// How packets are written; clients must use the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parser {
    /// JSON, with binary data beside it.
    Default,
    /// MessagePack, as of `socket.io-msgpack-parser`.
    MsgPack,
}

/// Which transports clients may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transports {
    /// HTTP long-polling, with the upgrade to WebSocket.
    All,
    /// HTTP long-polling only.
    Polling,
    /// WebSocket only.
    WebSocket,
}

impl SocketConfig {
    fn engine(&self) -> engine::Config {
        engine::Config {
            path: self.path.clone(),
            ping_interval: self.ping_interval,
            ping_timeout: self.ping_timeout,
            upgrade_timeout: self.upgrade_timeout,
            polling: self.transports != Transports::WebSocket,
            websocket: self.transports != Transports::Polling,
            upgrades: self.allow_upgrades && self.transports == Transports::All,
            max_payload: self.max_http_buffer_size,
            max_packets: MAX_OUTGOING_PACKETS,
        }
    }
}

/// One tenant's Socket.IO server.
pub struct Server {
    served: Arc<Served>,
    engine: Arc<Engine<Handler>>,
}

/// What all sockets of a tenant share.
struct Served {
    tenant: Arc<Tenant>,
    /// All its sockets, of this node.
    local: Arc<tenant_server::Local>,
    /// All its sockets, of all nodes.
    sockets: Arc<dyn TenantServer>,
    /// Its place among the nodes.
    membership: Mutex<cluster::Membership>,
    parser: Parser,
    connect_timeout: Duration,
    /// Clients that come back in time are not shown to `on-connection` again.
    skip_middlewares: bool,
    /// The engine's sessions, to wait for the end of all.
    sessions: TaskTracker,
    /// Everything that works on an event and has had to wait.
    tasks: TaskTracker,
    /// What waits, of the events of all sockets.
    queued: mailbox::Queued,
    /// New events and clients are refused.
    draining: AtomicBool,
    /// Events that wait in mailboxes are refused, too.
    abandoning: AtomicBool,
}

/// The HTTP service of a server; requests that are not Socket.IO's go to `S`.
pub type Service<S> = EngineService<Handler, S>;

impl Server {
    /// A server for `tenant`, and its service around `inner`.
    pub fn new<S: Clone>(
        tenant: Arc<Tenant>,
        config: &SocketConfig,
        inner: S,
    ) -> (Self, Service<S>) {
        let recovery = config.connection_state_recovery;
        let maker = Maker {
            parser: config.parser,
            recovery: recovery.map(|recovery| {
                let settings = recovery::Settings {
                    max_disconnection: recovery.max_disconnection_duration,
                    heartbeat: config.ping_interval + config.ping_timeout,
                    max_missed: tenant.limits.unread / 2,
                };
                (settings, Arc::new(recovery::Budget::default()))
            }),
        };
        let exact = tenant.api.namespaces.iter().filter(|api| api.is_exact());
        let namespaces = exact.map(|api| {
            let name: Arc<str> = api.name.as_str().into();
            let namespace = maker.make(api.clone(), name.clone(), Weak::new());
            (name, Arc::new(namespace))
        });
        let local = Arc::new(tenant_server::Local {
            namespaces: namespaces.collect(),
            children: Arc::new(Children::new(maker, tenant.limits.child_namespaces)),
            tenant: tenant.clone(),
        });
        let (sockets, membership) = cluster::join(&tenant, local.clone());
        let served = Arc::new(Served {
            local,
            sockets,
            membership: Mutex::new(membership),
            parser: config.parser,
            connect_timeout: config.connect_timeout,
            skip_middlewares: recovery.is_some_and(|recovery| recovery.skip_middlewares),
            sessions: TaskTracker::new(),
            tasks: TaskTracker::new(),
            queued: mailbox::Queued::new(tenant.limits.total_queue),
            draining: AtomicBool::new(false),
            abandoning: AtomicBool::new(false),
            tenant,
        });
        let engine = Engine::new(Handler(served.clone()), config.engine());
        let service = EngineService::new(engine.clone(), inner);
        (Self { served, engine }, service)
    }

    /// All sockets of the tenant, for those who have no socket themselves.
    pub fn operators(&self) -> Arc<dyn TenantServer> {
        self.served.sockets.clone()
    }

    /// Answers what is under way, then closes all sockets. New events are refused meanwhile.
    ///
    /// `patience` bounds each of the two. Events that have not begun by then are refused; what runs has as long again.
    pub async fn drain(&self, patience: Duration) {
        let served = &self.served;
        served.draining.store(true, Ordering::Relaxed);
        served.tasks.close();
        for _ in 0..2 {
            if tokio::time::timeout(patience, served.at_rest())
                .await
                .is_ok()
            {
                break;
            }
            tracing::warn!(
                ?patience,
                "events are still under way: refusing those that wait"
            );
            served.abandoning.store(true, Ordering::Relaxed);
        }
        let close = async {
            self.engine.close();
            served.sessions.close();
            served.sessions.wait().await;
            // Closing makes guests hear of disconnections.
            served.tasks.wait().await;
        };
        if tokio::time::timeout(patience, close).await.is_err() {
            tracing::warn!(?patience, "stopped waiting for sockets to close");
        }
        let membership = std::mem::take(&mut *served.lock_membership());
        membership.leave().await;
    }
}

impl Served {
    /// Completes when no event is under way: none that has a task, and none that is handled where it was read, of which nobody
    /// knows but its socket.
    async fn at_rest(&self) {
        loop {
            self.tasks.wait().await;
            for namespace in self.local.all() {
                for peer in namespace.rooms.select(&[], &[]) {
                    while !peer.is_at_rest() {
                        tokio::time::sleep(SHORT).await;
                    }
                }
            }
            // A concurrent event that was read meanwhile has a task, and its socket is at rest.
            if self.tasks.is_empty() {
                return;
            }
        }
    }

    fn lock_membership(&self) -> MutexGuard<'_, cluster::Membership> {
        self.membership
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
