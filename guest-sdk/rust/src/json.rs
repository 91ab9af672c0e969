//! Any value, binary data included.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};
use serde_json::{Number, Value};

use crate::Binary;
use crate::binary::Attachments;

/// Any JSON value with binary data in it: `serde_json::Value`, and [`Binary`] beside what that has.
///
/// It may stand wherever a [`Binary`] may. What is only passed on is better a [`Payload`](crate::Payload), which is not read.
///
/// ```
/// # use stockade_sdk::prelude::*;
/// # struct Files;
/// #[controller]
/// impl Files {
///     #[event("size")]
///     fn size(_ctx: &Context, any: Json) -> Result<Response> {
///         match any.get("file") {
///             Some(Json::Binary(bytes)) => Response::ok(bytes.len()),
///             _ => Response::error("send a file"),
///         }
///     }
/// }
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Json {
    /// `null`.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A text.
    String(String),
    /// A `Buffer`, `ArrayBuffer` or `Blob` of the client's.
    Binary(Binary),
    /// A list.
    Array(Vec<Json>),
    /// Members by name.
    Object(BTreeMap<String, Json>),
}

impl Json {
    /// The member of this name, if this is an object that has it.
    pub fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => members.get(name),
            _ => None,
        }
    }

    /// The text, if this is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The bytes, if this is binary data.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Binary(bytes) => Some(bytes),
            _ => None,
        }
    }
}

impl From<Value> for Json {
    fn from(value: Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(value),
            Value::Number(number) => Self::Number(number),
            Value::String(text) => Self::String(text),
            Value::Array(list) => Self::Array(list.into_iter().map(Into::into).collect()),
            Value::Object(members) => {
                let members = members.into_iter();
                Self::Object(members.map(|(name, value)| (name, value.into())).collect())
            }
        }
    }
}

impl From<Binary> for Json {
    fn from(bytes: Binary) -> Self {
        Self::Binary(bytes)
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(number) => number.serialize(serializer),
            Self::String(text) => serializer.serialize_str(text),
            Self::Binary(bytes) => bytes.serialize(serializer),
            Self::Array(list) => serializer.collect_seq(list),
            Self::Object(members) => serializer.collect_map(members),
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Json, E> {
        Ok(Json::Number(number.into()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Json, E> {
        Ok(Json::Number(number.into()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Json, E> {
        Ok(Number::from_f64(number).map_or(Json::Null, Json::Number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Json, E> {
        Ok(Json::String(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Json, E> {
        Ok(Json::String(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Json, A::Error> {
        let mut list = Vec::new();
        while let Some(value) = seq.next_element()? {
            list.push(value);
        }
        Ok(Json::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut members = BTreeMap::new();
        while let Some((name, value)) = map.next_entry::<String, Json>()? {
            members.insert(name, value);
        }
        match attachment(&members) {
            Some(num) => Attachments::get(num)
                .map(|bytes| Json::Binary(Binary(bytes)))
                .ok_or_else(|| A::Error::custom("an attachment is missing")),
            None => Ok(Json::Object(members)),
        }
    }
}

/// The attachment that an object stands for, if it is a placeholder. Without attachments nothing is one.
fn attachment(members: &BTreeMap<String, Json>) -> Option<usize> {
    if members.len() != 2 || !Attachments::is_reading() {
        return None;
    }
    match (members.get("_placeholder")?, members.get("num")?) {
        (Json::Bool(true), Json::Number(num)) => num.as_u64()?.try_into().ok(),
        _ => None,
    }
}

impl JsonSchema for Json {
    fn schema_name() -> Cow<'static, str> {
        Cow::Borrowed("Json")
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_generator: &mut SchemaGenerator) -> Schema {
        json_schema!(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Payload;

    #[test]
    fn any_value_is_read_and_written() {
        let payload = Payload {
            json: r#"{"a":[null,true,-1,1.5,"x"],"b":{"_placeholder":true,"num":0}}"#.to_owned(),
            attachments: vec![vec![7]],
        };
        let value: Json = payload.parse().unwrap();
        assert_eq!(
            value.get("b").and_then(Json::as_bytes),
            Some([7].as_slice())
        );
        assert_eq!(Payload::of(&value).unwrap().unwrap(), payload);
    }

    #[test]
    fn without_attachments_an_object_is_an_object() {
        let json = r#"{"_placeholder":true,"num":0}"#;
        let value: Json = Payload::of_text(json.to_owned()).parse().unwrap();
        assert_eq!(value.get("_placeholder"), Some(&Json::Bool(true)));
        let stray = Payload {
            json: r#"{"_placeholder":true,"num":1}"#.to_owned(),
            attachments: vec![vec![7]],
        };
        assert!(stray.parse::<Json>().is_err());
    }
}
