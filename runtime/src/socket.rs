//! Stage 1: Socket.IO. Owns the clients' sockets; turns their packets into [`RawEvent`](crate::validate::RawEvent)s in the
//! order in which they were sent, and answers.
//!
//! # Invariants
//! - Nothing past this module is generic over an adapter or names socketioxide.
//! - Nothing here names wasmtime.
//! - Nothing that outlives a connection holds its socket: the mailbox's task does, and ends when the queue is empty.
//! - Whatever is kept for a client, in either direction, is counted in bytes.
//!
//! Start at [`Server::new`]; a packet comes in at [`namespace`].

mod binary;
mod client;
mod connecting;
pub mod handshake;
mod mailbox;
mod namespace;
mod outgoing;
mod tenant_server;
pub mod unread;

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use socketioxide::{ParserConfig, SocketIo, TransportType, service::SocketIoService};
use tokio_util::task::TaskTracker;

use crate::{cluster, host::TenantServer, tenant::Tenant};

/// Packets that wait for a client, whatever their size; bytes are bounded by `limits.unread`. An event may emit 1,000
/// times, and a client that reads must not lose any.
const MAX_OUTGOING_PACKETS: usize = 4_096;
/// Between the parts of a binary packet.
const ATTACHMENT_TIMEOUT: Duration = Duration::from_secs(10);
/// Over a payload there is the event's name and the packet's own syntax.
const PACKET_OVERHEAD: usize = 1_024;

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

/// One tenant's Socket.IO server.
pub struct Server {
    io: SocketIo,
    served: Arc<Served>,
    membership: Mutex<cluster::Membership>,
}

/// What all sockets of a tenant share.
struct Served {
    tenant: Arc<Tenant>,
    /// All its sockets, on all nodes.
    sockets: Arc<dyn TenantServer>,
    /// Everything that works on an event.
    tasks: TaskTracker,
    /// What waits in the mailboxes of all sockets.
    queued: mailbox::Queued,
    /// New events and clients are refused.
    draining: AtomicBool,
    /// Events that wait in mailboxes are refused, too.
    abandoning: AtomicBool,
}

/// The HTTP service of a server; requests that are not Socket.IO's go to `S`.
pub type Service<S> = SocketIoService<S>;

impl Server {
    /// A server for `tenant`, and its service around `inner`.
    pub fn new<S: Clone>(
        tenant: Arc<Tenant>,
        config: &SocketConfig,
        inner: S,
    ) -> (Self, Service<S>) {
        let limits = &tenant.limits;
        let packet = limits.payload + PACKET_OVERHEAD;
        let parser = ParserConfig::common()
            .max_incoming_binaries(limits.attachments)
            .max_incoming_binary_buf_size(limits.payload)
            .packet_completion_timeout(ATTACHMENT_TIMEOUT);
        let builder = SocketIo::builder()
            .req_path(config.path.clone())
            .ping_interval(config.ping_interval)
            .ping_timeout(config.ping_timeout)
            .connect_timeout(config.connect_timeout)
            .upgrade_timeout(config.upgrade_timeout)
            .max_buffer_size(MAX_OUTGOING_PACKETS)
            .max_payload(packet as u64)
            .ws_max_message_size(packet)
            .ws_max_frame_size(packet)
            .with_parser(parser);
        let builder = match config.transports {
            Transports::All => {
                builder.transports([TransportType::Polling, TransportType::Websocket])
            }
            Transports::Polling => builder.transports([TransportType::Polling]),
            Transports::WebSocket => builder.transports([TransportType::Websocket]),
        };
        let (service, io) = builder.build_with_inner_svc(inner);
        let queued = mailbox::Queued::new(limits.total_queue);
        let local = Arc::new(tenant_server::Sockets {
            io: io.clone(),
            max_rooms: limits.rooms,
        });
        let (sockets, membership) = cluster::join(&tenant, local);
        let served = Arc::new(Served {
            tenant,
            sockets,
            tasks: TaskTracker::new(),
            queued,
            draining: AtomicBool::new(false),
            abandoning: AtomicBool::new(false),
        });
        for namespace in &served.tenant.api.namespaces {
            let gate = namespace::Gate::new(served.clone(), namespace.clone());
            io.ns(namespace.name.clone(), gate);
        }
        if let Some(any) = served.tenant.api.namespaces.first() {
            let gate = namespace::Gate::new(served.clone(), any.clone());
            // Cannot fail: there is no other pattern that it could collide with.
            let _ = io.dyn_ns("/{*name}", namespace::NoNamespace(gate));
        }
        let membership = Mutex::new(membership);
        let server = Self {
            io,
            served,
            membership,
        };
        (server, service)
    }

    /// Answers what is under way, then closes all sockets. New events are refused meanwhile.
    ///
    /// `patience` bounds each of the two. Events that have not begun by then are refused; what runs has as long again.
    pub async fn drain(&self, patience: Duration) {
        self.served.draining.store(true, Ordering::Relaxed);
        self.served.tasks.close();
        for _ in 0..2 {
            if tokio::time::timeout(patience, self.served.tasks.wait())
                .await
                .is_ok()
            {
                break;
            }
            tracing::warn!(
                ?patience,
                "events are still under way: refusing those that wait"
            );
            self.served.abandoning.store(true, Ordering::Relaxed);
        }
        let close = async {
            self.io.close().await;
            // Closing makes guests hear of disconnections.
            self.served.tasks.wait().await;
        };
        if tokio::time::timeout(patience, close).await.is_err() {
            tracing::warn!(?patience, "stopped waiting for sockets to close");
        }
        let membership = self
            .membership
            .lock()
            .map(|mut lock| std::mem::take(&mut *lock));
        membership.unwrap_or_default().leave().await;
    }
}
