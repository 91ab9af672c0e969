//! The events of one socket that wait for their turn: in order, one at a time, and not too many.
//!
//! A task works them off, and exists only while there are any, so an idle socket costs no more than an empty queue.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

/// The queue of one socket.
pub(super) struct Mailbox<T>(Mutex<Queue<T>>);

struct Queue<T> {
    items: VecDeque<(T, usize)>,
    bytes: usize,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing may be taken before the client is connected.
    Shut,
    /// No task is working.
    Idle,
    /// A task is working until the queue is empty.
    Working,
}

/// How much may wait.
#[derive(Debug, Clone, Copy)]
pub(super) struct Capacity {
    pub(super) items: usize,
    pub(super) bytes: usize,
}

/// What the one who has put something into the mailbox has to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub(super) enum Duty {
    /// Start the task that takes everything out.
    Start,
    /// Nothing: the task is there, or the mailbox is shut.
    Nothing,
}

/// Bytes that wait in all mailboxes of a tenant.
#[derive(Debug)]
pub(super) struct Queued {
    bytes: Arc<AtomicUsize>,
    limit: usize,
}

/// Some of these bytes; given back when dropped.
#[derive(Debug)]
pub(super) struct Held {
    bytes: usize,
    all: Arc<AtomicUsize>,
}

impl Queued {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            bytes: Arc::default(),
            limit,
        }
    }

    /// Holds `bytes`, if there is room for them.
    pub(super) fn hold(&self, bytes: usize) -> Option<Held> {
        // Counted first, so that it is given back whatever comes of it.
        let all = self.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        let held = Held {
            bytes,
            all: self.bytes.clone(),
        };
        (all <= self.limit).then_some(held)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.all.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// What became of an item.
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub(super) enum Pushed<T> {
    /// It waits for its turn.
    Waits,
    /// Nothing is before it and nobody at work: whoever has put it in works on it, and on what comes meanwhile.
    First(T),
}

/// Too much is waiting. Gives back what did not fit.
#[derive(Debug)]
pub(super) struct Full<T>(pub(super) T);

impl<T> Mailbox<T> {
    /// An empty mailbox; nothing is taken out before [`Mailbox::open`].
    pub(super) fn shut() -> Self {
        Self(Mutex::new(Queue {
            items: VecDeque::new(),
            bytes: 0,
            state: State::Shut,
        }))
    }

    /// Lets things out.
    pub(super) fn open(&self) -> Duty {
        let mut queue = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        queue.state = State::Idle;
        queue.duty()
    }

    /// Puts `item` of `bytes` at the end, where there is room for it. One item may be larger than all the room.
    pub(super) fn push(
        &self,
        item: T,
        bytes: usize,
        capacity: Capacity,
    ) -> Result<Pushed<T>, Full<T>> {
        let mut queue = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes_after = queue.bytes.saturating_add(bytes);
        let full = queue.items.len() >= capacity.items || bytes_after > capacity.bytes;
        if full && !queue.items.is_empty() {
            return Err(Full(item));
        }
        if queue.state == State::Idle {
            // Whoever was at work has left nothing behind.
            queue.state = State::Working;
            return Ok(Pushed::First(item));
        }
        queue.items.push_back((item, bytes));
        queue.bytes = bytes_after;
        Ok(Pushed::Waits)
    }

    /// Puts `item` at the end, room or not: for the few that the host itself sends.
    pub(super) fn push_anyway(&self, item: T) -> Duty {
        let mut queue = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        queue.items.push_back((item, 0));
        queue.duty()
    }

    /// Takes the first item; with none left, the task that asks is done.
    pub(super) fn next(&self) -> Option<T> {
        let mut queue = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match queue.items.pop_front() {
            Some((item, bytes)) => {
                queue.bytes -= bytes;
                Some(item)
            }
            None => {
                queue.state = State::Idle;
                queue.items = VecDeque::new();
                None
            }
        }
    }
}

impl<T> Queue<T> {
    fn duty(&mut self) -> Duty {
        if self.state != State::Idle || self.items.is_empty() {
            return Duty::Nothing;
        }
        self.state = State::Working;
        Duty::Start
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: Capacity = Capacity {
        items: 2,
        bytes: 10,
    };

    #[test]
    fn first_item_starts_the_task_and_the_last_ends_it() {
        let mailbox = Mailbox::shut();
        assert_eq!(mailbox.open(), Duty::Nothing);
        assert_eq!(mailbox.push(1, 1, SMALL).unwrap(), Pushed::First(1));
        assert_eq!(mailbox.push(2, 1, SMALL).unwrap(), Pushed::Waits);
        assert_eq!([mailbox.next(), mailbox.next()], [Some(2), None]);
        assert_eq!(mailbox.push(3, 1, SMALL).unwrap(), Pushed::First(3));
    }

    #[test]
    fn shut_mailbox_keeps_what_comes() {
        let mailbox = Mailbox::shut();
        assert_eq!(mailbox.push(1, 1, SMALL).unwrap(), Pushed::Waits);
        assert_eq!(mailbox.open(), Duty::Start);
        assert_eq!(mailbox.next(), Some(1));
    }

    #[test]
    fn too_many_are_given_back() {
        let mailbox = Mailbox::shut();
        let _ = mailbox.push(1, 1, SMALL).unwrap();
        let _ = mailbox.push(2, 1, SMALL).unwrap();
        assert_eq!(mailbox.push(3, 1, SMALL).unwrap_err().0, 3);
        assert_eq!(mailbox.push_anyway(4), Duty::Nothing);
    }

    #[test]
    fn too_many_bytes_are_given_back_but_one_large_item_is_not() {
        let mailbox = Mailbox::shut();
        let _ = mailbox.push(1, 100, SMALL).unwrap();
        assert_eq!(mailbox.push(2, 1, SMALL).unwrap_err().0, 2);
    }
}
