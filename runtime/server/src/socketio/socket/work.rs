//! Works on a socket's events: one at a time, in order, and on the connection's own task as far as nothing has to be waited
//! for. Events of concurrent routes start in that order, too, but are not waited for.

use std::{
    pin::pin,
    sync::{Arc, atomic::Ordering},
    task::{Context, Waker},
    time::Duration,
};

use super::{Item, Socket};
use crate::{
    dispatch::{self, AcceptedEvent},
    response::{Rejection, Response},
    socketio::{
        Served, connection,
        mailbox::{Capacity, Full, Schedule},
        namespace::Serving,
        packet::Incoming,
        tasks::Tasks,
    },
    validate::RawEvent,
};
use stockade_engine_io::CloseReason;
use stockade_sandbox::host::{Disconnect, EventSource};

/// How long a client's events wait for it to read.
const UNREAD_PATIENCE: Duration = Duration::from_secs(20);

/// Disconnects a client whose task panics: it would wait for ever for the next answer. No panic is known; this keeps an
/// unknown one the matter of one client.
struct PanicGuard<'a>(&'a Socket);

impl Socket {
    /// Takes an event; runs on the connection's own task. `served` is what it has itself, in the hands of who calls.
    pub(in crate::socketio) fn receive(self: Arc<Self>, served: &Served, packet: Incoming) {
        if served.draining.load(Ordering::Relaxed) {
            return self.answer(packet.id, Rejection::ServiceUnavailable.response());
        }
        let ack = packet.id;
        let raw = RawEvent::new(packet.data, packet.attachments);
        let (bytes, queued) = (raw.size(), &served.queued);
        if !queued.has_room(bytes) {
            return self.answer(ack, Rejection::TooManyRequests.response());
        }
        if self.mailbox.begin() {
            return run_or_spawn(&served.tasks, || self.handle_first(raw, ack));
        }
        let limits = &served.tenant.limits;
        let capacity = Capacity {
            items: limits.queue,
            bytes: limits.queue_bytes,
        };
        let item = Item::Event(raw, ack);
        match self.mailbox.push(item, bytes, capacity, queued) {
            Ok(duty) => self.work(duty),
            Err(Full(_)) => self.answer(ack, Rejection::TooManyRequests.response()),
        }
    }

    /// Whether none of its events is being handled.
    pub(in crate::socketio) fn is_at_rest(&self) -> bool {
        self.mailbox.is_at_rest()
    }

    pub(super) fn work(self: &Arc<Self>, duty: Schedule) {
        if duty == Schedule::Start {
            let socket = self.clone();
            let work = async move { socket.empty_mailbox().await };
            self.served.tasks.spawn(work);
        }
    }

    /// Handles an event that did not have to wait for others, then those that have come meanwhile.
    async fn handle_first(self: Arc<Self>, raw: RawEvent, ack: Option<u64>) {
        let _guard = PanicGuard(&self);
        // Asked once more, now that whoever stops the server sees that this socket is at work.
        match self.served.draining.load(Ordering::Relaxed) {
            true => self.answer(ack, Rejection::ServiceUnavailable.response()),
            false => pin!(self.handle(raw, ack)).await,
        }
        pin!(self.empty_mailbox()).await;
    }

    /// Works off what waits.
    async fn empty_mailbox(self: &Arc<Self>) {
        let _guard = PanicGuard(self);
        while let Some(item) = self.mailbox.next() {
            Box::pin(self.take(item)).await;
            // The tasks of other sockets want to run, too.
            tokio::task::coop::consume_budget().await;
        }
    }

    async fn take(self: &Arc<Self>, item: Item) {
        match item {
            Item::Event(_, ack) if self.served.abandoning.load(Ordering::Relaxed) => {
                self.answer(ack, Rejection::ServiceUnavailable.response());
            }
            Item::Event(raw, ack) => pin!(self.handle(raw, ack)).await,
            Item::Connected(effects, wish) => {
                effects.apply(&**self, self.server()).await;
                self.apply_disconnect(wish);
            }
            Item::Gone(reason, _token) => {
                self.concurrent.all_done().await;
                let (tenant, serving) = (&self.served.tenant, self.namespace.serving());
                let Serving { release, api } = &**serving;
                let caller = self.caller();
                dispatch::disconnect(tenant, release, api, &caller, reason.name()).await;
            }
        }
    }

    fn is_half_read(&self) -> bool {
        let unread = self.engine.data.unread();
        unread.is_none_or(|unread| unread.is_half_read())
    }

