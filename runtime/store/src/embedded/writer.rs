//! The thread that writes the file.

use std::{
    sync::{Arc, mpsc},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::{
    super::{
        StoreError, StoreLimits, Unavailable,
        change::{self, Change},
        read::now,
        space::Space,
    },
    file::File,
    tables::{Writing, has_expired},
};

/// Maximum writes in one transaction.
const GROUP: usize = 1_024;
/// Time between two sweeps of expired entries.
const SWEEP: Duration = Duration::from_secs(1);
/// The same while there are many expired entries.
const SWEEP_ON: Duration = Duration::from_millis(20);

/// A write that waits.
pub(super) struct Job {
    pub(super) space: Arc<Space>,
    pub(super) change: Change,
    pub(super) limits: StoreLimits,
    pub(super) reply: oneshot::Sender<Result<i64, StoreError>>,
    pub(super) _room: OwnedSemaphorePermit,
}

/// The thread and its queue. Dropping it waits until the queue is empty, so that the file is left in order.
pub(super) struct Writer {
    /// `None` only while the writer is dropped.
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(file: Arc<File>) -> Result<Self, StoreError> {
        let (jobs, queue) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("store".into())
            .spawn(move || run(&file, &queue))
            .map_err(|_| Unavailable::Stopped)?;
        Ok(Self {
            jobs: Some(jobs),
            thread: Some(thread),
        })
    }

    /// Returns whether the thread has ended, which only a panic does.
    pub(super) fn has_ended(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Queues a job without waiting. The caller has acquired room for it.
    pub(super) fn queue(&self, job: Job) -> Result<(), StoreError> {
        match &self.jobs {
            Some(jobs) if jobs.send(job).is_ok() => Ok(()),
            _ => Err(Unavailable::Stopped.into()),
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn run(file: &File, queue: &mpsc::Receiver<Job>) {
    let mut next_sweep = Instant::now();
    loop {
        let patience = next_sweep.saturating_duration_since(Instant::now());
        let first = match queue.recv_timeout(patience) {
            Ok(job) => Some(job),
            Err(mpsc::RecvTimeoutError::Timeout) => None,
            Err(mpsc::RecvTimeoutError::Disconnected) => return,
        };
        if let Some(first) = first {
            let mut group = vec![first];
            group.extend(queue.try_iter().take(GROUP - 1));
            commit(file, group);
        }
        if Instant::now() >= next_sweep {
            let more = sweep(file).unwrap_or(false);
            next_sweep = Instant::now() + if more { SWEEP_ON } else { SWEEP };
        }
    }
}

/// Writes a group of jobs, and tells each job its result.
fn commit(file: &File, group: Vec<Job>) {
    let written = write(file, &group);
    file.health.note(&written);
    match written {
        Ok(answers) => {
            for (job, answer) in group.into_iter().zip(answers) {
                // Who does not wait any more does not need to know.
                let _ = job.reply.send(answer);
            }
        }
        Err(error) => {
            // After a failure nothing is known about what is in the file: it is read again.
            file.close();
            for job in group {
                let _ = job.reply.send(Err(error.clone()));
            }
        }
    }
}

/// Makes one transaction. An error of a single job is that job's result only.
fn write(file: &File, group: &[Job]) -> Result<Vec<Result<i64, StoreError>>, StoreError> {
    let transaction = file.create()?.begin_write()?;
    let mut answers = Vec::with_capacity(group.len());
    let mut tables = Writing::open(&transaction)?;
    let now = now();
    for job in group {
        let answer = job.change.apply(&mut tables, &job.space, &job.limits, now);
        if let Err(StoreError::Unavailable(_)) = answer {
            answer?;
        } else {
            answers.push(answer);
        }
    }
    drop(tables);
    transaction.commit()?;
    Ok(answers)
}

/// Removes some expired entries. Returns whether there are more.
fn sweep(file: &File) -> Result<bool, StoreError> {
    let Some(database) = file.existing()? else {
        return Ok(false);
    };
    let now = now();
    if !has_expired(&database, now)? {
        return Ok(false);
    }
    let transaction = database.begin_write()?;
    let mut tables = Writing::open(&transaction)?;
    let more = change::sweep(&mut tables, now)?;
    drop(tables);
    transaction.commit()?;
    Ok(more)
}
