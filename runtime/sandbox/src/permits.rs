//! How many instances of a tenant run at once, who waits for a permit among them, and the instances that are idle.
//!
//! One lock for all of it, taken twice an event: when it gets its permit, with an idle instance if there is one, and when it
//! gives both back.

use std::{
    collections::VecDeque,
    mem::ManuallyDrop,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use parking_lot::{Mutex, MutexGuard};
use tokio::sync::Semaphore;

use super::Instance;
use crate::host::ClientId;

/// Too many events wait for an instance already, or this one has waited for as long as an event may take.
#[derive(Debug, thiserror::Error)]
#[error("all instances of the tenant are busy")]
pub struct Saturated;

/// Tells a tenant's components apart, of which several may run while a new one takes over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ComponentId(u64);

impl ComponentId {
    /// An id that no other component of this process has.
    pub(super) fn next() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

/// The permits of one tenant, whichever of its components runs.
pub(super) struct Permits {
    state: Mutex<State>,
    /// Permits that have been handed over to those who wait, in turn. They count as taken.
    handed: Semaphore,
    limit: usize,
    max_waiting: usize,
}

#[derive(Default)]
pub(super) struct State {
    /// Permits that are taken.
    pub(super) taken: usize,
    waiting: usize,
    /// Instances that wait for their next event, the longest idle one first.
    pub(super) idle: VecDeque<Idle>,
}

/// An instance without an event.
pub(super) struct Idle {
    /// The component that it is of.
    pub(super) component: ComponentId,
    /// Whose events it serves; none where that is any of the tenant's.
    pub(super) owner: Option<ClientId>,
    pub(super) instance: Box<Instance>,
}

/// A permit among the instances that run at once. Given back when dropped.
pub(super) struct Permit<'a>(&'a Permits);

impl Permits {
    pub(super) fn new(limit: usize, max_waiting: usize) -> Self {
        Self {
            state: Mutex::default(),
            handed: Semaphore::new(0),
            limit,
            max_waiting,
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }

    /// A permit, if one is free and nobody waits for it.
    pub(super) fn take<'a>(&'a self, state: &mut State) -> Option<Permit<'a>> {
        let is_free = state.taken < self.limit && state.waiting == 0;
        is_free.then(|| {
            state.taken += 1;
            Permit(self)
        })
    }

    /// Waits for a permit, in turn, for at most `patience`.
    pub(super) async fn turn(&self, patience: Duration) -> Result<Permit<'_>, Saturated> {
        let turn = {
            let mut state = self.lock();
            // One may have been given back a moment ago.
            if let Some(permit) = self.take(&mut state) {
                return Ok(permit);
            }
            if state.waiting >= self.max_waiting {
                return Err(Saturated);
            }
            state.waiting += 1;
            Turn(self)
        };
        let handed = tokio::time::timeout(patience, self.handed.acquire()).await;
        let permit = match handed {
            Ok(Ok(permit)) => {
                permit.forget();
                Ok(Permit(self))
            }
            Ok(Err(_)) | Err(_) => Err(Saturated),
        };
        drop(turn);
        permit
    }

    /// Gives a permit back, to who is next if anybody waits.
    fn give_back(&self, state: &mut State) {
        if state.waiting > self.handed.available_permits() {
            self.handed.add_permits(1);
        } else {
            state.taken -= 1;
        }
    }
}

impl Permit<'_> {
    /// Gives the permit back together with an instance, which is idle from now on. Of more than `spare` idle ones, answers the
    /// one that has been so for longest.
    pub(super) fn give_back_with(self, idle: Idle, spare: usize) -> Option<Idle> {
        let Self(permits) = *ManuallyDrop::new(self);
        let mut state = permits.lock();
        state.idle.push_back(idle);
        let retired = match state.idle.len() > spare {
            true => state.idle.pop_front(),
            false => None,
        };
        permits.give_back(&mut state);
        retired
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.0.give_back(&mut self.0.lock());
    }
}

/// One of those who wait.
struct Turn<'a>(&'a Permits);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let permits = self.0;
        let mut state = permits.lock();
        state.waiting -= 1;
        // Who gave up may have been handed a permit in that moment.
        while permits.handed.available_permits() > state.waiting
            && let Ok(permit) = permits.handed.try_acquire()
        {
            permit.forget();
            state.taken -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        pin::{Pin, pin},
        task::{Context, Poll, Waker},
    };

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    fn take(permits: &Permits) -> Option<Permit<'_>> {
        permits.take(&mut permits.lock())
    }

    fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    fn taken(permits: &Permits) -> usize {
        permits.lock().taken
    }

    #[tokio::test]
    async fn places_are_limited_and_come_back() {
        let permits = Permits::new(2, 0);
        let (one, other) = (take(&permits).unwrap(), take(&permits).unwrap());
        assert!(take(&permits).is_none());
        assert!(permits.turn(LONG).await.is_err(), "nobody may wait");
        drop(one);
        assert_eq!(taken(&permits), 1);
        let again = permits.turn(LONG).await.unwrap();
        drop((again, other));
        assert_eq!(taken(&permits), 0);
    }

    #[tokio::test]
    async fn those_who_wait_have_their_turn_before_others() {
        let permits = Permits::new(1, 2);
        let permit = take(&permits).unwrap();
        let mut first = pin!(permits.turn(LONG));
        let mut second = pin!(permits.turn(LONG));
        assert!(poll(first.as_mut()).is_pending() && poll(second.as_mut()).is_pending());
        drop(permit);
        assert!(take(&permits).is_none(), "it is another's");
        assert!(poll(second.as_mut()).is_pending());
        let Poll::Ready(Ok(permit)) = poll(first.as_mut()) else {
            panic!("the first one waits");
        };
        drop(permit);
        let Poll::Ready(Ok(permit)) = poll(second.as_mut()) else {
            panic!("the second one waits");
        };
        drop(permit);
        assert_eq!(taken(&permits), 0);
        assert!(take(&permits).is_some());
    }

    #[tokio::test]
    async fn who_gives_up_keeps_no_place() {
        let permits = Permits::new(1, 2);
        let permit = take(&permits).unwrap();
        {
            let mut waiting = pin!(permits.turn(LONG));
            assert!(poll(waiting.as_mut()).is_pending());
            drop(permit);
            // It has been handed the permit, and never asks again.
        }
        assert_eq!(taken(&permits), 0);
        let permit = take(&permits).unwrap();
        assert!(permits.turn(Duration::from_millis(1)).await.is_err());
        drop(permit);
        assert_eq!(taken(&permits), 0);
    }

    #[tokio::test]
    async fn place_of_who_gives_up_goes_to_the_next() {
        let permits = Permits::new(1, 2);
        let permit = take(&permits).unwrap();
        let mut second = pin!(permits.turn(LONG));
        {
            let mut first = pin!(permits.turn(LONG));
            assert!(poll(first.as_mut()).is_pending() && poll(second.as_mut()).is_pending());
            drop(permit);
        }
        let Poll::Ready(Ok(permit)) = poll(second.as_mut()) else {
            panic!("it is lost");
        };
        drop(permit);
        assert_eq!(taken(&permits), 0);
    }
}
