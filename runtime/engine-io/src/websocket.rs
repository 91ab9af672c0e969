//! A session over WebSocket: one task that reads messages, hands them on, and writes all that wait at once.

use std::{
    cell::Cell,
    collections::VecDeque,
    future::poll_fn,
    io, mem,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker, ready},
    time::Duration,
};

use bytes::{Buf, Bytes};
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf},
    time::timeout,
};

use super::{
    CloseReason, Handler, Message, Session,
    frame::{self, Frame, Parser, Violation},
    outgoing, payload,
};

/// Bytes that are read or written at once.
const BUFFER: usize = 64 << 10;
/// Messages of this size or more are written from their own memory, not copied into a buffer with others.
const LARGE: usize = 16 << 10;
/// Bytes of pongs that may wait. They are not counted as unread, and a client needs only one.
const MAX_OWN: usize = 256;
/// Reads before other tasks have their turn.
const READS: usize = 8;
/// Time that a client has to read its last messages.
const LAST_MESSAGES: Duration = Duration::from_secs(5);

thread_local! {
    /// Buffers of this thread's tasks, lent to the one that runs.
    static BUFFERS: Cell<Option<Box<Buffers>>> = const { Cell::new(None) };
}

struct Buffers {
    read: Vec<u8>,
    write: Vec<u8>,
}

/// A WebSocket and its session.
pub(super) struct WebSocket<H: Handler, I> {
    session: Arc<Session<H>>,
    io: I,
    parser: Parser,
    phase: Phase,
    encoding: Encoding,
    /// Control frames, which are written first.
    own: Vec<u8>,
    /// Bytes that could not be written yet.
    unwritten: VecDeque<Bytes>,
    /// Whether the task has let other sockets run since it had something to write.
    deferred: bool,
}

/// How binary data is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// In binary frames.
    Binary,
    /// As base64 in text frames, for clients that asked for it.
    Base64,
}

/// Phase of an upgrade.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Requests carry the session; the client probes this WebSocket.
    Probe,
    /// The WebSocket works; the client ends its requests.
    Upgrade,
    /// This WebSocket carries the session.
    Open,
}

/// Why reading ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Ended {
    reason: CloseReason,
    code: u16,
}

impl<H: Handler, I: AsyncRead + AsyncWrite + Unpin> WebSocket<H, I> {
    /// Creates the WebSocket that a session begins with.
    pub(super) fn first(session: Arc<Session<H>>, io: I, encoding: Encoding, open: String) -> Self {
        let mut socket = Self::new(session, io, Phase::Open, encoding);
        frame::push_text_head(&mut socket.own, open.len());
        socket.own.extend_from_slice(open.as_bytes());
        socket
    }

    /// Creates a WebSocket that a session may upgrade to.
    pub(super) fn second(session: Arc<Session<H>>, io: I, encoding: Encoding) -> Self {
        Self::new(session, io, Phase::Probe, encoding)
    }

    fn new(session: Arc<Session<H>>, io: I, phase: Phase, encoding: Encoding) -> Self {
        Self {
            parser: Parser::new(session.config().max_payload),
            session,
            io,
            phase,
            encoding,
            own: Vec::new(),
            unwritten: VecDeque::new(),
            deferred: false,
        }
    }

    /// Runs until the session ends.
    pub(super) async fn carry(mut self) {
        let ended = match self.phase {
            Phase::Open => None,
            // Boxed: it takes room for as long as it lasts, not for as long as the connection does.
            Phase::Probe | Phase::Upgrade => Box::pin(self.upgrade()).await,
        };
        if self.phase != Phase::Open {
            return;
        }
        // What ends it may have come together with what has opened it.
        let ended = match ended {
            Some(ended) => ended,
            None => poll_fn(|context| self.poll(context)).await,
        };
        self.session.close(ended.reason);
        self.finish(ended.code).await;
        self.session.disconnected();
    }

    /// Waits for the session to upgrade to this WebSocket. If it does not in time, closes the WebSocket and leaves the phase as it
    /// is. If it does, returns why the session has ended already, or `None`.
    async fn upgrade(&mut self) -> Option<Ended> {
        let session = self.session.clone();
        let patience = session.config().upgrade_timeout;
        let ended = tokio::select! {
            biased;
            opened = timeout(patience, poll_fn(|context| self.poll_upgrade(context))) => {
                opened.ok().and_then(Result::err)
            }
            () = session.closed() => None,
        };
        if self.phase == Phase::Open {
            return ended;
        }
        // The session stays with its requests, which carry it as before.
        session.abandon_upgrade();
        self.finish(ended.map_or(frame::NORMAL, |ended| ended.code))
            .await;
        None
    }

