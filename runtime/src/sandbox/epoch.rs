//! Advances the engine's epoch, by which running guests are interrupted.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

/// How long one epoch lasts. CPU budgets count in it, and a running guest yields its worker after each.
pub(crate) const TICK: Duration = Duration::from_millis(1);

/// A thread of its own, never a task: a spinning guest can starve the runtime's timers, but not this.
pub(super) struct Ticker {
    stop: Arc<AtomicBool>,
}

impl Ticker {
    pub(super) fn start(engine: wasmtime::Engine) -> io::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        thread::Builder::new().name("epoch".into()).spawn(move || {
            while !stopped.load(Ordering::Relaxed) {
                #[expect(clippy::disallowed_methods, reason = "the thread is its own")]
                thread::sleep(TICK);
                engine.increment_epoch();
            }
        })?;
        Ok(Self { stop })
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}
