//! A queue of messages that is bounded in number and bytes. What does not fit is counted and dropped: nothing here waits
//! for room.

use std::collections::VecDeque;

use parking_lot::{Mutex, MutexGuard};
use tokio::sync::Notify;

/// Messages taken at once.
const BATCH: usize = 256;
/// Bytes taken at once, unless a single message has more.
const BATCH_BYTES: usize = 1 << 20;

/// The queue. Closed at first; while it is closed it takes nothing.
pub(super) struct Queue<T> {
    /// For the log.
    name: &'static str,
    tenant: String,
    capacity: Capacity,
    inner: Mutex<Inner<T>>,
    more: Notify,
}

/// What a queue holds at most.
#[derive(Debug, Clone, Copy)]
pub(super) struct Capacity {
    pub(super) messages: usize,
    pub(super) bytes: usize,
}

struct Inner<T> {
    open: bool,
    items: VecDeque<(T, usize)>,
    bytes: usize,
    /// Messages lost since it was closed, or since it became full.
    lost: u64,
}

impl<T> Queue<T> {
    pub(super) fn new(name: &'static str, tenant: &str, capacity: Capacity) -> Self {
        Self {
            name,
            tenant: tenant.to_owned(),
            capacity,
            inner: Mutex::new(Inner {
                open: false,
                items: VecDeque::new(),
                bytes: 0,
                lost: 0,
            }),
            more: Notify::new(),
        }
    }

    /// Adds a message, if there is room.
    pub(super) fn push(&self, message: T, bytes: usize) {
        let mut inner = self.inner();
        let full = inner.items.len() >= self.capacity.messages
            || inner.bytes.saturating_add(bytes) > self.capacity.bytes;
        if inner.open && !full {
            inner.items.push_back((message, bytes));
            inner.bytes += bytes;
            self.more.notify_one();
            return;
        }
        inner.lost += 1;
        // Once for all that will be lost. That it is closed has been said already.
        if inner.open && inner.lost == 1 {
            let Self { name, tenant, .. } = self;
            tracing::warn!(%tenant, queue = name, "too many messages between nodes: dropping some");
        }
    }

    /// Waits for messages and takes some, in order. Nothing is lost where the wait is given up.
    pub(super) async fn next_batch(&self) -> Vec<T> {
        loop {
            let batch = self.take_batch();
            if !batch.is_empty() {
                return batch;
            }
            self.more.notified().await;
        }
    }

    /// Takes some of what is there, in order.
    pub(super) fn take_batch(&self) -> Vec<T> {
        let mut inner = self.inner();
        let mut batch = Vec::new();
        let mut taken = 0;
        while let Some((_, bytes)) = inner.items.front() {
            if !batch.is_empty() && (batch.len() >= BATCH || taken + bytes > BATCH_BYTES) {
                break;
            }
            let Some((message, bytes)) = inner.items.pop_front() else {
                break;
            };
            taken += bytes;
            batch.push(message);
        }
        inner.bytes -= taken;
        if inner.open && inner.items.is_empty() && inner.lost > 0 {
            let Self { name, tenant, .. } = self;
            let lost = std::mem::take(&mut inner.lost);
            tracing::warn!(%tenant, queue = name, lost, "messages between nodes were dropped");
        }
        batch
    }

    /// Lets messages in; answers how many were lost while it was closed.
    pub(super) fn open(&self) -> u64 {
        let mut inner = self.inner();
        inner.open = true;
        std::mem::take(&mut inner.lost)
    }

    /// Drops what waits, and whatever comes until it is opened again.
    pub(super) fn close(&self) {
        let mut inner = self.inner();
        inner.open = false;
        inner.bytes = 0;
        inner.lost += std::mem::take(&mut inner.items).len() as u64;
    }

    /// Whether it is worth while to make a message; one that is not made is counted as lost.
    pub(super) fn wants(&self) -> bool {
        let mut inner = self.inner();
        inner.lost += u64::from(!inner.open);
        inner.open
    }

    fn inner(&self) -> MutexGuard<'_, Inner<T>> {
        self.inner.lock()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue() -> Queue<u32> {
        let capacity = Capacity {
            messages: 1_000,
            bytes: 10 << 20,
        };
        Queue::new("test", "nobody", capacity)
    }

    #[tokio::test]
    async fn batches_keep_the_order_and_are_bounded() {
        let queue = queue();
        queue.open();
        for message in 0..1_000 {
            queue.push(message, 10_000);
        }
        let mut all = Vec::new();
        while all.len() < 1_000 {
            let batch = queue.next_batch().await;
            assert!(batch.len() * 10_000 <= BATCH_BYTES);
            all.extend(batch);
        }
        assert!(all.is_sorted());
    }

    #[test]
    fn messages_and_bytes_over_the_capacity_are_lost() {
        let queue = queue();
        queue.open();
        for message in 0..1_001 {
            queue.push(message, 1);
        }
        queue.close();
        assert_eq!(
            queue.open(),
            1_001,
            "one did not fit, the others were closed upon"
        );
        queue.push(1, (10 << 20) + 1);
        assert!(queue.take_batch().is_empty());
        queue.push(2, 10 << 20);
        queue.push(3, 1);
        assert_eq!(queue.take_batch(), [2]);
    }

    #[test]
    fn closed_queue_takes_nothing() {
        let queue = queue();
        queue.push(1, 1);
        assert!(!queue.wants());
        assert!(queue.take_batch().is_empty());
        assert_eq!(queue.open(), 2);
        assert!(queue.wants());
        queue.push(2, 1);
        assert_eq!(queue.take_batch(), [2]);
        assert_eq!(queue.open(), 0);
    }
}
