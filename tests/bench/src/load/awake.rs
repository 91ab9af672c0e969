//! A client that does not sleep.

use tokio::task::{AbortHandle, spawn_local, yield_now};

/// Keeps this thread looking for what has come instead of sleeping until something comes.
///
/// Who sends something to a process that sleeps has to wake it, which costs more than the rest of the sending where the
/// other core belongs to a virtual machine. A slow server would find the client asleep with every answer and a fast one
/// never, and the difference between them would grow by what the client does.
pub(super) struct Awake(AbortHandle);

impl Awake {
    /// From now on, until it is dropped.
    pub(super) fn new() -> Self {
        let looking = async {
            loop {
                yield_now().await;
            }
        };
        Self(spawn_local(looking).abort_handle())
    }
}

impl Drop for Awake {
    fn drop(&mut self) {
        self.0.abort();
    }
}
