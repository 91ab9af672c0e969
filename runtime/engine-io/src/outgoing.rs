//! The queue of messages to a client, and the transport that takes from it.

use std::{collections::VecDeque, mem, task::Waker};

use bytes::Bytes;

use super::CloseReason;

/// A message in either direction, or a ping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// UTF-8 text, shared by all receivers.
    Text(Bytes),
    /// Binary data.
    Binary(Bytes),
    /// Asks whether the client is alive.
    Ping,
}

impl Message {
    /// Returns the bytes of its content.
    pub fn size(&self) -> usize {
        match self {
            Self::Text(data) | Self::Binary(data) => data.len(),
            Self::Ping => 0,
        }
    }
}

/// A message was not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsent {
    /// Too many messages are waiting.
    Full,
    /// The session has ended.
    Closed,
}

/// The session has ended, so it cannot change its carrier.
#[derive(Debug)]
pub(super) struct Ended;

/// The queue of one session.
#[derive(Debug)]
pub(super) struct Outgoing {
    messages: VecDeque<Message>,
    carrier: Carrier,
    /// Wakes the carrier: the WebSocket's task, or the poll that waits.
    waker: Option<Waker>,
    /// Whether the carrier is awake. It looks again before it sleeps.
    awake: bool,
    requests: Requests,
    /// Whether a WebSocket is about to take over from requests.
    upgrading: bool,
    /// Whether messages were taken that may not be written yet.
    writing: bool,
    /// For a carrier that is told which messages were sent as volatile; `None` until one was.
    volatile: Option<Box<VolatileMarks>>,
    end: End,
}

/// Which of the first messages were sent as volatile. Boxed above, because only sessions in memory have it.
#[derive(Debug, Default)]
struct VolatileMarks(VecDeque<bool>);

/// How far the session's end has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Far,
    /// No more messages are accepted. The session ends when those in the queue have been taken.
    Near(CloseReason),
    /// The session has ended.
    Reached,
}

/// Which requests are running.
#[derive(Debug, Default)]
struct Requests {
    /// A poll waits for messages, or writes them.
    poll: bool,
    /// A post brings messages.
    post: bool,
}

/// What takes messages from the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Carrier {
    /// Polls, one after another.
    Polling,
    /// Nothing: the session is upgrading, or the client has closed it. Polls get an empty response at once.
    Nothing,
    /// A WebSocket's task.
    WebSocket,
    /// A task of the program that this is part of.
    Memory,
}

impl Carrier {
    /// Returns whether one task carries the session to its end: it takes the messages that still wait, then tells the handler.
    pub(super) fn is_task(self) -> bool {
        matches!(self, Self::WebSocket | Self::Memory)
    }
}

impl Outgoing {
    pub(super) fn new(carrier: Carrier) -> Self {
        Self {
            messages: VecDeque::new(),
            carrier,
            waker: None,
            awake: false,
            requests: Requests::default(),
            upgrading: false,
            writing: false,
            volatile: None,
            end: End::Far,
        }
    }

    /// Appends all messages or none. Returns the waker to notify once the lock is released.
    pub(super) fn push(
        &mut self,
        messages: impl ExactSizeIterator<Item = Message>,
        max: usize,
    ) -> Result<Option<Waker>, Unsent> {
        if self.is_ending() {
            return Err(Unsent::Closed);
        }
        if self.messages.len() + messages.len() > max {
            return Err(Unsent::Full);
        }
        self.messages.extend(messages);
        Ok(self.wake())
    }

    /// Appends all messages or none, of which none need arrive. A carrier in memory is told that.
    pub(super) fn push_volatile(
        &mut self,
        messages: impl ExactSizeIterator<Item = Message>,
        max: usize,
    ) -> Result<Option<Waker>, Unsent> {
        let before = self.messages.len();
        let waker = self.push(messages, max)?;
        if self.carrier == Carrier::Memory {
            let VolatileMarks(marks) = &mut **self.volatile.get_or_insert_default();
            marks.resize(before, false);
            marks.resize(self.messages.len(), true);
        }
        Ok(waker)
    }

    /// Takes the first message, and whether it was sent as volatile.
    pub(super) fn pop_with_volatile(&mut self) -> Option<(Message, bool)> {
        let marks = self.volatile.as_deref_mut();
        let marked = marks.and_then(|VolatileMarks(marks)| marks.pop_front());
        let message = self.pop()?;
        Some((message, marked.unwrap_or(false)))
    }

    /// Takes the first message.
    pub(super) fn pop(&mut self) -> Option<Message> {
        let message = self.messages.pop_front();
        self.writing |= message.is_some();
        if self.messages.is_empty() && self.messages.capacity() > KEPT {
            self.messages = VecDeque::new();
        }
        message
    }

    pub(super) fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// Returns whether no message waits or is being written.
    pub(super) fn is_idle(&self) -> bool {
        self.messages.is_empty() && !self.writing
    }

