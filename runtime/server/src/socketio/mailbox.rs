//! The events of one socket that wait for their turn: in order, one at a time, and not too many.
//!
//! A task works them off, and exists only while there are any, so an idle socket costs no more than an empty queue.

use std::{
    collections::VecDeque,
    future::poll_fn,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use parking_lot::Mutex;

/// The queue of one socket.
pub(super) struct Mailbox<T>(Mutex<Queue<T>>);

struct Queue<T> {
    items: VecDeque<(T, Option<QueuePermit>)>,
    bytes: usize,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing may be taken: the client is not connected yet, or whoever was at work has come to grief.
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
pub(super) enum Schedule {
    /// Start the task that takes everything out.
    Start,
    /// Nothing: the task is there, or the mailbox is shut.
    Nothing,
}

/// Bytes of a tenant's events that wait: in all mailboxes, for their attachments, and on their way through a guest where that
/// has to wait. At most one event for each thread is over the limit.
#[derive(Debug)]
pub(super) struct QueueBudget {
    bytes: Arc<AtomicUsize>,
    limit: usize,
}

/// Some of these bytes; given back when dropped.
#[derive(Debug)]
pub(super) struct QueuePermit {
    bytes: usize,
    all: Arc<AtomicUsize>,
}

impl QueueBudget {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            bytes: Arc::default(),
            limit,
        }
    }

    /// Whether there is room for `bytes`.
    pub(super) fn has_room(&self, bytes: usize) -> bool {
        self.bytes.load(Ordering::Relaxed).saturating_add(bytes) <= self.limit
    }

    /// Holds `bytes`, if there is room for them.
    pub(super) fn hold(&self, bytes: usize) -> Option<QueuePermit> {
        // Counted first, so that it is given back whatever comes of it.
        let (held, all) = self.hold_anyway(bytes);
        (all <= self.limit).then_some(held)
    }

    /// Holds `bytes`; with how many are held then.
    fn hold_anyway(&self, bytes: usize) -> (QueuePermit, usize) {
        let all = self.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        let held = QueuePermit {
            bytes,
            all: self.bytes.clone(),
        };
        (held, all)
    }

    /// Does `work` on an event of `bytes`, and holds them from where it first has to wait. Most events do not, and each thread
    /// works on one at a time.
    pub(super) async fn hold_while_waiting(
        &self,
        bytes: usize,
        mut work: Pin<&mut impl Future<Output = ()>>,
    ) {
        let mut held = None;
        poll_fn(|context| {
            let polled = work.as_mut().poll(context);
            if polled.is_pending() {
                held.get_or_insert_with(|| self.hold_anyway(bytes).0);
            }
            polled
        })
        .await
    }
}

impl Drop for QueuePermit {
    fn drop(&mut self) {
        self.all.fetch_sub(self.bytes, Ordering::Relaxed);
    }
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
    pub(super) fn open(&self) -> Schedule {
        let mut queue = self.0.lock();
        queue.state = State::Idle;
        queue.duty()
    }

    /// Has the caller do the work, on an item of its own first, where nothing waits and nobody is working.
    pub(super) fn begin(&self) -> bool {
        let mut queue = self.0.lock();
        let is_idle = queue.state == State::Idle;
        if is_idle {
            queue.state = State::Working;
        }
        is_idle
    }

    /// Puts `item` of `bytes` at the end, where there is room for it, here and among all that is `queued`. One item may be
    /// larger than all the room here.
    pub(super) fn push(
        &self,
        item: T,
        bytes: usize,
        capacity: Capacity,
        queued: &QueueBudget,
    ) -> Result<Schedule, Full<T>> {
        let mut queue = self.0.lock();
        let bytes_after = queue.bytes.saturating_add(bytes);
        let full = queue.items.len() >= capacity.items || bytes_after > capacity.bytes;
        if full && !queue.items.is_empty() {
            return Err(Full(item));
        }
        let Some(held) = queued.hold(bytes) else {
            return Err(Full(item));
        };
        queue.items.push_back((item, Some(held)));
        queue.bytes = bytes_after;
        Ok(queue.duty())
    }

    /// Puts `item` at the end, room or not: for the few that the host itself sends.
    pub(super) fn push_anyway(&self, item: T) -> Schedule {
        let mut queue = self.0.lock();
        queue.items.push_back((item, None));
        queue.duty()
    }

    /// Lets nothing out any more.
    pub(super) fn stop(&self) {
        let mut queue = self.0.lock();
        queue.state = State::Shut;
    }

    /// Whether nobody works on what it has.
    pub(super) fn is_at_rest(&self) -> bool {
        let queue = self.0.lock();
        queue.state != State::Working
    }

