//! The `stockade` command.

mod commands;

use std::process::ExitCode;

/// Events allocate and free many small blocks, often on another thread: the system's allocator takes a third of their time.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    match commands::main() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
