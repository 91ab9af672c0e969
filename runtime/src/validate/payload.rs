//! Checks payloads in both directions, for the promises that `types.payload` makes in the contract.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, SeqAccess, Visitor},
};
use serde_json::{Value, value::RawValue};

use super::{
    scan::{self, Facts},
    unique,
};
use crate::{
    response::Rejection,
    sandbox::{Payload, limits::Limits},
};

/// Nesting that the parser here can take; `limits.depth` is at most this.
pub const MAX_DEPTH: usize = 100;
/// Arguments of one event, and of one acknowledgement.
const MAX_ARGUMENTS: usize = 64;
/// The key by which Socket.IO's parser marks the place of an attachment.
pub(super) const PLACEHOLDER: &str = "_placeholder";

/// Why a payload is not one.
#[derive(Debug, thiserror::Error)]
pub enum PayloadError {
    /// Not JSON text.
    #[error("the payload is not JSON: {0}")]
    NotJson(#[source] serde_json::Error),
    /// Objects and arrays too deep in each other.
    #[error("the payload nests deeper than {0} levels")]
    TooDeep(usize),
    /// Text and attachments together.
    #[error("the payload has {size} bytes, the limit is {limit}")]
    TooLarge {
        /// Bytes that it has.
        size: usize,
        /// Bytes that it may have.
        limit: usize,
    },
    /// More attachments than the limit.
    #[error("the payload has {count} attachments, the limit is {limit}")]
    TooManyAttachments {
        /// Attachments that it has.
        count: usize,
        /// Attachments that it may have.
        limit: usize,
    },
    /// Arguments over the limit.
    #[error("there are more than {MAX_ARGUMENTS} arguments")]
    TooManyArguments,
    /// A placeholder without its attachment.
    #[error("the payload names an attachment that is not there")]
    MissingAttachment,
}

/// Bytes of text and attachments.
pub fn size(payload: &Payload) -> usize {
    payload.json.len() + payload.attachments.iter().map(Vec::len).sum::<usize>()
}

/// Checks what a guest gave as a payload.
///
/// # Errors
/// The promise that it breaks.
pub fn check(payload: &Payload, limits: &Limits) -> Result<(), PayloadError> {
    check_size(payload, 0, limits)?;
    let facts = read(&payload.json, limits.depth)?;
    check_placeholders(&payload.json, payload.attachments.len(), facts)
}

/// Checks what a guest gave as arguments: a payload whose text is an array of at most 64 elements.
///
/// # Errors
/// The promise that it breaks.
pub fn check_arguments(arguments: &Payload, limits: &Limits) -> Result<(), PayloadError> {
    check_size(arguments, 0, limits)?;
    let attachments = arguments.attachments.len();
    check_list(&arguments.json, MAX_ARGUMENTS, attachments, limits).map(drop)
}

/// Checks what a client answered to an event, as [`check_arguments`] does, and makes it a text of one reading.
///
/// # Errors
/// The promise that it breaks.
pub fn receive_arguments(arguments: &mut Payload, limits: &Limits) -> Result<(), PayloadError> {
    check_size(arguments, 0, limits)?;
    let attachments = arguments.attachments.len();
    let facts = check_list(&arguments.json, MAX_ARGUMENTS, attachments, limits)?;
    read_once(&mut arguments.json, facts);
    Ok(())
}

/// Checks the text of a list of at most so many arguments. Returns what is known of it.
fn check_list(
    json: &str,
    most: usize,
    attachments: usize,
    limits: &Limits,
) -> Result<Option<Facts>, PayloadError> {
    // The array itself is not part of what the other side sees as an argument.
    let facts = read(json, limits.depth + 1)?;
    let count = match facts.and_then(|facts| facts.elements) {
        Some(count) => count,
        // Not a list, or one that only the parser can read.
        None => {
            let Count(count) = serde_json::from_str(json).map_err(PayloadError::NotJson)?;
            count
        }
    };
    if count > most {
        return Err(PayloadError::TooManyArguments);
    }
    check_placeholders(json, attachments, facts)?;
    Ok(facts)
}

/// What stands between the brackets of a checked array.
pub fn elements(array: &str) -> &str {
    let array = array.trim_ascii();
    let inner = array
        .strip_prefix('[')
        .and_then(|array| array.strip_suffix(']'));
    inner.unwrap_or_default().trim_ascii()
}

/// Checks that `json` is JSON and not too deep.
///
/// # Errors
/// The promise that it breaks.
pub fn check_text(json: &str, depth: usize) -> Result<(), PayloadError> {
    read(json, depth).map(drop)
}

/// Checks what came from outside, as [`check_text`] does, and makes it a text of one reading: of two members with one name
/// only the last is left.
///
/// # Errors
/// The promise that it breaks.
pub fn receive_text(json: &mut String, depth: usize) -> Result<(), PayloadError> {
    let facts = read(json, depth)?;
    read_once(json, facts);
    Ok(())
}

/// Checks a client's payload as [`check_received`] does, and makes it a text of one reading.
pub(super) fn receive(
    payload: &mut Payload,
    other_bytes: usize,
    facts: Option<Facts>,
    limits: &Limits,
) -> Result<(), Rejection> {
    check_received(payload, other_bytes, facts, limits)?;
    read_once(&mut payload.json, facts);
    Ok(())
}

/// Checks a client's payload, whose text is known to be JSON; with what is known of it besides. The event has other arguments of
/// `other_bytes`.
pub(super) fn check_received(
    payload: &Payload,
    other_bytes: usize,
    facts: Option<Facts>,
    limits: &Limits,
) -> Result<(), Rejection> {
    check_size(payload, other_bytes, limits)
        .and_then(|()| match facts {
            Some(facts) => check_levels(facts.depth, limits.depth),
            None => check_depth(&payload.json, limits.depth),
        })
        .and_then(|()| check_placeholders(&payload.json, payload.attachments.len(), facts))
        .map_err(bad_request)
}

/// Checks the arguments of a client's event behind the first one, as a list, whose sizes have been checked; and makes them a
/// text of one reading.
pub(super) fn receive_more_arguments(
    more_arguments: &mut Box<str>,
    attachments: usize,
    limits: &Limits,
) -> Result<(), Rejection> {
    let most = MAX_ARGUMENTS - 1;
    let facts = check_list(more_arguments, most, attachments, limits).map_err(bad_request)?;
    if let Some(rewritten) = rewritten(more_arguments, facts) {
        *more_arguments = rewritten.into();
    }
    Ok(())
}

fn bad_request(error: PayloadError) -> Rejection {
    Rejection::BadRequest(error.to_string())
}

/// Leaves only the last of members with one name, if there may be any.
fn read_once(json: &mut String, facts: Option<Facts>) {
    if let Some(rewritten) = rewritten(json, facts) {
        *json = rewritten;
    }
}

/// `json` with only the last of members with one name, or `None` if it has no two such members.
fn rewritten(json: &str, facts: Option<Facts>) -> Option<String> {
    let may_repeat = facts.is_none_or(|facts| facts.repeats);
    may_repeat.then(|| unique::rewrite(json)).flatten()
}

/// The tree of a checked payload.
pub(super) fn tree(json: &str) -> Result<Value, Rejection> {
    // What is left to go wrong: numbers out of range and unpaired surrogates, which the text check lets pass.
    serde_json::from_str(json)
        .map_err(|error| Rejection::BadRequest(format!("the payload cannot be read: {error}")))
}

fn check_size(payload: &Payload, other_bytes: usize, limits: &Limits) -> Result<(), PayloadError> {
    let count = payload.attachments.len();
    if count > limits.attachments {
        let limit = limits.attachments;
        return Err(PayloadError::TooManyAttachments { count, limit });
    }
    let size = size(payload) + other_bytes;
    if size > limits.payload {
        let limit = limits.payload;
        return Err(PayloadError::TooLarge { size, limit });
    }
    Ok(())
}

/// Reads all of `json`, with what there is to know of it where that came with the reading.
fn read(json: &str, depth: usize) -> Result<Option<Facts>, PayloadError> {
    if let Some(facts) = scan::whole(json) {
        check_levels(facts.depth, depth)?;
        return Ok(Some(facts));
    }
    check_depth(json, depth)?;
    serde_json::from_str::<&RawValue>(json).map_err(PayloadError::NotJson)?;
    Ok(None)
}

fn check_levels(depth: usize, limit: usize) -> Result<(), PayloadError> {
    match depth > limit {
        true => Err(PayloadError::TooDeep(limit)),
        false => Ok(()),
    }
}

/// Counts brackets outside of strings. Exact for valid JSON; what is not valid fails elsewhere.
fn check_depth(json: &str, limit: usize) -> Result<(), PayloadError> {
    let mut depth = 0usize;
    let mut bytes = json.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'{' | b'[' => {
                depth += 1;
                check_levels(depth, limit)?;
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' => skip_string(&mut bytes),
            _ => {}
        }
    }
    Ok(())
}