    /// Takes the first item; with none left, the task that asks is done.
    pub(super) fn next(&self) -> Option<T> {
        let mut queue = self.0.lock();
        match queue.items.pop_front() {
            Some((item, held)) => {
                queue.bytes -= held.map_or(0, |held| held.bytes);
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
    fn duty(&mut self) -> Schedule {
        if self.state != State::Idle || self.items.is_empty() {
            return Schedule::Nothing;
        }
        self.state = State::Working;
        Schedule::Start
    }
}

#[cfg(test)]
mod tests {
    use std::{
        future::pending,
        pin::pin,
        task::{Context, Waker},
    };

    use super::*;

    const SMALL: Capacity = Capacity {
        items: 2,
        bytes: 10,
    };

    #[test]
    fn first_item_starts_the_task_and_the_last_ends_it() {
        let mailbox = Mailbox::shut();
        assert_eq!(mailbox.open(), Schedule::Nothing);
        let all = QueueBudget::new(1_000);
        assert_eq!(mailbox.push(1, 1, SMALL, &all).unwrap(), Schedule::Start);
        assert_eq!(mailbox.push(2, 1, SMALL, &all).unwrap(), Schedule::Nothing);
        assert_eq!(
            [mailbox.next(), mailbox.next(), mailbox.next()],
            [Some(1), Some(2), None]
        );
        assert_eq!(mailbox.push(3, 1, SMALL, &all).unwrap(), Schedule::Start);
    }

    #[test]
    fn whoever_begins_works_off_what_comes_meanwhile() {
        let mailbox = Mailbox::shut();
        assert!(!mailbox.begin() && mailbox.is_at_rest());
        assert_eq!(mailbox.open(), Schedule::Nothing);
        assert!(mailbox.begin() && !mailbox.begin() && !mailbox.is_at_rest());
        let all = QueueBudget::new(1_000);
        assert_eq!(mailbox.push(1, 1, SMALL, &all).unwrap(), Schedule::Nothing);
        assert_eq!([mailbox.next(), mailbox.next()], [Some(1), None]);
        assert!(mailbox.is_at_rest() && mailbox.begin());
    }

    #[test]
    fn shut_mailbox_keeps_what_comes() {
        let mailbox = Mailbox::shut();
        let all = QueueBudget::new(1_000);
        assert_eq!(mailbox.push(1, 1, SMALL, &all).unwrap(), Schedule::Nothing);
        assert_eq!(mailbox.open(), Schedule::Start);
        assert_eq!(mailbox.next(), Some(1));
    }

    #[test]
    fn too_many_are_given_back() {
        let mailbox = Mailbox::shut();
        let all = QueueBudget::new(1_000);
        let _ = mailbox.push(1, 1, SMALL, &all).unwrap();
        let _ = mailbox.push(2, 1, SMALL, &all).unwrap();
        assert_eq!(mailbox.push(3, 1, SMALL, &all).unwrap_err().0, 3);
        assert_eq!(mailbox.push_anyway(4), Schedule::Nothing);
        assert_eq!(mailbox.open(), Schedule::Start);
        let left = [(); 4].map(|()| mailbox.next());
        assert_eq!(left, [Some(1), Some(2), Some(4), None]);
    }

    #[test]
    fn too_many_bytes_are_given_back_but_one_large_item_is_not() {
        let mailbox = Mailbox::shut();
        let all = QueueBudget::new(1_000);
        let _ = mailbox.push(1, 100, SMALL, &all).unwrap();
        assert_eq!(mailbox.push(2, 1, SMALL, &all).unwrap_err().0, 2);
    }

    #[test]
    fn room_is_for_so_many_bytes_and_comes_back_as_items_are_taken() {
        let mailbox = Mailbox::shut();
        let all = QueueBudget::new(1_000);
        let _ = mailbox.open();
        let _ = mailbox.push(1, 4, SMALL, &all).unwrap();
        let _ = mailbox.push(2, 6, SMALL, &all).unwrap();
        assert_eq!(mailbox.next(), Some(1));
        assert_eq!(mailbox.push(3, 5, SMALL, &all).unwrap_err().0, 3);
        let _ = mailbox.push(3, 4, SMALL, &all).unwrap();
        assert_eq!(mailbox.next(), Some(2));
        assert_eq!([mailbox.next(), mailbox.next()], [Some(3), None]);
        // An idle socket keeps no room for what may come.
        assert_eq!(mailbox.0.lock().items.capacity(), 0);
    }

    #[test]
    fn stopped_mailbox_lets_nothing_out() {
        let mailbox = Mailbox::shut();
        let all = QueueBudget::new(1_000);
        let _ = mailbox.open();
        assert!(mailbox.begin() && !mailbox.is_at_rest());
        mailbox.stop();
        assert!(mailbox.is_at_rest() && !mailbox.begin());
        assert_eq!(mailbox.push(1, 1, SMALL, &all).unwrap(), Schedule::Nothing);
        assert_eq!(mailbox.push_anyway(2), Schedule::Nothing);
    }

    #[test]
    fn all_mailboxes_share_what_may_wait() {
        let (one, other) = (Mailbox::shut(), Mailbox::shut());
        let all = QueueBudget::new(10);
        let _ = one.push(1, 10, SMALL, &all).unwrap();
        assert!(!all.has_room(1));
        assert_eq!(other.push(2, 1, SMALL, &all).unwrap_err().0, 2);
        let _ = one.open();
        assert_eq!(one.next(), Some(1));
        let _ = other.push(2, 1, SMALL, &all).unwrap();
        drop(other);
        assert!(all.has_room(10));
    }

    #[test]
    fn event_that_waits_is_counted_and_one_that_does_not_is_not() {
        let all = QueueBudget::new(10);
        let mut context = Context::from_waker(Waker::noop());
        let work = pin!(pending());
        let mut waits = pin!(all.hold_while_waiting(7, work));
        assert!(all.has_room(10));
        assert!(waits.as_mut().poll(&mut context).is_pending());
        assert!(waits.as_mut().poll(&mut context).is_pending());
        assert!(all.has_room(3) && !all.has_room(4));
        let work = pin!(async {});
        let done = pin!(all.hold_while_waiting(7, work));
        assert!(done.poll(&mut context).is_ready());
        assert!(all.has_room(3) && !all.has_room(4));
    }
}
