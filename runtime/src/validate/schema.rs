//! JSON Schema with AJV 8's verdicts and error objects, for schemas and payloads of strangers.
//!
//! Schemas are compiled at load; [`Schema::validate`] does no I/O and takes bounded time. Draft-07
//! unless `$schema` says 2019-09 or 2020-12 (draft-06 counts as draft-07, draft-04 is refused).
//! Formats are checked, an unknown one is an error. Keywords next to `$ref` count, as in AJV.
//!
//! # Invariants
//! - Nothing is fetched: references lead to places in the same document.
//! - No schema recurses without end, whatever the payload, and none takes more than a fixed
//!   number of steps; a payload that needs more is refused.
//! - Patterns are matched in time linear in the text.
//!
//! Start at [`Schema::compile`]: text → `document` → `compile` → `program`, which `verdict`
//! evaluates and, only if the answer is no, `explain` turns into [`Violation`]s. Payloads of plain
//! schemas never get there: `shape` accepts their text. With options that change payloads, `amend`
//! does both in one go, on a `heap`. `strict` looks for mistakes in a schema that compiles.

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
mod number;
mod options;
mod pattern;
mod place;
mod program;
mod refs;
mod shape;
mod strict;
mod uri;
mod verdict;
mod violation;

#[cfg(test)]
mod tests;

use serde_json::Value;

use document::Doc;
use explain::{Explain, Mode};
pub(super) use number::to_js as number_to_js;
use program::{NodeId, Program};
pub(super) use shape::Shape;
use verdict::{Exhausted, MAX_STEPS, Verdict};

pub use amend::AmendError;
pub use error::SchemaError;
pub use options::{CoerceTypes, RemoveAdditional, Strict, UseDefaults, ValidationOptions};
pub use pattern::{FullMatchRegex, PatternError};
pub use violation::{Params, Violation};

/// Most error objects in one answer. An `anyOf` may fail in as many ways as it has branches.
const MAX_VIOLATIONS: usize = 32;

/// A compiled schema.
#[derive(Debug)]
pub struct Schema {
    program: Program,
    options: ValidationOptions,
    shape: Option<Shape>,
    remarks: Vec<SchemaError>,
}

impl Schema {
    /// Compiles JSON Schema text, to validate without options.
    pub fn compile(text: &str) -> Result<Self, SchemaError> {
        Self::compile_with(text, ValidationOptions::default())
    }

    /// Compiles JSON Schema text.
    pub fn compile_with(text: &str, options: ValidationOptions) -> Result<Self, SchemaError> {
        let doc = Doc::parse(text)?;
        let (program, remarks) = compile::compile(&doc, options)?;
        Ok(Self {
            program,
            remarks,
            options,
            // What may be changed has to be looked at in any case.
            shape: match options.change_payloads() {
                true => None,
                false => Shape::of(text),
            },
        })
    }

    /// What may be mistaken in the schema but is allowed, the first ten: what AJV logs.
    pub fn remarks(&self) -> &[SchemaError] {
        &self.remarks
    }

    /// Whether validating may change payloads, so that [`amend`](Self::amend) has to be called.
    pub fn amends(&self) -> bool {
        self.options.change_payloads()
    }

    /// How many violations the options want to be told of, for [`validate`](Self::validate).
    pub fn limit(&self) -> usize {
        if self.options.all_errors {
            MAX_VIOLATIONS
        } else {
            1
        }
    }

    /// Validates the payload in `text`, which is JSON, and changes it as the options say: AJV's
    /// `useDefaults`, `coerceTypes` and `removeAdditional`.
    ///
    /// Gives the new text, or nothing where no value was changed. Defaults may add `room` bytes to it.
    ///
    /// # Errors
    /// The violations that AJV reports with these options, or that the payload would grow too long.
    pub fn amend(&self, text: &str, room: usize) -> Result<Option<String>, AmendError> {
        amend::amend(&self.program, self.options, text, room)
    }

    /// What accepts payloads by their text, where it is so plain that there is such a thing.
    pub(super) fn shape(&self) -> Option<&Shape> {
        self.shape.as_ref()
    }

    /// Validates a payload.
    ///
    /// With a `limit` of 1, the errors are those of AJV with `allErrors: false`: the first
    /// failure, which for `anyOf` and its like comes with the failures inside. With a higher one
    /// they are the first `limit` of those with `allErrors: true`. Never more than 32.
    pub fn validate(&self, payload: &Value, limit: usize) -> Result<(), Vec<Violation>> {
        match Verdict::new(&self.program).accepts(NodeId::ROOT, payload) {
            Ok(true) => Ok(()),
            Ok(false) => Err(self.explain(payload, limit)),
            Err(Exhausted) => Err(vec![Violation::too_complex(MAX_STEPS)]),
        }
    }

    fn explain(&self, payload: &Value, limit: usize) -> Vec<Violation> {
        let (mode, limit) = match limit {
            0 | 1 => (Mode::First, MAX_VIOLATIONS),
            limit => (Mode::All, limit.min(MAX_VIOLATIONS)),
        };
        let mut violations = Explain::run(&self.program, payload, mode, limit);
        if violations.is_empty() {
            violations.push(Violation::too_complex(MAX_STEPS));
        }
        violations
    }
}
