//! The events of one socket whose routes are concurrent: how many run at once, and when the last one is done.

use std::sync::{Arc, OnceLock};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The places of one socket's concurrent events. Takes no memory until the first of them comes.
pub(super) struct Concurrent {
    limit: u32,
    places: OnceLock<Arc<Semaphore>>,
}

/// A concurrent event's place. It is free again when this is dropped.
pub(super) struct Place {
    _permit: Option<OwnedSemaphorePermit>,
}

impl Concurrent {
    /// For so many at once.
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit: u32::try_from(limit).unwrap_or(u32::MAX),
            places: OnceLock::new(),
        }
    }

    /// A place for one more event; waits for one where as many as may run do.
    pub(super) async fn place(&self) -> Place {
        let places = self.places.get_or_init(|| {
            let limit = (self.limit as usize).min(Semaphore::MAX_PERMITS);
            Arc::new(Semaphore::new(limit))
        });
        // Nobody closes the semaphore, so there always is a permit.
        let permit = match places.clone().try_acquire_owned() {
            Ok(permit) => Some(permit),
            Err(_) => places.clone().acquire_owned().await.ok(),
        };
        Place { _permit: permit }
    }

    /// Waits until none runs any more.
    pub(super) async fn all_done(&self) {
        if let Some(places) = self.places.get() {
            let _all = places.acquire_many(self.limit).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        pin::pin,
        task::{Context, Waker},
    };

    use super::*;

    #[tokio::test]
    async fn next_event_waits_for_a_place_and_the_end_for_all() {
        let concurrent = Concurrent::new(2);
        concurrent.all_done().await;
        let (one, other) = (concurrent.place().await, concurrent.place().await);
        let mut context = Context::from_waker(Waker::noop());
        let mut next = pin!(concurrent.place());
        assert!(next.as_mut().poll(&mut context).is_pending());
        drop(one);
        let next = next.await;
        let mut end = pin!(concurrent.all_done());
        assert!(end.as_mut().poll(&mut context).is_pending());
        drop(next);
        assert!(end.as_mut().poll(&mut context).is_pending());
        drop(other);
        end.await;
    }
}