    /// Returns whether no more messages are accepted.
    pub(super) fn is_ending(&self) -> bool {
        self.end != End::Far
    }

    /// Returns whether the session has ended.
    pub(super) fn is_closed(&self) -> bool {
        self.end == End::Reached
    }

    /// Returns whether a message could be written at once: no message waits or is being written, and over long-polling a poll
    /// waits. In memory nothing is written, so it always could.
    pub(super) fn is_writable(&self) -> bool {
        let waited_for = self.waker.is_some() && !self.awake;
        !self.is_ending()
            && match self.carrier {
                Carrier::Polling => self.messages.is_empty() && waited_for,
                Carrier::Nothing => false,
                Carrier::WebSocket => self.is_idle(),
                Carrier::Memory => true,
            }
    }

    /// Notes that all messages that were taken are written.
    pub(super) fn written(&mut self) {
        self.writing = false;
    }

    pub(super) fn carrier(&self) -> Carrier {
        self.carrier
    }

    /// Begins an upgrade. Returns `false` if another WebSocket is upgrading or carries the session.
    pub(super) fn begin_upgrade(&mut self) -> bool {
        let may = !self.is_closed() && !self.upgrading && self.carrier == Carrier::Polling;
        self.upgrading |= may;
        may
    }

    /// Notes that the WebSocket works. Polls now get an empty response at once, so that the client can go on with the upgrade.
    /// Returns the waker to notify.
    pub(super) fn probed(&mut self) -> Result<Option<Waker>, Ended> {
        self.change_to(Carrier::Nothing)
    }

    /// Makes the WebSocket the carrier, and ends a poll that waits. Returns the waker to notify.
    pub(super) fn upgraded(&mut self) -> Result<Option<Waker>, Ended> {
        self.upgrading = false;
        self.change_to(Carrier::WebSocket)
    }

    /// Makes polls the carrier again, because the WebSocket has gone. Returns the waker to notify.
    pub(super) fn abandon_upgrade(&mut self) -> Option<Waker> {
        self.upgrading = false;
        // What has ended stays as it is.
        self.change_to(Carrier::Polling).unwrap_or_default()
    }

    fn change_to(&mut self, carrier: Carrier) -> Result<Option<Waker>, Ended> {
        if self.is_closed() {
            return Err(Ended);
        }
        self.carrier = carrier;
        Ok(self.wake())
    }

    /// From now on, polls get an empty response at once.
    pub(super) fn stop_polling(&mut self) {
        self.carrier = Carrier::Nothing;
    }

    /// Begins a post. Returns `false` if one is running.
    pub(super) fn begin_post(&mut self) -> bool {
        !mem::replace(&mut self.requests.post, true)
    }

    /// Ends a post.
    pub(super) fn end_post(&mut self) {
        self.requests.post = false;
    }

    /// Begins a poll. Returns `false` if one is running.
    pub(super) fn begin_poll(&mut self) -> bool {
        !mem::replace(&mut self.requests.poll, true)
    }

    /// Ends a poll.
    pub(super) fn end_poll(&mut self) {
        self.requests.poll = false;
        // By now a WebSocket may wait in its place.
        if !self.carrier.is_task() {
            self.waker = None;
            self.awake = false;
        }
    }

    /// Accepts no more messages, and ends the session after the last one. Returns the waker to notify, or `None` if the session is
    /// ending already.
    pub(super) fn end(&mut self, reason: CloseReason) -> Option<Option<Waker>> {
        if self.is_ending() {
            return None;
        }
        self.end = End::Near(reason);
        Some(self.wake())
    }

    /// Returns the reason if the session is to end now: all messages have been taken, or a task takes them.
    pub(super) fn due_end(&self) -> Option<CloseReason> {
        match self.end {
            End::Near(reason) if self.messages.is_empty() || self.carrier.is_task() => Some(reason),
            _ => None,
        }
    }

    /// Ends the session. Returns the carrier's waker even if the carrier is awake, because a WebSocket's task that waits for its
    /// client to read counts as awake.
    pub(super) fn close(&mut self) -> Option<Waker> {
        self.end = End::Reached;
        self.awake = self.waker.is_some();
        self.waker.clone()
    }

    /// Notes that the carrier is awake: it need not be woken until it sleeps.
    pub(super) fn awake(&mut self, waker: &Waker) {
        self.awake = true;
        match &mut self.waker {
            Some(there) => there.clone_from(waker),
            none => *none = Some(waker.clone()),
        }
    }

    /// Notes that the carrier sleeps until more messages come.
    pub(super) fn sleep(&mut self) {
        self.awake = false;
    }

    fn wake(&mut self) -> Option<Waker> {
        match self.awake {
            true => None,
            false => {
                self.awake = self.waker.is_some();
                self.waker.clone()
            }
        }
    }
}

/// Capacity that an empty queue keeps.
const KEPT: usize = 4;
