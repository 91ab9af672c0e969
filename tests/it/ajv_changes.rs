//! With AJV's options that change payloads, errors and changed payloads are those of the real AJV.
//!
//! `tests/ajv/changes.mjs` has the options and the written cases; those of `tests/it/ajv.rs` run with these options, too.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Value, value::RawValue};
use stockade_json_schema::{
    AmendError, CoerceTypes, RemoveAdditional, Schema, Strict, UseDefaults, ValidationOptions,
};

use crate::ajv::{expected, is_known, written};

/// A line of the script's output.
#[derive(Deserialize)]
struct Case<'a> {
    options: Options,
    #[serde(borrow)]
    schema: &'a RawValue,
    #[serde(borrow)]
    payload: &'a RawValue,
    #[serde(default)]
    errors: Option<Vec<Value>>,
    /// The payload afterwards; nothing for `null`, too.
    #[serde(default, borrow)]
    after: Option<&'a RawValue>,
    /// Why AJV does not compile the schema.
    #[serde(default)]
    refused: Option<String>,
    /// What AJV's code threw.
    #[serde(default)]
    threw: Option<String>,
}

/// AJV's options.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct Options {
    all_errors: bool,
    use_defaults: Value,
    coerce_types: Value,
    remove_additional: Value,
}

/// How a case may differ from AJV, on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Known {
    /// A text that names a number out of range becomes infinite in AJV, which JSON cannot say; here it stays a text.
    Infinite,
    /// As without options.
    WithoutOptions,
}

/// What came out of a comparison.
#[derive(Debug, Default)]
struct Tally {
    cases: usize,
    /// Invalid payloads with identical errors.
    refused_alike: usize,
    /// Valid payloads that became something else, alike.
    changed_alike: usize,
    known: BTreeSet<Known>,
    different: Vec<String>,
}

#[test]
fn written_cases_are_changed_as_by_ajv() {
    let tally = compare(&expected(&["changes"]));
    println!("{tally:#?}");
    assert!(tally.cases >= 30_000, "the corpus is there");
    assert!(tally.changed_alike >= 4_500, "the options work");
    assert_eq!(tally.different, [] as [String; 0]);
    assert_eq!(
        tally.known,
        [Known::Infinite, Known::WithoutOptions].into(),
        "the list is current"
    );
}

#[test]
fn random_cases_are_changed_as_by_ajv() {
    let tally = compare(&expected(&["changes", "random", "1500"]));
    println!("{tally:#?}");
    assert!(tally.cases >= 4_000, "the generator works");
    assert!(tally.changed_alike >= 400, "the options work");
    assert_eq!(tally.different, [] as [String; 0]);
}

fn compare(expected_json_lines: &str) -> Tally {
    let mut tally = Tally::default();
    for line in expected_json_lines.lines() {
        let case: Case<'_> = serde_json::from_str(line).expect("the script prints cases");
        if case.refused.is_some() || case.threw.is_some() {
            continue;
        }
        tally.cases += 1;
        if let Err(difference) = check(&case, &mut tally) {
            match known(&case) {
                Some(known) => drop(tally.known.insert(known)),
                None => tally.different.push(format!("{difference}\n  {line}")),
            }
        }
    }
    tally
}

fn check(case: &Case<'_>, tally: &mut Tally) -> Result<(), String> {
    let schema = Schema::compile_with(case.schema.get(), case.options.ours())
        .map_err(|error| format!("refused: {error}"))?;
    let text = case.payload.get();
    match (schema.amend(text, 1 << 20), &case.errors) {
        (Ok(changed), None) => {
            let after = changed.as_deref().unwrap_or(text);
            let theirs = case.after.map_or("null", RawValue::get);
            if !same_text(after, theirs) {
                return Err(format!("ours: {after}"));
            }
            tally.changed_alike += usize::from(theirs != text);
            Ok(())
        }
        (Ok(_), Some(_)) => Err("we accept it".to_owned()),
        (Err(AmendError::Invalid(ours)), Some(theirs)) => {
            let theirs: Value = theirs.iter().take(32).cloned().collect();
            let ours = written(&ours);
            if ours != theirs {
                return Err(format!("ours: {ours}"));
            }
            tally.refused_alike += 1;
            Ok(())
        }
        (Err(AmendError::Invalid(ours)), None) => Err(format!("we refuse it: {}", written(&ours))),
        (Err(error), _) => Err(error.to_string()),
    }
}

/// The order of keys counts; how large and small numbers are written does not.
fn same_text(ours: &str, theirs: &str) -> bool {
    ours == theirs || ours == theirs.replace("e+", "e")
}

fn known(case: &Case<'_>) -> Option<Known> {
    if is_known(case.schema.get(), case.payload.get()) {
        return Some(Known::WithoutOptions);
    }
    let infinite = [r#"{"a":"1e999"}"#, r#"{"a":"Infinity"}"#];
    infinite
        .contains(&case.payload.get())
        .then_some(Known::Infinite)
}

impl Options {
    fn ours(&self) -> ValidationOptions {
        ValidationOptions {
            all_errors: self.all_errors,
            use_defaults: match &self.use_defaults {
                Value::Bool(true) => UseDefaults::Missing,
                Value::String(_) => UseDefaults::Empty,
                _ => UseDefaults::Off,
            },
            coerce_types: match &self.coerce_types {
                Value::Bool(true) => CoerceTypes::Scalars,
                Value::String(_) => CoerceTypes::Array,
                _ => CoerceTypes::Off,
            },
            remove_additional: match &self.remove_additional {
                Value::Bool(true) => RemoveAdditional::Forbidden,
                Value::String(word) if word == "all" => RemoveAdditional::All,
                Value::String(_) => RemoveAdditional::Failing,
                _ => RemoveAdditional::Off,
            },
            strict: Strict::Off,
        }
    }
}
