//! Accepts connections until told to stop, then lets them finish.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use socket2::SockRef;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    connection::{Clients, Connection},
    requests::{self, Timeouts},
    tenant_service::TenantService,
};
use crate::socketio::unread::TotalUnread;

/// How long sent bytes may stay unacknowledged before the kernel gives the connection up.
const DEAD_PEER_TIMEOUT: Duration = Duration::from_secs(60);
/// After a failed accept, which is mostly a lack of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// What a client over the limit of connections gets.
const BUSY: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\nretry-after: 5\r\ncontent-length: 0\r\n\r\n";

/// The server cannot listen.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {addr}: {error}")]
pub struct ServeError {
    /// The address as configured.
    pub addr: SocketAddr,
    error: io::Error,
}

/// Opens the port; port 0 takes a free one.
///
/// # Errors
/// When the address is taken or not this machine's.
pub async fn bind(addr: SocketAddr) -> Result<TcpListener, ServeError> {
    TcpListener::bind(addr)
        .await
        .map_err(|error| ServeError { addr, error })
}

/// Serves a tenant until `stop` completes; returns when what was under way is done, or has taken longer than `drain`.
pub async fn serve(
    listener: TcpListener,
    served: &TenantService,
    drain: Duration,
    stop: impl Future<Output = ()>,
) {
    let limits = served.tenant().limits.clone();
    let service = served.service();
    let clients = Clients {
        path: served.path().into(),
        unread: Arc::default(),
        places: Arc::new(Semaphore::new(limits.connections)),
        limit: limits.unread,
        total: Arc::new(TotalUnread::new(limits.total_unread)),
    };
    let places = Arc::new(Semaphore::new(limits.connections));
    let timeouts = Timeouts {
        header: limits.header_timeout,
        body: limits.body_timeout,
    };
    let connections = TaskTracker::new();
    let stopping = CancellationToken::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        let (stream, addr) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let Ok(place) = places.clone().try_acquire_owned() else {
            tracing::debug!(%addr, limit = limits.connections, "too many connections");
            // To whoever cannot take these few bytes at once, nothing is said.
            let _ = stream.try_write(BUSY);
            continue;
        };
        tune(&stream);
        let connection = Connection::new(stream, place, clients.clone());
        let stopping = stopping.clone();
        connections.spawn(requests::serve(
            connection,
            addr,
            service.clone(),
            timeouts,
            stopping,
        ));
    }
    drop(listener);
    tracing::info!("stopping: answering what is under way");
    served.drain(drain).await;
    stopping.cancel();
    connections.close();
    if tokio::time::timeout(drain, connections.wait())
        .await
        .is_err()
    {
        tracing::warn!(patience = ?drain, "stopped waiting for connections to close");
    }
}

fn tune(stream: &TcpStream) {
    let socket = SockRef::from(stream);
    let tuned = socket
        .set_tcp_nodelay(true)
        .and_then(|()| socket.set_tcp_user_timeout(Some(DEAD_PEER_TIMEOUT)));
    if let Err(error) = tuned {
        tracing::debug!(%error, "cannot tune a connection");
    }
}
