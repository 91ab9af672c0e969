//! One session, and all sessions of a server.

mod engine;
mod heartbeat;

pub use engine::Engine;

use std::{
    iter,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use parking_lot::{Mutex, MutexGuard};
use tokio_util::sync::CancellationToken;

use super::{
    CloseReason, Handler, Id,
    outgoing::{Carrier, Message, Outgoing, Unsent},
    payload,
};

/// A client's session.
pub struct Session<H: Handler> {
    /// Data that the handler keeps for the session.
    pub data: H::Data,
    id: Id,
    engine: Arc<Engine<H>>,
    outgoing: Mutex<Outgoing>,
    closed: OnceLock<CloseReason>,
    ended: CancellationToken,
    pongs: AtomicU32,
}

impl<H: Handler> Session<H> {
    pub(crate) fn new(engine: Arc<Engine<H>>, id: Id, carrier: Carrier) -> Self {
        Self {
            data: H::Data::default(),
            id,
            engine,
            outgoing: Mutex::new(Outgoing::new(carrier)),
            closed: OnceLock::new(),
            ended: CancellationToken::new(),
            pongs: AtomicU32::new(0),
        }
    }

    /// Returns the session's id, a secret of its client.
    pub fn id(&self) -> &str {
        self.id.as_str()
    }

    /// Sends a message after all that were sent before.
    ///
    /// # Errors
    /// Too many messages are waiting, or the session has ended.
    pub fn send(&self, message: Message) -> Result<(), Unsent> {
        self.send_all(iter::once(message))
    }

    /// Sends all messages or none, without others in between.
    ///
    /// # Errors
    /// Those of [`Session::send`].
    pub fn send_all(&self, messages: impl ExactSizeIterator<Item = Message>) -> Result<(), Unsent> {
        let waker = self.outgoing().push(messages, self.config().max_packets)?;
        if let Some(waker) = waker {
            waker.wake();
        }
        Ok(())
    }

    /// Sends messages that may get lost, all or none. Whether they could be written at once is for the caller to ask
    /// ([`Session::is_writable`]).
    ///
    /// # Errors
    /// Those of [`Session::send`].
    pub fn send_volatile(
        &self,
        messages: impl ExactSizeIterator<Item = Message>,
    ) -> Result<(), Unsent> {
        let max = self.config().max_packets;
        let waker = self.outgoing().push_volatile(messages, max)?;
        if let Some(waker) = waker {
            waker.wake();
        }
        Ok(())
    }

    /// Ends the session. Messages that wait are still sent if the client takes them. Of several reasons, the first counts.
    pub fn close(self: &Arc<Self>, reason: CloseReason) {
        if self.closed.set(reason).is_err() {
            return;
        }
        self.engine.remove(self.id);
        self.ended.cancel();
        let mut outgoing = self.outgoing();
        let waker = outgoing.close();
        let carrier = outgoing.carrier();
        drop(outgoing);
        if let Some(waker) = waker {
            waker.wake();
        }
        // A task that carries it tells the handler when it has done with it.
        if !carrier.is_task() {
            let session = self.clone();
            tokio::spawn(async move { session.disconnected() });
        }
    }

    /// Ends the session once the messages that wait are sent, and accepts no others. Over long-polling, polls get the messages and
    /// then the end; the session ends after `patience` at the latest.
    pub fn close_when_sent(self: &Arc<Self>, reason: CloseReason, patience: Duration) {
        let mut outgoing = self.outgoing();
        let Some(waker) = outgoing.end(reason) else {
            return;
        };
        let carrier = outgoing.carrier();
        drop(outgoing);
        if let Some(waker) = waker {
            waker.wake();
        }
        if carrier.is_task() {
            return self.close(reason);
        }
        let session = self.clone();
        tokio::spawn(async move {
            let _ = tokio::time::timeout(patience, session.closed()).await;
            session.close(reason);
        });
    }

    /// Closes the session if [`Session::close_when_sent`] was called and all messages are taken.
    pub(crate) fn close_if_due(self: &Arc<Self>) {
        let due = self.outgoing().due_end();
        if let Some(reason) = due {
            self.close(reason);
        }
    }

    /// Returns whether a message could be written at once.
    pub fn is_writable(&self) -> bool {
        self.outgoing().is_writable()
    }

    /// Spawns `task`, and cancels it when the session is closed.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let ended = self.ended.clone();
        tokio::spawn(async move { ended.run_until_cancelled(task).await });
    }

    /// Waits until the session is closed.
    pub async fn closed(&self) {
        self.ended.cancelled().await;
    }

    /// Handles an Engine.IO packet that came as text, over either transport.
    pub(crate) fn packet(self: &Arc<Self>, packet: &str) -> Result<(), CloseReason> {
        match packet.split_at_checked(1) {
            Some(("4", text)) => self.handler().on_text(self, text),
            Some(("b", data)) => {
                let data = payload::decode_base64(data);
                self.handler().on_binary(self, data.into());
            }
            Some(("3", _)) => self.pong(),
            Some(("1", _)) => return Err(CloseReason::TransportClose),
            // Packets that mean nothing here. Node ignores them, and some clients send them.
            Some(("0" | "5" | "6", _)) => {}
            // Pings are the server's to send.
            Some(("2", _)) => return Err(CloseReason::TransportError),
            _ => return Err(CloseReason::ParseError),
        }
        Ok(())
    }

    /// Returns to long-polling, because the WebSocket that was to take over has gone.
    pub(crate) fn abandon_upgrade(&self) {
        let waker = self.outgoing().abandon_upgrade();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Tells the handler that the session has ended. The last carrier calls this once.
    pub(crate) fn disconnected(self: &Arc<Self>) {
        let reason = self.reason().unwrap_or(CloseReason::TransportError);
        self.handler().on_disconnect(self, reason);
    }

    /// Returns why the session was closed, or `None` if it is open.
    pub(crate) fn reason(&self) -> Option<CloseReason> {
        self.closed.get().copied()
    }

    pub(crate) fn outgoing(&self) -> MutexGuard<'_, Outgoing> {
        self.outgoing.lock()
    }

    pub(crate) fn config(&self) -> &super::Config {
        self.engine.config()
    }

    pub(crate) fn handler(&self) -> &H {
        self.engine.handler()
    }

    /// Notes that the client answered a ping.
    fn pong(&self) {
        self.pongs.fetch_add(1, Ordering::Relaxed);
    }

    /// Returns how many pings the client has answered.
    pub(crate) fn pongs(&self) -> u32 {
        self.pongs.load(Ordering::Relaxed)
    }
}
