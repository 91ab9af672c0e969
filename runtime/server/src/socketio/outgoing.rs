//! Packets as they go out: text put together from texts that were checked already.

use std::{iter, sync::Arc};

use bytes::Bytes;

use super::{SocketId, msgpack};
use crate::options::Parser;
use crate::{
    dispatch::ConnectError,
    response::{Ack, Response},
};
use stockade_engine_io::Message;
use stockade_json_schema::text::elements;
use stockade_sandbox::Payload;

/// Makes the packets of one namespace.
#[derive(Debug)]
pub(super) struct Encoder {
    parser: Parser,
    namespace: Box<str>,
}

/// A packet, made once for all who get it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Encoded {
    Text(Bytes),
    /// Text, and the attachments that follow it.
    Parts(Arc<[Message]>),
    /// All in one, of the parser that knows binary data.
    Binary(Bytes),
}

/// A packet cannot be made of this JSON: only of parsers that need its values, of which some have no form there.
#[derive(Debug, thiserror::Error)]
#[error("cannot be encoded: {0}")]
pub(super) struct EncodeError(pub(super) String);

/// What the server sends, with the number of each kind on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Connect = 0,
    Disconnect = 1,
    Event = 2,
    Ack = 3,
    ConnectError = 4,
}

/// What a packet has beside its data.
struct Head {
    kind: Kind,
    id: Option<u64>,
    attachments: Vec<Vec<u8>>,
}

/// Bytes of an event beside its name and its arguments, about.
const SPARE: usize = 48;

impl Encoder {
    pub(super) fn new(parser: Parser, namespace: &str) -> Self {
        Self {
            parser,
            namespace: namespace.into(),
        }
    }

    /// An event; `id` where it is to be acknowledged, `offset` where it may be asked for again.
    pub(super) fn event(
        &self,
        name: &str,
        arguments: Payload,
        id: Option<u64>,
        offset: Option<&str>,
    ) -> Result<Encoded, EncodeError> {
        let head = Head {
            kind: Kind::Event,
            id,
            attachments: arguments.attachments,
        };
        let elements = elements(&arguments.json);
        self.encode(head, SPARE + name.len() + elements.len(), |text| {
            text.push('[');
            push_string(text, name);
            if !elements.is_empty() {
                text.push(',');
                text.push_str(elements);
            }
            if let Some(offset) = offset {
                text.push(',');
                push_string(text, offset);
            }
            text.push(']');
        })
    }

    /// The acknowledgement `id` with a response.
    pub(super) fn ack(&self, id: u64, mut response: Response) -> Result<Encoded, EncodeError> {
        let payload = match &mut response {
            Response::Ok(payload) | Response::Error(payload) => payload.as_mut(),
            Response::Raw(arguments) => Some(arguments),
        };
        let head = Head {
            kind: Kind::Ack,
            id: Some(id),
            attachments: payload
                .map_or_else(Vec::new, |payload| std::mem::take(&mut payload.attachments)),
        };
        let ack = Ack(&response);
        self.encode(head, ack.size() + 2, |text| {
            text.push('[');
            ack.write(text);
            text.push(']');
        })
    }

    /// Tells a client that it is connected; `pid` where it may come back as the same.
    pub(super) fn connect(
        &self,
        id: SocketId,
        pid: Option<SocketId>,
    ) -> Result<Encoded, EncodeError> {
        self.encode(Head::new(Kind::Connect), SPARE, |text| {
            text.push_str("{\"sid\":\"");
            text.push_str(id.as_str());
            if let Some(pid) = pid {
                text.push_str("\",\"pid\":\"");
                text.push_str(pid.as_str());
            }
            text.push_str("\"}");
        })
    }

    /// Refuses a client.
    pub(super) fn connect_error(&self, error: &ConnectError) -> Result<Encoded, EncodeError> {
        let data = error.data.as_deref();
        let size = SPARE + error.message.len() + data.map_or(0, str::len);
        self.encode(Head::new(Kind::ConnectError), size, |text| {
            text.push_str("{\"message\":");
            push_string(text, &error.message);
            if let Some(data) = data {
                text.push_str(",\"data\":");
                text.push_str(data.trim_ascii());
            }
            text.push('}');
        })
    }

    /// Tells a client that it is out.
    pub(super) fn disconnect(&self) -> Result<Encoded, EncodeError> {
        self.encode(Head::new(Kind::Disconnect), 0, |_| {})
    }

    /// Puts a packet together, whose data `write` writes, `size` bytes about. Where they are as many, and there are no
    /// attachments, its text is kept where it is written.
    fn encode(
        &self,
        head: Head,
        size: usize,
        write: impl FnOnce(&mut String),
    ) -> Result<Encoded, EncodeError> {
        let Head {
            kind,
            id,
            attachments,
        } = head;
        let mut text = String::with_capacity(self.head_size(id) + size);
        if self.parser == Parser::MsgPack {
            write(&mut text);
            let data = (!text.is_empty()).then_some(&*text);
            let packet = msgpack::write(kind as u8, &self.namespace, id, data, attachments)?;
            return Ok(Encoded::Binary(packet));
        }
        self.push_head(&mut text, kind, id, attachments.len());
        write(&mut text);
        let text = Bytes::from(text);
        if attachments.is_empty() {
            return Ok(Encoded::Text(text));
        }
        let attachments = attachments.into_iter().map(Bytes::from);
        let parts = iter::once(Message::Text(text)).chain(attachments.map(Message::Binary));
        Ok(Encoded::Parts(parts.collect()))
    }

