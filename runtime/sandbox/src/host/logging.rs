//! `wasi:logging/logging`: lines of the guest in the host's log.

use tracing::Level;

use super::StoreCtx;
use crate::bindings::wasi::logging::logging;

impl logging::Host for StoreCtx {
    fn log(
        &mut self,
        level: logging::Level,
        context: String,
        message: String,
    ) -> wasmtime::Result<()> {
        self.charge(context.len() + message.len())?;
        let level = match level {
            logging::Level::Trace => Level::TRACE,
            logging::Level::Debug => Level::DEBUG,
            logging::Level::Info => Level::INFO,
            logging::Level::Warn => Level::WARN,
            logging::Level::Error | logging::Level::Critical => Level::ERROR,
        };
        self.lines().line(level, &context, &message);
        Ok(())
    }
}
