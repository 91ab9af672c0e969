//! Takes an event's packet apart: `["name"]` or `["name", payload]`.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{Error, IgnoredAny, SeqAccess, Visitor},
};
use serde_json::value::RawValue;

use crate::response::Rejection;

/// The parts of a packet, borrowed from its text.
pub(super) struct Packet<'a> {
    pub(super) name: Cow<'a, str>,
    pub(super) payload: Option<&'a str>,
}

/// Reads the packet in one pass, without building anything.
pub(super) fn parse(text: &str) -> Result<Packet<'_>, Rejection> {
    let parts: Parts<'_> = serde_json::from_str(text)
        .map_err(|error| Rejection::BadRequest(format!("the packet is not an event: {error}")))?;
    if parts.extra > 0 {
        return Err(Rejection::BadRequest(format!(
            "an event takes one argument at most, this one has {}",
            parts.extra + 1
        )));
    }
    Ok(Packet {
        name: parts.name,
        payload: parts.payload.map(RawValue::get),
    })
}

struct Parts<'a> {
    name: Cow<'a, str>,
    payload: Option<&'a RawValue>,
    extra: usize,
}

/// A name that borrows unless it has escapes.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Parts<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(PartsVisitor)
    }
}

struct PartsVisitor;

impl<'de> Visitor<'de> for PartsVisitor {
    type Value = Parts<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of an event's name and its argument")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let Name(name) = seq
            .next_element()?
            .ok_or_else(|| A::Error::custom("the name is missing"))?;
        let payload = seq.next_element()?;
        let mut extra = 0;
        while seq.next_element::<IgnoredAny>()?.is_some() {
            extra += 1;
        }
        Ok(Parts {
            name,
            payload,
            extra,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_and_payload_are_borrowed() {
        let packet = parse(r#"["create product", {"name":"a"}]"#).unwrap();
        assert!(matches!(packet.name, Cow::Borrowed("create product")));
        assert_eq!(packet.payload, Some(r#"{"name":"a"}"#));
    }

    #[test]
    fn null_is_a_payload() {
        assert_eq!(parse(r#"["a",null]"#).unwrap().payload, Some("null"));
        assert_eq!(parse(r#"["a"]"#).unwrap().payload, None);
    }

    #[test]
    fn second_argument_is_refused() {
        let Err(Rejection::BadRequest(reason)) = parse(r#"["a",1,2,3]"#) else {
            panic!("accepted");
        };
        assert!(reason.contains("this one has 3"), "{reason}");
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "[]",
            "{}",
            "[1]",
            "[\"a\"",
            "[\"a\",]",
            "[\"a\"] x",
            "[\"a\",\"\u{1}\"]",
        ] {
            assert!(
                matches!(parse(text), Err(Rejection::BadRequest(_))),
                "{text}"
            );
        }
    }
}
