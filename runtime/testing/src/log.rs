//! What host and guest log while a case runs.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
};

use tracing::Dispatch;
use tracing_subscriber::{EnvFilter, fmt::MakeWriter};

use stockade_sandbox::host::text_fields;

/// Bytes that are kept of a case; a guest may log for as long as its case has steps.
const MAX_KEPT: usize = 4 << 20;

/// The log of one case.
pub(super) struct Log {
    dispatch: Dispatch,
    written: Written,
}

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// An empty log of what `filter` lets through.
    pub(super) fn new(filter: &str) -> Self {
        let written = Written::default();
        let subscriber = tracing_subscriber::fmt()
            .with_env_filter(EnvFilter::new(filter))
            .with_writer(written.clone())
            .with_ansi(false)
            .fmt_fields(text_fields())
            .without_time()
            .finish();
        Self {
            dispatch: Dispatch::new(subscriber),
            written,
        }
    }

    /// Where it is written, for whatever works for the case.
    pub(super) fn dispatch(&self) -> Dispatch {
        self.dispatch.clone()
    }

    /// Its lines so far.
    pub(super) fn lines(&self) -> Vec<String> {
        let written = self.written.lock();
        let lines = String::from_utf8_lossy(&written);
        lines.lines().map(|line| line.trim().to_owned()).collect()
    }
}

impl Written {
    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<'a> MakeWriter<'a> for Written {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut written = self.lock();
        if written.len() + bytes.len() <= MAX_KEPT {
            written.extend_from_slice(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
