//! The formats that AJV knows through `ajv-formats` 2.1.1, the version that FoalTS ships, with
//! its verdicts, oddities included: a `date-time` may lack its time zone there.
//!
//! What Rust generators write for integers (`uint32` and the like) is accepted and not checked:
//! they put the range into `minimum` and `maximum` themselves. Any other name is an error.

mod internet;
mod pointer;
mod time;

use serde_json::Number;

use super::ecma::{self, Flags};
use super::number;

/// A known format.
#[derive(Debug, Clone, Copy)]
pub(super) enum Format {
    /// Checked for strings.
    Text {
        check: Check,
        half_steps_per_byte: usize,
    },
    /// Checked for numbers.
    Number(fn(&Number) -> bool),
    /// Never checked.
    Note,
}

/// A check of a string.
type Check = fn(&str) -> bool;

/// Half steps of the budget for each byte of a text: what most checks cost at worst, and what two readings of an expression do that
/// keep all of its groups' names.
const HALF_STEPS_PER_BYTE: usize = 1;
const HALF_STEPS_PER_BYTE_OF_REGEX: usize = 32;

/// There may be a host behind every `@` of a URL.
const HALF_STEPS_PER_BYTE_OF_URL: usize = 8;

/// The formats of strings.
const TEXTS: &[(&str, Check)] = &[
    ("date", time::is_date),
    ("time", time::is_time),
    ("date-time", time::is_date_time),
    ("duration", time::is_duration),
    ("uri", internet::is_uri),
    ("uri-reference", internet::is_uri_reference),
    ("uri-template", internet::is_uri_template),
    ("url", internet::is_url),
    ("email", internet::is_email),
    ("hostname", internet::is_hostname),
    ("ipv4", internet::is_ipv4),
    ("ipv6", internet::is_ipv6),
    ("regex", is_regex),
    ("uuid", is_uuid),
    ("json-pointer", pointer::is_json_pointer),
    ("json-pointer-uri-fragment", pointer::is_uri_fragment),
    ("relative-json-pointer", pointer::is_relative),
    ("byte", is_byte),
];

/// Names without a check: AJV's own, then those of Rust generators.
const NOTES: &[&str] = &[
    "password", "binary", "int", "int8", "int16", "int128", "uint", "uint8", "uint16", "uint32",
    "uint64", "uint128",
];

impl Format {
    /// Looks a format up by its name.
    pub(super) fn named(name: &str) -> Option<Self> {
        let text = TEXTS.iter().find(|(known, _)| *known == name);
        text.map(|(known, check)| Self::Text {
            check: *check,
            half_steps_per_byte: match *known {
                "regex" => HALF_STEPS_PER_BYTE_OF_REGEX,
                "url" => HALF_STEPS_PER_BYTE_OF_URL,
                _ => HALF_STEPS_PER_BYTE,
            },
        })
        .or_else(|| match name {
            "int32" => Some(Self::Number(is_int32)),
            "int64" => Some(Self::Number(number::is_integer)),
            "float" | "double" => Some(Self::Number(|_| true)),
            _ => NOTES.contains(&name).then_some(Self::Note),
        })
    }
}

fn is_int32(value: &Number) -> bool {
    let range = f64::from(i32::MIN)..=f64::from(i32::MAX);
    number::is_integer(value) && range.contains(&number::to_f64(value))
}

/// Whether an expression is well-formed in ECMA-262 without flags, as AJV asks.
fn is_regex(text: &str) -> bool {
    !has_z_anchor(text) && ecma::check(text, Flags::None).is_ok()
}

/// `\Z` behind anything but a backslash, which AJV refuses by name.
fn has_z_anchor(text: &str) -> bool {
    text.as_bytes()
        .windows(3)
        .any(|bytes| matches!(bytes, [before, b'\\', b'Z'] if *before != b'\\'))
}

fn is_uuid(text: &str) -> bool {
    let hex = match text.get(..9) {
        Some(prefix) if prefix.eq_ignore_ascii_case("urn:uuid:") => text.get(9..).unwrap_or(""),
        _ => text,
    };
    hex.len() == 36
        && hex.bytes().enumerate().all(|(i, byte)| match i {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// Base64 with padding. AJV's expression is a multi-line one, so any single line will do.
fn is_byte(text: &str) -> bool {
    text.split(['\n', '\r', '\u{2028}', '\u{2029}'])
        .any(|line| {
            let digits = line.trim_end_matches('=');
            line.len().is_multiple_of(4)
                && line.len() - digits.len() <= 2
                && digits
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/'))
        })
}

/// Whether a character is white space to JavaScript's `\s`.
fn is_space(c: char) -> bool {
    jsonschema_regex::is_ecma_whitespace(c)
}
