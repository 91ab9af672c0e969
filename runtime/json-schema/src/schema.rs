//! A compiled schema: validates payloads, and changes them if the options say so.

use serde_json::Value;

use crate::{
    amend::{self, AmendError},
    compile,
    document::Doc,
    error::SchemaError,
    explain::{Explain, Mode},
    limits::MAX_VIOLATIONS,
    options::ValidationOptions,
    program::{NodeId, Program},
    shape::Shape,
    verdict::{Exhausted, MAX_STEPS, Verdict},
    violation::Violation,
};

/// A compiled schema.
#[derive(Debug)]
pub struct Schema {
    program: Program,
    options: ValidationOptions,
    shape: Option<Shape>,
    remarks: Vec<SchemaError>,
}

impl Schema {
    /// Compiles JSON Schema text, with AJV's default options.
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

    /// Returns the first ten likely mistakes that the options allow. AJV logs them.
    pub fn remarks(&self) -> &[SchemaError] {
        &self.remarks
    }

    /// Returns whether validation may change payloads. If so, call [`amend`](Self::amend).
    #[inline]
    pub fn amends(&self) -> bool {
        self.options.change_payloads()
    }

    /// Returns how many violations to report, for the `limit` of [`validate`](Self::validate).
    pub fn limit(&self) -> usize {
        if self.options.all_errors {
            MAX_VIOLATIONS
        } else {
            1
        }
    }

    /// Validates the payload in `text`, which must be JSON, and applies AJV's `useDefaults`, `coerceTypes` and
    /// `removeAdditional`, as the options say.
    ///
    /// Returns the new text, or `None` if no value has changed. Defaults may add at most `room` bytes.
    ///
    /// # Errors
    /// Returns the violations that AJV reports with these options, or an error if the payload would become too long.
    pub fn amend(&self, text: &str, room: usize) -> Result<Option<String>, AmendError> {
        amend::amend(&self.program, self.options, text, room)
    }

    /// Returns the check that accepts payloads by their text, or `None` if the schema is not plain enough.
    #[inline]
    pub fn shape(&self) -> Option<&Shape> {
        self.shape.as_ref()
    }

    /// Validates a payload.
    ///
    /// # Errors
    /// With a `limit` of 1, returns AJV's errors with `allErrors: false`: the first failure, and for `anyOf` and similar
    /// keywords also the failures inside. With a higher limit, returns the first `limit` errors with `allErrors: true`, 32 at
    /// most.
    pub fn validate(&self, payload: &Value, limit: usize) -> Result<(), Vec<Violation>> {
        match Verdict::new(&self.program).accepts(NodeId::ROOT, payload) {
            Ok(true) => Ok(()),
            Ok(false) => Err(self.explain(payload, limit)),
            Err(Exhausted) => Err(vec![Violation::too_complex(MAX_STEPS)]),
        }
    }

    /// How many steps saying yes or no takes, or nothing if they do not suffice.
    #[cfg(test)]
    pub(super) fn steps(&self, payload: &Value) -> Option<usize> {
        let mut verdict = Verdict::new(&self.program);
        verdict.accepts(NodeId::ROOT, payload).ok()?;
        Some(verdict.steps())
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
