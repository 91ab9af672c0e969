//! Mistakes in JSON Schemas that can be told while compiling: misspelt types.
//!
//! The host checks schemas as a whole when it loads the component.

use serde_json::Value;

const TYPES: [&str; 7] = [
    "array", "boolean", "integer", "null", "number", "object", "string",
];
/// Keywords whose value is a schema, or a list of schemas.
const OF_SCHEMAS: [&str; 16] = [
    "additionalItems",
    "additionalProperties",
    "allOf",
    "anyOf",
    "contains",
    "else",
    "if",
    "items",
    "not",
    "oneOf",
    "prefixItems",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
    "contentSchema",
];
/// Keywords whose value is an object of schemas.
const OF_NAMED_SCHEMAS: [&str; 6] = [
    "$defs",
    "definitions",
    "dependencies",
    "dependentSchemas",
    "patternProperties",
    "properties",
];

/// The first mistake in a schema, and where it is.
pub(crate) fn fault(schema: &Value) -> Option<String> {
    check(schema, "#")
}

fn check(schema: &Value, at: &str) -> Option<String> {
    let Value::Object(members) = schema else {
        return None;
    };
    members.iter().find_map(|(keyword, value)| {
        let at = format!("{at}/{}", escape(keyword));
        match keyword.as_str() {
            "type" => check_type(value, &at),
            keyword if OF_SCHEMAS.contains(&keyword) => match value {
                Value::Array(list) => {
                    let mut list = list.iter().enumerate();
                    list.find_map(|(index, schema)| check(schema, &format!("{at}/{index}")))
                }
                one => check(one, &at),
            },
            keyword if OF_NAMED_SCHEMAS.contains(&keyword) => {
                let mut named = value.as_object()?.iter();
                named.find_map(|(name, schema)| check(schema, &format!("{at}/{}", escape(name))))
            }
            _ => None,
        }
    })
}

fn check_type(value: &Value, at: &str) -> Option<String> {
    let known = |value: &Value| value.as_str().is_some_and(|name| TYPES.contains(&name));
    let wrong = match value {
        Value::Array(names) => names.iter().find(|name| !known(name))?,
        name if known(name) => return None,
        other => other,
    };
    let types = TYPES.join(", ");
    Some(format!("at {at}: {wrong} is not a type; types are {types}"))
}

/// A member's name as a JSON pointer has it.
fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
