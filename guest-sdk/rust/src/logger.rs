//! Sends records of the [`log`] crate to the host's log.

use crate::bindings::wasi::logging::logging::{Level, log};

struct HostLogger;

impl log::Log for HostLogger {
    fn enabled(&self, _metadata: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let level = match record.level() {
            log::Level::Error => Level::Error,
            log::Level::Warn => Level::Warn,
            log::Level::Info => Level::Info,
            log::Level::Debug => Level::Debug,
            log::Level::Trace => Level::Trace,
        };
        log(level, record.target(), &record.args().to_string());
    }

    fn flush(&self) {}
}

/// Makes it the logger, unless there is one: every call of the host passes here.
pub(crate) fn install() {
    if log::max_level() == log::LevelFilter::Off && log::set_logger(&HostLogger).is_ok() {
        log::set_max_level(log::LevelFilter::Trace);
    }
}
