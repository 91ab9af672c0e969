//! Where references lead, as the compiler and strict mode have to agree on it.

use super::dialect::Dialect;
use super::document::Doc;
use super::error::SchemaError;
use super::limits::MAX_NESTING;
use super::refs::{Lost, Place, Refs};

/// Where `$ref` in a schema leads. A target that is nothing but a reference by pointer is skipped.
pub(super) fn target<'a>(
    refs: &Refs<'a>,
    dialect: Dialect,
    place: &Place<'a>,
    reference: &str,
) -> Result<Place<'a>, SchemaError> {
    let at = format!("{}/$ref", place.at);
    let lost = |lost| match lost {
        Lost::Outside => SchemaError::Outside {
            at: at.clone(),
            reference: reference.to_owned(),
        },
        Lost::Dangling => SchemaError::Dangling {
            at: at.clone(),
            reference: reference.to_owned(),
        },
    };
    let mut target = refs.find(&place.base, reference).map_err(lost)?;
    for _ in 0..MAX_NESTING {
        let Some(next) = target.doc.get("$ref").and_then(Doc::as_str) else {
            break;
        };
        if dialect.is_more_than_ref(target.doc) || !reference.contains('/') {
            break;
        }
        target = refs.find(&target.base, next).map_err(lost)?;
    }
    match target.doc.is_schema() {
        true => Ok(target),
        false => Err(lost(Lost::Dangling)),
    }
}

/// AJV's question before it compiles a target in place. The names count wherever they occur, even
/// as properties.
pub(super) fn has_ref(doc: &Doc) -> bool {
    let names = [
        "$ref",
        "$recursiveRef",
        "$recursiveAnchor",
        "$dynamicRef",
        "$dynamicAnchor",
    ];
    match doc {
        Doc::Object(members) => members
            .iter()
            .any(|(key, value)| names.contains(&key.as_str()) || has_ref(value)),
        Doc::Array(items) => items.iter().any(has_ref),
        _ => false,
    }
}
