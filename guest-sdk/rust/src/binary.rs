//! Binary data inside payloads.
//!
//! serde knows nothing of attachments, so they travel beside it: a [`Binary`] that is serialised leaves its bytes in
//! the thread's [`Attachments`] and a placeholder in the text; one that is deserialised fetches them there.

use std::borrow::Cow;
use std::cell::RefCell;
use std::ops::Deref;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error as _};
use serde::ser::{Error as _, Serialize, SerializeMap, Serializer};

use crate::placeholder::Placeholder;

/// Bytes that travel as a binary attachment: the client sends or receives a `Buffer`, `ArrayBuffer` or `Blob`.
///
/// It may stand anywhere in a payload, a response or the arguments of an emitted event. It cannot be kept in
/// `state`, `user` or a socket's `data`, which are text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Binary(pub Vec<u8>);

impl Deref for Binary {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl From<Vec<u8>> for Binary {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl From<&[u8]> for Binary {
    fn from(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }
}

/// The attachments of the payload that this thread is writing or reading.
pub(crate) struct Attachments;

enum Table {
    Closed,
    Writing(Vec<Vec<u8>>),
    Reading(Vec<Vec<u8>>),
}

thread_local! {
    static TABLE: RefCell<Table> = const { RefCell::new(Table::Closed) };
}

impl Attachments {
    /// Collects the bytes of every [`Binary`] that `write` serialises.
    pub(crate) fn collect<R>(write: impl FnOnce() -> R) -> (R, Vec<Vec<u8>>) {
        let scope = Scope::open(Table::Writing(Vec::new()));
        let result = write();
        match scope.close() {
            Table::Writing(attachments) => (result, attachments),
            Table::Closed | Table::Reading(_) => (result, Vec::new()),
        }
    }

    /// Offers `attachments` to every [`Binary`] that `read` deserialises.
    pub(crate) fn provide<R>(attachments: &[Vec<u8>], read: impl FnOnce() -> R) -> R {
        if attachments.is_empty() {
            return read();
        }
        let _scope = Scope::open(Table::Reading(attachments.to_vec()));
        read()
    }

    fn push(bytes: &[u8]) -> Option<usize> {
        TABLE.with_borrow_mut(|table| match table {
            Table::Writing(attachments) => {
                attachments.push(bytes.to_vec());
                Some(attachments.len() - 1)
            }
            Table::Closed | Table::Reading(_) => None,
        })
    }

    /// Writes several down, and returns the number of the first.
    pub(crate) fn extend(attachments: &[Vec<u8>]) -> Option<usize> {
        TABLE.with_borrow_mut(|table| match table {
            Table::Writing(written) => {
                let first = written.len();
                written.extend_from_slice(attachments);
                Some(first)
            }
            Table::Closed | Table::Reading(_) => None,
        })
    }

    /// Whether a payload with attachments is being read.
    pub(crate) fn is_reading() -> bool {
        TABLE.with_borrow(|table| matches!(table, Table::Reading(_)))
    }

    pub(crate) fn get(num: usize) -> Option<Vec<u8>> {
        TABLE.with_borrow(|table| match table {
            Table::Reading(attachments) => attachments.get(num).cloned(),
            Table::Closed | Table::Writing(_) => None,
        })
    }
}

/// Holds the outer table meanwhile and puts it back, also where a `Serialize` of the user's panics or writes another
/// payload inside.
struct Scope {
    outer: Option<Table>,
}

impl Scope {
    fn open(table: Table) -> Self {
        Self {
            outer: Some(TABLE.replace(table)),
        }
    }

    fn close(mut self) -> Table {
        TABLE.replace(self.outer.take().unwrap_or(Table::Closed))
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        if let Some(outer) = self.outer.take() {
            TABLE.set(outer);
        }
    }
}

impl Serialize for Binary {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let num = Attachments::push(&self.0).ok_or_else(|| {
            S::Error::custom(
                "binary data belongs in payloads, responses and emitted events, not in text",
            )
        })?;
        let mut placeholder = serializer.serialize_map(Some(2))?;
        placeholder.serialize_entry("_placeholder", &true)?;
        placeholder.serialize_entry("num", &num)?;
        placeholder.end()
    }
}

impl<'de> Deserialize<'de> for Binary {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Placeholder { num } = Placeholder::deserialize(deserializer)?;
        Attachments::get(num)
            .map(Self)
            .ok_or_else(|| D::Error::custom("an attachment is missing"))
    }
}

/// The placeholder's schema, for that is what stands in the text that the host validates.
impl JsonSchema for Binary {
    fn schema_name() -> Cow<'static, str> {
        Cow::Borrowed("Binary")
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "properties": {
                "_placeholder": { "const": true },
                "num": { "type": "integer", "minimum": 0 }
            },
            "required": ["_placeholder", "num"],
            "additionalProperties": false
        })
    }
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};

    use super::Binary;
    use crate::Payload;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Upload {
        name: String,
        parts: Vec<Binary>,
    }

    #[test]
    fn nested_binary_travels_as_attachments() {
        let upload = Upload {
            name: "a".into(),
            parts: vec![Binary(vec![1, 2]), Binary(vec![3])],
        };
        let payload = Payload::of(&upload).unwrap().unwrap();
        assert_eq!(
            payload.json,
            r#"{"name":"a","parts":[{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]}"#
        );
        assert_eq!(payload.attachments, [vec![1, 2], vec![3]]);
        assert_eq!(payload.parse::<Upload>().unwrap(), upload);
    }

    #[test]
    fn one_attachment_may_be_read_twice() {
        let json = r#"[{"num":0,"_placeholder":true},{"_placeholder":true,"num":0}]"#.to_owned();
        let payload = Payload {
            json,
            attachments: vec![vec![7]],
        };
        assert_eq!(
            payload.parse::<Vec<Binary>>().unwrap(),
            [Binary(vec![7]), Binary(vec![7])]
        );
    }

    #[test]
    fn text_has_no_place_for_binary() {
        assert!(serde_json::to_string(&Binary(vec![1])).is_err());
        let stray = Payload {
            json: r#"{"_placeholder":true,"num":3}"#.into(),
            attachments: vec![vec![1]],
        };
        assert!(stray.parse::<Binary>().is_err());
    }

    #[test]
    fn failed_write_leaves_nothing_behind() {
        struct Fails;
        impl Serialize for Fails {
            fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
                Err(serde::ser::Error::custom("no"))
            }
        }
        assert!(Payload::of(&(Binary(vec![1]), Fails)).is_err());
        assert!(serde_json::to_string(&Binary(vec![1])).is_err());
    }
}
