//! A guest's output in the host's log: marked as the guest's, and bounded per event and per second.

mod text;

use std::{sync::Arc, time::Instant};

use parking_lot::Mutex;
use stockade_text::quoted_len;
use tracing::Level;

use super::MessageId;
pub use text::text_fields;

/// A longer line is cut into several.
const MAX_LINE: usize = 4 << 10;
/// What a line costs beside what it says.
const LINE_OVERHEAD: usize = 200;

/// Where the lines of one tenant go, and how many more of them may.
#[derive(Clone)]
pub struct LogSource {
    tenant: Arc<str>,
    rate: Arc<Mutex<Bucket>>,
}

/// The log of one instance. Most events write nothing, so there is nothing behind it before one does.
#[derive(Default)]
pub struct GuestLog {
    message_id: Option<MessageId>,
    lines: Option<Lines>,
}

/// What an instance logs, shared by all of its ways to write.
#[derive(Clone)]
pub struct Lines(Arc<Mutex<Writer>>);

/// The output streams of a guest.
#[derive(Debug, Clone, Copy)]
pub(super) enum Stream {
    Stdout,
    Stderr,
}

struct Writer {
    source: LogSource,
    message_id: Option<MessageId>,
    limit: usize,
    left: usize,
    dropped: usize,
    stdout: Vec<u8>,
    stderr: Vec<u8>,
}

/// Bytes that may be logged now; refills with time up to one second's worth.
struct Bucket {
    dropped: usize,
    per_second: f64,
    tokens: f64,
    at: Instant,
}

impl LogSource {
    /// Whose it is.
    pub fn tenant(&self) -> &str {
        &self.tenant
    }

    /// A source that lets `per_second` bytes through.
    pub fn new(tenant: &str, per_second: usize) -> Self {
        let per_second = per_second as f64;
        Self {
            tenant: tenant.into(),
            rate: Arc::new(Mutex::new(Bucket {
                dropped: 0,
                per_second,
                tokens: per_second,
                at: Instant::now(),
            })),
        }
    }

    /// Whether a line of `bytes` about or by this tenant's component may be written now. What may not is counted, and
    /// told with the next one that may.
    pub fn admits(&self, bytes: usize) -> bool {
        let mut bucket = self.rate.lock();
        let now = Instant::now();
        let refill = now.duration_since(bucket.at).as_secs_f64() * bucket.per_second;
        bucket.at = now;
        bucket.tokens = (bucket.tokens + refill).min(bucket.per_second);
        if bucket.tokens < bytes as f64 {
            bucket.dropped += bytes;
            return false;
        }
        bucket.tokens -= bytes as f64;
        let dropped = std::mem::take(&mut bucket.dropped);
        drop(bucket);
        if dropped > 0 {
            tracing::warn!(tenant = %self.tenant, dropped, "bytes of log dropped: over the tenant's rate (limits.log-rate)");
        }
        true
    }
}

impl GuestLog {
    /// What the instance has logged and will log to `source`, `limit` bytes an event.
    pub fn lines(&mut self, source: &LogSource, limit: usize) -> &Lines {
        let message_id = self.message_id;
        self.lines
            .get_or_insert_with(|| Lines::new(source, message_id, limit))
    }

    /// Starts the account of another event.
    pub fn begin(&mut self, message_id: MessageId) {
        self.message_id = Some(message_id);
        if let Some(Lines(writer)) = &self.lines {
            let mut writer = writer.lock();
            writer.message_id = Some(message_id);
            writer.left = writer.limit;
        }
    }

    /// Logs unfinished lines, and how much was dropped.
    pub fn flush(&self) {
        if let Some(Lines(writer)) = &self.lines {
            let mut writer = writer.lock();
            writer.flush();
        }
    }
}

impl Lines {
    fn new(source: &LogSource, message_id: Option<MessageId>, limit: usize) -> Self {
        Self(Arc::new(Mutex::new(Writer {
            source: source.clone(),
            message_id,
            limit,
            left: limit,
            dropped: 0,
            stdout: Vec::new(),
            stderr: Vec::new(),
        })))
    }

    /// Logs one message.
    pub(super) fn line(&self, level: Level, context: &str, message: &str) {
        let mut writer = self.0.lock();
        writer.write(level, context, message);
    }

    /// Logs the lines that `bytes` completes, and keeps the rest until its line ends.
    pub(super) fn output(&self, stream: Stream, bytes: &[u8]) {
        let mut writer = self.0.lock();
        writer.output(stream, bytes);
    }
}

impl Writer {
    fn output(&mut self, stream: Stream, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let buffer = self.buffer(stream);
            let room = MAX_LINE.saturating_sub(buffer.len());
            let end = bytes.iter().take(room).position(|byte| *byte == b'\n');
            let (line, rest) = bytes.split_at(end.unwrap_or(room.min(bytes.len())));
            buffer.extend_from_slice(line);
            let complete = end.is_some() || buffer.len() >= MAX_LINE;
            bytes = match end {
                Some(_) => rest.get(1..).unwrap_or_default(),
                None => rest,
            };
            if complete {
                self.end_line(stream);
            }
        }
    }

    fn buffer(&mut self, stream: Stream) -> &mut Vec<u8> {
        match stream {
            Stream::Stdout => &mut self.stdout,
            Stream::Stderr => &mut self.stderr,
        }
    }

    fn end_line(&mut self, stream: Stream) {
        let line = std::mem::take(self.buffer(stream));
        let (level, context) = match stream {
            Stream::Stdout => (Level::INFO, "stdout"),
            Stream::Stderr => (Level::WARN, "stderr"),
        };
        self.write(level, context, &String::from_utf8_lossy(&line));
    }

    fn write(&mut self, level: Level, context: &str, message: &str) {
        let bytes = context.len() + message.len() + LINE_OVERHEAD;
        if bytes > self.left {
            self.dropped += bytes;
            return;
        }
        self.left -= bytes;
        let written = quoted_len(context) + quoted_len(message) + LINE_OVERHEAD;
        if self.source.admits(written) {
            self.log(level, context, message);
        }
    }

    /// Context and message are fields of text, which the log quotes and escapes: a guest cannot forge lines.
    fn log(&self, level: Level, context: &str, message: &str) {
        macro_rules! log {
            ($level:ident) => {
                tracing::$level!(
                    target: "guest",
                    message,
                    tenant = &*self.source.tenant,
                    message_id = self.message_id.map(tracing::field::display),
                    context
                )
            };
        }
        match level {
            Level::TRACE => log!(trace),
            Level::DEBUG => log!(debug),
            Level::INFO => log!(info),
            Level::WARN => log!(warn),
            Level::ERROR => log!(error),
        }
    }

    fn flush(&mut self) {
        for stream in [Stream::Stdout, Stream::Stderr] {
            if !self.buffer(stream).is_empty() {
                self.end_line(stream);
            }
        }
        if self.dropped > 0 {
            let dropped = std::mem::take(&mut self.dropped);
            let limit = self.limit;
            let message =
                format!("{dropped} bytes of log dropped: over {limit} bytes an event (limits.log)");
            self.log(Level::WARN, "log", &message);
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.flush();
    }
}
