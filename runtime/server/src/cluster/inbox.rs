//! What comes in on one connection.

use std::sync::Arc;

use parking_lot::Mutex;
use redis::{PushInfo, PushKind, Value};
use tokio::{sync::Notify, time::Instant};

use super::{
    member::Member,
    message::{self, MessageError, NodeId},
    queue::{Capacity, Queue},
};

/// The inbox of one connection. Its own node's messages do not get into it.
pub(super) struct Inbox {
    own: NodeId,
    member: Arc<Member>,
    pub(super) messages: Queue<(NodeId, Vec<u8>)>,
    heard: Mutex<Instant>,
    closed: Notify,
}

impl Inbox {
    pub(super) fn new(own: NodeId, member: Arc<Member>, capacity: Capacity) -> Self {
        let messages = Queue::new("received", &member.tenant, capacity);
        messages.open();
        Self {
            own,
            member,
            messages,
            heard: Mutex::new(Instant::now()),
            closed: Notify::new(),
        }
    }

    /// Takes what the connection hands over. Runs on the connection's own task, so it only looks who sent it.
    pub(super) fn receive(&self, push: PushInfo) {
        match push.kind {
            PushKind::Disconnection => self.closed.notify_one(),
            PushKind::Message => {
                *self.heard.lock() = Instant::now();
                if let Some(Value::BulkString(bytes)) = push.data.into_iter().nth(1) {
                    self.sort(bytes);
                }
            }
            _ => {}
        }
    }

    fn sort(&self, bytes: Vec<u8>) {
        match message::sender(&bytes, &self.member.limits) {
            Ok(sender) if sender == self.own => {}
            Ok(sender) => {
                let size = bytes.len();
                self.messages.push((sender, bytes), size);
            }
            Err(error) => self.refuse(&error),
        }
    }

    /// Logs a message that is dropped, as far as the tenant's log has room.
    pub(super) fn refuse(&self, error: &MessageError) {
        /// Bytes of such a line.
        const LINE: usize = 200;
        let Member { tenant, log, .. } = &*self.member;
        if log.admits(LINE) {
            tracing::warn!(%tenant, %error, "dropped a message from Redis");
        }
    }

    /// When the last message came, this node's own among them.
    pub(super) fn heard(&self) -> Instant {
        *self.heard.lock()
    }

    /// Completes when the connection has ended.
    pub(super) async fn closed(&self) {
        self.closed.notified().await;
    }
}
