//! The clock on the wall, which goes for a guest that waits as well.

use std::{
    pin::{Pin, pin},
    task::{Context, Poll},
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
pub(crate) fn within<T, E: From<Fault>, F: Future<Output = Result<T, E>>>(
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
pub(crate) struct Within<'a, F> {
    work: Pin<&'a mut F>,
    limit: Duration,
    timer: Option<Pin<Box<Sleep>>>,
}

impl<T, E: From<Fault>, F: Future<Output = Result<T, E>>> Future for Within<'_, F> {
    type Output = Result<T, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { work, limit, timer } = self.get_mut();
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
