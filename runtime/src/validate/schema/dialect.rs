//! Which keywords exist, by `$schema`.

use super::document::Doc;
use super::error::SchemaError;
use super::program::Group;

/// A version of JSON Schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Dialect {
    /// Also stands for draft-06, as in AJV.
    Draft07,
    Draft2019,
    Draft2020,
}

impl Dialect {
    /// Reads `$schema`; without it, draft-07.
    pub(super) fn of(root: &Doc) -> Result<Self, SchemaError> {
        let Some(uri) = root.get("$schema") else {
            return Ok(Self::Draft07);
        };
        let Some(uri) = uri.as_str() else {
            let expected = "$schema must be a string";
            return Err(SchemaError::Keyword {
                at: "#/$schema".to_owned(),
                expected,
            });
        };
        match uri.trim_end_matches('#') {
            "http://json-schema.org/schema"
            | "http://json-schema.org/draft-06/schema"
            | "http://json-schema.org/draft-07/schema" => Ok(Self::Draft07),
            "https://json-schema.org/draft/2019-09/schema" => Ok(Self::Draft2019),
            "https://json-schema.org/draft/2020-12/schema" => Ok(Self::Draft2020),
            _ => Err(SchemaError::Dialect {
                uri: uri.to_owned(),
            }),
        }
    }

    /// The keywords of a group, in no particular order.
    pub(super) fn group(self, group: Group) -> &'static [&'static str] {
        match (group, self) {
            (Group::Number, _) => NUMBER,
            (Group::String, _) => STRING,
            (Group::Array, Self::Draft07) => ARRAY_07,
            (Group::Array, Self::Draft2019) => ARRAY_2019,
            (Group::Array, Self::Draft2020) => ARRAY_2020,
            (Group::Object, Self::Draft07) => OBJECT_07,
            (Group::Object, _) => OBJECT_2019,
        }
    }

    /// Whether a schema has keywords besides `$ref` that AJV evaluates.
    pub(super) fn is_more_than_ref(self, schema: &Doc) -> bool {
        let groups = [Group::Number, Group::String, Group::Array, Group::Object];
        let has = |keyword: &&str| schema.get(keyword).is_some();
        ANY.iter().any(has)
            || groups
                .iter()
                .any(|group| self.group(*group).iter().any(has))
    }
}

const ANY: &[&str] = &[
    "$comment", "type", "nullable", "const", "enum", "not", "anyOf", "oneOf", "allOf", "if",
    "then", "else",
];

const NUMBER: &[&str] = &[
    "maximum",
    "minimum",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "multipleOf",
    "format",
];

const STRING: &[&str] = &["maxLength", "minLength", "pattern", "format"];

const ARRAY_07: &[&str] = &[
    "maxItems",
    "minItems",
    "additionalItems",
    "items",
    "contains",
    "uniqueItems",
];

const ARRAY_2019: &[&str] = &[
    "maxItems",
    "minItems",
    "additionalItems",
    "items",
    "contains",
    "uniqueItems",
    "maxContains",
    "minContains",
    "unevaluatedItems",
];

const ARRAY_2020: &[&str] = &[
    "maxItems",
    "minItems",
    "prefixItems",
    "items",
    "contains",
    "uniqueItems",
    "maxContains",
    "minContains",
    "unevaluatedItems",
];

const OBJECT_07: &[&str] = &[
    "maxProperties",
    "minProperties",
    "required",
    "propertyNames",
    "additionalProperties",
    "dependencies",
    "properties",
    "patternProperties",
];

const OBJECT_2019: &[&str] = &[
    "maxProperties",
    "minProperties",
    "required",
    "propertyNames",
    "additionalProperties",
    "dependencies",
    "properties",
    "patternProperties",
    "dependentRequired",
    "dependentSchemas",
    "unevaluatedProperties",
];
