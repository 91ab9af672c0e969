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
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use socketioxide::{ParserConfig, SocketIo, TransportType, service::SocketIoService};
use tokio_util::task::TaskTracker;

use crate::{host::TenantServer, tenant::Tenant};

/// Packets that wait for a client, whatever their size; bytes are bounded by `limits.unread`. An event may emit 1,000
/// times, and a client that reads must not lose any.
const MAX_OUTGOING_PACKETS: usize = 4_096;
/// Between the parts of a binary packet.
const ATTACHMENT_TIMEOUT: Duration = Duration::from_secs(10);
/// Over a payload there is the event's name and the packet's own syntax.
pub const PACKET_OVERHEAD: usize = 1_024;

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
    /// Whether clients may go from long-polling to WebSocket.
    pub allow_upgrades: bool,
    /// Whether clients that come back soon find their session as it was.
    pub connection_state_recovery: Option<Recovery>,
    /// How packets are written.
    pub parser: Parser,
}

/// What clients that come back find.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovery {
    /// How long they may be away.
    pub max_disconnection_duration: Duration,
    /// Whether `on-connection` is spared them.
    pub skip_middlewares: bool,
}

/// How packets are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parser {
    /// As text, attachments apart.
    Default,
    /// As MessagePack.
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

/// One tenant's Socket.IO server.
pub struct Server {
    io: SocketIo,
    served: Arc<Served>,
}

/// What all sockets of a tenant share.
struct Served {
    tenant: Arc<Tenant>,
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
        let packet = config.max_http_buffer_size;
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
        let served = Arc::new(Served {
            tenant,
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
        (Self { io, served }, service)
    }

    /// All sockets of the tenant, for those who have no socket themselves.
    pub fn operators(&self) -> Arc<dyn TenantServer> {
        Arc::new(tenant_server::Sockets {
            io: self.io.clone(),
            max_rooms: self.served.tenant.limits.rooms,
        })
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
    }
}
