//! Tests as TOML: what `stockade test` runs. `docs/testing.md` describes the format.
//!
//! ```toml
//! [[case]]
//! name = "a new product is announced to the others"
//! steps = [
//!   { client = "ann", connects = "/" },
//!   { client = "bob", connects = "/" },
//!   { client = "ann", emits = "create product", payload = { name = "tea" }, ack = { status = "ok" } },
//!   { client = "bob", receives = "refresh products" },
//! ]
//! ```
//!
//! [`read`] makes a [`Script`] of a file, [`ScriptCase::run`] runs one of its cases.

mod cookies;
mod expectation;
mod names;
mod read;
mod run;
mod step;
mod toml;

pub use expectation::Difference;
pub use read::{ScriptError, read};
pub use run::{CaseReport, Failure};

use std::{path::PathBuf, time::SystemTime};

use step::Step;

/// One file of cases.
#[derive(Debug)]
pub struct Script {
    /// The file.
    pub path: PathBuf,
    /// Its cases in order.
    pub cases: Vec<ScriptCase>,
}

/// One case: steps that have to go as they say, one after the other.
#[derive(Debug)]
pub struct ScriptCase {
    /// What it shows.
    pub name: String,
    /// Where it begins, from 1.
    pub line: usize,
    /// What time it is at first; none for the harness's own.
    clock: Option<SystemTime>,
    steps: Vec<Step>,
}
