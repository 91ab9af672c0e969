//! Payloads: JSON text and the binary attachments that it refers to.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, DeserializeOwned, Deserializer, Error as _};
use serde::ser::{Error as _, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::binary::Attachments;
use crate::{Args, Context, PayloadError, Result, placeholder};

/// A payload as it crosses the host: JSON text, with `{"_placeholder":true,"num":N}` where attachment `N` stands.
///
/// It can be taken as it came and passed on, attachments included: by a handler that takes a `Payload`, or as a part of a
/// larger value. The text stays as it is, order and numbers included; [`Json`](crate::Json) is for those who look inside.
/// It cannot stand in a type with `#[serde(flatten)]`, `#[serde(untagged)]` or `#[serde(tag = "…")]`; `Json` can.
///
/// ```
/// # use serde::Deserialize;
/// # use stockade_sdk::prelude::*;
/// #[derive(Deserialize)]
/// struct Message {
///     room: String,
///     content: Payload,
/// }
///
/// struct Relay;
///
/// #[controller]
/// impl Relay {
///     #[event("relay")]
///     fn relay(ctx: &Context, message: Message) -> Result<Response> {
///         ctx.socket().to(&message.room).emit("message", &message.content)?;
///         Response::ok(message.content)
///     }
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payload {
    /// One JSON value.
    pub json: String,
    /// The binary data it refers to.
    pub attachments: Vec<Vec<u8>>,
}

impl Payload {
    /// Writes a value down. `()` is no value.
    #[track_caller]
    pub(crate) fn of<T: Serialize>(value: &T) -> Result<Option<Self>> {
        let payload = Self::write(value)?;
        let nothing = is_nothing::<T>() && payload.json == "null";
        Ok((!nothing).then_some(payload))
    }

    /// Writes any value down.
    #[track_caller]
    pub(crate) fn write<T: Serialize>(value: &T) -> Result<Self> {
        let (json, attachments) = Attachments::collect(|| serde_json::to_string(value));
        Ok(Self {
            json: json?,
            attachments,
        })
    }

    /// A value without binary data, already written down.
    pub(crate) fn of_text(json: String) -> Self {
        Self {
            json,
            attachments: Vec::new(),
        }
    }

    /// Reads the value.
    ///
    /// # Errors
    /// [`PayloadError`]: it is not a `T`.
    #[track_caller]
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T> {
        match self.read() {
            Ok(value) => Ok(value),
            Err(cause) => {
                Err(PayloadError::of::<T>("payload", self.json.as_bytes(), &cause).into())
            }
        }
    }

    pub(crate) fn read<T: DeserializeOwned>(&self) -> serde_json::Result<T> {
        Attachments::provide(&self.attachments, || serde_json::from_str(&self.json))
    }

    /// What stands for the payload of an event that came without one.
    pub(crate) fn null() -> Self {
        Self::of_text("null".to_owned())
    }
}

/// Whether values of this type say nothing at all, as `()` does.
///
/// Only a type without content, serialised as `null`, counts: `None` and JSON `null` are values that a client sees.
pub(crate) const fn is_nothing<T>() -> bool {
    size_of::<T>() == 0
}

/// What a handler can take as its second argument: anything that [`serde`] deserialises, the [`Payload`] itself, or, where clients
/// send several arguments, all of them as [`Args`].
///
/// An event without payload reads as `null`, so `Option<T>` is `None` there.
#[diagnostic::on_unimplemented(
    message = "a handler cannot take `{Self}` as its payload",
    label = "not a payload",
    note = "a payload is any type that derives `serde::Deserialize`, an `Option` of one, or `stockade_sdk::Payload`, which is any"
)]
pub trait FromPayload: Sized {
    /// Reads the current event's payload.
    ///
    /// # Errors
    /// [`PayloadError`]: the payload is none of this type.
    fn from_payload(ctx: &Context) -> Result<Self>;
}

impl<T: DeserializeOwned> FromPayload for T {
    #[track_caller]
    fn from_payload(ctx: &Context) -> Result<Self> {
        ctx.payload()
    }
}

/// Writes the text as it is, behind the attachments that have been written so far.
impl Serialize for Payload {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = if self.attachments.is_empty() {
            Cow::Borrowed(self.json.as_str())
        } else {
            let first = Attachments::extend(&self.attachments).ok_or_else(|| {
                S::Error::custom(
                    "binary data belongs in payloads, responses and emitted events, not in text",
                )
            })?;
            let count = self.attachments.len();
            let number = |num| (num < count).then_some(first + num);
            placeholder::renumber(&self.json, number)
                .ok_or_else(|| S::Error::custom("an attachment is missing"))?
        };
        let text: &RawValue = serde_json::from_str(&text).map_err(S::Error::custom)?;
        text.serialize(serializer)
    }
}

