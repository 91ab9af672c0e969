//! Validation errors are those of the real AJV, which a Node script runs over the same cases.
//!
//! `tests/ajv` has the script, the written cases and a generator of random ones. `npm ci` there
//! comes first; the versions are those that FoalTS ships.

use std::collections::BTreeSet;
use std::process::Command;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::harness::{output, root};
use stockade_json_schema::{Schema, Strict, UseDefaults, ValidationOptions, Violation};

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
    /// What a failed `anyOf` would have looked at is unevaluated; AJV drops that follow-up error.
    UnevaluatedAfterFailure,
}

/// The cases that differ.
const KNOWN: [(&str, &str, Known); 4] = [
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
    let options = ValidationOptions {
        strict: Strict::Off,
        ..ValidationOptions::default()
    };
    let schema = Schema::compile_with(case.schema.get(), options);
    let schema = schema.map_err(|error| format!("refused: {error}"))?;
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
    let folder = root().join("tests/ajv");
    let installed = folder.join("node_modules/ajv").exists();
    assert!(installed, "run `npm ci` in {}", folder.display());
    let mut node = Command::new("node");
    let node = node.arg("expected.mjs").args(arguments);
    let output = output(node.current_dir(&folder));
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("JSON is UTF-8")
}

/// A line about strict mode.
#[derive(Deserialize)]
struct StrictCase<'a> {
    #[serde(default)]
    strict: Option<Value>,
    defaults: bool,
    #[serde(borrow)]
    schema: &'a RawValue,
    #[serde(default)]
    refused: Option<String>,
    logged: Vec<String>,
}

/// What is refused here and not by AJV, by a part of the message.
const STRICTER: [&str; 3] = ["is not usable", "more than 64", "refers to itself"];

/// What AJV says of a keyword that it has forgotten to name, though it follows references to it.
const FORGOTTEN: &str = "strict mode: unknown keyword: \"$anchor\"";

#[test]
fn written_mistakes_are_refused_and_logged_as_by_ajv() {
    let (cases, refused) = compare_strict(&expected(&["strict"]));
    assert!(cases >= 1_000 && refused >= 300, "{cases} {refused}");
}

#[test]
fn random_mistakes_are_refused_and_logged_as_by_ajv() {
    let (cases, refused) = compare_strict(&expected(&["strict", "random", "500"]));
    assert!(cases >= 1_000 && refused >= 300, "{cases} {refused}");
}

/// Returns how many cases there were, and how many of them are refused.
fn compare_strict(lines: &str) -> (usize, usize) {
    let (mut cases, mut refused) = (0, 0);
    let mut different = Vec::new();
    for line in lines.lines() {
        let case: StrictCase<'_> = serde_json::from_str(line).expect("the script prints cases");
        let mut said = case.refused.iter().chain(&case.logged);
        if case.schema.get().contains("2019-09") && said.any(|said| said == FORGOTTEN) {
            continue;
        }
        cases += 1;
        refused += usize::from(case.refused.is_some());
        let options = ValidationOptions {
            strict: match &case.strict {
                None => Strict::Default,
                Some(Value::Bool(true)) => Strict::On,
                Some(_) => Strict::Log,
            },
            use_defaults: match case.defaults {
                true => UseDefaults::Missing,
                false => UseDefaults::Off,
            },
            ..ValidationOptions::default()
        };
        let difference = match (
            Schema::compile_with(case.schema.get(), options),
            &case.refused,
        ) {
            (Ok(_), Some(_)) => Some("we accept it".to_owned()),
            (Err(error), None) => Some(format!("we refuse it: {error}"))
                .filter(|ours| !STRICTER.iter().any(|known| ours.contains(known))),
            (Ok(schema), None) => {
                let strict = case
                    .logged
                    .iter()
                    .filter(|line| line.contains("strict mode"));
                let (ours, theirs) = (schema.remarks().len(), strict.count());
                // AJV repeats itself where it looks twice.
                ((ours == 0) != (theirs == 0)).then(|| format!("{:?}", schema.remarks()))
            }
            (Err(_), Some(_)) => None,
        };
        different.extend(difference.map(|difference| format!("{difference}\n  {line}")));
    }
    assert_eq!(different, [] as [String; 0]);
    (cases, refused)
}

#[test]
fn expressions_are_judged_as_by_node() {
    let format = Schema::compile(r#"{"type":"string","format":"regex"}"#).unwrap();
    let (mut plain, mut unicode) = (0, 0);
    for line in expected(&["expressions", "20000"]).lines() {
        let (text, is_plain, is_unicode): (String, bool, bool) =
            serde_json::from_str(line).expect("the script prints cases");
        let accepted = format.validate(&Value::String(text.clone()), 1).is_ok();
        assert_eq!(accepted, is_plain, "the format: {text:?}");
        plain += usize::from(is_plain);
        let schema = serde_json::json!({ "type": "string", "pattern": &text }).to_string();
        let refusal = Schema::compile(&schema)
            .err()
            .map(|error| error.to_string());
        let malformed = refusal.is_some_and(|reason| reason.contains("not a regular expression"));
        assert_eq!(!malformed, is_unicode, "with the flag: {text:?}");
        unicode += usize::from(is_unicode);
    }
    assert!(plain > 2_000 && unicode > 1_000, "{plain} {unicode}");
}
