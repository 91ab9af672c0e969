//! Checks payloads in both directions, for the promises that `types.payload` makes in the contract.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{Error, IgnoredAny, SeqAccess, Visitor},
};
use serde_json::{Value, value::RawValue};

use crate::{
    response::Rejection,
    sandbox::{Payload, limits::Limits},
};

/// Nesting that the parser here can take; `limits.depth` is at most this.
pub const MAX_DEPTH: usize = 100;
/// Arguments of one emitted event.
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
    check_size(payload, limits)?;
    check_text(&payload.json, limits.depth)?;
    check_placeholders(payload)
}

/// Checks what a guest gave as arguments: a payload whose text is an array of at most 64 elements.
///
/// # Errors
/// The promise that it breaks.
pub fn check_arguments(arguments: &Payload, limits: &Limits) -> Result<(), PayloadError> {
    check_size(arguments, limits)?;
    // The array itself is not part of what the client sees as an argument.
    check_depth(&arguments.json, limits.depth + 1)?;
    serde_json::from_str::<ArgumentsText>(&arguments.json).map_err(PayloadError::NotJson)?;
    check_placeholders(arguments)
}

/// Checks that `json` is JSON and not too deep.
///
/// # Errors
/// The promise that it breaks.
pub fn check_text(json: &str, depth: usize) -> Result<(), PayloadError> {
    check_depth(json, depth)?;
    serde_json::from_str::<&RawValue>(json).map_err(PayloadError::NotJson)?;
    Ok(())
}

/// Checks a client's payload, whose text is known to be JSON.
pub(super) fn check_received(payload: &Payload, limits: &Limits) -> Result<(), Rejection> {
    check_size(payload, limits)
        .and_then(|()| check_depth(&payload.json, limits.depth))
        .and_then(|()| check_placeholders(payload))
        .map_err(|error| Rejection::BadRequest(error.to_string()))
}

/// The tree of a checked payload.
pub(super) fn tree(json: &str) -> Result<Value, Rejection> {
    // What is left to go wrong: numbers out of range and unpaired surrogates, which the text check lets pass.
    serde_json::from_str(json)
        .map_err(|error| Rejection::BadRequest(format!("the payload cannot be read: {error}")))
}

fn check_size(payload: &Payload, limits: &Limits) -> Result<(), PayloadError> {
    let count = payload.attachments.len();
    if count > limits.attachments {
        let limit = limits.attachments;
        return Err(PayloadError::TooManyAttachments { count, limit });
    }
    let size = size(payload);
    if size > limits.payload {
        let limit = limits.payload;
        return Err(PayloadError::TooLarge { size, limit });
    }
    Ok(())
}

/// Counts brackets outside of strings. Exact for valid JSON; what is not valid fails elsewhere.
fn check_depth(json: &str, limit: usize) -> Result<(), PayloadError> {
    let mut depth = 0usize;
    let mut bytes = json.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'{' | b'[' => {
                depth += 1;
                if depth > limit {
                    return Err(PayloadError::TooDeep(limit));
                }
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

fn check_placeholders(payload: &Payload) -> Result<(), PayloadError> {
    // Behind escapes the key is none to the host, but it is one to whoever gets the text along with attachments.
    let hidden = !payload.attachments.is_empty() && payload.json.contains("\\u");
    if !hidden && !payload.json.contains(PLACEHOLDER) {
        return Ok(());
    }
    let tree = serde_json::from_str(&payload.json).map_err(PayloadError::NotJson)?;
    match placeholders_hold(&tree, payload.attachments.len()) {
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

/// An array of arguments, checked and dropped.
struct ArgumentsText;

impl<'de> Deserialize<'de> for ArgumentsText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ArgumentsVisitor)
    }
}

struct ArgumentsVisitor;

impl<'de> Visitor<'de> for ArgumentsVisitor {
    type Value = ArgumentsText;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of arguments")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut count = 0;
        while seq.next_element::<IgnoredAny>()?.is_some() {
            count += 1;
            if count > MAX_ARGUMENTS {
                return Err(A::Error::custom(format_args!(
                    "more than {MAX_ARGUMENTS} arguments"
                )));
            }
        }
        Ok(ArgumentsText)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payload(json: &str, attachments: usize) -> Payload {
        Payload {
            json: json.into(),
            attachments: vec![vec![1, 2]; attachments],
        }
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
        assert!(check_placeholders(&payload(json, 2)).is_ok());
        for attachments in [0, 1] {
            assert!(matches!(
                check_placeholders(&payload(json, attachments)),
                Err(PayloadError::MissingAttachment)
            ));
        }
        let odd = r#"{"_placeholder":true,"num":"1"}"#;
        assert!(check_placeholders(&payload(odd, 2)).is_err());
    }

    #[test]
    fn placeholder_must_be_true_to_be_one() {
        assert!(check_placeholders(&payload(r#"{"_placeholder":false}"#, 0)).is_ok());
    }
}
