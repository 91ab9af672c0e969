//! A session in memory: its client is in this process and has no connection. For tests of everything above the engine.
//!
//! The client takes a WebSocket's place. It hands messages to the handler itself, and one task of its own takes what is sent to
//! it ([`Memory::carry`]). There are no handshake, frames and pings.

use std::{
    future::poll_fn,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Context, Poll},
};

use http::{Request, request::Parts};
use parking_lot::Mutex;
use tokio::sync::Notify;

use super::{CloseReason, Engine, Handler, Message, Session, outgoing::Carrier};

/// A client's end of a session in memory. The session lasts until one of the two closes it.
pub struct Memory<H: Handler> {
    session: Arc<Session<H>>,
    /// Held while the handler has a message, so that the messages reach it one at a time and before the end.
    handling: Mutex<()>,
    /// How many messages the client has dealt with; the end is one.
    taken: AtomicU64,
    /// Whether the handler has been told of the end.
    ended: AtomicBool,
    idle: Notify,
}

/// A message to a client in memory.
#[derive(Debug)]
pub struct Delivered {
    /// The message.
    pub message: Message,
    /// Whether the client would have missed it if it could not have been written at once.
    pub volatile: bool,
}

impl<H: Handler> Engine<H> {
    /// Opens a session that begins with this request and is carried by the caller, who must spawn [`Memory::carry`]. Returns
    /// `None` if the operating system has no randomness for the session's id.
    ///
    /// The configuration decides neither about the request nor about its transport.
    pub fn open_in_memory(self: &Arc<Self>, request: Parts) -> Option<Memory<H>> {
        let request = Request::from_parts(request, ());
        let session = self.begin(request, Carrier::Memory).ok()?;
        Some(Memory {
            session,
            handling: Mutex::default(),
            taken: AtomicU64::new(0),
            ended: AtomicBool::new(false),
            idle: Notify::new(),
        })
    }
}

impl<H: Handler> Memory<H> {
    /// Returns the session.
    pub fn session(&self) -> &Arc<Session<H>> {
        &self.session
    }

    /// Hands messages to the handler, one after the other and without others in between. Those that come after the session's
    /// end, or that end it because they are too large, are ignored.
    pub fn send(&self, messages: impl IntoIterator<Item = Message>) {
        let _handling = self.handling.lock();
        let session = &self.session;
        for message in messages {
            if session.reason().is_some() {
                return;
            }
            if message.size() > session.config().max_payload {
                return session.close(CloseReason::TransportError);
            }
            match message {
                Message::Text(text) => match std::str::from_utf8(&text) {
                    Ok(text) => session.handler().on_text(session, text),
                    Err(_) => session.close(CloseReason::TransportError),
                },
                Message::Binary(data) => session.handler().on_binary(session, data),
                // Pings are the server's to send.
                Message::Ping => session.close(CloseReason::TransportError),
            }
        }
    }

    /// Ends the session, as a client that closes its WebSocket does.
    pub fn close(&self) {
        self.session.close(CloseReason::TransportClose);
    }

    /// Gives `take` each message to the client, in order, until the session has ended and the handler has been told. Returns the
    /// reason. Call it once.
    pub async fn carry(&self, mut take: impl FnMut(Delivered)) -> CloseReason {
        while let Some(delivered) = poll_fn(|context| self.poll_next(context)).await {
            take(delivered);
            self.note_taken();
            // The tasks of others want to run, too.
            tokio::task::coop::consume_budget().await;
        }
        let handling = self.handling.lock();
        self.session.disconnected();
        drop(handling);
        self.taken.fetch_add(1, Ordering::SeqCst);
        self.ended.store(true, Ordering::SeqCst);
        self.idle.notify_waiters();
        let reason = self.session.reason();
        reason.unwrap_or(CloseReason::TransportError)
    }

    /// Returns how many messages the client has dealt with so far, the session's end included.
    pub fn taken(&self) -> u64 {
        self.taken.load(Ordering::SeqCst)
    }

    /// Waits until the client has taken all messages that were sent to it so far and, if the session has ended, until the
    /// handler has been told.
    pub async fn idle(&self) {
        loop {
            let notified = self.idle.notified();
            if self.is_idle() {
                return;
            }
            notified.await;
        }
    }

    fn is_idle(&self) -> bool {
        let outgoing = self.session.outgoing();
        outgoing.is_idle() && (!outgoing.is_closed() || self.ended.load(Ordering::SeqCst))
    }

    /// Returns the next message, or `None` once all are taken and the session has ended.
    fn poll_next(&self, context: &mut Context<'_>) -> Poll<Option<Delivered>> {
        let mut outgoing = self.session.outgoing();
        outgoing.awake(context.waker());
        match outgoing.pop_with_volatile() {
            Some((message, volatile)) => Poll::Ready(Some(Delivered { message, volatile })),
            None if outgoing.is_closed() => Poll::Ready(None),
            None => {
                outgoing.sleep();
                Poll::Pending
            }
        }
    }

    /// Notes that the client has dealt with a message: first by its number, so that one who sees it idle sees that.
    fn note_taken(&self) {
        self.taken.fetch_add(1, Ordering::SeqCst);
        let mut outgoing = self.session.outgoing();
        if outgoing.is_empty() {
            outgoing.written();
            self.idle.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests;
