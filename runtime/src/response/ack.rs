//! The acknowledgement that carries a response.

use crate::sandbox::{Payload, Response};

/// `{"status":"ok"}`, with `data`, or `{"status":"error"}`, with `error`: absent where there is none, never null.
///
/// Payloads are written as they are, with placeholders where attachments stand.
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

impl Ack<'_> {
    /// Bytes of its JSON.
    pub fn size(self) -> usize {
        let (status, key, json) = self.parts();
        status.len() + json.map_or(0, |json| key.len() + json.len()) + 1
    }

    /// Appends its JSON to `text`. The payload's own is known to be JSON, and goes in as it is.
    pub fn write(self, text: &mut String) {
        text.reserve(self.size());
        let (status, key, json) = self.parts();
        text.push_str(status);
        if let Some(json) = json {
            text.push_str(key);
            text.push_str(json);
        }
        text.push('}');
    }

    fn parts(&self) -> (&'static str, &'static str, Option<&str>) {
        let (status, key) = match self.0 {
            Response::Ok(_) => ("{\"status\":\"ok\"", ",\"data\":"),
            Response::Error(_) => ("{\"status\":\"error\"", ",\"error\":"),
        };
        let json = self.payload().map(|payload| payload.json.trim_ascii());
        (status, key, json)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(response: Response) -> String {
        let mut text = String::new();
        Ack(&response).write(&mut text);
        text
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
