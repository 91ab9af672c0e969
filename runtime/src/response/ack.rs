//! The acknowledgement that carries a response.

use serde::{
    Serialize, Serializer,
    ser::{Error, SerializeMap},
};
use serde_json::value::RawValue;

use crate::sandbox::{Payload, Response};

/// `{"status":"ok"}`, with `data`, or `{"status":"error"}`, with `error`: absent where there is none, never null.
///
/// Serialises payloads as they are, with placeholders where attachments stand.
#[derive(Debug, Clone, Copy)]
pub struct Ack<'a>(pub &'a Response);

impl<'a> Ack<'a> {
    /// The payload inside, if any.
    pub fn payload(self) -> Option<&'a Payload> {
        match self.0 {
            Response::Ok(payload) | Response::Error(payload) => payload.as_ref(),
        }
    }
}

impl Serialize for Ack<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (status, key) = match self.0 {
            Response::Ok(_) => ("ok", "data"),
            Response::Error(_) => ("error", "error"),
        };
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("status", status)?;
        if let Some(payload) = self.payload() {
            let json: &RawValue = serde_json::from_str(&payload.json).map_err(S::Error::custom)?;
            map.serialize_entry(key, json)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(response: Response) -> String {
        serde_json::to_string(&Ack(&response)).unwrap()
    }

    #[test]
    fn absent_payload_is_a_missing_field() {
        assert_eq!(text(Response::Ok(None)), r#"{"status":"ok"}"#);
        assert_eq!(text(Response::Error(None)), r#"{"status":"error"}"#);
    }

    #[test]
    fn payload_goes_out_as_it_is() {
        let payload = || {
            Some(Payload {
                json: r#"{"b":1.0,"a":null}"#.into(),
                attachments: Vec::new(),
            })
        };
        assert_eq!(
            text(Response::Ok(payload())),
            r#"{"status":"ok","data":{"b":1.0,"a":null}}"#
        );
        assert_eq!(
            text(Response::Error(payload())),
            r#"{"status":"error","error":{"b":1.0,"a":null}}"#
        );
    }
}
