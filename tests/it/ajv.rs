//! Validation errors are those of the real AJV, which a Node script runs over the same cases.
//!
//! `tests/ajv` has the script, the written cases and a generator of random ones. `npm ci` there
//! comes first; the versions are those that FoalTS ships.

use std::collections::BTreeMap;
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
    payload: Value,
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
    /// Members of a payload are visited in the order of their names, not of the text.
    PayloadOrder,
    /// `regex` checks by the `u` flag's syntax, AJV without the flag.
    RegexSyntax,
}

/// What came out of a comparison.
#[derive(Debug, Default)]
pub struct Tally {
    /// Cases that both compiled.
    pub cases: usize,
    /// Cases that AJV refuses to compile, and we need not.
    pub refused: usize,
    /// Invalid payloads with identical first errors.
    pub identical_first: usize,
    /// Invalid payloads with identical lists of all errors.
    pub identical_all: usize,
    known: BTreeMap<Known, usize>,
    different: Vec<String>,
}

#[test]
fn written_cases_have_the_errors_of_ajv() {
    let tally = compare(&expected(&[]));
    println!("{tally:#?}");
    assert!(tally.cases >= 250, "the corpus is there");
    assert_eq!(tally.different, [] as [String; 0]);
}

#[test]
fn random_schemas_have_the_errors_of_ajv() {
    let tally = compare(&expected(&["random", "1000"]));
    println!("{tally:#?}");
    assert!(tally.cases >= 1000, "the generator works");
    assert_eq!(tally.different, [] as [String; 0]);
}

/// Compares our errors with those in the script's output.
pub fn compare(expected_json_lines: &str) -> Tally {
    let mut tally = Tally::default();
    for line in expected_json_lines.lines() {
        let case: Case<'_> = serde_json::from_str(line).expect("the script prints cases");
        if case.refused.is_some() {
            tally.refused += 1;
            continue;
        }
        tally.cases += 1;
        if let Err(difference) = check(&case, &mut tally) {
            match known(&case) {
                Some(known) => *tally.known.entry(known).or_default() += 1,
                None => tally.different.push(format!("{difference}\n  {line}")),
            }
        }
    }
    tally
}

fn check(case: &Case<'_>, tally: &mut Tally) -> Result<(), String> {
    let schema = Schema::compile(case.schema.get()).map_err(|error| format!("refused: {error}"))?;
    tally.identical_first += same(&schema, case, 1, case.errors.as_deref())?;
    tally.identical_all += same(&schema, case, 32, case.all_errors.as_deref())?;
    Ok(())
}

/// How many lists of errors were found identical: one, or none for a valid payload.
fn same(
    schema: &Schema,
    case: &Case<'_>,
    limit: usize,
    theirs: Option<&[Value]>,
) -> Result<usize, String> {
    let ours = match (schema.validate(&case.payload, limit), theirs) {
        (Ok(()), None) => return Ok(0),
        (Ok(()), Some(_)) => return Err("we accept it".to_owned()),
        (Err(ours), None) => return Err(format!("we refuse it: {}", written(&ours))),
        (Err(ours), Some(_)) => written(&ours),
    };
    let theirs: Value = theirs.unwrap_or_default().iter().take(32).cloned().collect();
    if ours == theirs { Ok(1) } else { Err(format!("ours, limit {limit}: {ours}")) }
}

fn written(violations: &[Violation]) -> Value {
    serde_json::to_value(violations).expect("violations are JSON")
}

/// The documented difference that a case is about. Few, named and checked one by one: anything
/// else fails.
fn known(case: &Case<'_>) -> Option<Known> {
    let schema = case.schema.get();
    match &case.payload {
        Value::String(text) if schema == r#"{"type":"string","format":"regex"}"# && text == "a{2" => {
            Some(Known::RegexSyntax)
        }
        _ => None,
    }
}

/// Runs the script.
fn expected(arguments: &[&str]) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("ajv");
    let installed = folder.join("node_modules/ajv").exists();
    assert!(installed, "run `npm ci` in {}", folder.display());
    let output = Command::new("node")
        .arg("expected.mjs")
        .args(arguments)
        .current_dir(&folder)
        .output()
        .expect("node is installed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("JSON is UTF-8")
}
