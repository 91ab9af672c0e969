//! JSON with binary data in it, for the packets that go out in MessagePack, which needs the values.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, MapAccess, SeqAccess, Visitor},
};
use serde_json::Number;

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

impl Tree {
    /// The tree of `json`, with the attachments where their placeholders stand.
    ///
    /// # Errors
    /// For a number or a text that JSON can write and nobody can read, and for an attachment that stands in two places:
    /// each place is a copy, so a few bytes of JSON could become very many.
    pub(super) fn new(json: &str, attachments: Vec<Vec<u8>>) -> serde_json::Result<Self> {
        let mut tree: Self = serde_json::from_str(json)?;
        if !attachments.is_empty() {
            tree.fill(&mut attachments.into_iter().map(Some).collect::<Vec<_>>())?;
        }
        Ok(tree)
    }

    fn fill(&mut self, attachments: &mut [Option<Vec<u8>>]) -> serde_json::Result<()> {
        match self {
            Self::List(items) => items.iter_mut().try_for_each(|item| item.fill(attachments)),
            Self::Map(fields) => match placeholder(fields) {
                Some(num) => {
                    let attachment = usize::try_from(num)
                        .ok()
                        .and_then(|num| attachments.get_mut(num)?.take());
                    let missing = || serde_json::Error::custom("an attachment is not there");
                    *self = Self::Binary(attachment.ok_or_else(missing)?);
                    Ok(())
                }
                None => fields
                    .iter_mut()
                    .try_for_each(|(_, field)| field.fill(attachments)),
            },
            _ => Ok(()),
        }
    }
}

/// The number of the attachment that an object stands for.
fn placeholder(fields: &[(String, Tree)]) -> Option<u64> {
    let field = |name| {
        // Of two with one name the last counts, as everywhere.
        let mut fields = fields.iter().rev();
        fields.find(|(key, _)| key == name).map(|(_, field)| field)
    };
    match (field(PLACEHOLDER), field("num")) {
        (Some(Tree::Bool(true)), Some(Tree::Number(num))) => num.as_u64(),
        _ => None,
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
        f.write_str("JSON")
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
