//! The tasks of a server, counted: it is at rest when there are none.

use std::sync::OnceLock;

use tokio_util::task::{TaskTracker, task_tracker::TaskTrackerToken};
use tracing::{Dispatch, instrument::WithSubscriber};

/// Everything that works on an event and has had to wait.
#[derive(Default)]
pub(super) struct Tasks {
    tracker: TaskTracker,
    /// Where they log, if that is not where the process does.
    log: OnceLock<Dispatch>,
}

impl Tasks {
    /// From now on, tasks log to `log`.
    pub(super) fn log_to(&self, log: Dispatch) {
        // Set once: a server has one log.
        let _ = self.log.set(log);
    }

    /// Has a task of its own do `work`.
    pub(super) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        match self.log.get() {
            None => self.tracker.spawn(work),
            Some(log) => self.tracker.spawn(work.with_subscriber(log.clone())),
        };
    }

    /// Counts as a task until it is dropped.
    pub(super) fn token(&self) -> TaskTrackerToken {
        self.tracker.token()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.tracker.is_empty()
    }

    /// Waits until there are none.
    pub(super) async fn wait(&self) {
        // Only a tracker that is closed can be waited for. Tasks may begin nevertheless.
        self.tracker.close();
        self.tracker.wait().await;
    }
}
