//! Logs once that the store is away, and once that it is back.

use std::sync::atomic::{AtomicBool, Ordering};

use super::StoreError;

/// Whether the last call reached the store.
#[derive(Debug, Default)]
pub(super) struct Health {
    away: AtomicBool,
}

impl Health {
    /// Notes the result of a call.
    pub(super) fn note<T>(&self, answer: &Result<T, StoreError>) {
        match answer {
            Err(StoreError::Unavailable(cause)) => {
                if !self.away.swap(true, Ordering::Relaxed) {
                    tracing::error!(%cause, "the store is unavailable");
                }
            }
            // A load before the swap: all calls come by here.
            _ => {
                if self.away.load(Ordering::Relaxed) && self.away.swap(false, Ordering::Relaxed) {
                    tracing::info!("the store is available again");
                }
            }
        }
    }
}
