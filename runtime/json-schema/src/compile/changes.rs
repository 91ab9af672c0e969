//! What options that change payloads need to know of a schema.

use super::super::document::Doc;
use super::super::program::{Additional, Changes, DefaultValue, NodeId, Object};
use super::super::refs::Place;

/// The defaults of a schema's members and items, and which members it does not name.
///
/// AJV knows defaults of `properties` and of a list of `items`, the one of the older dialects.
pub(super) fn of(place: &Place<'_>, rules: &[Object]) -> Option<Changes> {
    let properties = place.doc.get("properties").and_then(Doc::as_object);
    let items = place.doc.get("items").and_then(Doc::as_array);
    let changes = Changes {
        members: properties
            .unwrap_or_default()
            .iter()
            .filter_map(|(name, schema)| Some((name.as_str().into(), default(schema)?)))
            .collect(),
        items: items
            .unwrap_or_default()
            .iter()
            .enumerate()
            .filter_map(|(index, schema)| Some((index, default(schema)?)))
            .collect(),
        unnamed: place
            .doc
            .get("additionalProperties")
            .is_none()
            .then(|| unnamed(rules))
            .flatten(),
    };
    let empty = changes.members.is_empty() && changes.items.is_empty();
    (!empty || changes.unnamed.is_some()).then_some(changes)
}

/// All defaults that [`of`] copies.
pub(super) fn written<'a>(place: &Place<'a>) -> impl Iterator<Item = &'a Doc> + use<'a> {
    let properties = place.doc.get("properties").and_then(Doc::as_object);
    let items = place.doc.get("items").and_then(Doc::as_array);
    let members = properties
        .unwrap_or_default()
        .iter()
        .map(|(_, schema)| schema);
    members
        .chain(items.unwrap_or_default())
        .filter_map(|schema| schema.get("default"))
}

fn default(schema: &Doc) -> Option<DefaultValue> {
    let value = schema.get("default")?.clone();
    let bytes = serde_json::to_string(&value).map_or(0, |text| text.len());
    Some(DefaultValue { value, bytes })
}

fn unnamed(rules: &[Object]) -> Option<Additional> {
    let properties = rules.iter().find_map(|rule| match rule {
        Object::Properties(properties) => Some(properties),
        _ => None,
    })?;
    let patterns = rules.iter().find_map(|rule| match rule {
        Object::Patterns(patterns) => Some(patterns),
        _ => None,
    });
    // The schema for them is never looked at: they go.
    Some(Additional::beside(
        NodeId::ROOT,
        properties.iter(),
        patterns.into_iter().flatten(),
    ))
}
