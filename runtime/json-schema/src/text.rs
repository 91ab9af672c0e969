//! JSON text from strangers: whether it is JSON, how deep it nests, and that no object in it has two members of one name.
//!
//! # Invariants
//! - Depth is checked before anything recurses over the text.
//! - Time is linear in the text.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, SeqAccess, Visitor},
};
use serde_json::value::RawValue;

use crate::{
    scan::{self, Facts},
    unique,
};

/// The deepest nesting that the parsers here can take: a caller's limit is at most this.
pub const MAX_DEPTH: usize = 100;
/// The key by which Socket.IO's parser marks the place of an attachment. Schemas' options do not change objects that have it.
pub const PLACEHOLDER: &str = "_placeholder";

/// Why a text is refused.
#[derive(Debug, thiserror::Error)]
pub enum TextError {
    /// Not JSON text.
    #[error("the payload is not JSON: {0}")]
    NotJson(#[source] serde_json::Error),
    /// Objects and arrays too deep in each other.
    #[error("the payload nests deeper than {0} levels")]
    TooDeep(usize),
}

/// Checks that `json` is JSON and nests no deeper than `depth` levels. Returns what is known of it, if the scanner could read it.
///
/// # Errors
/// Text that is not JSON, or too deep.
pub fn check(json: &str, depth: usize) -> Result<Option<Facts>, TextError> {
    if let Some(facts) = scan::whole(json) {
        check_levels(facts.depth, depth)?;
        return Ok(Some(facts));
    }
    count_levels(json, depth)?;
    serde_json::from_str::<&RawValue>(json).map_err(TextError::NotJson)?;
    Ok(None)
}

/// Checks the depth of `json`, which is known to be JSON, and of which these facts may be known.
///
/// # Errors
/// Text that is too deep.
#[inline]
pub fn check_depth(json: &str, facts: Option<Facts>, depth: usize) -> Result<(), TextError> {
    match facts {
        Some(facts) => check_levels(facts.depth, depth),
        None => count_levels(json, depth),
    }
}

/// Checks what came from outside, as [`check`] does, and leaves only the last of two members with one name.
///
/// # Errors
/// Text that is not JSON, or too deep.
pub fn receive(json: &mut String, depth: usize) -> Result<(), TextError> {
    let facts = check(json, depth)?;
    if let Some(unique) = without_repeated_members(json, facts) {
        *json = unique;
    }
    Ok(())
}

/// Checked text with only the last of members with one name, or `None` if no object has two such members.
#[inline]
pub fn without_repeated_members(json: &str, facts: Option<Facts>) -> Option<String> {
    let may_repeat = facts.is_none_or(|facts| facts.repeats);
    may_repeat.then(|| unique::rewrite(json)).flatten()
}

/// Counts the elements of an array.
///
/// # Errors
/// Text that is not an array.
#[inline]
pub fn count_elements(json: &str, facts: Option<Facts>) -> Result<usize, TextError> {
    match facts.and_then(|facts| facts.elements) {
        Some(count) => Ok(count),
        // Not a list, or one that only the parser can read.
        None => {
            let Count(count) = serde_json::from_str(json).map_err(TextError::NotJson)?;
            Ok(count)
        }
    }
}

/// Returns what stands between the brackets of a checked array.
pub fn elements(array: &str) -> &str {
    let array = array.trim_ascii();
    let inner = array
        .strip_prefix('[')
        .and_then(|array| array.strip_suffix(']'));
    inner.unwrap_or_default().trim_ascii()
}

#[inline]
fn check_levels(depth: usize, limit: usize) -> Result<(), TextError> {
    match depth > limit {
        true => Err(TextError::TooDeep(limit)),
        false => Ok(()),
    }
}

/// Counts brackets outside of strings. Exact for valid JSON; what is not valid fails elsewhere.
fn count_levels(json: &str, limit: usize) -> Result<(), TextError> {
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

    #[test]
    fn depth_counts_brackets_outside_of_strings() {
        assert!(check(r#"{"a":["[[[[","\"[[["]}"#, 2).is_ok());
        assert!(matches!(check("[[[1]]]", 2), Err(TextError::TooDeep(2))));
    }
}
