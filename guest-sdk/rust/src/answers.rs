//! How the contract's functions are exported, and what becomes of their answers.
//!
//! For each function wit-bindgen exports a second one, by which the host lets the guest free an answer once it has read
//! it. The host would look up all of them for every new instance, which takes as long as a small event. Here there are
//! none: an answer is freed when the next function of the same instance is called, or the host asks for memory to put its
//! arguments into. So memory is as empty then as it was for the first event.

#![allow(
    unsafe_code,
    reason = "functions by the component model's names, and raw memory"
)]

use std::{
    alloc::{self, Layout},
    cell::Cell,
};

/// Frees what an answer refers to.
type Free = unsafe fn(*mut u8);

/// Where the guest is.
struct State {
    /// The answer that has not been freed.
    last: Cell<Option<(Free, *mut u8)>>,
    /// Whether one of its functions is being called.
    is_called: Cell<bool>,
}

// SAFETY: components have no threads.
unsafe impl Sync for State {}

static STATE: State = State {
    last: Cell::new(None),
    is_called: Cell::new(false),
};

/// Calls a function of the guest, and frees the answer of the one before. What it has written is in the log then.
///
/// # Safety
/// `free` frees what `call` answers.
pub unsafe fn answer(call: impl FnOnce() -> *mut u8, free: Free) -> *mut u8 {
    free_last();
    STATE.is_called.set(true);
    let answer = call();
    crate::wasi::flush();
    STATE.is_called.set(false);
    STATE.last.set(Some((free, answer)));
    answer
}

fn free_last() {
    if let Some((free, last)) = STATE.last.take() {
        // SAFETY: the host has read it, or it would not call again.
        unsafe { free(last) };
    }
}

/// Gives the host memory for what it hands over: the answer of a function that the guest has called, or arguments.
///
/// # Safety
/// As the canonical ABI says: `old` is null, or has `old_size` bytes from here, with the same `align`.
pub unsafe fn realloc(old: *mut u8, old_size: usize, align: usize, size: usize) -> *mut u8 {
    if !STATE.is_called.get() {
        free_last();
    }
    if size == 0 {
        return std::ptr::without_provenance_mut(align);
    }
    let Ok(layout) = Layout::from_size_align(old_size.max(size), align) else {
        std::process::abort();
    };
    // SAFETY: the sizes are not zero, and the old block is the caller's.
    let new = unsafe {
        match old_size {
            0 => alloc::alloc(layout),
            _ => alloc::realloc(
                old,
                Layout::from_size_align_unchecked(old_size, align),
                size,
            ),
        }
    };
    if new.is_null() {
        std::process::abort();
    }
    new
}

/// Exports functions of an interface, given as their names in the contract, in Rust, and of what frees their answers, with
/// the arguments as the canonical ABI flattens them.
#[doc(hidden)]
#[macro_export]
macro_rules! __export_functions {
    ($ty:ident, $interface:literal, ($($path:tt)*), $(
        $export:literal $call:ident $free:ident ($($argument:ident: $type:ty),*);
    )*) => {
        const _: () = {
            use $($path)* as contract;

            $(
                #[unsafe(export_name = concat!($interface, "#", $export))]
                unsafe extern "C" fn $call($($argument: $type),*) -> *mut u8 {
                    // SAFETY: the host calls it as the contract says, and the two belong together.
                    unsafe {
                        $crate::__private::answer(
                            || contract::$call::<$ty>($($argument),*),
                            contract::$free::<$ty>,
                        )
                    }
                }
            )*
        };
    };
}

/// Exports `stockade:handler/controller`.
#[doc(hidden)]
#[macro_export]
macro_rules! __export_controller {
    ($ty:ident with_types_in $($path:tt)*) => {
        const _: () = {
            #[unsafe(export_name = "cabi_realloc")]
            unsafe extern "C" fn realloc(
                old: *mut u8, old_size: usize, align: usize, size: usize
            ) -> *mut u8 {
                // SAFETY: the host calls it as the canonical ABI says.
                unsafe { $crate::__private::realloc(old, old_size, align, size) }
            }
        };
        $crate::__export_functions! {
            $ty, "stockade:handler/controller@0.1.0", ($($path)*),
            "describe" _export_describe_cabi __post_return_describe ();
            "on-connection" _export_on_connection_cabi __post_return_on_connection ();
            "run-hook" _export_run_hook_cabi __post_return_run_hook (hook: i32);
            "handle-event" _export_handle_event_cabi __post_return_handle_event (
                handler: i32, has_json: i32, json: *mut u8, length: usize
            );
            "run-post-hook" _export_run_post_hook_cabi __post_return_run_post_hook (
                // What the last five are depends on the response: a raw one has no mark of whether there is a payload.
                hook: i32, response: i32, first: *mut u8, second: *mut u8, third: *mut u8, fourth: *mut u8, fifth: usize
            );
            "handle-error" _export_handle_error_cabi __post_return_handle_error (
                name: *mut u8, name_length: usize, message: *mut u8, message_length: usize,
                has_stack: i32, stack: *mut u8, stack_length: usize,
                has_data: i32, data: *mut u8, data_length: usize
            );
            "on-disconnection" _export_on_disconnection_cabi __post_return_on_disconnection (
                reason: *mut u8, length: usize
            );
        }
    };
}

/// Exports `stockade:handler/http-controller`.
#[doc(hidden)]
#[macro_export]
macro_rules! __export_http_controller {
    ($ty:ident with_types_in $($path:tt)*) => {
        $crate::__export_functions! {
            $ty, "stockade:handler/http-controller@0.1.0", ($($path)*),
            "describe" _export_describe_cabi __post_return_describe ();
            "run-hook" _export_run_hook_cabi __post_return_run_hook (
                hook: i32, method: *mut u8, method_length: usize, path: *mut u8, path_length: usize,
                params: *mut u8, params_count: usize, query: *mut u8, query_count: usize,
                headers: *mut u8, headers_count: usize, body: *mut u8, body_length: usize,
                address: *mut u8, address_length: usize
            );
            "handle-request" _export_handle_request_cabi __post_return_handle_request (
                handler: i32, method: *mut u8, method_length: usize, path: *mut u8, path_length: usize,
                params: *mut u8, params_count: usize, query: *mut u8, query_count: usize,
                headers: *mut u8, headers_count: usize, body: *mut u8, body_length: usize,
                address: *mut u8, address_length: usize
            );
            "run-post-hook" _export_run_post_hook_cabi __post_return_run_post_hook (
                hook: i32, status: i32, headers: *mut u8, count: usize, body: *mut u8, length: usize
            );
            "handle-error" _export_handle_error_cabi __post_return_handle_error (
                name: *mut u8, name_length: usize, message: *mut u8, message_length: usize,
                has_stack: i32, stack: *mut u8, stack_length: usize,
                has_data: i32, data: *mut u8, data_length: usize
            );
        }
    };
}
