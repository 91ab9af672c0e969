//! What the standard library asks of WASI, asked of the contract.
//!
//! wasi-libc, below Rust's standard library, calls WASI's first version for output, the environment and the end of the
//! program. For that the linker would put an adapter into the component: a core module of its own, to be instantiated for
//! each event. These functions take the place of its imports. A guest that calls more than them gets the adapter still.
//!
//! Output goes to the host's log line by line, by one import instead of the eight that WASI 0.2 has for it: the host
//! prepares each import for every new instance, whether or not it is called.

#![allow(
    unsafe_code,
    reason = "C functions, by C's names and with C's pointers"
)]

use std::cell::UnsafeCell;
use std::slice;

use crate::bindings::wasi::logging::logging::{Level, log};

/// WASI's number for success.
const SUCCESS: i32 = 0;
/// For a descriptor that is none.
const BADF: i32 = 8;
/// A longer line is cut into several, as the host does with those of other guests.
const MAX_LINE: usize = 4 << 10;

/// Some of the bytes to write.
#[repr(C)]
struct Slice {
    start: *const u8,
    len: usize,
}

/// The line that a stream has begun. It has a place of its own, because it may be about memory that has run out.
struct Line {
    bytes: [u8; MAX_LINE],
    len: usize,
}

struct Stream {
    level: Level,
    name: &'static str,
    line: UnsafeCell<Line>,
}

// SAFETY: components have no threads.
unsafe impl Sync for Stream {}

static STDOUT: Stream = Stream::new(Level::Info, "stdout");
static STDERR: Stream = Stream::new(Level::Warn, "stderr");

impl Line {
    fn is_full(&self) -> bool {
        self.len == MAX_LINE
    }

    fn push(&mut self, byte: u8) {
        if let Some(place) = self.bytes.get_mut(self.len) {
            *place = byte;
            self.len += 1;
        }
    }

    fn take(&mut self) -> &[u8] {
        let len = std::mem::take(&mut self.len);
        self.bytes.get(..len).unwrap_or_default()
    }
}

impl Stream {
    const fn new(level: Level, name: &'static str) -> Self {
        Self {
            level,
            name,
            line: UnsafeCell::new(Line {
                bytes: [0; MAX_LINE],
                len: 0,
            }),
        }
    }

    fn write(&self, bytes: &[u8]) {
        // SAFETY: there is one thread, and nothing that is called here writes.
        let line = unsafe { &mut *self.line.get() };
        for byte in bytes {
            if *byte == b'\n' {
                self.end(line);
                continue;
            }
            if line.is_full() {
                self.end(line);
            }
            line.push(*byte);
        }
    }

    fn end(&self, line: &mut Line) {
        let text = String::from_utf8_lossy(line.take());
        log(self.level, self.name, &text);
    }

    /// Ends a line that has been begun; after most calls there is none.
    #[inline]
    fn flush(&self) {
        // SAFETY: as in `write`.
        let line = unsafe { &mut *self.line.get() };
        if line.len > 0 {
            self.end(line);
        }
    }
}

/// Ends lines that have been begun.
#[inline]
pub(crate) fn flush() {
    STDOUT.flush();
    STDERR.flush();
}

/// Writes to standard output or standard error; a guest has no other files.
///
/// # Safety
/// `slices` are `count` readable slices, and `written` can be written.
#[unsafe(no_mangle)]
unsafe extern "C" fn __imported_wasi_snapshot_preview1_fd_write(
    descriptor: i32,
    slices: *const Slice,
    count: usize,
    written: *mut usize,
) -> i32 {
    let stream = match descriptor {
        1 => &STDOUT,
        2 => &STDERR,
        _ => return BADF,
    };
    let mut bytes = 0;
    // SAFETY: the caller promises it.
    for part in unsafe { slice::from_raw_parts(slices, count) } {
        if part.len > 0 {
            // SAFETY: the caller promises it.
            stream.write(unsafe { slice::from_raw_parts(part.start, part.len) });
            bytes += part.len;
        }
    }
    // SAFETY: the caller promises it.
    unsafe { written.write(bytes) };
    SUCCESS
}

/// Ends the event, which is a fault whatever the code: there was no answer.
#[unsafe(no_mangle)]
extern "C" fn __imported_wasi_snapshot_preview1_proc_exit(code: i32) -> ! {
    log(
        Level::Error,
        "exit",
        if code == 0 { "success" } else { "failure" },
    );
    std::arch::wasm32::unreachable()
}

/// A guest has no environment: the list of its variables is empty.
#[unsafe(no_mangle)]
extern "C" fn __imported_wasi_snapshot_preview1_environ_get(_: *mut *mut u8, _: *mut u8) -> i32 {
    SUCCESS
}

/// # Safety
/// Both can be written.
#[unsafe(no_mangle)]
unsafe extern "C" fn __imported_wasi_snapshot_preview1_environ_sizes_get(
    count: *mut usize,
    bytes: *mut usize,
) -> i32 {
    // SAFETY: the caller promises it.
    unsafe {
        count.write(0);
        bytes.write(0);
    }
    SUCCESS
}
