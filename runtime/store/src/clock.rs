//! The clock for everything that lasts longer than an event: sessions, tokens, expiry in the store, and the wall clock that
//! guests see. Budgets and timeouts always use the system's clocks.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// The system's clock, or one that stands still until it is advanced. Clones share their time.
#[derive(Clone, Default)]
pub struct Clock {
    /// Milliseconds since 1970; `None` for the system's clock.
    held: Option<Arc<AtomicU64>>,
}

impl Clock {
    /// Creates a clock that stands still at `time`, for tests. Its resolution is a millisecond.
    pub fn held_at(time: SystemTime) -> Self {
        Self {
            held: Some(Arc::new(AtomicU64::new(millis(since_1970(time))))),
        }
    }

    /// Returns the time.
    pub fn now(&self) -> SystemTime {
        match &self.held {
            None => SystemTime::now(),
            Some(held) => UNIX_EPOCH + Duration::from_millis(held.load(Ordering::Relaxed)),
        }
    }

    /// Returns the time in milliseconds since 1970.
    pub fn millis(&self) -> u64 {
        millis(since_1970(self.now()))
    }

    /// Returns the smallest step of the clock.
    pub fn resolution(&self) -> Duration {
        match self.held {
            None => Duration::from_nanos(1),
            Some(_) => Duration::from_millis(1),
        }
    }

    /// Advances a clock that stands still. Does nothing to the system's clock.
    pub fn advance(&self, time: Duration) {
        if let Some(held) = &self.held {
            // Over the end of time a clock stays where it is.
            let later = |now: u64| {
                now.checked_add(millis(time))
                    .filter(|later| *later <= LATEST)
            };
            let _ = held.fetch_update(Ordering::Relaxed, Ordering::Relaxed, later);
        }
    }
}

/// The year 9999, which everything that shows or compares times can represent.
const LATEST: u64 = 253_402_300_799_000;

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Clock").field(&self.now()).finish()
    }
}

fn since_1970(time: SystemTime) -> Duration {
    time.duration_since(UNIX_EPOCH).unwrap_or_default()
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
