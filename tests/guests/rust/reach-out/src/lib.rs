//! Tries to leave the sandbox by what Rust's standard library offers, and answers what came of each try: `{"error"}`
//! where it failed, `{"got"}` where it did not. The guest `dial-out` does the same with the network, which the C library
//! of some toolchains does not have.

use std::fmt::Display;
use std::{env, fs};

use guest_kit::Attack;
use serde_json::{Value, json};

struct ReachesOut;

impl Attack for ReachesOut {
    fn attack() -> String {
        json!({
            "arguments": env::args().count(),
            "environment": env::vars().count(),
            "working directory": outcome(env::current_dir().map(|folder| folder.display().to_string())),
            "read /etc/passwd": outcome(fs::read_to_string("/etc/passwd")),
            "read ..": outcome(fs::read_dir("..").map(Iterator::count)),
            "write /tmp/reached-out": outcome(fs::write("/tmp/reached-out", "here").map(|()| "written")),
        })
        .to_string()
    }
}

fn outcome<T: Into<Value>, E: Display>(result: Result<T, E>) -> Value {
    match result {
        Ok(got) => json!({ "got": got.into() }),
        Err(error) => json!({ "error": error.to_string() }),
    }
}

guest_kit::guest!(ReachesOut);
