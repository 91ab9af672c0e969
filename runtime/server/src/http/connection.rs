//! One TCP connection: its bytes are taken off the account of the client whose request it carries.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use http::Uri;
use parking_lot::Mutex;
use tokio::{
    io::{AsyncRead, AsyncWrite, Interest, ReadBuf},
    net::TcpStream,
    sync::{OwnedSemaphorePermit, Semaphore},
};

use crate::socketio::unread::{TotalUnread, Unread, UnreadMap};

/// Bytes that are read at once: a few messages.
const SMALL_READ: usize = 4 << 10;
/// The same where there are more than that.
const LARGE_READ: usize = 64 << 10;

/// A connection as hyper reads and writes it.
pub(super) struct Connection {
    stream: Arc<TcpStream>,
    /// Bytes to ask for next. A buffer that comes through hyper is cleared as far as it is read into.
    read_size: usize,
    link: Arc<Link>,
    /// Its place among the connections, which a WebSocket keeps after the request that it came from.
    _place: OwnedSemaphorePermit,
}

/// Whose bytes the connection carries now. HTTP/1.1 has one request at a time on a connection.
pub(super) struct Link {
    stream: Arc<TcpStream>,
    clients: Clients,
    current: Mutex<Current>,
}

/// What all connections of a server share.
#[derive(Clone)]
pub(super) struct Clients {
    /// Where the Socket.IO server is.
    pub(super) path: Arc<str>,
    /// By session id.
    pub(super) unread: Arc<UnreadMap>,
    /// Sessions that may be there at once.
    pub(super) places: Arc<Semaphore>,
    /// Bytes that a client may leave unread.
    pub(super) limit: usize,
    /// What all of them leave unread.
    pub(super) total: Arc<TotalUnread>,
}

/// What an answer is to the client that it goes to.
pub(super) enum Answer {
    /// The beginning of its session.
    Opens(Arc<Unread>),
    /// What the client of this session had not read: a poll, or what follows an upgrade.
    Reads(String),
    /// Anything else. It does not count, or many small ones would be a cheap way to have read everything.
    Other,
}

/// The session that a request belongs to.
pub(super) fn session(uri: &Uri) -> Option<&str> {
    let mut pairs = uri.query().unwrap_or_default().split('&');
    pairs.find_map(|pair| pair.strip_prefix("sid="))
}

/// Whether the query has a pair that begins so. Without a transport the engine opens no session.
fn has(uri: &Uri, start: &str) -> bool {
    let mut pairs = uri.query().unwrap_or_default().split('&');
    pairs.any(|pair| pair.starts_with(start))
}

/// There are as many clients as there may be.
#[derive(Debug)]
pub(super) struct NoPlace;

enum Current {
    Nobody,
    /// A session that may not be registered yet: an upgrade can be faster than its namespace's connection.
    Session(String),
    Client(Arc<Unread>),
}

impl Connection {
    pub(super) fn new(stream: TcpStream, place: OwnedSemaphorePermit, clients: Clients) -> Self {
        let stream = Arc::new(stream);
        let link = Arc::new(Link {
            stream: stream.clone(),
            clients,
            current: Mutex::new(Current::Nobody),
        });
        Self {
            stream,
            read_size: SMALL_READ,
            link,
            _place: place,
        }
    }

    pub(super) fn link(&self) -> Arc<Link> {
        self.link.clone()
    }
}

impl Link {
    /// The account of the client that a request opens a session for, where there is a place for one more.
    pub(super) fn opened(&self, uri: &Uri) -> Result<Option<Arc<Unread>>, NoPlace> {
        let opens = has(uri, "transport=") && session(uri).is_none();
        if !opens || !uri.path().starts_with(&*self.clients.path) {
            return Ok(None);
        }
        let place = self.clients.places.clone().try_acquire_owned();
        let place = place.map_err(|_| NoPlace)?;
        let Clients { limit, total, .. } = &self.clients;
        let unread = Arc::new(Unread::new(*limit, total.clone(), Some(place)));
        unread.attach(&self.stream);
        Ok(Some(unread))
    }

    /// The session whose packets the answer to a request may bring: at the Socket.IO server's own path. Whatever else is
    /// served, a session may be named in its query as well.
    pub(super) fn polled<'a>(&self, uri: &'a Uri) -> Option<&'a str> {
        let below = uri.path().strip_prefix(&*self.clients.path)?;
        session(uri).filter(|_| ["", "/"].contains(&below))
    }

    /// Whether a request is for the Socket.IO server: at its path, or below.
    pub(super) fn is_for_sockets(&self, uri: &Uri) -> bool {
        let below = uri.path().strip_prefix(&*self.clients.path);
        below.is_some_and(|below| below.is_empty() || below.starts_with('/'))
    }

    /// Learns whose bytes follow from the answer to a request.
    pub(super) fn answers(&self, answer: Answer) {
        let current = match answer {
            Answer::Opens(unread) => Current::Client(unread),
            Answer::Reads(sid) => Current::Session(sid),
            Answer::Other => Current::Nobody,
        };
        *self.current.lock() = current;
    }

    /// Where later connections of the same client look for its account.
    pub(super) fn clients(&self) -> Arc<UnreadMap> {
        self.clients.unread.clone()
    }

    fn written(&self, bytes: usize) {
        let mut current = self.current.lock();
        if let Current::Session(sid) = &*current
            && let Some(unread) = self.clients.unread.get(sid)
        {
            unread.attach(&self.stream);
            *current = Current::Client(unread);
        }
        if let Current::Client(unread) = &*current {
            unread.written(bytes);
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            ready!(self.stream.poll_read_ready(cx))?;
            let size = self.read_size.min(buffer.remaining());
            let free = buffer.initialize_unfilled_to(size);
            let mut read = None;
            let tried = self.stream.try_io(Interest::READABLE, || {
                let bytes = rustix::io::read(&*self.stream, &mut *free)?;
                read = Some(bytes);
                // A buffer that is not full has emptied the socket: that more would have to be waited for need not be asked.
                match 0 < bytes && bytes < free.len() {
                    true => Err(io::ErrorKind::WouldBlock.into()),
                    false => Ok(()),
                }
            });
            match (read, tried) {
                (Some(bytes), _) => {
                    self.read_size = match bytes < size {
                        true => SMALL_READ,
                        false => LARGE_READ,
                    };
                    buffer.advance(bytes);
                    return Poll::Ready(Ok(()));
                }
                (None, Err(error)) if error.kind() != io::ErrorKind::WouldBlock => {
                    return Poll::Ready(Err(error));
                }
                (None, _) => {}
            }
        }
    }
}

impl Connection {
    fn poll_write_with(
        &self,
        cx: &mut Context<'_>,
        mut write: impl FnMut(&TcpStream) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.stream.poll_write_ready(cx))?;
            match write(&self.stream) {
                Ok(written) => {
                    self.link.written(written);
                    return Poll::Ready(Ok(written));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_with(cx, |stream| stream.try_write(bytes))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_with(cx, |stream| stream.try_write_vectored(slices))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        let socket = socket2::SockRef::from(&*self.stream);
        match socket.shutdown(std::net::Shutdown::Write) {
            // The other side was faster.
            Err(error) if error.kind() == io::ErrorKind::NotConnected => Poll::Ready(Ok(())),
            result => Poll::Ready(result),
        }
    }
}
