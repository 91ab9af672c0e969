//! What goes out to clients, in the form that the packet encoder takes.

use serde::{
    Serialize, Serializer,
    ser::{Error, SerializeTuple},
};
use serde_json::value::RawValue;

use super::binary::Tree;
use crate::{
    response::Ack,
    sandbox::{Payload, Response},
};

/// The arguments of an event: the elements of their JSON array, each as it is.
pub(super) struct Arguments<'a>(pub(super) &'a Payload);

/// An acknowledgement, attachments included.
pub(super) struct AckPacket<'a>(pub(super) &'a Response);

impl Serialize for Arguments<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !self.0.attachments.is_empty() {
            return match Tree::from_payload(self.0).map_err(S::Error::custom)? {
                Tree::List(arguments) => tuple(serializer, &arguments),
                _ => Err(S::Error::custom("not an array")),
            };
        }
        let arguments: Vec<&RawValue> =
            serde_json::from_str(&self.0.json).map_err(S::Error::custom)?;
        tuple(serializer, &arguments)
    }
}

/// The encoder puts the event's name in front of tuples.
fn tuple<S: Serializer>(serializer: S, items: &[impl Serialize]) -> Result<S::Ok, S::Error> {
    let mut tuple = serializer.serialize_tuple(items.len())?;
    for item in items {
        tuple.serialize_element(item)?;
    }
    tuple.end()
}

impl AckPacket<'_> {
    /// Bytes of the payload.
    pub(super) fn size(&self) -> usize {
        Ack(self.0)
            .payload()
            .map_or(0, crate::validate::payload::size)
    }
}

impl Serialize for AckPacket<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let ack = Ack(self.0);
        match ack.payload() {
            Some(payload) if !payload.attachments.is_empty() => {
                let json = serde_json::to_string(&ack).map_err(S::Error::custom)?;
                Tree::new(&json, &payload.attachments)
                    .map_err(S::Error::custom)?
                    .serialize(serializer)
            }
            _ => ack.serialize(serializer),
        }
    }
}

#[cfg(test)]
mod tests {
    use socketioxide::ParserConfig;
    use socketioxide_core::{Value, parser::Parse};

    use super::*;

    fn encode(value: &impl Serialize, event: Option<&str>) -> (String, usize) {
        let _ = ParserConfig::common();
        let encoded = socketioxide_parser_common::CommonParser
            .encode_value(value, event)
            .unwrap();
        match encoded {
            Value::Str(text, attachments) => {
                (text.to_string(), attachments.map_or(0, |all| all.len()))
            }
            Value::Bytes(_) => panic!("binary"),
        }
    }

    fn payload(json: &str, attachments: usize) -> Payload {
        Payload {
            json: json.into(),
            attachments: vec![vec![7]; attachments],
        }
    }

    #[test]
    fn arguments_follow_the_name() {
        for (arguments, packet) in [
            ("[]", r#"["e"]"#),
            ("[1]", r#"["e",1]"#),
            (r#"[[1,2],{"a":null}]"#, r#"["e",[1,2],{"a":null}]"#),
        ] {
            let payload = payload(arguments, 0);
            assert_eq!(encode(&Arguments(&payload), Some("e")), (packet.into(), 0));
        }
    }

    #[test]
    fn attachments_go_along() {
        let one = payload(r#"[{"b":1,"a":{"_placeholder":true,"num":0}}]"#, 1);
        assert_eq!(
            encode(&Arguments(&one), Some("e")),
            (
                r#"["e",{"b":1,"a":{"_placeholder":true,"num":0}}]"#.into(),
                1
            )
        );
        let response = Response::Ok(Some(payload(r#"{"_placeholder":true,"num":0}"#, 1)));
        assert_eq!(
            encode(&AckPacket(&response), None),
            (
                r#"[{"status":"ok","data":{"_placeholder":true,"num":0}}]"#.into(),
                1
            )
        );
    }
}
