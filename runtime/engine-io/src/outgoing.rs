//! What waits for a client, and who will bring it there.

use std::{collections::VecDeque, mem, task::Waker};

use bytes::Bytes;

use super::CloseReason;

/// A message in either direction, or a ping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// UTF-8, shared by all who get it.
    Text(Bytes),
    /// Binary data.
    Binary(Bytes),
    /// Asks whether the client is there.
    Ping,
}

impl Message {
    /// Bytes of what it says.
    pub fn size(&self) -> usize {
        match self {
            Self::Text(data) | Self::Binary(data) => data.len(),
            Self::Ping => 0,
        }
    }
}

/// A message does not go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsent {
    /// Too many wait already.
    Full,
    /// The session has ended.
    Closed,
}

/// The session has ended, and changes no more.
#[derive(Debug)]
pub(super) struct Ended;

/// The queue of one session.
#[derive(Debug)]
pub(super) struct Outgoing {
    messages: VecDeque<Message>,
    carrier: Carrier,
    /// Wakes whoever carries the messages: the WebSocket's task, or the request that waits for them.
    waker: Option<Waker>,
    /// It is awake, and will look again before it sleeps.
    awake: bool,
    requests: Requests,
    /// A WebSocket is to take over from requests.
    upgrading: bool,
    /// Messages have been taken that may not have been written yet.
    writing: bool,
    end: End,
}

/// How near the end of the session is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Far,
    /// Nothing comes after what is there, and when that has been taken, the session ends.
    Near(CloseReason),
    /// It has ended.
    Reached,
}

/// Which requests are under way.
#[derive(Debug, Default)]
struct Requests {
    /// One waits for messages, or writes them.
    poll: bool,
    /// One brings messages.
    post: bool,
}

/// What carries a session's messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Carrier {
    /// One request after another.
    Polling,
    /// Nothing: the session is changing to WebSocket, or the client has closed it. Polls are answered at once, and empty.
    Nothing,
    /// The task of a WebSocket.
    WebSocket,
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
            end: End::Far,
        }
    }

    /// Puts messages at the end, all of them or none. Answers whom to wake, once the lock is free.
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

    /// Takes a message.
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

    /// Whether nothing comes after what is there.
    pub(super) fn is_ending(&self) -> bool {
        self.end != End::Far
    }

    /// Whether the session has ended.
    pub(super) fn is_closed(&self) -> bool {
        self.end == End::Reached
    }

    /// Whether a message would go out at once: none waits, none is being written, and over requests, one waits.
    pub(super) fn is_writable(&self) -> bool {
        let waited_for = self.waker.is_some() && !self.awake;
        !self.is_ending()
            && self.messages.is_empty()
            && match self.carrier {
                Carrier::Polling => waited_for,
                Carrier::Nothing => false,
                Carrier::WebSocket => !self.writing,
            }
    }

    /// All that was taken has been written.
    pub(super) fn written(&mut self) {
        self.writing = false;
    }

    pub(super) fn carrier(&self) -> Carrier {
        self.carrier
    }

    /// A WebSocket asks to take over from requests. Returns `false` if another one has done so, or carries the session.
    pub(super) fn begin_upgrade(&mut self) -> bool {
        let may = !self.is_closed() && !self.upgrading && self.carrier == Carrier::Polling;
        self.upgrading |= may;
        may
    }

    /// The WebSocket works: polls are answered at once, so that the client can go on to it. Returns the waker to notify.
    pub(super) fn probed(&mut self) -> Result<Option<Waker>, Ended> {
        self.change_to(Carrier::Nothing)
    }

    /// The WebSocket carries the session from now on, and a poll that waits is answered. Returns the waker to notify.
    pub(super) fn upgraded(&mut self) -> Result<Option<Waker>, Ended> {
        self.upgrading = false;
        self.change_to(Carrier::WebSocket)
    }

    /// The WebSocket has gone, and requests carry the session as before. Returns the waker to notify.
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

    /// Polls are answered at once, and empty.
    pub(super) fn stop_polling(&mut self) {
        self.carrier = Carrier::Nothing;
    }

    /// Whether a request may bring messages: one at a time.
    pub(super) fn begin_post(&mut self) -> bool {
        !mem::replace(&mut self.requests.post, true)
    }

    /// It brings no more.
    pub(super) fn end_post(&mut self) {
        self.requests.post = false;
    }

    /// Whether a request may wait for messages: one at a time.
    pub(super) fn begin_poll(&mut self) -> bool {
        !mem::replace(&mut self.requests.poll, true)
    }

    /// It waits no more.
    pub(super) fn end_poll(&mut self) {
        self.requests.poll = false;
        // By now a WebSocket may wait in its place.
        if self.carrier != Carrier::WebSocket {
            self.waker = None;
            self.awake = false;
        }
    }

    /// Nothing comes after what is there, and the session ends with it. Returns the waker to notify, or `None` if it is ending
    /// already.
    pub(super) fn end(&mut self, reason: CloseReason) -> Option<Option<Waker>> {
        if self.is_ending() {
            return None;
        }
        self.end = End::Near(reason);
        Some(self.wake())
    }

    /// Why the session ends now, if it is to end: all messages have been taken, or a WebSocket takes them.
    pub(super) fn due_end(&self) -> Option<CloseReason> {
        match self.end {
            End::Near(reason) if self.messages.is_empty() || self.carrier == Carrier::WebSocket => {
                Some(reason)
            }
            _ => None,
        }
    }

    /// Nothing comes after what is there. Returns the waker of whoever carries that, awake or not: a WebSocket's task that waits
    /// for its client to read counts as awake.
    pub(super) fn close(&mut self) -> Option<Waker> {
        self.end = End::Reached;
        self.awake = self.waker.is_some();
        self.waker.clone()
    }

    /// The carrier is at work: until it sleeps, nobody has to wake it.
    pub(super) fn awake(&mut self, waker: &Waker) {
        self.awake = true;
        match &mut self.waker {
            Some(there) => there.clone_from(waker),
            none => *none = Some(waker.clone()),
        }
    }

    /// The carrier waits for more.
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

/// Places in an empty queue that are kept for the next messages.
const KEPT: usize = 4;
