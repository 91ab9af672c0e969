//! Socket.IO's packets as a client writes and reads them: version 5 of the protocol, with JSON.
//!
//! The client's own code, not the server's turned round: what the server writes is read by what others would understand.

use stockade_engine_io::Message;

/// One packet, complete. A client is in one namespace, so it does not say in which.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Packet {
    pub(super) kind: Kind,
    /// The acknowledgement that it asks for, or is.
    pub(super) id: Option<u64>,
    /// JSON text, which may be empty.
    pub(super) json: String,
    /// The binary data beside it.
    pub(super) attachments: Vec<Vec<u8>>,
}

/// What it is about, with its number on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Connect = 0,
    Disconnect = 1,
    Event = 2,
    Ack = 3,
    ConnectError = 4,
}

/// Puts packets together again that come as several messages.
#[derive(Debug, Default)]
pub(super) struct Reader(Option<Partial>);

/// A packet whose attachments are to follow.
#[derive(Debug)]
struct Partial {
    packet: Packet,
    missing: usize,
}

impl Packet {
    /// A packet without an id and attachments.
    pub(super) fn new(kind: Kind, json: impl Into<String>) -> Self {
        Self {
            kind,
            id: None,
            json: json.into(),
            attachments: Vec::new(),
        }
    }

    /// The messages that carry it to `namespace`.
    pub(super) fn into_messages(self, namespace: &str) -> Vec<Message> {
        let mut text = match self.attachments.len() {
            0 => (self.kind as u8).to_string(),
            count => format!("{}{count}-", self.kind as u8 + 3),
        };
        if namespace != "/" {
            text.push_str(namespace);
            text.push(',');
        }
        if let Some(id) = self.id {
            text.push_str(&id.to_string());
        }
        text.push_str(&self.json);
        let attachments = self.attachments.into_iter().map(Into::into);
        let messages = std::iter::once(Message::Text(text.into()));
        messages.chain(attachments.map(Message::Binary)).collect()
    }
}

impl Reader {
    /// Takes a message, and returns the packet that it completes. What is not a packet is ignored.
    pub(super) fn read(&mut self, message: Message) -> Option<Packet> {
        let Partial { packet, missing } = match message {
            Message::Text(text) => parse(std::str::from_utf8(&text).ok()?)?,
            Message::Binary(data) => {
                let mut partial = self.0.take()?;
                partial.packet.attachments.push(data.into());
                partial.missing -= 1;
                partial
            }
            Message::Ping => return None,
        };
        match missing {
            0 => Some(packet),
            _ => {
                self.0 = Some(Partial { packet, missing });
                None
            }
        }
    }
}

/// Reads a packet's text.
fn parse(text: &str) -> Option<Partial> {
    let (kind, rest) = text.split_at_checked(1)?;
    let (kind, is_binary) = match kind {
        "0" => (Kind::Connect, false),
        "1" => (Kind::Disconnect, false),
        "2" => (Kind::Event, false),
        "3" => (Kind::Ack, false),
        "4" => (Kind::ConnectError, false),
        "5" => (Kind::Event, true),
        "6" => (Kind::Ack, true),
        _ => return None,
    };
    let (missing, rest) = match is_binary {
        true => rest.split_once('-')?,
        false => ("0", rest),
    };
    let rest = match rest.starts_with('/') {
        true => rest.split_once(',')?.1,
        false => rest,
    };
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (id, json) = rest.split_at(digits);
    let mut packet = Packet::new(kind, json);
    packet.id = id.parse().ok();
    Some(Partial {
        packet,
        missing: missing.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(kind: Kind, id: Option<u64>, json: &str, attachments: &[&[u8]]) -> Packet {
        Packet {
            kind,
            id,
            json: json.to_owned(),
            attachments: attachments.iter().map(|one| one.to_vec()).collect(),
        }
    }

    #[test]
    fn packets_are_written_as_the_protocol_says_and_read_again() {
        for (namespace, packet, text) in [
            ("/", packet(Kind::Connect, None, "{}", &[]), "0{}"),
            ("/chat", packet(Kind::Disconnect, None, "", &[]), "1/chat,"),
            (
                "/",
                packet(Kind::Event, Some(12), "[\"a\",1]", &[]),
                "212[\"a\",1]",
            ),
            ("/chat", packet(Kind::Ack, Some(0), "[]", &[]), "3/chat,0[]"),
            (
                "/chat",
                packet(Kind::Event, Some(1), "[\"a\"]", &[b"x", b""]),
                "52-/chat,1[\"a\"]",
            ),
            ("/", packet(Kind::Ack, Some(7), "[1]", &[b"x"]), "61-7[1]"),
        ] {
            let messages = packet.clone().into_messages(namespace);
            assert_eq!(messages[0], Message::Text(text.into()));
            assert_eq!(messages.len(), 1 + packet.attachments.len());
            let mut reader = Reader::default();
            let mut read: Vec<_> = messages
                .into_iter()
                .map(|message| reader.read(message))
                .collect();
            assert_eq!(read.pop().unwrap(), Some(packet));
            assert!(read.iter().all(Option::is_none));
        }
    }

    #[test]
    fn refusals_are_read_and_nonsense_is_ignored() {
        let mut reader = Reader::default();
        let refused = reader.read(Message::Text(r#"4/chat,{"message":"no"}"#.into()));
        assert_eq!(
            refused,
            Some(packet(Kind::ConnectError, None, r#"{"message":"no"}"#, &[]))
        );
        for text in ["", "7", "5[]", "é"] {
            assert_eq!(reader.read(Message::Text(text.into())), None, "{text}");
        }
        assert_eq!(reader.read(Message::Binary("x".into())), None);
    }
}
