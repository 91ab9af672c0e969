//! Checks payloads in both directions, for the promises that `types.payload` makes in the contract.

use serde_json::Value;
use stockade_json_schema::{
    scan::Facts,
    text::{self, PLACEHOLDER, TextError},
};

use crate::{Payload, limits::Limits};

/// Arguments of one event, and of one acknowledgement.
const MAX_ARGUMENTS: usize = 64;

/// Why a payload is not one.
#[derive(Debug, thiserror::Error)]
pub enum PayloadError {
    /// Not JSON text, or too deep.
    #[error(transparent)]
    Text(#[from] TextError),
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
#[inline]
pub fn size(payload: &Payload) -> usize {
    payload.json.len() + payload.attachments.iter().map(Vec::len).sum::<usize>()
}

/// What the other arguments of an event add to its size.
#[inline]
pub fn size_of_more_arguments(more_arguments: Option<&str>) -> usize {
    more_arguments.map_or(0, str::len)
}

/// Checks what a guest gave as a payload.
///
/// # Errors
/// The promise that it breaks.
pub fn check(payload: &Payload, limits: &Limits) -> Result<(), PayloadError> {
    check_size(payload, 0, limits)?;
    let facts = text::check(&payload.json, limits.depth)?;
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
    keep_last_members(&mut arguments.json, facts);
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
    let facts = text::check(json, limits.depth + 1)?;
    let count = text::count_elements(json, facts)?;
    if count > most {
        return Err(PayloadError::TooManyArguments);
    }
    check_placeholders(json, attachments, facts)?;
    Ok(facts)
}

/// Checks a client's payload as [`check_received`] does, and makes it a text of one reading.
///
/// # Errors
/// The promise that it breaks.
#[inline]
pub fn receive(
    payload: &mut Payload,
    other_bytes: usize,
    facts: Option<Facts>,
    limits: &Limits,
) -> Result<(), PayloadError> {
    check_received(payload, other_bytes, facts, limits)?;
    keep_last_members(&mut payload.json, facts);
    Ok(())
}

/// Checks a client's payload, whose text is known to be JSON; with what is known of it besides. The event has other arguments of
/// `other_bytes`.
///
/// # Errors
/// The promise that it breaks.
#[inline]
pub fn check_received(
    payload: &Payload,
    other_bytes: usize,
    facts: Option<Facts>,
    limits: &Limits,
) -> Result<(), PayloadError> {
    check_size(payload, other_bytes, limits)?;
    text::check_depth(&payload.json, facts, limits.depth)?;
    check_placeholders(&payload.json, payload.attachments.len(), facts)
}

/// Checks the arguments of a client's event behind the first one, as a list, whose sizes have been checked; and makes them a
/// text of one reading.
///
/// # Errors
/// The promise that it breaks.
pub fn receive_more_arguments(
    more_arguments: &mut Box<str>,
    attachments: usize,
    limits: &Limits,
) -> Result<(), PayloadError> {
    let most = MAX_ARGUMENTS - 1;
    let facts = check_list(more_arguments, most, attachments, limits)?;
    if let Some(unique) = text::without_repeated_members(more_arguments, facts) {
        *more_arguments = unique.into();
    }
    Ok(())
}

#[inline]
fn keep_last_members(json: &mut String, facts: Option<Facts>) {
    if let Some(unique) = text::without_repeated_members(json, facts) {
        *json = unique;
    }
}

#[inline]
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

#[inline]
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
    let tree = serde_json::from_str(json).map_err(TextError::NotJson)?;
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

#[cfg(test)]
mod tests {
    use stockade_json_schema::scan;

    use super::*;

    /// The same, whether or not the text has been read before.
    fn placeholders(json: &str, attachments: usize) -> Result<(), PayloadError> {
        let unread = check_placeholders(json, attachments, None);
        let read = check_placeholders(json, attachments, scan::whole(json));
        assert_eq!(read.is_ok(), unread.is_ok(), "{json}");
        read
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
