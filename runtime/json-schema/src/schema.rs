//! A compiled schema and what can be asked of it.

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
    pub fn shape(&self) -> Option<&Shape> {
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