    /// Reads and writes until the upgrade is done or has failed.
    fn poll_upgrade(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Ended>> {
        match self.poll(context) {
            Poll::Ready(ended) => Poll::Ready(Err(ended)),
            Poll::Pending if self.phase == Phase::Open => Poll::Ready(Ok(())),
            Poll::Pending => Poll::Pending,
        }
    }

    /// Reads and writes until there is nothing more to read.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Ended> {
        if self.phase == Phase::Open {
            self.session.outgoing().awake(context.waker());
        }
        let read = with_buffers(|buffers| self.poll_read(context, &mut buffers.read));
        if let Poll::Ready(ended) = read {
            return Poll::Ready(ended);
        }
        // The sockets that are ready have their events handled first, and their answers written then: code that runs again
        // is in the caches. Answers of a socket's later events go along.
        if self.phase == Phase::Open
            && self.has_answers()
            && !mem::replace(&mut self.deferred, true)
        {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        self.deferred = false;
        let write = with_buffers(|buffers| self.poll_write(context, &mut buffers.write));
        if let Poll::Ready(Err(_)) = write {
            return Poll::Ready(Ended::by(CloseReason::TransportError));
        }
        match self.session.reason() {
            Some(reason) => Poll::Ready(Ended::by(reason)),
            None => Poll::Pending,
        }
    }

    fn has_answers(&self) -> bool {
        self.unwritten.is_empty() && !self.session.outgoing().is_empty()
    }

    fn poll_read(&mut self, context: &mut Context<'_>, buffer: &mut [u8]) -> Poll<Ended> {
        for _ in 0..READS {
            let mut read = ReadBuf::new(buffer);
            match ready!(Pin::new(&mut self.io).poll_read(context, &mut read)) {
                Ok(()) if read.filled().is_empty() => {
                    return Poll::Ready(Ended::by(CloseReason::TransportClose));
                }
                Ok(()) => {
                    if let Some(ended) = self.feed(read.filled_mut()) {
                        return Poll::Ready(ended);
                    }
                }
                Err(_) => return Poll::Ready(Ended::by(CloseReason::TransportError)),
            }
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }

    /// Handles the bytes that were read. Returns the reason if no more are to be read.
    fn feed(&mut self, input: &mut [u8]) -> Option<Ended> {
        let Self {
            session,
            parser,
            phase,
            own,
            ..
        } = self;
        let mut ended = None;
        let fed = parser.feed(input, |frame| {
            ended = take(session, phase, own, frame).err();
            ended.is_none() && session.reason().is_none()
        });
        match fed {
            Ok(()) => ended.or_else(|| session.reason().map(Ended::by)),
            Err(violation) => Some(Ended {
                reason: CloseReason::TransportError,
                code: violation as u16,
            }),
        }
    }

    /// Writes everything that waits.
    fn poll_write(
        &mut self,
        context: &mut Context<'_>,
        buffer: &mut Vec<u8>,
    ) -> Poll<io::Result<()>> {
        loop {
            while let Some(first) = self.unwritten.front_mut() {
                let written = ready!(Pin::new(&mut self.io).poll_write(context, first))?;
                if written == 0 {
                    return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
                }
                first.advance(written);
                if first.is_empty() {
                    self.unwritten.pop_front();
                }
            }
            buffer.clear();
            buffer.append(&mut mem::take(&mut self.own));
            let large = self.gather(buffer);
            if buffer.is_empty() {
                self.unwritten = VecDeque::new();
                return Poll::Ready(Ok(()));
            }
            let written = match Pin::new(&mut self.io).poll_write(context, buffer) {
                Poll::Ready(written) => written?,
                Poll::Pending => 0,
            };
            if let Some(rest) = buffer.get(written..).filter(|rest| !rest.is_empty()) {
                self.unwritten.push_back(Bytes::copy_from_slice(rest));
            }
            self.unwritten.extend(large);
        }
    }

    /// Appends frames of messages that wait, as many as are written at once. Of a large message only the head is appended, and the
    /// message is returned.
    fn gather(&self, buffer: &mut Vec<u8>) -> Option<Bytes> {
        if self.phase != Phase::Open {
            return None;
        }
        let mut outgoing = self.session.outgoing();
        while buffer.len() < BUFFER {
            let Some(message) = outgoing.pop() else {
                if buffer.is_empty() {
                    outgoing.written();
                }
                outgoing.sleep();
                break;
            };
            let data = match message {
                Message::Text(text) => {
                    // Engine.IO's sign for a message.
                    frame::push_text_head(buffer, text.len() + 1);
                    buffer.push(b'4');
                    text
                }
                Message::Binary(data) if self.encoding == Encoding::Base64 => {
                    let mut text = String::new();
                    payload::encode_base64(&data, &mut text);
                    frame::push_text_head(buffer, text.len());
                    text.into()
                }
                Message::Binary(data) => {
                    frame::push_binary_head(buffer, data.len());
                    data
                }
                Message::Ping => {
                    frame::push_text_head(buffer, 1);
                    buffer.push(b'2');
                    continue;
                }
            };
            if data.len() >= LARGE {
                return Some(data);
            }
            buffer.extend_from_slice(&data);
        }
        None
    }

    /// Writes what is left, if the client reads it, and closes.
    async fn finish(&mut self, code: u16) {
        let last = async {
            let mut said = false;
            poll_fn(|context| {
                loop {
                    let write =
                        with_buffers(|buffers| self.poll_write(context, &mut buffers.write));
                    ready!(write)?;
                    if mem::replace(&mut said, true) {
                        return Pin::new(&mut self.io).poll_shutdown(context);
                    }
                    frame::push_close(&mut self.own, code);
                }
            })
            .await
        };
        // The client may have gone, or not read: either way it is over.
        let _: Result<io::Result<()>, _> = timeout(LAST_MESSAGES, last).await;
    }
}

impl Ended {
    fn by(reason: CloseReason) -> Self {
        Self {
            reason,
            code: frame::NORMAL,
        }
    }
}

impl From<CloseReason> for Ended {
    fn from(reason: CloseReason) -> Self {
        Self::by(reason)
    }
}

/// Handles one frame.
fn take<H: Handler>(
    session: &Arc<Session<H>>,
    phase: &mut Phase,
    own: &mut Vec<u8>,
    frame: Frame<'_>,
) -> Result<(), Ended> {
    match (frame, *phase) {
        (Frame::Ping(payload), _) => {
            // Of many pings, it is enough to answer the last that there is room for.
            if own.len() < MAX_OWN {
                frame::push_pong(own, payload);
            }
            Ok(())
        }
        (Frame::Pong, _) => Ok(()),
        (Frame::Close(code), _) => Err(Ended {
            reason: CloseReason::TransportClose,
            code: code.unwrap_or(frame::NORMAL),
        }),
        (Frame::Text("2probe"), Phase::Probe | Phase::Upgrade) => {
            let probed = session.outgoing().probed();
            wake(probed)?;
            if own.len() < MAX_OWN {
                frame::push_text_head(own, PROBED.len());
                own.extend_from_slice(PROBED);
            }
            *phase = Phase::Upgrade;
            Ok(())
        }
        // Some clients do not probe: Elephant.io, the one for .NET.
        (Frame::Text(text), Phase::Probe | Phase::Upgrade) if text.starts_with('5') => {
            let upgraded = session.outgoing().upgraded();
            wake(upgraded)?;
            *phase = Phase::Open;
            session.close_if_due();
            Ok(())
        }
        (Frame::Binary(data), Phase::Open) => {
            session
                .handler()
                .on_binary(session, Bytes::copy_from_slice(data));
            Ok(())
        }
        (Frame::Text(text), Phase::Open) => session.packet(text).map_err(Ended::from),
        _ => Err(Ended {
            reason: CloseReason::TransportError,
            code: Violation::Protocol as u16,
        }),
    }
}

/// Wakes the poll that waits, after a step of the upgrade.
fn wake(step: Result<Option<Waker>, outgoing::Ended>) -> Result<(), Ended> {
    match step {
        Ok(waker) => {
            if let Some(waker) = waker {
                waker.wake();
            }
            Ok(())
        }
        Err(outgoing::Ended) => Err(CloseReason::TransportError.into()),
    }
}

/// Engine.IO's answer to a probe.
const PROBED: &[u8] = b"3probe";

/// Closes a WebSocket that its session does not need.
pub(super) async fn turn_away(mut io: impl AsyncWrite + Unpin) {
    let mut close = Vec::new();
    frame::push_close(&mut close, frame::NORMAL);
    let said = async {
        io.write_all(&close).await?;
        io.shutdown().await
    };
    // The client may have gone, or not read: either way it is over.
    let _: Result<io::Result<()>, _> = timeout(LAST_MESSAGES, said).await;
}

/// Lends the thread's buffers to `with`. A nested call, of which there is none, would get new buffers.
fn with_buffers<T>(with: impl FnOnce(&mut Buffers) -> T) -> T {
    let buffers = BUFFERS.take();
    let mut buffers = buffers.unwrap_or_else(|| {
        Box::new(Buffers {
            read: vec![0; BUFFER],
            write: Vec::with_capacity(BUFFER + LARGE),
        })
    });
    let result = with(&mut buffers);
    BUFFERS.set(Some(buffers));
    result
}
