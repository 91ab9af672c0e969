//! Compares what came with what a script expects.

use serde::Serialize;
use serde_json::Value;

use super::names::{ANY, CONTAINS, Names, SAVE, special};

/// Differences that are reported of one comparison.
const MAX_DIFFERENCES: usize = 20;

/// Something that is not as expected.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// Where, such as `data.items[2]`; empty for the whole.
    pub path: String,
    /// What should be there; none for nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<Value>,
    /// What is there; none for nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actual: Option<Value>,
}

/// How members and items are compared that are not mentioned.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Others {
    Refused,
    Ignored,
}

/// All differences between `expected`, in which everything is resolved, and `actual`. Saves what is to be saved where
/// there are none.
pub(super) fn compare(expected: &Value, actual: &Value, names: &mut Names) -> Vec<Difference> {
    let mut comparison = Comparison::default();
    comparison.value("", expected, actual, Others::Refused);
    if comparison.differences.is_empty() {
        names.saved.extend(comparison.saved);
    }
    comparison.differences
}

#[derive(Default)]
struct Comparison {
    differences: Vec<Difference>,
    saved: Vec<(String, Value)>,
}

impl Comparison {
    fn value(&mut self, path: &str, expected: &Value, actual: &Value, others: Others) {
        match (special(expected), expected, actual) {
            (Some((CONTAINS, inner)), ..) => self.value(path, inner, actual, Others::Ignored),
            (Some((SAVE, Value::String(name))), ..) => {
                self.saved.push((name.clone(), actual.clone()));
            }
            (Some((ANY, Value::Bool(true))), ..) => {}
            (Some((ANY, Value::String(wanted))), ..) if type_name(actual) == wanted => {}
            (None, Value::Object(wanted), Value::Object(there)) => {
                for (key, expected) in wanted {
                    let path = member(path, key);
                    match there.get(key) {
                        Some(actual) => self.value(&path, expected, actual, others),
                        None => self.differ(path, Some(expected), None),
                    }
                }
                let more = there.iter().filter(|(key, _)| !wanted.contains_key(*key));
                if others == Others::Refused {
                    for (key, actual) in more {
                        self.differ(member(path, key), None, Some(actual));
                    }
                }
            }
            (None, Value::Array(wanted), Value::Array(there)) => match others {
                Others::Refused => self.items(path, wanted, there),
                Others::Ignored => self.some(path, wanted, there),
            },
            (None, Value::String(wanted), Value::String(there))
                if others == Others::Ignored && there.contains(&**wanted) => {}
            _ if equal(expected, actual) => {}
            _ => self.differ(path.to_owned(), Some(expected), Some(actual)),
        }
    }

    fn items(&mut self, path: &str, wanted: &[Value], there: &[Value]) {
        for place in 0..wanted.len().max(there.len()) {
            let path = format!("{path}[{place}]");
            match (wanted.get(place), there.get(place)) {
                (Some(expected), Some(actual)) => {
                    self.value(&path, expected, actual, Others::Refused);
                }
                (expected, actual) => self.differ(path, expected, actual),
            }
        }
    }

    /// Each of `wanted` is somewhere in `there`.
    fn some(&mut self, path: &str, wanted: &[Value], there: &[Value]) {
        for expected in wanted {
            let found = there.iter().find_map(|actual| {
                let mut trial = Self::default();
                trial.value(path, expected, actual, Others::Ignored);
                trial.differences.is_empty().then_some(trial.saved)
            });
            match found {
                Some(saved) => self.saved.extend(saved),
                None => self.differ(format!("{path}[]"), Some(expected), None),
            }
        }
    }

    fn differ(&mut self, path: String, expected: Option<&Value>, actual: Option<&Value>) {
        if self.differences.len() < MAX_DIFFERENCES {
            self.differences.push(Difference {
                path,
                expected: expected.cloned(),
                actual: actual.cloned(),
            });
        }
    }
}

fn member(path: &str, key: &str) -> String {
    match path {
        "" => key.to_owned(),
        path => format!("{path}.{key}"),
    }
}

/// As JavaScript sees it: 1 and 1.0 are one number.
fn equal(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(a), Value::Number(b)) if a.is_f64() || b.is_f64() => {
            a.as_f64() == b.as_f64()
        }
        _ => one == other,
    }
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn paths(expected: Value, actual: Value) -> Vec<String> {
        let differences = compare(&expected, &actual, &mut Names::default());
        differences.into_iter().map(|one| one.path).collect()
    }

    #[test]
    fn differences_are_found_where_they_are() {
        let actual = json!({ "status": "ok", "data": { "items": [1, 2.0, "three"] } });
        assert!(paths(actual.clone(), actual.clone()).is_empty());
        let expected = json!({ "status": "error", "data": { "items": [1, 2, "four", 5] } });
        assert_eq!(
            paths(expected, actual.clone()),
            ["data.items[2]", "data.items[3]", "status"]
        );
        assert_eq!(paths(json!({ "status": "ok" }), actual), ["data"]);
    }

    #[test]
    fn subset_has_what_is_asked_for() {
        let actual = json!({ "a": 1, "b": [{ "id": 1, "n": "x" }, { "id": 2, "n": "yes" }] });
        let contains = |value| json!({ "$contains": value });
        assert!(
            paths(
                contains(json!({ "b": [{ "id": 2, "n": "y" }] })),
                actual.clone()
            )
            .is_empty()
        );
        assert_eq!(
            paths(contains(json!({ "b": [{ "id": 3 }] })), actual),
            ["b[]"]
        );
    }

    #[test]
    fn anything_may_be_of_a_type_and_can_be_saved() {
        let mut names = Names::default();
        let expected = json!({ "id": { "$save": "id" }, "name": { "$any": "string" } });
        let actual = json!({ "id": 7, "name": "x" });
        assert!(compare(&expected, &actual, &mut names).is_empty());
        assert_eq!(names.saved.get("id"), Some(&json!(7)));
        assert_eq!(paths(expected, json!({ "id": 7, "name": 8 })), ["name"]);
        assert!(paths(json!({ "$any": true }), json!(null)).is_empty());
    }
}
