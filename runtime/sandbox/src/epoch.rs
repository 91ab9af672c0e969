//! Advances the engine's epoch, by which running guests are interrupted.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// How long one epoch lasts. CPU budgets count in it, and a running guest yields its worker after each.
pub(crate) const TICK: Duration = Duration::from_millis(2);

/// A thread of its own, never a task: a spinning guest can starve the runtime's timers, but not this.
pub(super) struct Ticker(Arc<State>);

#[derive(Default)]
struct State {
    stop: AtomicBool,
    /// Milliseconds since the start.
    time: AtomicU64,
}

impl Ticker {
    pub(super) fn start(engine: wasmtime::Engine) -> io::Result<Self> {
        let state = Arc::new(State::default());
        let ticker = Self(state.clone());
        let started = Instant::now();
        thread::Builder::new().name("epoch".into()).spawn(move || {
            while !state.stop.load(Ordering::Relaxed) {
                #[expect(clippy::disallowed_methods, reason = "the thread is its own")]
                thread::sleep(TICK);
                engine.increment_epoch();
                let time = u64::try_from(started.elapsed().as_millis());
                state
                    .time
                    .store(time.unwrap_or(u64::MAX), Ordering::Relaxed);
            }
        })?;
        Ok(ticker)
    }

    /// The time since the start, as of the last epoch: for what need not be exact, and costs no look at a clock.
    pub(super) fn time(&self) -> Duration {
        Duration::from_millis(self.0.time.load(Ordering::Relaxed))
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.0.stop.store(true, Ordering::Relaxed);
    }
}
