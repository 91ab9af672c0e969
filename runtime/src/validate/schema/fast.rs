//! The `jsonschema` crate as a shortcut to the verdict on plain schemas.
//!
//! It answers some tens of nanoseconds sooner than `verdict`, but has no budget and in places its
//! own opinion. So it gets only schemas whose every keyword is one on which it agrees with AJV,
//! without recursion, and payloads small enough that the schema's size times theirs is within the
//! budget. What it accepts is accepted; everything else `verdict` and `explain` look at.
//!
//! Nothing depends on this: without it, answers are the same.

use jsonschema::{Draft, PatternOptions, Validator};
use serde_json::Value;

use super::dialect::Dialect;
use super::document::Doc;
use super::format;
use super::graph;
use super::program::{Node, Numeric, Object, Program, Text};
use super::verdict::MAX_STEPS;

/// Largest schema, counted with every reference replaced by its target.
const MAX_SIZE: usize = 1_000;

/// A schema in the crate's form.
#[derive(Debug)]
pub(super) struct Fast {
    validator: Validator,
    /// Steps that one value of the payload may cost.
    size: usize,
}

impl Fast {
    /// Compiles a document once more, if it is plain.
    pub(super) fn compile(doc: &Doc, program: &Program) -> Option<Self> {
        let dialect = Dialect::of(doc).ok()?;
        let size = graph::expanded(program).filter(|size| *size <= MAX_SIZE)?;
        if !program.plain || !program.nodes.iter().all(is_plain) {
            return None;
        }
        let mut options = jsonschema::options()
            .with_draft(match dialect {
                Dialect::Draft07 => Draft::Draft7,
                Dialect::Draft2019 => Draft::Draft201909,
                Dialect::Draft2020 => Draft::Draft202012,
            })
            .offline()
            .should_validate_formats(true)
            .with_pattern_options(PatternOptions::regex());
        for (name, check) in format::TEXTS {
            options = options.with_format(*name, *check);
        }
        let validator = options.build(&doc.to_value()).ok()?;
        Some(Self { validator, size })
    }

    /// Whether the payload is known to be valid.
    pub(super) fn accepts(&self, payload: &Value) -> bool {
        let mut room = MAX_STEPS / self.size;
        fits(payload, &mut room) && self.validator.is_valid(payload)
    }
}

/// Whether all keywords of a schema mean the same to the crate as to AJV.
pub(super) fn agrees(schema: &Doc, dialect: Dialect) -> bool {
    let older = dialect == Dialect::Draft07;
    let members = schema.as_object().unwrap_or_default();
    let known = members.iter().all(|(keyword, _)| {
        let by_dialect = if older { OLDER } else { NEWER };
        PLAIN.contains(&keyword.as_str()) || by_dialect.contains(&keyword.as_str())
    });
    // To draft-07, nothing next to `$ref` exists; AJV evaluates it.
    known && !(older && schema.get("$ref").is_some() && dialect.is_more_than_ref(schema))
}

/// Keywords that both understand alike in every dialect. Not `multipleOf`, where AJV divides
/// doubles; not `nullable`, which is AJV's; not identifiers; nothing that the crate asserts and
/// AJV ignores, like `contentMediaType`.
const PLAIN: &[&str] = &[
    "$schema",
    "$ref",
    "$defs",
    "$comment",
    "definitions",
    "title",
    "description",
    "default",
    "examples",
    "readOnly",
    "writeOnly",
    "deprecated",
    "type",
    "const",
    "enum",
    "not",
    "anyOf",
    "oneOf",
    "allOf",
    "if",
    "then",
    "else",
    "maximum",
    "minimum",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "maxLength",
    "minLength",
    "pattern",
    "format",
    "maxItems",
    "minItems",
    "items",
    "contains",
    "uniqueItems",
    "maxProperties",
    "minProperties",
    "required",
    "propertyNames",
    "additionalProperties",
    "properties",
    "patternProperties",
];

const OLDER: &[&str] = &["additionalItems", "dependencies"];

const NEWER: &[&str] = &["prefixItems", "dependentRequired", "dependentSchemas"];

/// Whether a schema has no rule that the crate would take differently or too long for.
fn is_plain(node: &Node) -> bool {
    let Node::Rules(rules) = node else {
        return true;
    };
    let slow_texts = rules.string.iter().any(|rule| match rule {
        Text::Pattern(pattern) => !pattern.is_table(),
        _ => false,
    });
    let slow_names = rules.object.iter().any(|rule| match rule {
        Object::Patterns(patterns) => patterns.iter().any(|(pattern, _)| !pattern.is_table()),
        _ => false,
    });
    let formats = rules
        .number
        .iter()
        .any(|rule| matches!(rule, Numeric::Format { .. }));
    !slow_texts && !slow_names && !formats
}

/// Whether the payload has at most `room` values, a value counting more the more text it has.
fn fits(value: &Value, room: &mut usize) -> bool {
    let own = match value {
        Value::String(text) => 1 + text.len() / 16,
        Value::Object(members) => 1 + members.keys().map(|key| 1 + key.len() / 16).sum::<usize>(),
        _ => 1,
    };
    let Some(left) = room.checked_sub(own) else {
        return false;
    };
    *room = left;
    match value {
        Value::Array(items) => items.iter().all(|item| fits(item, room)),
        Value::Object(members) => members.values().all(|member| fits(member, room)),
        _ => true,
    }
}
