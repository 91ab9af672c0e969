//! The `stockade` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    match stockade::cli::main() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
