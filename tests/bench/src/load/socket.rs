//! A client's connection, opened by hand: TCP, the upgrade to WebSocket, Engine.IO, Socket.IO.

use std::{
    net::{Ipv4Addr, SocketAddr, SocketAddrV4},
    sync::atomic::{AtomicU8, Ordering},
    time::Duration,
};

use anyhow::{Context as _, Result, bail, ensure};
use bytes::{Buf as _, BytesMut};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
    task::JoinSet,
    time::timeout,
};

use super::{
    exchange::{Invocation, Output},
    message::{acknowledgement, excerpt},
};
use crate::report::progress;

/// How long a server may take to let one client in, or to answer one event that is not measured.
const PATIENCE: Duration = Duration::from_secs(20);

/// Connections that are opened at once. Servers listen with a backlog, which must not overflow.
const AT_ONCE: usize = 64;

/// Loopback addresses that connections come from in turn: one alone runs out of ports, as closed connections keep
/// theirs for a minute.
const SOURCES: u8 = 32;

/// So many connections take long enough to say how far it is.
const MANY: usize = 1000;

/// A client that is connected to the default namespace.
pub(crate) struct Socket {
    exchange: Invocation,
}

/// Opens `count` connections, saying so on a terminal if they are many.
///
/// # Errors
///
/// If any of them cannot be opened.
pub(crate) async fn open(server: SocketAddr, count: usize) -> Result<Vec<Socket>> {
    let mut sockets = Vec::with_capacity(count);
    while sockets.len() < count {
        let mut opening = JoinSet::new();
        for _ in 0..AT_ONCE.min(count - sockets.len()) {
            opening.spawn_local(Socket::connect(server));
        }
        while let Some(opened) = opening.join_next().await {
            let number = sockets.len() + 1;
            sockets.push(
                opened?.with_context(|| format!("cannot open connection {number} of {count}"))?,
            );
        }
        if count >= MANY {
            progress(format_args!("{} of {count} connections", sockets.len()));
        }
    }
    Ok(sockets)
}

impl Socket {
    /// Connects to the server's default namespace.
    pub(crate) async fn connect(server: SocketAddr) -> Result<Self> {
        timeout(PATIENCE, async {
            let stream = connect_tcp(server).await?;
            let exchange = upgrade(stream, server).await?;
            join(exchange).await
        })
        .await
        .unwrap_or_else(|_| bail!("the server does not let a client in within {PATIENCE:?}"))
    }

    /// What goes out with the next [`Self::step`].
    pub(crate) fn output(&mut self) -> &mut Output {
        self.exchange.output()
    }

    /// Takes part in the connection until something has happened. Pings are answered here.
    pub(crate) async fn step(
        &mut self,
        receive: impl FnMut(&[u8], &mut Output) -> Result<()>,
    ) -> Result<()> {
        self.exchange.step(receive).await
    }

    /// Emits the JSON array `event` and gives what its acknowledgement carries, along with the messages before it.
    pub(crate) async fn ask(&mut self, event: &str) -> Result<Answer> {
        self.output().send(format!("420{event}").as_bytes());
        let mut before = Vec::new();
        let mut answer = None;
        timeout(PATIENCE, async {
            while answer.is_none() {
                self.step(|message, _| {
                    match acknowledgement(message) {
                        Some((_, text)) => answer = Some(text.to_vec()),
                        None => before.push(excerpt(message)),
                    }
                    Ok(())
                })
                .await?;
            }
            Ok(())
        })
        .await
        .unwrap_or_else(|_| bail!("no acknowledgement of {event} within {PATIENCE:?}"))?;
        let acknowledgement = serde_json::from_slice(&answer.unwrap_or_default())?;
        Ok(Answer {
            acknowledgement,
            before,
        })
    }
}

/// What [`Socket::ask`] has seen.
pub(crate) struct Answer {
    pub(crate) acknowledgement: serde_json::Value,
    /// Messages that came before the acknowledgement.
    pub(crate) before: Vec<String>,
}

async fn connect_tcp(server: SocketAddr) -> Result<TcpStream> {
    static NEXT: AtomicU8 = AtomicU8::new(0);
    let host = 1 + NEXT.fetch_add(1, Ordering::Relaxed) % SOURCES;
    let socket = TcpSocket::new_v4().context("cannot make a socket")?;
    socket
        .bind(SocketAddrV4::new(Ipv4Addr::new(127, 0, 0, host), 0).into())
        .context("no local port is left")?;
    let stream = socket.connect(server).await.context("cannot connect")?;
    stream.set_nodelay(true).context("cannot set TCP_NODELAY")?;
    Ok(stream)
}

async fn upgrade(mut stream: TcpStream, server: SocketAddr) -> Result<Invocation> {
    // The key is for proxies that do not know WebSocket; there is none.
    let request = format!(
        "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {server}\r\nConnection: Upgrade\r\n\
         Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: c3RvY2thZGUtYmVuY2gtMQ==\r\n\r\n"
    );
    stream
        .write_all(request.as_bytes())
        .await
        .context("cannot write the handshake")?;
    let mut input = BytesMut::new();
    let head = loop {
        if let Some(end) = input.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            break end + 4;
        }
        let count = stream
            .read_buf(&mut input)
            .await
            .context("cannot read the handshake")?;
        ensure!(
            count > 0,
            "the server has closed the connection during the handshake"
        );
    };
    ensure!(
        input.starts_with(b"HTTP/1.1 101"),
        "the server refuses the upgrade: {}",
        excerpt(&input)
    );
    input.advance(head);
    Ok(Invocation::new(stream, input))
}

async fn join(exchange: Invocation) -> Result<Socket> {
    let mut socket = Socket { exchange };
    let mut joined = false;
    while !joined {
        socket
            .step(|message, output| {
                match message {
                    [b'0', ..] => output.send(b"40"),
                    [b'4', b'0', ..] => joined = true,
                    other => bail!("the server does not let the client in: {}", excerpt(other)),
                }
                Ok(())
            })
            .await?;
    }
    Ok(socket)
}
