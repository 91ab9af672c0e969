//! Takes an event's packet apart: `["name"]`, `["name", payload]`, or `["name", payload, others…]`.

use std::{borrow::Cow, fmt, ops::Range};

use serde::{
    Deserialize, Deserializer,
    de::{Error, IgnoredAny, SeqAccess, Visitor},
};
use serde_json::value::RawValue;
use stockade_json_schema::{
    Shape, number_to_js,
    scan::{Facts, Scanner},
};

use crate::response::Rejection;

/// The parts of a packet, borrowed from its text.
pub(super) struct Packet<'a> {
    pub(super) name: Cow<'a, str>,
    pub(super) payload: Option<Argument>,
    /// Where the other arguments stand, if there are any: from what is behind the first comma to the packet's closing bracket, that
    /// included.
    pub(super) more_arguments: Option<Range<usize>>,
}

/// The first argument of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Argument {
    /// Where it stands in the packet's text.
    pub(super) place: Range<usize>,
    /// What has been found out about it, if it has been read already.
    pub(super) facts: Option<Facts>,
    /// Whether it has the shape that was expected, if any was.
    pub(super) is_expected: Option<bool>,
}

/// Reads the packet in one pass, without building anything. `expected` answers which shape the first argument of the event with
/// this name should have, if that is known. The other arguments are found, and checked elsewhere.
pub(super) fn parse<'s>(
    text: &str,
    expected: impl FnOnce(&str) -> Option<&'s Shape>,
) -> Result<Packet<'_>, Rejection> {
    match ordinary(text, expected) {
        Some(packet) => Ok(packet),
        None => any(text),
    }
}

/// Reads a packet whose name has no escapes, and of which there is nothing to complain.
fn ordinary<'t, 's>(
    text: &'t str,
    expected: impl FnOnce(&str) -> Option<&'s Shape>,
) -> Option<Packet<'t>> {
    let mut scanner = Scanner::new(text);
    if !scanner.eat(b'[') {
        return None;
    }
    let name = scanner.plain_string()?;
    let payload = match scanner.eat(b',') {
        true => {
            scanner.skip_space();
            let start = scanner.place();
            let shape = expected(name);
            let accepted = shape.and_then(|shape| shape.read(&mut scanner));
            let facts = match accepted {
                Some(facts) => facts,
                None => {
                    scanner.go_back(start);
                    scanner.value()?
                }
            };
            Some(Argument {
                place: start..scanner.place(),
                facts: Some(facts),
                is_expected: shape.map(|_| accepted.is_some()),
            })
        }
        false => None,
    };
    let more_arguments = match scanner.eat(b']') {
        true => None,
        false if payload.is_some() => Some(more_arguments(&mut scanner)?),
        false => return None,
    };
    let name = Cow::Borrowed(name);
    scanner.is_done().then_some(Packet {
        name,
        payload,
        more_arguments,
    })
}

/// Reads the arguments behind the first one, and the packet's closing bracket.
#[cold]
fn more_arguments(scanner: &mut Scanner<'_>) -> Option<Range<usize>> {
    let mut start = None;
    while scanner.eat(b',') {
        start.get_or_insert(scanner.place());
        scanner.value()?;
    }
    scanner.eat(b']').then_some(start?..scanner.place())
}

/// Reads any packet, or says what is wrong with it.
fn any(text: &str) -> Result<Packet<'_>, Rejection> {
    let parts: Parts<'_> = serde_json::from_str(text)
        .map_err(|error| Rejection::BadRequest(format!("the packet is not an event: {error}")))?;
    let start = |raw: &RawValue| raw.get().as_ptr().addr() - text.as_ptr().addr();
    let payload = parts.payload.map(|raw| Argument {
        place: start(raw)..start(raw) + raw.get().len(),
        facts: None,
        is_expected: None,
    });
    Ok(Packet {
        name: parts.name,
        payload,
        // Only white space follows the bracket.
        more_arguments: parts
            .second
            .map(|raw| start(raw)..text.trim_ascii_end().len()),
    })
}

struct Parts<'a> {
    name: Cow<'a, str>,
    payload: Option<&'a RawValue>,
    second: Option<&'a RawValue>,
}

/// A name that borrows unless it has escapes. A number is the text that JavaScript makes of it.
struct Name<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Name<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NameVisitor).map(Self)
    }
}

struct NameVisitor;

impl<'de> Visitor<'de> for NameVisitor {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an event's name")
    }

    fn visit_borrowed_str<E: Error>(self, name: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(name))
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(name.to_owned()))
    }

    fn visit_u64<E: Error>(self, name: u64) -> Result<Self::Value, E> {
        Ok(Cow::Owned(number_to_js(&name.into())))
    }

    fn visit_i64<E: Error>(self, name: i64) -> Result<Self::Value, E> {
        Ok(Cow::Owned(number_to_js(&name.into())))
    }

    fn visit_f64<E: Error>(self, name: f64) -> Result<Self::Value, E> {
        let number = serde_json::Number::from_f64(name);
        let number = number.ok_or_else(|| E::custom("a name that is no number"))?;
        Ok(Cow::Owned(number_to_js(&number)))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Parts<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(PartsVisitor)
    }
}

struct PartsVisitor;

