//! JSON with binary data in it, for the packets that have attachments: the only ones that are ever taken apart.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, MapAccess, SeqAccess, Visitor},
};
use serde_json::Number;

use crate::sandbox::Payload;

const PLACEHOLDER: &str = "_placeholder";

/// A JSON value whose leaves may be binary. Keeps the order of keys.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Tree {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    List(Vec<Tree>),
    Map(Vec<(String, Tree)>),
    Binary(Vec<u8>),
}

/// What a client acknowledges with: any number of values.
#[derive(Debug)]
pub(super) struct AckArguments(Vec<Tree>);

impl Tree {
    /// Puts the attachments where their placeholders stand.
    pub(super) fn from_payload(payload: &Payload) -> serde_json::Result<Self> {
        Self::new(&payload.json, &payload.attachments)
    }

    pub(super) fn new(json: &str, attachments: &[Vec<u8>]) -> serde_json::Result<Self> {
        let tree: Self = serde_json::from_str(json)?;
        Ok(tree.filled(attachments))
    }

    fn filled(self, attachments: &[Vec<u8>]) -> Self {
        match self {
            Self::List(items) => Self::List(
                items
                    .into_iter()
                    .map(|item| item.filled(attachments))
                    .collect(),
            ),
            Self::Map(fields) => match attachment(&fields, attachments) {
                Some(bytes) => Self::Binary(bytes.clone()),
                None => Self::Map(
                    fields
                        .into_iter()
                        .map(|(key, field)| (key, field.filled(attachments)))
                        .collect(),
                ),
            },
            leaf => leaf,
        }
    }

    /// Takes the attachments out again, leaving placeholders.
    fn emptied(self, attachments: &mut Vec<Vec<u8>>) -> Self {
        match self {
            Self::Binary(bytes) => {
                attachments.push(bytes);
                Self::Map(vec![
                    (PLACEHOLDER.into(), Self::Bool(true)),
                    ("num".into(), Self::Number((attachments.len() - 1).into())),
                ])
            }
            Self::List(items) => Self::List(
                items
                    .into_iter()
                    .map(|item| item.emptied(attachments))
                    .collect(),
            ),
            Self::Map(fields) => Self::Map(
                fields
                    .into_iter()
                    .map(|(key, field)| (key, field.emptied(attachments)))
                    .collect(),
            ),
            leaf => leaf,
        }
    }
}

fn attachment<'a>(fields: &[(String, Tree)], attachments: &'a [Vec<u8>]) -> Option<&'a Vec<u8>> {
    let field = |name| {
        let mut fields = fields.iter();
        fields.find(|(key, _)| key == name).map(|(_, field)| field)
    };
    match (field(PLACEHOLDER), field("num")) {
        (Some(Tree::Bool(true)), Some(Tree::Number(num))) => {
            attachments.get(usize::try_from(num.as_u64()?).ok()?)
        }
        _ => None,
    }
}

impl AckArguments {
    /// The arguments as the contract has them.
    pub(super) fn into_payload(self) -> serde_json::Result<Payload> {
        let mut attachments = Vec::new();
        let tree = Tree::List(self.0).emptied(&mut attachments);
        Ok(Payload {
            json: serde_json::to_string(&tree)?,
            attachments,
        })
    }
}

impl<'de> Deserialize<'de> for AckArguments {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Arguments;
        impl<'de> Visitor<'de> for Arguments {
            type Value = AckArguments;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the arguments of an acknowledgement")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
                list(seq).map(AckArguments)
            }
        }
        // The parser hands all arguments to a tuple, and only the first to anything else; it ignores the length.
        deserializer.deserialize_tuple(0, Arguments)
    }
}

impl Serialize for Tree {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(bool) => serializer.serialize_bool(*bool),
            Self::Number(number) => number.serialize(serializer),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(items) => serializer.collect_seq(items),
            Self::Map(fields) => serializer.collect_map(fields.iter().map(|(k, v)| (k, v))),
            Self::Binary(bytes) => serializer.serialize_bytes(bytes),
        }
    }
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TreeVisitor)
    }
}

struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON or binary data")
    }

    fn visit_unit<E: Error>(self) -> Result<Tree, E> {
        Ok(Tree::Null)
    }

    fn visit_bool<E: Error>(self, bool: bool) -> Result<Tree, E> {
        Ok(Tree::Bool(bool))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Tree, E> {
        Ok(Tree::Number(number.into()))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Tree, E> {
        Ok(Tree::Number(number.into()))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Tree, E> {
        Ok(Number::from_f64(number).map_or(Tree::Null, Tree::Number))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Tree, E> {
        Ok(Tree::Text(text.to_owned()))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Tree, E> {
        Ok(Tree::Text(text))
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Tree, E> {
        Ok(Tree::Binary(bytes.to_owned()))
    }

    fn visit_byte_buf<E: Error>(self, bytes: Vec<u8>) -> Result<Tree, E> {
        Ok(Tree::Binary(bytes))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Tree, A::Error> {
        list(seq).map(Tree::List)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tree, A::Error> {
        let mut fields = Vec::new();
        while let Some(field) = map.next_entry()? {
            fields.push(field);
        }
        Ok(Tree::Map(fields))
    }
}

fn list<'de, A: SeqAccess<'de>>(mut seq: A) -> Result<Vec<Tree>, A::Error> {
    let mut items = Vec::new();
    while let Some(item) = seq.next_element()? {
        items.push(item);
    }
    Ok(items)
}
