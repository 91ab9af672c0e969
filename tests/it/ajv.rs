//! Validation errors are those of the real AJV, which a Node script runs over the same cases.
//!
//! `tests/ajv` has the script, the written cases and a generator of random ones. `npm ci` there
//! comes first; the versions are those that FoalTS ships.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use stockade::validate::schema::{Schema, Violation};

/// A line of the script's output.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Case<'a> {
    /// As text, because the order of its keys matters.
    #[serde(borrow)]
    schema: &'a RawValue,
    #[serde(borrow)]
    payload: &'a RawValue,
    #[serde(default)]
    errors: Option<Vec<Value>>,
    #[serde(default)]
    all_errors: Option<Vec<Value>>,
    /// Why AJV does not compile the schema.
    #[serde(default)]
    refused: Option<String>,
}

/// How a case may differ from AJV, on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Known {
    /// Members of a payload are visited in the order that `serde_json` keeps, which is
    /// alphabetical unless its `preserve_order` is on; in AJV as sent.
    PayloadOrder,
    /// To AJV every object has the members of JavaScript's prototype.
    Prototype,
    /// AJV forgets `contains` for an empty array behind a list of `items`, unless it collects all
    /// errors: one generated variable too few.
    ContainsBehindTuple,
    /// The format `regex` means ECMA-262 with the `u` flag, AJV tests without it.
    RegexSyntax,
    /// What a failed `anyOf` would have looked at is unevaluated; AJV drops that follow-up error.
    UnevaluatedAfterFailure,
}

/// The cases that differ.
const KNOWN: [(&str, &str, Known); 6] = [
    (
        r#"{"additionalProperties":false}"#,
        r#"{"b":1,"a":1}"#,
        Known::PayloadOrder,
    ),
    (r#"{"required":["toString"]}"#, "{}", Known::Prototype),
    (
        r#"{"items":[{"type":"string"}],"contains":{"type":"string"}}"#,
        "[]",
        Known::ContainsBehindTuple,
    ),
    (
        r#"{"type":"string","format":"regex"}"#,
        r#""a{2""#,
        Known::RegexSyntax,
    ),
    (
        r#"{"type":"string","format":"regex"}"#,
        r#""\\Z""#,
        Known::RegexSyntax,
    ),
    (
        concat!(
            r#"{"$schema":"https://json-schema.org/draft/2019-09/schema","#,
            r#""anyOf":[{"items":[true,{"type":"string"}]}],"unevaluatedItems":false}"#,
        ),
        "[1,2]",
        Known::UnevaluatedAfterFailure,
    ),
];

/// What came out of a comparison.
#[derive(Debug, Default)]
struct Tally {
    /// Cases that both compiled.
    cases: usize,
    /// Cases that AJV refuses to compile, and we need not.
    refused: usize,
    /// Invalid payloads with identical first errors.
    identical_first: usize,
    /// Invalid payloads with identical lists of all errors.
    identical_all: usize,
    known: BTreeSet<Known>,
    different: Vec<String>,
}

#[test]
fn written_cases_have_the_errors_of_ajv() {
    let tally = compare(&expected(&[]));
    println!("{tally:#?}");
    assert!(tally.cases >= 250, "the corpus is there");
    assert_eq!(tally.different, [] as [String; 0]);
    // Where payloads keep their order, one difference is gone.
    let still = KNOWN
        .map(|(_, _, known)| known)
        .into_iter()
        .filter(|known| *known != Known::PayloadOrder);
    assert!(
        still.into_iter().all(|known| tally.known.contains(&known)),
        "the list is current"
    );
}

#[test]
fn random_schemas_have_the_errors_of_ajv() {
    let tally = compare(&expected(&["random", "1000"]));
    println!("{tally:#?}");
    assert!(tally.cases >= 1000, "the generator works");
    assert_eq!(tally.different, [] as [String; 0]);
}

/// Compares our errors with those in the script's output.
fn compare(expected_json_lines: &str) -> Tally {
    let mut tally = Tally::default();
    for line in expected_json_lines.lines() {
        let case: Case<'_> = serde_json::from_str(line).expect("the script prints cases");
        if case.refused.is_some() {
            tally.refused += 1;
            continue;
        }
        tally.cases += 1;
        if let Err(difference) = check(&case, &mut tally) {
            match known(case.schema.get(), case.payload.get()) {
                Some(known) => drop(tally.known.insert(known)),
                None => tally.different.push(format!("{difference}\n  {line}")),
            }
        }
    }
    tally
}

fn check(case: &Case<'_>, tally: &mut Tally) -> Result<(), String> {
    let schema = Schema::compile(case.schema.get()).map_err(|error| format!("refused: {error}"))?;
    let payload = serde_json::from_str(case.payload.get()).expect("payloads are JSON");
    tally.identical_first += same(&schema, &payload, 1, case.errors.as_deref())?;
    tally.identical_all += same(&schema, &payload, 32, case.all_errors.as_deref())?;
    Ok(())
}

/// How many lists of errors were found identical: one, or none for a valid payload.
fn same(
    schema: &Schema,
    payload: &Value,
    limit: usize,
    theirs: Option<&[Value]>,
) -> Result<usize, String> {
    let ours = match (schema.validate(payload, limit), theirs) {
        (Ok(()), None) => return Ok(0),
        (Ok(()), Some(_)) => return Err("we accept it".to_owned()),
        (Err(ours), None) => return Err(format!("we refuse it: {}", written(&ours))),
        (Err(ours), Some(_)) => written(&ours),
    };
    let theirs: Value = theirs
        .unwrap_or_default()
        .iter()
        .take(32)
        .cloned()
        .collect();
    if ours == theirs {
        Ok(1)
    } else {
        Err(format!("ours, limit {limit}: {ours}"))
    }
}

pub(crate) fn written(violations: &[Violation]) -> Value {
    serde_json::to_value(violations).expect("violations are JSON")
}

/// Whether a case is about a documented difference.
pub(crate) fn is_known(schema: &str, payload: &str) -> bool {
    known(schema, payload).is_some()
}

/// The documented difference that a case is about.
fn known(schema: &str, payload: &str) -> Option<Known> {
    let found = KNOWN
        .iter()
        .find(|(known, sent, _)| *known == schema && *sent == payload);
    found.map(|(_, _, known)| *known)
}

/// Runs the script.
pub(crate) fn expected(arguments: &[&str]) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("ajv");
    let installed = folder.join("node_modules/ajv").exists();
    assert!(installed, "run `npm ci` in {}", folder.display());
    let output = Command::new("node")
        .arg("expected.mjs")
        .args(arguments)
        .current_dir(&folder)
        .output()
        .expect("node is installed");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("JSON is UTF-8")
}
