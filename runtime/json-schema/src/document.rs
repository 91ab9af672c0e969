//! A schema as its author wrote it: JSON whose objects keep their order.
//!
//! AJV walks `properties` in source order and echoes parts of the schema in its errors, so a
//! sorted map would name the wrong property first. Payloads need none of this and stay
//! [`serde_json::Value`]s.
//!
//! # Invariants
//! - A document is at most [`MAX_BYTES`] long and [`MAX_DEPTH`] deep.
//! - Keys are in JavaScript's order: array indices first, ascending, then as written.

use std::collections::HashMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Number, Value};

use super::error::SchemaError;
use super::limits::{MAX_BYTES, MAX_DEPTH};
use super::number;
use super::pointer::Token;

/// One JSON value of a schema.
#[derive(Debug, Clone)]
pub(super) enum Doc {
    Null,
    Bool(bool),
    Number(Number),
    String(String),
    Array(Vec<Doc>),
    Object(Vec<(String, Doc)>),
}

impl Doc {
    /// Parses schema text, within the caps.
    pub(super) fn parse(text: &str) -> Result<Self, SchemaError> {
        if text.len() > MAX_BYTES {
            return Err(SchemaError::TooLarge { bytes: text.len() });
        }
        let doc: Self = serde_json::from_str(text)?;
        if doc.depth() > MAX_DEPTH {
            return Err(SchemaError::TooDeep);
        }
        Ok(doc)
    }

    /// The member of that name, if this is an object that has one.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        let members = self.as_object()?;
        members
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value)
    }

    /// The member or item that a JSON pointer's reference token names. Looks at the members one by one, which is counted in
    /// `work`.
    pub(super) fn child(&self, token: &str, work: &mut usize) -> Option<(Token<'_>, &Self)> {
        if let Self::Array(items) = self {
            let index = usize::try_from(array_index(token)?).ok()?;
            return Some((Token::Item(index), items.get(index)?));
        }
        let members = self.as_object()?;
        let place = members.iter().position(|(name, _)| name == token);
        *work = work.saturating_add(place.map_or(members.len(), |place| place + 1));
        let (name, value) = members.get(place?)?;
        Some((Token::Member(name), value))
    }

    /// The members, if this is an object.
    pub(super) fn as_object(&self) -> Option<&[(String, Self)]> {
        match self {
            Self::Object(members) => Some(members),
            _ => None,
        }
    }

    /// The items, if this is an array.
    pub(super) fn as_array(&self) -> Option<&[Self]> {
        match self {
            Self::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The text, if this is a string.
    pub(super) fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// Whether this can be a schema: an object or a boolean.
    pub(super) fn is_schema(&self) -> bool {
        matches!(self, Self::Object(_) | Self::Bool(_))
    }

    /// The children with the reference token that leads to each.
    pub(super) fn children(&self) -> Vec<(Token<'_>, &Self)> {
        match self {
            Self::Array(items) => items
                .iter()
                .enumerate()
                .map(|(i, item)| (Token::Item(i), item))
                .collect(),
            Self::Object(members) => members
                .iter()
                .map(|(key, value)| (Token::Member(key), value))
                .collect(),
            _ => Vec::new(),
        }
    }

    /// Values inside this one, itself included, and what its texts count for.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Null | Self::Bool(_) | Self::Number(_) => 1,
            Self::String(text) => 1 + text.len() / 64,
            Self::Array(items) => 1 + items.iter().map(Self::size).sum::<usize>(),
            Self::Object(members) => members
                .iter()
                .fold(1, |sum, (key, value)| sum + key.len() / 64 + value.size()),
        }
    }

    /// The same value without order, to compare payloads with.
    pub(super) fn to_value(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(*value),
            Self::Number(value) => Value::Number(value.clone()),
            Self::String(text) => Value::String(text.clone()),
            Self::Array(items) => items.iter().map(Self::to_value).collect(),
            Self::Object(members) => members
                .iter()
                .map(|(key, value)| (key.clone(), value.to_value()))
                .collect(),
        }
    }

    /// Recursion is safe here: `serde_json` stops parsing at 128 levels.
    fn depth(&self) -> usize {
        match self {
            Self::Array(items) => 1 + items.iter().map(Self::depth).max().unwrap_or(0),
            Self::Object(members) => {
                1 + members
                    .iter()
                    .map(|(_, value)| value.depth())
                    .max()
                    .unwrap_or(0)
            }
            _ => 0,
        }
    }
}

impl Serialize for Doc {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(value) => value.serialize(serializer),
            Self::String(text) => serializer.serialize_str(text),
            Self::Array(items) => serializer.collect_seq(items),
            Self::Object(members) => {
                let mut map = serializer.serialize_map(Some(members.len()))?;
                for (key, value) in members {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Doc {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(DocVisitor)
    }
}

struct DocVisitor;

impl<'de> Visitor<'de> for DocVisitor {
    type Value = Doc;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_unit<E>(self) -> Result<Doc, E> {
        Ok(Doc::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Doc, E> {
        Ok(Doc::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Doc, E> {
        Ok(Doc::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Doc, E> {
        Ok(Doc::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Doc, E> {
        Ok(number::from_f64(value).map_or(Doc::Null, Doc::Number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Doc, E> {
        Ok(Doc::String(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Doc, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(Doc::Array(items))
    }

    /// Of a repeated key the last value counts, at the first one's place, as in JavaScript.
    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Doc, A::Error> {
        let mut members: Vec<(String, Doc)> = Vec::new();
        let mut places: HashMap<String, usize> = HashMap::new();
        while let Some((key, value)) = access.next_entry::<String, Doc>()? {
            match places.get(&key).and_then(|place| members.get_mut(*place)) {
                Some(earlier) => earlier.1 = value,
                None => {
                    places.insert(key.clone(), members.len());
                    members.push((key, value));
                }
            }
        }
        members.sort_by_key(|(key, _)| array_index(key).map_or((1, 0), |index| (0, index)));
        Ok(Doc::Object(members))
    }
}

/// What JavaScript calls an array index: such keys are enumerated first, in numeric order.
pub(super) fn array_index(key: &str) -> Option<u32> {
    let index: u32 = key.parse().ok()?;
    (index != u32::MAX && index.to_string() == key).then_some(index)
}