    async fn until_read(&self) {
        if let Some(unread) = self.engine.data.unread() {
            let read = unread.until_read(|| self.has_left());
            let _ = tokio::time::timeout(UNREAD_PATIENCE, read).await;
        }
    }

    /// One event, from where its turn has come to its answer; or to its start, where it is concurrent.
    async fn handle(self: &Arc<Self>, raw: RawEvent, ack: Option<u64>) {
        let bytes = raw.size();
        let handled = pin!(async {
            if !self.is_half_read() {
                // A client is not served faster than it reads.
                Box::pin(self.until_read()).await;
            }
            // It is served by this release to its end.
            let serving = self.namespace.serving();
            let accepted = dispatch::accept(&self.served.tenant, &serving.api, &**self, raw);
            match pin!(accepted).await {
                Ok(event) if event.is_concurrent() => {
                    let event = event.into_owned();
                    Box::pin(self.start_concurrent(&serving, event, ack, bytes)).await;
                }
                Ok(event) => pin!(self.serve(&serving, event, ack)).await,
                Err(rejection) => self.answer(ack, rejection.response()),
            }
        });
        pin!(self.served.queued.hold_while_waiting(bytes, handled)).await;
    }

    /// Runs an event to its answer.
    async fn serve(
        self: &Arc<Self>,
        serving: &Serving,
        event: AcceptedEvent<'_>,
        ack: Option<u64>,
    ) {
        let (tenant, release) = (&self.served.tenant, &serving.release);
        let outcome = dispatch::run(tenant, release, self.caller(), event);
        let outcome = pin!(outcome).await;
        self.answer(ack, outcome.response);
        self.apply_disconnect(outcome.disconnect);
    }

    /// Starts an event of `bytes` that the next ones do not wait for, as soon as few enough of its kind run.
    async fn start_concurrent(
        self: &Arc<Self>,
        serving: &Arc<Serving>,
        event: AcceptedEvent<'static>,
        ack: Option<u64>,
        bytes: usize,
    ) {
        let place = self.concurrent.place().await;
        if self.served.abandoning.load(Ordering::Relaxed) {
            return self.answer(ack, Rejection::ServiceUnavailable.response());
        }
        let (socket, serving) = (self.clone(), serving.clone());
        run_or_spawn(&self.served.tasks, || async move {
            let _guard = PanicGuard(&socket);
            let _place = place;
            let served = pin!(socket.serve(&serving, event, ack));
            pin!(socket.served.queued.hold_while_waiting(bytes, served)).await;
        });
    }

    fn answer(&self, ack: Option<u64>, response: Response) {
        let Some(id) = ack else { return };
        let encoder = &self.namespace.encoder;
        let packet = encoder.ack(id, response).or_else(|error| {
            tracing::warn!(tenant = %self.served.tenant.name, %error, "a response cannot be sent");
            encoder.ack(id, Response::Error(None))
        });
        if let Ok(packet) = packet {
            // A client that has gone needs no answer.
            let _ = self.send(packet);
        }
    }

    /// Disconnects the client as the guest wishes.
    pub(in crate::socketio) fn apply_disconnect(self: &Arc<Self>, wish: Option<Disconnect>) {
        match wish {
            None => {}
            Some(Disconnect::Namespace) => self.disconnect(),
            Some(Disconnect::Server) => {
                for socket in self.engine.data.shut() {
                    socket.disconnect();
                }
                let engine = &self.engine;
                engine.close_when_sent(CloseReason::ForcedClose, connection::LAST_PACKETS);
            }
        }
    }
}

/// Runs `work` here and now, as far as it gets without waiting, and has the rest done by a task of its own, one of `tasks`. Most
/// events wait for nothing: they are answered before the next one is read, and cost no task.
fn run_or_spawn<F: Future<Output = ()> + Send + 'static>(tasks: &Tasks, work: impl FnOnce() -> F) {
    // Made where it is to be: it has thousands of bytes, few of which mean anything yet.
    let mut work = Box::into_pin(Box::write(Box::new_uninit(), work()));
    // What wakes it before the task has it wakes nobody, which does no harm: a task begins by looking.
    let mut context = Context::from_waker(Waker::noop());
    if work.as_mut().poll(&mut context).is_pending() {
        tasks.spawn(work);
    }
}

impl Drop for PanicGuard<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.mailbox.stop();
            self.0.engine.close(CloseReason::TransportError);
        }
    }
}
