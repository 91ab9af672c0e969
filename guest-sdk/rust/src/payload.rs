//! Payloads: JSON text and the binary attachments that it refers to.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::binary::Attachments;
use crate::error::short_type_name;
use crate::{Args, Context, Error, Result};

/// A payload as it crosses the host: JSON text, with `{"_placeholder":true,"num":N}` where attachment `N` stands.
///
/// A handler that takes a `Payload` gets what the client sent, unread. One that takes any other type gets that type,
/// deserialised.
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
    /// The payload is not a `T`.
    #[track_caller]
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T> {
        let read = Attachments::provide(&self.attachments, || serde_json::from_str(&self.json));
        match read {
            Ok(value) => Ok(value),
            Err(cause) => {
                let expected = short_type_name::<T>();
                Err(Error::named(
                    "PayloadError",
                    format!("the payload is not of type {expected}: {cause}"),
                ))
            }
        }
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
    note = "a payload is any type that derives `serde::Deserialize`, an `Option` of one, or `stockade_sdk::Payload`"
)]
pub trait FromPayload: Sized {
    /// Reads the current event's payload.
    ///
    /// # Errors
    /// The payload is none of this type.
    fn from_payload(ctx: &Context) -> Result<Self>;
}

impl<T: DeserializeOwned> FromPayload for T {
    #[track_caller]
    fn from_payload(ctx: &Context) -> Result<Self> {
        ctx.payload()
    }
}

impl FromPayload for Payload {
    #[track_caller]
    fn from_payload(ctx: &Context) -> Result<Self> {
        Ok(ctx.raw_payload()?.unwrap_or_else(Self::null))
    }
}

impl<T: DeserializeOwned> FromPayload for Args<T> {
    fn from_payload(ctx: &Context) -> Result<Self> {
        ctx.args().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