/// Takes the text as it is, and the attachments that it refers to.
impl<'de> Deserialize<'de> for Payload {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Box::<RawValue>::deserialize(deserializer)?;
        if !Attachments::is_reading() {
            return Ok(Self::of_text(String::from(Box::<str>::from(text))));
        }
        let mut numbers = Vec::new();
        let json = placeholder::renumber(text.get(), |num| {
            Some(match numbers.iter().position(|known| *known == num) {
                Some(known) => known,
                None => {
                    numbers.push(num);
                    numbers.len() - 1
                }
            })
        });
        let attachments = numbers.iter().map(|num| Attachments::get(*num)).collect();
        match (json, attachments) {
            (Some(json), Some(attachments)) => Ok(Self {
                json: json.into_owned(),
                attachments,
            }),
            _ => Err(D::Error::custom("an attachment is missing")),
        }
    }
}

/// Any value.
impl JsonSchema for Payload {
    fn schema_name() -> Cow<'static, str> {
        Cow::Borrowed("Payload")
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_generator: &mut SchemaGenerator) -> Schema {
        json_schema!(true)
    }
}

impl<T: DeserializeOwned> FromPayload for Args<T> {
    #[track_caller]
    fn from_payload(ctx: &Context) -> Result<Self> {
        ctx.args().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Binary;

    #[test]
    fn unit_is_no_payload_but_none_is_null() {
        assert_eq!(Payload::of(&()).unwrap(), None);
        assert_eq!(Payload::of(&None::<u8>).unwrap().unwrap().json, "null");
        assert_eq!(
            Payload::of(&serde_json::Value::Null).unwrap().unwrap().json,
            "null"
        );
    }

    #[test]
    fn mismatch_names_the_expected_type() {
        let error = Payload::null().parse::<u8>().unwrap_err();
        assert_eq!(error.name(), "PayloadError");
        assert!(
            error
                .message()
                .starts_with("the payload is not of type u8: invalid type: null"),
            "{error}"
        );
    }

    #[derive(serde::Serialize, serde::Deserialize)]
    struct Message {
        picture: Binary,
        content: Payload,
    }

    #[test]
    fn payload_is_passed_on_as_it_came() {
        let payload = Payload {
            json: r#"{ "z":1.50, "a":[{"num":0,"_placeholder":true}] }"#.to_owned(),
            attachments: vec![vec![1, 2]],
        };
        assert_eq!(Payload::of(&payload).unwrap().unwrap(), payload);
        assert_eq!(payload.parse::<Payload>().unwrap(), payload);
        let arguments = crate::IntoArguments::into_arguments(&payload).unwrap();
        assert_eq!(arguments.json, format!("[{}]", payload.json));
        assert_eq!(arguments.attachments, payload.attachments);
    }

    #[test]
    fn part_of_a_payload_keeps_its_own_attachments() {
        let json = r#"{"picture":{"_placeholder":true,"num":1},"content":["\"{", {"_placeholder":true,"num":2},{"_placeholder":true,"num":0},{"_placeholder":true,"num":2}]}"#;
        let payload = Payload {
            json: json.to_owned(),
            attachments: vec![vec![0], vec![1], vec![2]],
        };
        let message: Message = payload.parse().unwrap();
        assert_eq!(message.content.attachments, [vec![2], vec![0]]);
        assert_eq!(
            message.content.json,
            r#"["\"{", {"_placeholder":true,"num":0},{"_placeholder":true,"num":1},{"_placeholder":true,"num":0}]"#
        );
        let written = Payload::of(&message).unwrap().unwrap();
        assert_eq!(written.attachments, [vec![1], vec![2], vec![0]]);
        assert_eq!(
            written.json,
            r#"{"picture":{"_placeholder":true,"num":0},"content":["\"{", {"_placeholder":true,"num":1},{"_placeholder":true,"num":2},{"_placeholder":true,"num":1}]}"#
        );
    }

    #[test]
    fn payload_that_is_no_json_or_lacks_an_attachment_is_not_written() {
        for (json, attachments) in [
            ("1 2", Vec::new()),
            (r#"{"_placeholder":true,"num":1}"#, vec![vec![0]]),
        ] {
            let json = json.to_owned();
            assert!(Payload::of(&Payload { json, attachments }).is_err());
        }
    }
}
