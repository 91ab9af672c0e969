//! The clock on the wall, which goes for a guest that waits as well.

use std::{
    cell::Cell,
    pin::{Pin, pin},
    task::{Context, Poll},
    thread::{self, ThreadId},
    time::Duration,
};

use tokio::{task::unconstrained, time::Sleep};

use super::Fault;

/// Runs `work` for at most `limit`.
///
/// The time counts from where the work first has to wait, and only then is there a timer: most events never wait, and a
/// guest that spins is made to after an epoch.
///
/// # Errors
/// The fault of an event that took longer.
pub fn within<T, E: From<Fault>, F: Future<Output = Result<T, E>>>(
    limit: Duration,
    work: Pin<&mut F>,
) -> Within<'_, F> {
    Within {
        work,
        limit,
        timer: None,
    }
}

/// Work that has a limit.
pub struct Within<'a, F> {
    work: Pin<&'a mut F>,
    limit: Duration,
    timer: Option<Pin<Box<Sleep>>>,
}

impl<T, E: From<Fault>, F: Future<Output = Result<T, E>>> Future for Within<'_, F> {
    type Output = Result<T, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { work, limit, timer } = self.get_mut();
        let _poll = Polling::begin();
        if let Poll::Ready(done) = work.as_mut().poll(cx) {
            return Poll::Ready(done);
        }
        let timer = timer.get_or_insert_with(|| Box::pin(tokio::time::sleep(*limit)));
        // Work that has used up the task's budget must not keep the timer from being looked at.
        match pin!(unconstrained(timer.as_mut())).poll(cx) {
            Poll::Ready(()) => Poll::Ready(Err(Fault::deadline(*limit).into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

/// Tells the polls of work that has a limit apart. Whatever begins and ends in the same one has not waited in between, nor changed its
/// thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PollId {
    thread: ThreadId,
    number: u64,
}

impl PollId {
    /// The one that is going on; none outside of [`within`].
    pub(super) fn current() -> Option<Self> {
        let number = CURRENT.get()?;
        Some(Self {
            thread: THREAD.with(|thread| *thread),
            number,
        })
    }

    pub(super) fn has_thread_of(self, other: Self) -> bool {
        self.thread == other.thread
    }
}

thread_local! {
    static THREAD: ThreadId = thread::current().id();
    static CURRENT: Cell<Option<u64>> = const { Cell::new(None) };
    static POLLS: Cell<u64> = const { Cell::new(0) };
}

/// Work is being polled on this thread. Goes back to what was polled around it.
struct Polling {
    outer: Option<u64>,
}

impl Polling {
    fn begin() -> Self {
        let number = POLLS.get() + 1;
        POLLS.set(number);
        Self {
            outer: CURRENT.replace(Some(number)),
        }
    }
}

impl Drop for Polling {
    fn drop(&mut self) {
        CURRENT.set(self.outer);
    }
}

#[cfg(test)]
mod tests {
    use std::{future::pending, time::Instant};

    use super::*;
    use crate::FaultKind;

    const LIMIT: Duration = Duration::from_millis(20);

    fn run(work: impl Future<Output = Result<u8, Fault>>) -> Result<u8, Fault> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        runtime.block_on(within(LIMIT, pin!(work)))
    }

    #[test]
    fn work_in_time_is_done() {
        assert_eq!(run(async { Ok(1) }).unwrap(), 1);
        let short = async {
            tokio::time::sleep(LIMIT / 4).await;
            Ok(2)
        };
        assert_eq!(run(short).unwrap(), 2);
    }

    #[test]
    fn work_that_waits_or_spins_is_ended() {
        let spinning = async {
            loop {
                tokio::task::yield_now().await;
            }
        };
        for fault in [run(pending()), run(spinning)] {
            assert_eq!(fault.unwrap_err().kind, FaultKind::Deadline);
        }
    }

    #[test]
    fn work_that_is_always_busy_with_the_runtime_is_ended() {
        let started = Instant::now();
        let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
        // Uses up the task's budget at each turn.
        let busy = async {
            loop {
                let _ = sender.send(());
                receiver.recv().await;
            }
        };
        assert_eq!(run(busy).unwrap_err().kind, FaultKind::Deadline);
        assert!(started.elapsed() < 50 * LIMIT);
    }
}
