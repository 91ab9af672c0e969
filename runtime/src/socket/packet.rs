//! Packets as they come in: taken apart no further than it takes to find whose they are.
//!
//! The JSON of an event is not read here, only found: `validate` reads it once, when its turn comes.

use std::borrow::Cow;

use bytes::Bytes;

use crate::manifest::MAX_CHILD_NAME;

/// Digits of a number. More would be zeros, which nobody counts.
const MAX_DIGITS: usize = 20;

/// One packet, complete.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Incoming {
    pub(super) kind: Kind,
    /// The namespace that it is for, `/` or `/` and a name.
    pub(super) namespace: Cow<'static, str>,
    /// The acknowledgement that it asks for, or is.
    pub(super) id: Option<u64>,
    /// JSON text: of an event `["name",…]`, of an acknowledgement `[…]`, of a connection whatever comes; may be empty.
    pub(super) data: String,
    pub(super) attachments: Vec<Bytes>,
}

/// What clients send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Connect,
    Disconnect,
    Event,
    Ack,
}

/// Not a packet of Socket.IO's protocol.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Malformed(pub(super) &'static str);

/// Reads the text of a packet; answers it, and how many attachments are to follow.
pub(super) fn parse(text: &str) -> Result<(Incoming, usize), Malformed> {
    let (kind, rest, binary) = kind(text)?;
    let (announced, rest) = match binary {
        true => attachments(rest)?,
        false => (0, rest),
    };
    let (namespace, rest) = namespace(rest)?;
    let (id, rest) = id(rest)?;
    let packet = Incoming {
        kind,
        namespace,
        id,
        // Out of the connection's buffer, which is used again.
        data: rest.to_owned(),
        attachments: Vec::new(),
    };
    packet.check()?;
    Ok((packet, announced))
}

impl Incoming {
    /// Checks what has to hold for a packet of this kind before anybody looks at it.
    pub(super) fn check(&self) -> Result<(), Malformed> {
        let rest = self.data.strip_prefix('[').map(str::trim_ascii_start);
        match self.kind {
            Kind::Connect | Kind::Disconnect if self.id.is_some() => {
                Err(Malformed("an id where none belongs"))
            }
            Kind::Event if !rest.is_some_and(|rest| rest.starts_with('"')) => {
                Err(Malformed("an event without a name"))
            }
            Kind::Ack if self.id.is_none() || rest.is_none() => {
                Err(Malformed("an acknowledgement of nothing"))
            }
            _ => Ok(()),
        }
    }
}

/// What kind of packet begins here, and whether it has attachments.
fn kind(text: &str) -> Result<(Kind, &str, bool), Malformed> {
    let mut chars = text.chars();
    let (kind, binary) = match chars.next() {
        Some('0') => (Kind::Connect, false),
        Some('1') => (Kind::Disconnect, false),
        Some('2') => (Kind::Event, false),
        Some('3') => (Kind::Ack, false),
        Some('5') => (Kind::Event, true),
        Some('6') => (Kind::Ack, true),
        // Refusing a connection is the server's.
        _ => return Err(Malformed("no such kind of packet")),
    };
    Ok((kind, chars.as_str(), binary))
}

fn attachments(rest: &str) -> Result<(usize, &str), Malformed> {
    let (count, rest) = digits(rest);
    match (count.parse(), rest.strip_prefix('-')) {
        (Ok(count), Some(rest)) => Ok((count, rest)),
        _ => Err(Malformed("not a number of attachments")),
    }
}

fn namespace(rest: &str) -> Result<(Cow<'static, str>, &str), Malformed> {
    if !rest.starts_with('/') {
        return Ok((Cow::Borrowed("/"), rest));
    }
    let (name, after) = rest.split_once(',').unwrap_or((rest, ""));
    Ok((checked_namespace(name)?, after))
}

/// The name of a namespace, if it is not too long for one: who sends a longer one means no good.
pub(super) fn checked_namespace(name: &str) -> Result<Cow<'static, str>, Malformed> {
    match name.len() > MAX_CHILD_NAME {
        true => Err(Malformed("a name of a namespace that is too long")),
        false if name == "/" => Ok(Cow::Borrowed("/")),
        false => Ok(Cow::Owned(name.to_owned())),
    }
}

fn id(rest: &str) -> Result<(Option<u64>, &str), Malformed> {
    let (id, rest) = digits(rest);
    match id {
        "" => Ok((None, rest)),
        id => match id.parse() {
            Ok(id) => Ok((Some(id), rest)),
            Err(_) => Err(Malformed("an id that nobody gives")),
        },
    }
}

/// The digits at the beginning, as many as a number may have, and the rest.
fn digits(text: &str) -> (&str, &str) {
    let digits = text.bytes().take(MAX_DIGITS).take_while(u8::is_ascii_digit);
    text.split_at(digits.count())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &'static str) -> (Kind, String, Option<u64>, String, usize) {
        let (packet, attachments) = parse(text).unwrap();
        (
            packet.kind,
            packet.namespace.to_string(),
            packet.id,
            packet.data,
            attachments,
        )
    }

    #[test]
    fn parts_are_told_apart() {
        for (text, kind, namespace, id, data, attachments) in [
            ("0", Kind::Connect, "/", None, "", 0),
            ("0{\"a\":1}", Kind::Connect, "/", None, "{\"a\":1}", 0),
            ("0/admin", Kind::Connect, "/admin", None, "", 0),
            ("0/admin,{}", Kind::Connect, "/admin", None, "{}", 0),
            ("1/é,", Kind::Disconnect, "/é", None, "", 0),
            ("2[\"a\",1]", Kind::Event, "/", None, "[\"a\",1]", 0),
            ("2/x,12[\"a\"]", Kind::Event, "/x", Some(12), "[\"a\"]", 0),
            ("2[ \"a\"]", Kind::Event, "/", None, "[ \"a\"]", 0),
            ("30[]", Kind::Ack, "/", Some(0), "[]", 0),
            ("52-/x,7[\"a\"]", Kind::Event, "/x", Some(7), "[\"a\"]", 2),
            ("61-3[1]", Kind::Ack, "/", Some(3), "[1]", 1),
        ] {
            let expected = (kind, namespace.to_owned(), id, data.to_owned(), attachments);
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn anything_else_is_malformed() {
        for text in [
            "",
            "4",
            "4{}",
            "7",
            "é",
            "-",
            "2",
            "2[",
            "2[1]",
            "2{}",
            "2null",
            "2[null]",
            "2-1[\"a\"]",
            "299999999999999999999[\"a\"]",
            "2000000000000000000001[\"a\"]",
            "5000000000000000000001-[\"a\"]",
            "2/nowhere",
            "3[]",
            "30",
            "30{}",
            "01{}",
            "5[\"a\"]",
            "5-[\"a\"]",
            "51[\"a\"]",
            "599999999999999999999-[\"a\"]",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn name_of_a_namespace_is_bounded() {
        for (length, fits) in [(MAX_CHILD_NAME, true), (MAX_CHILD_NAME + 1, false)] {
            let name = format!("/{}", "x".repeat(length - 1));
            assert_eq!(parse(&format!("0{name},")).is_ok(), fits);
            assert_eq!(parse(&format!("51-{name},[\"a\"]")).is_ok(), fits);
        }
    }
}
