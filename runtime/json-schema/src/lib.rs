//! JSON Schema with AJV 8's verdicts and error objects, for untrusted schemas and payloads.
//!
//! Schemas are compiled when a component is loaded. [`Schema::validate`] does no I/O and takes bounded time. The dialect is
//! draft-07 unless `$schema` says 2019-09 or 2020-12; draft-06 counts as draft-07, and draft-04 is refused. Formats are
//! checked, and an unknown one is an error. Keywords next to `$ref` count, as in AJV.
//!
//! # Invariants
//! - Nothing is fetched: references point into the same document.
//! - Compiling takes memory in proportion to the text, which is 64 KB at most: places share their pointers (`pointer`), and
//!   identifiers and values within each other have a limit. What can be more than linear has a budget: following references
//!   (`target`), tables of patterns (`pattern`), and looking for mistakes (`strict`). A schema that exceeds one is refused,
//!   and never taken as if it had been looked at.
//! - No schema recurses endlessly on any payload. Validation has a fixed number of steps, and whatever may be repeated costs
//!   some, in proportion to the time it takes; a payload that needs more is refused.
//! - Patterns are matched in time linear in the text.
//! - An error about a schema is one short line, whatever names are in it (`error`).
//! - Tests of all this count work and compare sizes. None looks at a clock.
//!
//! Start at [`Schema::compile`]: text → `document` → `compile` → `program`. `verdict` evaluates the program. Only if the
//! payload is invalid, `explain` makes [`Violation`]s. Valid payloads of plain schemas never get there: `shape` accepts
//! their text. With options that change payloads, `amend` does both at once, on a `heap`. `strict` looks for likely
//! mistakes in a schema that compiles.

mod amend;
mod check;
mod coerce;
mod compile;
mod dialect;
mod document;
mod ecma;
mod equal;
mod error;
mod explain;
mod failure;
mod format;
mod graph;
mod heap;
mod limits;
mod number;
mod options;
mod pattern;
mod place;
mod pointer;
mod program;
mod refs;
pub mod scan;
mod schema;
mod shape;
mod strict;
mod target;
pub mod text;
mod unique;
mod uri;
mod verdict;
mod violation;

#[cfg(test)]
mod tests;

pub use amend::AmendError;
pub use error::SchemaError;
pub use number::to_js as number_to_js;
pub use options::{CoerceTypes, RemoveAdditional, Strict, UseDefaults, ValidationOptions};
pub use pattern::{FullMatchRegex, PatternError};
pub use schema::Schema;
pub use shape::Shape;
pub use violation::{Params, Violation};