impl<'de> Visitor<'de> for PartsVisitor {
    type Value = Parts<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of an event's name and its arguments")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let Name(name) = seq
            .next_element()?
            .ok_or_else(|| A::Error::custom("the name is missing"))?;
        let payload = seq.next_element()?;
        let second = seq.next_element()?;
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Parts {
            name,
            payload,
            second,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use stockade_json_schema::Schema;

    fn nothing(_: &str) -> Option<&'static Shape> {
        None
    }

    /// The packet's name and the text of its payload.
    fn parts(text: &str) -> (Cow<'_, str>, Option<&str>) {
        let packet = parse(text, nothing).unwrap();
        let payload = packet.payload.map(|payload| &text[payload.place]);
        (packet.name, payload)
    }

    #[test]
    fn name_and_payload_are_borrowed() {
        let (name, payload) = parts(r#"["create product", {"name":"a"} ]"#);
        assert!(matches!(name, Cow::Borrowed("create product")));
        assert_eq!(payload, Some(r#"{"name":"a"}"#));
    }

    #[test]
    fn name_may_have_escapes() {
        let (name, payload) = parts(r#"["\u0061\n", [1] ]"#);
        assert_eq!((&*name, payload), ("a\n", Some("[1]")));
    }

    #[test]
    fn number_is_a_name_as_javascript_writes_it() {
        for (number, name) in [
            ("12", "12"),
            ("-0", "0"),
            ("-7", "-7"),
            ("1.50", "1.5"),
            ("12.0", "12"),
            ("1e3", "1000"),
            ("1e21", "1e+21"),
            ("0.0000001", "1e-7"),
            ("9007199254740993", "9007199254740992"),
            ("18446744073709551616", "18446744073709552000"),
        ] {
            let text = format!("[{number},true]");
            let (read, payload) = parts(&text);
            assert_eq!((&*read, payload), (name, Some("true")), "{number}");
        }
    }

    #[test]
    fn null_is_a_payload() {
        assert_eq!(parts(r#"["a",null]"#).1, Some("null"));
        assert_eq!(parts(r#"["a"]"#).1, None);
    }

    #[test]
    fn both_ways_of_reading_agree() {
        for text in [
            r#"["a"]"#,
            r#" [ "a" , {"b":[1,"_c"]} ] "#,
            r#"["é",""]"#,
            "[\"a\"\n,\t0]",
        ] {
            let (one, other) = (ordinary(text, nothing).unwrap(), any(text).unwrap());
            assert_eq!(one.name, other.name);
            let place = |packet: Packet<'_>| packet.payload.map(|payload| payload.place);
            assert_eq!(place(one), place(other));
        }
    }

    #[test]
    fn other_arguments_are_found_both_ways() {
        for (packet, payload, more_arguments) in [
            (r#"["a",1,2]"#, "1", "2]"),
            (
                r#"["a",[1] , "],\"" ,{"b":null}] "#,
                "[1]",
                r#""],\"" ,{"b":null}]"#,
            ),
            (r#" [ "a" , null ,	null ]"#, "null", "null ]"),
        ] {
            for read in [ordinary(packet, nothing), any(packet).ok()] {
                let read = read.unwrap();
                assert_eq!(&packet[read.payload.unwrap().place], payload, "{packet}");
                assert_eq!(
                    packet[read.more_arguments.unwrap()].trim_start(),
                    more_arguments,
                    "{packet}"
                );
            }
        }
        for packet in [
            r#"["a",1,]"#,
            r#"["a",1 2]"#,
            r#"["a",1,2"#,
            r#"["a",1,2]]"#,
            r#"["a",1,01]"#,
            r#"["a" 1]"#,
        ] {
            assert!(
                ordinary(packet, nothing).is_none() && any(packet).is_err(),
                "{packet}"
            );
        }
    }

    #[test]
    fn expected_shape_changes_nothing_but_that_it_is_known() {
        let number = Schema::compile(r#"{"type":"number"}"#).unwrap();
        let expected = |name: &str| (name == "a").then(|| number.shape()).flatten();
        for (text, is_expected) in [
            (r#"["a"]"#, None),
            (r#"["a", 12 ]"#, Some(true)),
            (r#"["a","12"]"#, Some(false)),
            (r#"["a",1e2]"#, Some(false)),
            (r#"["b",12]"#, None),
            // Escapes are read by other means, which expect nothing.
            (r#"["\u0061",12]"#, None),
        ] {
            let (one, other) = (
                parse(text, expected).unwrap(),
                parse(text, nothing).unwrap(),
            );
            assert_eq!(one.name, other.name, "{text}");
            let (one, other) = (one.payload, other.payload);
            assert_eq!(
                one.as_ref().and_then(|one| one.is_expected),
                is_expected,
                "{text}"
            );
            let known = |argument: Argument| (argument.place, argument.facts);
            assert_eq!(one.map(known), other.map(known), "{text}");
        }
        for text in [
            r#"["a",]"#,
            r#"["a",01]"#,
            r#"["a",1,]"#,
            r#"["a",1"#,
            r#"["a",1] x"#,
        ] {
            let error = parse(text, expected).err().unwrap().to_string();
            assert_eq!(
                error,
                parse(text, nothing).err().unwrap().to_string(),
                "{text}"
            );
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "[]",
            "{}",
            "[01]",
            "[1e999]",
            "[null]",
            "[\"a\"",
            "[\"a\",]",
            "[\"a\"] x",
            "[\"a\",\"\u{1}\"]",
        ] {
            assert!(
                matches!(parse(text, nothing), Err(Rejection::BadRequest(_))),
                "{text}"
            );
        }
    }
}