    /// Bytes of the head of a packet without attachments.
    fn head_size(&self, id: Option<u64>) -> usize {
        let namespace = match &*self.namespace {
            "/" => 0,
            name => name.len() + 1,
        };
        let digits = id.map_or(0, |id| id.checked_ilog10().unwrap_or(0) as usize + 1);
        1 + namespace + digits
    }

    fn push_head(&self, text: &mut String, kind: Kind, id: Option<u64>, attachments: usize) {
        let mut digits = itoa::Buffer::new();
        match attachments {
            0 => text.push_str(digits.format(kind as u8)),
            count => {
                text.push_str(digits.format(kind as u8 + 3));
                text.push_str(digits.format(count));
                text.push('-');
            }
        }
        if *self.namespace != *"/" {
            text.push_str(&self.namespace);
            text.push(',');
        }
        if let Some(id) = id {
            text.push_str(digits.format(id));
        }
    }
}

impl Head {
    fn new(kind: Kind) -> Self {
        Self {
            kind,
            id: None,
            attachments: Vec::new(),
        }
    }
}

impl Encoded {
    /// Bytes of it all.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Text(data) | Self::Binary(data) => data.len(),
            Self::Parts(parts) => parts.iter().map(Message::size).sum(),
        }
    }
}

/// Appends `value` as a JSON string.
pub(super) fn push_string(text: &mut String, value: &str) {
    let plain = |byte: u8| byte >= 0x20 && byte != b'"' && byte != b'\\';
    if value.bytes().all(plain) {
        text.push('"');
        text.push_str(value);
        text.push('"');
    } else if let Ok(escaped) = serde_json::to_string(value) {
        text.push_str(&escaped);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payload(json: &str, attachments: usize) -> Payload {
        Payload {
            json: json.into(),
            attachments: vec![vec![7]; attachments],
        }
    }

    fn text(encoded: Result<Encoded, EncodeError>) -> String {
        let text = match encoded.unwrap() {
            Encoded::Text(text) => text,
            Encoded::Parts(parts) => match &parts[0] {
                Message::Text(text) => text.clone(),
                other => panic!("{other:?}"),
            },
            Encoded::Binary(_) => panic!("binary"),
        };
        String::from_utf8(text.into()).unwrap()
    }

    #[test]
    fn arguments_follow_the_name() {
        let encoder = Encoder::new(Parser::Default, "/");
        for (arguments, packet) in [
            ("[]", r#"2["e"]"#),
            (" [ ] ", r#"2["e"]"#),
            ("[1]", r#"2["e",1]"#),
            (r#"[[1,2],{"a":null}]"#, r#"2["e",[1,2],{"a":null}]"#),
        ] {
            assert_eq!(
                text(encoder.event("e", payload(arguments, 0), None, None)),
                packet
            );
        }
        let asked = encoder.event("say \"é\"\n", payload("[]", 0), Some(12), None);
        assert_eq!(text(asked), r#"212["say \"é\"\n"]"#);
        let offset = encoder.event("e", payload("[1]", 0), None, Some("x.1"));
        assert_eq!(text(offset), r#"2["e",1,"x.1"]"#);
    }

    #[test]
    fn attachments_go_along() {
        let encoder = Encoder::new(Parser::Default, "/chat");
        let one = payload(r#"[{"_placeholder":true,"num":0}]"#, 1);
        assert_eq!(
            encoder.event("e", one, None, None).unwrap(),
            Encoded::Parts(
                [
                    Message::Text(r#"51-/chat,["e",{"_placeholder":true,"num":0}]"#.into()),
                    Message::Binary(Bytes::from_static(&[7])),
                ]
                .into()
            )
        );
        let response = Response::Ok(Some(payload(r#"{"_placeholder":true,"num":0}"#, 1)));
        assert_eq!(
            text(encoder.ack(3, response)),
            r#"61-/chat,3[{"status":"ok","data":{"_placeholder":true,"num":0}}]"#
        );
        let raw = Response::Raw(payload(r#"["a",{"_placeholder":true,"num":0}]"#, 1));
        assert_eq!(
            text(encoder.ack(3, raw)),
            r#"61-/chat,3["a",{"_placeholder":true,"num":0}]"#
        );
        let nothing = Response::Raw(payload("[]", 0));
        assert_eq!(text(encoder.ack(3, nothing)), "3/chat,3[]");
    }

    #[test]
    fn refusal_carries_data() {
        let encoder = Encoder::new(Parser::Default, "/");
        let mut error = ConnectError::from("no \"entry\"".to_owned());
        assert_eq!(
            text(encoder.connect_error(&error)),
            r#"4{"message":"no \"entry\""}"#
        );
        error.data = Some(r#"{"code":7}"#.into());
        assert_eq!(
            text(encoder.connect_error(&error)),
            r#"4{"message":"no \"entry\"","data":{"code":7}}"#
        );
    }
}