fn skip_string(bytes: &mut std::str::Bytes<'_>) {
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => drop(bytes.next()),
            b'"' => return,
            _ => {}
        }
    }
}

fn check_placeholders(
    json: &str,
    attachments: usize,
    facts: Option<Facts>,
) -> Result<(), PayloadError> {
    // Behind escapes the key is none to the host, but it is one to whoever gets the text along with attachments.
    let possible = match facts {
        Some(facts) => facts.underscores || (attachments > 0 && facts.escapes),
        None => json.contains(PLACEHOLDER) || (attachments > 0 && json.contains("\\u")),
    };
    if !possible {
        return Ok(());
    }
    let tree = serde_json::from_str(json).map_err(PayloadError::NotJson)?;
    match placeholders_hold(&tree, attachments) {
        true => Ok(()),
        false => Err(PayloadError::MissingAttachment),
    }
}

fn placeholders_hold(tree: &Value, attachments: usize) -> bool {
    match tree {
        Value::Array(items) => items
            .iter()
            .all(|item| placeholders_hold(item, attachments)),
        Value::Object(fields) if fields.get(PLACEHOLDER) == Some(&Value::Bool(true)) => fields
            .get("num")
            .and_then(Value::as_u64)
            .is_some_and(|num| num < attachments as u64),
        Value::Object(fields) => fields
            .values()
            .all(|field| placeholders_hold(field, attachments)),
        _ => true,
    }
}

