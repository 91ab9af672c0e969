//! Packets as they come in: taken apart no further than it takes to find whose they are.
//!
//! The JSON of an event is not read here, only found: `validate` reads it once, when its turn comes.
//!
//! Odd packets mean what they mean to Node's socket.io-parser, whatever client writes them.

use std::borrow::Cow;

use bytes::Bytes;

use crate::manifest::MAX_CHILD_NAME;
use stockade_sandbox::host::RESERVED_EVENTS;

/// One packet, complete.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Incoming {
    pub(super) kind: Kind,
    /// The namespace that it is for, `/` or `/` and a name.
    pub(super) namespace: Cow<'static, str>,
    /// The acknowledgement that it asks for, or is.
    pub(super) id: Option<u64>,
    /// JSON text: of an event `["name",…]`, of an acknowledgement `[…]`, of a connection whatever comes. It may be empty, and
    /// then an event is none, and an acknowledgement has no arguments.
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
    let (id, rest) = id(rest);
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
    /// Whether an event begins with what can be a name.
    pub(super) fn has_name(&self) -> bool {
        let first = list(&self.data).and_then(|list| list.bytes().next());
        matches!(first, Some(b'"' | b'-' | b'0'..=b'9'))
    }

    /// Checks what has to hold for a packet of this kind before anybody looks at it.
    pub(super) fn check(&self) -> Result<(), Malformed> {
        let data = self.data.as_str();
        match self.kind {
            _ if data.is_empty() => Ok(()),
            Kind::Disconnect => Err(Malformed("a disconnection with data")),
            Kind::Event => check_name(data),
            Kind::Ack if !data.starts_with('[') => Err(Malformed(
                "an acknowledgement with something else than a list",
            )),
            // What it says of itself is the guest's to judge.
            Kind::Connect | Kind::Ack => Ok(()),
        }
    }
}

/// The list of an event, if it is one, from its first element.
fn list(event: &str) -> Option<&str> {
    event.strip_prefix('[').map(str::trim_ascii_start)
}

/// Checks that an event is a list which begins with a name: a string, but not one of Socket.IO's own, or a number.
fn check_name(event: &str) -> Result<(), Malformed> {
    let list = list(event).ok_or(Malformed("an event that is not a list"))?;
    match list.as_bytes() {
        [b'"', b'c' | b'd' | b'n' | b'r', ..] if has_reserved_name(list) => {
            Err(Malformed("an event with a reserved name"))
        }
        [b'"' | b'-' | b'0'..=b'9', ..] => Ok(()),
        _ => Err(Malformed("an event without a name")),
    }
}

fn has_reserved_name(list: &str) -> bool {
    let name = list.get(1..).and_then(|list| list.split_once('"'));
    name.is_some_and(|(name, _)| RESERVED_EVENTS.contains(&name))
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
    let digits = rest.bytes().take_while(u8::is_ascii_digit);
    let (count, rest) = rest.split_at(digits.count());
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

/// The id. White space is part of a number in JavaScript, and a number by itself. An id that is too large to be any client's,
/// or no number, is none: the event is handled, and nobody is told.
fn id(rest: &str) -> (Option<u64>, &str) {
    let is_other = |c: char| !c.is_ascii_digit() && !is_space(c);
    let end = rest.find(is_other).unwrap_or(rest.len());
    let (id, rest) = rest.split_at(end);
    if id.is_empty() {
        return (None, rest);
    }
    let id = match id.trim_matches(is_space) {
        "" => Some(0),
        id => id.parse().ok(),
    };
    (id, rest)
}

/// White space as JavaScript has it.
fn is_space(c: char) -> bool {
    c == '\u{feff}' || (c.is_whitespace() && c != '\u{85}')
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
            ("2[12]", Kind::Event, "/", None, "[12]", 0),
            ("2[ -0.5]", Kind::Event, "/", None, "[ -0.5]", 0),
            ("2", Kind::Event, "/", None, "", 0),
            ("212", Kind::Event, "/", Some(12), "", 0),
            ("2/nowhere", Kind::Event, "/nowhere", None, "", 0),
            ("2 [\"a\"]", Kind::Event, "/", Some(0), "[\"a\"]", 0),
            ("2 7 [\"a\"]", Kind::Event, "/", Some(7), "[\"a\"]", 0),
            (
                "2\u{a0}7\u{feff}\u{b}[\"a\"]",
                Kind::Event,
                "/",
                Some(7),
                "[\"a\"]",
                0,
            ),
            ("2007[\"a\"]", Kind::Event, "/", Some(7), "[\"a\"]", 0),
            ("21 2[\"a\"]", Kind::Event, "/", None, "[\"a\"]", 0),
            ("3", Kind::Ack, "/", None, "", 0),
            ("31", Kind::Ack, "/", Some(1), "", 0),
            ("3[]", Kind::Ack, "/", None, "[]", 0),
            ("05{}", Kind::Connect, "/", Some(5), "{}", 0),
            ("0 null", Kind::Connect, "/", Some(0), "null", 0),
            ("15", Kind::Disconnect, "/", Some(5), "", 0),
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
            "2[",
            "2[]",
            "2[true]",
            "2[[\"a\"]]",
            "2[\"connect\"]",
            "2 [ \"newListener\",1]",
            "2{}",
            "2null",
            "2[null]",
            "2-1[\"a\"]",
            "2\u{85}[\"a\"]",
            "2\u{200b}[\"a\"]",
            "3{}",
            "30{}",
            "1{}",
            "5[\"a\"]",
            "5-[\"a\"]",
            "51[\"a\"]",
            "599999999999999999999-[\"a\"]",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn id_of_any_length_is_one_number_or_none() {
        for (digits, id) in [
            ("18446744073709551615", Some(u64::MAX)),
            ("00000000000000000000000000000001", Some(1)),
            ("18446744073709551616", None),
            (&"9".repeat(100_000), None),
        ] {
            for kind in ["2", "3"] {
                let (packet, _) = parse(&format!("{kind}{digits}[\"a\"]")).unwrap();
                assert_eq!((packet.id, &*packet.data), (id, "[\"a\"]"), "{digits:.30}");
            }
        }
    }

    #[test]
    fn names_that_only_begin_like_reserved_ones_are_names() {
        for name in ["connected", "disconnect me", "n", "r\\u0065"] {
            assert!(parse(&format!("2[\"{name}\"]")).is_ok(), "{name}");
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
