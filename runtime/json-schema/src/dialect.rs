//! Which keywords exist, by `$schema`.

use stockade_text::shorten;

use super::document::Doc;
use super::error::SchemaError;
use super::program::{Group, Types};

/// A version of JSON Schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Dialect {
    /// Also stands for draft-06, as in AJV.
    Draft07,
    Draft2019,
    Draft2020,
}

const GROUPS: [Group; 4] = [Group::Number, Group::String, Group::Array, Group::Object];

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
            _ => Err(SchemaError::Dialect { uri: shorten(uri) }),
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

    /// The name of the dialect in `$schema`.
    pub(super) fn uri(self) -> &'static str {
        match self {
            Self::Draft07 => "http://json-schema.org/draft-07/schema#",
            Self::Draft2019 => "https://json-schema.org/draft/2019-09/schema",
            Self::Draft2020 => "https://json-schema.org/draft/2020-12/schema",
        }
    }

    /// Whether there is a keyword of that name.
    pub(super) fn knows(self, keyword: &str) -> bool {
        self.keywords().any(|known| known == keyword)
    }

    /// The keyword with the most similar name, if one is similar.
    pub(super) fn nearest(self, keyword: &str) -> Option<&'static str> {
        stockade_text::nearest(keyword, self.keywords())
    }

    /// The types whose values a keyword looks at; empty if it looks at any.
    pub(super) fn types_for(self, keyword: &str) -> &'static [u8] {
        let is_of = |group: &Group| self.group(*group).contains(&keyword);
        match (keyword, GROUPS.iter().find(|group| is_of(group))) {
            ("format", _) => &[Types::NUMBER, Types::STRING],
            (_, Some(Group::Number)) => &[Types::NUMBER],
            (_, Some(Group::String)) => &[Types::STRING],
            (_, Some(Group::Array)) => &[Types::ARRAY],
            (_, Some(Group::Object)) => &[Types::OBJECT],
            (_, None) => &[],
        }
    }

    fn keywords(self) -> impl Iterator<Item = &'static str> {
        let newer = match self {
            Self::Draft07 => &[][..],
            Self::Draft2019 | Self::Draft2020 => NOTES_2019,
        };
        let groups = GROUPS.iter().flat_map(move |group| self.group(*group));
        ANY.iter().chain(groups).chain(NOTES).chain(newer).copied()
    }

    /// Whether a schema has keywords besides `$ref` that AJV evaluates.
    pub(super) fn is_more_than_ref(self, schema: &Doc) -> bool {
        let has = |keyword: &&str| schema.get(keyword).is_some();
        ANY.iter().any(has)
            || GROUPS
                .iter()
                .any(|group| self.group(*group).iter().any(has))
    }
}

/// Keywords that every dialect has and that ask nothing of payloads; then those of FoalTS.
const NOTES: &[&str] = &[
    "$schema",
    "$id",
    "$ref",
    "$defs",
    "$vocabulary",
    "$async",
    "definitions",
    "title",
    "description",
    "default",
    "deprecated",
    "readOnly",
    "writeOnly",
    "examples",
    "contentMediaType",
    "contentEncoding",
    "contentSchema",
    "components",
    "example",
];

/// Keywords of 2019-09 and later. AJV forgets `$anchor`, which it follows nevertheless.
const NOTES_2019: &[&str] = &[
    "$anchor",
    "$dynamicAnchor",
    "$dynamicRef",
    "$recursiveAnchor",
    "$recursiveRef",
];

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