/// How many elements an array has.
struct Count(usize);

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(CountVisitor)
    }
}

struct CountVisitor;

impl<'de> Visitor<'de> for CountVisitor {
    type Value = Count;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of arguments")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Count, A::Error> {
        let mut count = 0;
        while seq.next_element::<IgnoredAny>()?.is_some() {
            count += 1;
        }
        Ok(Count(count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same, whether or not the text has been read before.
    fn placeholders(json: &str, attachments: usize) -> Result<(), PayloadError> {
        let unread = check_placeholders(json, attachments, None);
        let read = check_placeholders(json, attachments, scan::whole(json));
        assert_eq!(read.is_ok(), unread.is_ok(), "{json}");
        read
    }

    #[test]
    fn depth_counts_brackets_outside_of_strings() {
        assert!(check_text(r#"{"a":["[[[[","\"[[["]}"#, 2).is_ok());
        assert!(matches!(
            check_text("[[[1]]]", 2),
            Err(PayloadError::TooDeep(2))
        ));
    }

    #[test]
    fn placeholder_needs_its_attachment() {
        let json = r#"{"a":{"_placeholder":true,"num":1}}"#;
        assert!(placeholders(json, 2).is_ok());
        for attachments in [0, 1] {
            assert!(matches!(
                placeholders(json, attachments),
                Err(PayloadError::MissingAttachment)
            ));
        }
        let odd = r#"{"_placeholder":true,"num":"1"}"#;
        assert!(placeholders(odd, 2).is_err());
    }

    #[test]
    fn placeholder_must_be_true_to_be_one() {
        assert!(placeholders(r#"{"_placeholder":false}"#, 0).is_ok());
    }

    #[test]
    fn placeholder_behind_escapes_is_one_along_with_attachments() {
        let json = r#"{"\u005fplaceholder":true,"num":1}"#;
        assert!(placeholders(json, 0).is_ok());
        assert!(placeholders(json, 1).is_err());
        assert!(placeholders(json, 2).is_ok());
    }
}
