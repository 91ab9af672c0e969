//! The acknowledgement that carries a response.

use stockade_json_schema::text::elements;
use stockade_sandbox::{Payload, Response};

/// `{"status":"ok"}`, with `data`, or `{"status":"error"}`, with `error`: absent where there is none, never null. Or whatever
/// the guest has given as it is: no argument, one, or several.
///
/// Payloads are written as they are, with placeholders where attachments stand.
#[derive(Debug, Clone, Copy)]
pub struct Ack<'a>(pub &'a Response);

impl<'a> Ack<'a> {
    /// The payload inside, if any.
    pub fn payload(self) -> Option<&'a Payload> {
        match self.0 {
            Response::Ok(payload) | Response::Error(payload) => payload.as_ref(),
            Response::Raw(arguments) => Some(arguments),
        }
    }
}

impl Ack<'_> {
    /// Bytes of its JSON.
    pub fn size(self) -> usize {
        match self.parts() {
            Parts::Enveloped(status, key, json) => {
                status.len() + json.map_or(0, |json| key.len() + json.len()) + 1
            }
            Parts::Raw(elements) => elements.len(),
        }
    }

    /// Appends its arguments to `text`, separated by commas. The payload's own text is known to be JSON, and goes in as it is.
    pub fn write(self, text: &mut String) {
        text.reserve(self.size());
        match self.parts() {
            Parts::Enveloped(status, key, json) => {
                text.push_str(status);
                if let Some(json) = json {
                    text.push_str(key);
                    text.push_str(json);
                }
                text.push('}');
            }
            Parts::Raw(elements) => text.push_str(elements),
        }
    }

    fn parts(&self) -> Parts<'_> {
        let (status, key) = match self.0 {
            Response::Ok(_) => ("{\"status\":\"ok\"", ",\"data\":"),
            Response::Error(_) => ("{\"status\":\"error\"", ",\"error\":"),
            Response::Raw(arguments) => return Parts::Raw(elements(&arguments.json)),
        };
        let json = self.payload().map(|payload| payload.json.trim_ascii());
        Parts::Enveloped(status, key, json)
    }
}

/// What an acknowledgement is put together from.
enum Parts<'a> {
    /// An object's beginning; the key of the payload and its text, if there is one.
    Enveloped(&'static str, &'static str, Option<&'a str>),
    /// The arguments.
    Raw(&'a str),
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

    #[test]
    fn raw_arguments_are_the_acknowledgement() {
        for (arguments, acknowledgement) in [
            ("[]", ""),
            (" [ ] ", ""),
            (r#" [ "a", {"status":"ok"} ]"#, r#""a", {"status":"ok"}"#),
            ("[[1],[]]", "[1],[]"),
        ] {
            let response = Response::Raw(Payload {
                json: arguments.into(),
                attachments: Vec::new(),
            });
            assert_eq!(text(response), acknowledgement);
        }
    }
}
