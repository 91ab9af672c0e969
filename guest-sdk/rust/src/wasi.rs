//! What the standard library asks of WASI, asked of WASI 0.2.
//!
//! wasi-libc, below Rust's standard library, calls WASI's first version for output, the environment and the end of the
//! program. For that the linker would put an adapter into the component: a core module of its own, to be instantiated for
//! each event. These functions take the place of its imports. A guest that calls more than them gets the adapter still.

#![allow(unsafe_code, reason = "C functions, by C's names and with C's pointers")]

use std::slice;

use wasip2::cli::{exit, stderr, stdout};

/// WASI's number for success.
const SUCCESS: i32 = 0;
/// For a descriptor that is none.
const BADF: i32 = 8;
/// For output that cannot be written.
const IO: i32 = 29;
/// Bytes that `blocking-write-and-flush` takes at once.
const MAX_WRITE: usize = 4096;

/// Some of the bytes to write.
#[repr(C)]
struct Slice {
    start: *const u8,
    len: usize,
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
        1 => stdout::get_stdout(),
        2 => stderr::get_stderr(),
        _ => return BADF,
    };
    let mut bytes = 0;
    // SAFETY: the caller promises it.
    for part in unsafe { slice::from_raw_parts(slices, count) } {
        if part.len == 0 {
            continue;
        }
        // SAFETY: the caller promises it.
        let part = unsafe { slice::from_raw_parts(part.start, part.len) };
        for chunk in part.chunks(MAX_WRITE) {
            if stream.blocking_write_and_flush(chunk).is_err() {
                return IO;
            }
        }
        bytes += part.len();
    }
    // SAFETY: the caller promises it.
    unsafe { written.write(bytes) };
    SUCCESS
}

/// Ends the event.
#[unsafe(no_mangle)]
extern "C" fn __imported_wasi_snapshot_preview1_proc_exit(code: i32) -> ! {
    exit::exit(if code == 0 { Ok(()) } else { Err(()) });
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
