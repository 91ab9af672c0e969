//! Stage 1: Socket.IO, on the sessions of [`stockade_engine_io`]. Owns the clients' sockets; turns their packets into
//! [`RawEvent`](crate::validate::RawEvent)s in the order in which they were sent, and answers.
//!
//! # Invariants
//! - Nothing past this module names the engine.
//! - Nothing here names wasmtime.
//! - No lock of this module is shared between sockets on the way of an event; of a broadcast, only to see who gets it.
//! - Whatever is kept for a client, in either direction, is counted in bytes. What a client cannot be sent, it is cut off
//!   for: nothing is lost silently.
//! - Nothing that a client sends makes a handler panic: it would take the connection's task with it.
//!
//! Start at [`Server::new`]; a packet comes in at [`handler`], finds its socket in [`connection`], and waits in the mailbox
//! of a [`socket`].

mod acks;
mod adapter;
mod admission;
mod attachments;
mod children;
mod concurrent;
mod connection;
mod deferred;
mod handler;
pub(crate) mod handshake;
mod mailbox;
mod memory;
mod msgpack;
mod namespace;
mod outgoing;
mod packet;
mod recovery;
mod rooms;
mod socket;
mod tasks;
pub(crate) mod unread;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio_util::task::TaskTracker;

pub use self::{handshake::PeerAddr, memory::MemoryClient};

use self::{adapter::LocalAdapter, handler::Handler, tasks::Tasks};
use crate::{
    options::{Parser, SocketConfig, Transports},
    tenant::{Release, Tenant},
};
use stockade_engine_io::{Engine, EngineService, Id as SocketId};
use stockade_sandbox::host::{Adapter, Disconnect};

/// Packets that wait for a client, whatever their size; bytes are bounded by `limits.unread`. An event may emit 1,000
/// times, and a client that reads must not lose any.
const MAX_OUTGOING_PACKETS: usize = 4_096;
/// Between two looks at whether an event is still being handled, when the server stops.
const SHORT: Duration = Duration::from_millis(1);

/// One tenant's Socket.IO server.
pub struct Server {
    served: Arc<Served>,
    engine: Arc<Engine<Handler>>,
}

/// What all sockets of a tenant share.
struct Served {
    tenant: Arc<Tenant>,
    /// All its sockets, of this node.
    local: Arc<LocalAdapter>,
    /// All its sockets, of all nodes.
    sockets: Arc<dyn Adapter>,
    parser: Parser,
    connect_timeout: Duration,
    /// Clients that come back in time are not shown to `on-connection` again.
    skip_middlewares: bool,
    /// The engine's sessions, to wait for the end of all.
    sessions: TaskTracker,
    /// Everything that works on an event and has had to wait.
    tasks: Tasks,
    /// What waits, of the events of all sockets.
    queued: mailbox::QueueBudget,
    /// New events and clients are refused.
    draining: AtomicBool,
    /// Events that wait in mailboxes are refused, too.
    abandoning: AtomicBool,
}

/// The HTTP service of a server; requests that are not Socket.IO's go to `S`.
pub type Service<S> = EngineService<Handler, S>;

impl Server {
    /// A server for `tenant`, and its service around `inner`. `reach` is given the sockets of this node, and returns those that
    /// guests reach: the same, or with them those of other nodes.
    pub fn new<S: Clone>(
        tenant: Arc<Tenant>,
        config: &SocketConfig,
        reach: impl FnOnce(Arc<dyn Adapter>) -> Arc<dyn Adapter>,
        inner: S,
    ) -> (Self, Service<S>) {
        let recovery = config.connection_state_recovery;
        let log = recovery.map(|recovery| {
            let settings = recovery::Settings {
                max_disconnection: recovery.max_disconnection_duration,
                heartbeat: config.ping_interval + config.ping_timeout,
                max_missed: tenant.limits.unread / 2,
            };
            (settings, Arc::new(recovery::Budget::default()))
        });
        let local = Arc::new(LocalAdapter::new(tenant.clone(), config.parser, log));
        let served = Arc::new(Served {
            sockets: reach(local.clone()),
            local,
            parser: config.parser,
            connect_timeout: config.connect_timeout,
            skip_middlewares: recovery.is_some_and(|recovery| recovery.skip_middlewares),
            sessions: TaskTracker::new(),
            tasks: Tasks::default(),
            queued: mailbox::QueueBudget::new(tenant.limits.total_queue),
            draining: AtomicBool::new(false),
            abandoning: AtomicBool::new(false),
            tenant,
        });
        let engine = Engine::new(Handler(served.clone()), engine_config(config));
        let service = EngineService::new(engine.clone(), inner);
        (Self { served, engine }, service)
    }

    /// Makes `release` the tenant's current one. Whatever starts from now on is served by it; events under way keep the one
    /// that they have. No client is disconnected, but from namespaces that the release does not have.
    ///
    /// The options of the server stay those of the tenant's first release.
    pub fn activate(&self, release: Arc<Release>) {
        for namespace in self.served.local.activate(release) {
            for socket in namespace.rooms.select(&[], &[]) {
                socket.apply_disconnect(Some(Disconnect::Namespace));
            }
        }
    }

    /// All sockets of the tenant, for those who have no socket themselves.
    pub fn operators(&self) -> Arc<dyn Adapter> {
        self.served.sockets.clone()
    }

    /// Where the server's tasks log from now on, if not where the process does.
    pub fn log_to(&self, log: tracing::Dispatch) {
        self.served.tasks.log_to(log);
    }

    /// Waits until no event is under way, and no client is being let in or has gone without the guest having been told.
    pub async fn at_rest(&self) {
        self.served.at_rest().await;
    }

    /// Answers what is under way, then closes all sockets. New events are refused meanwhile.
    ///
    /// `patience` bounds each of the two. Events that have not begun by then are refused; what runs has as long again.
    pub async fn drain(&self, patience: Duration) {
        let served = &self.served;
        served.draining.store(true, Ordering::Relaxed);
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
    }
}

fn engine_config(config: &SocketConfig) -> stockade_engine_io::Config {
    stockade_engine_io::Config {
        path: config.path.clone(),
        ping_interval: config.ping_interval,
        ping_timeout: config.ping_timeout,
        upgrade_timeout: config.upgrade_timeout,
        polling: config.transports != Transports::WebSocket,
        websocket: config.transports != Transports::Polling,
        upgrades: config.allow_upgrades && config.transports == Transports::All,
        max_payload: config.max_http_buffer_size,
        max_packets: MAX_OUTGOING_PACKETS,
    }
}

impl Served {
    /// Completes when no event is under way: none that has a task, and none that is handled where it was read, of which nobody
    /// knows but its socket.
    async fn at_rest(&self) {
        loop {
            self.tasks.wait().await;
            for namespace in self.local.all() {
                for socket in namespace.rooms.select(&[], &[]) {
                    while !socket.is_at_rest() {
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
}
