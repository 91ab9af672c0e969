//! The events that are sent, and what must come back.

use std::io::Write as _;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

/// Digits of the number in each product's name.
const DIGITS: usize = 9;
/// Bytes of `{"name":""}`.
const BRACES: usize = 11;
/// Bytes of the shortest payload.
pub(crate) const SHORTEST_PAYLOAD: usize = BRACES + DIGITS;

/// Writes events and checks acknowledgements, with payloads of one length.
pub(super) struct Messages {
    /// What follows the number in a name.
    padding: Vec<u8>,
    scratch: Vec<u8>,
}

impl Messages {
    /// `payload` is in bytes, [`SHORTEST_PAYLOAD`] at least.
    pub(super) fn new(payload: usize) -> Self {
        let padding = vec![b'x'; payload.saturating_sub(SHORTEST_PAYLOAD)];
        Self {
            padding,
            scratch: Vec::new(),
        }
    }

    /// The event number `number` of the run, whose acknowledgement has the id `id`.
    pub(super) fn event(&mut self, id: u64, number: u64) -> Result<&[u8]> {
        self.scratch.clear();
        write!(
            self.scratch,
            r#"42{id}["create product",{{"name":"{number:0DIGITS$}"#
        )?;
        self.scratch.extend_from_slice(&self.padding);
        self.scratch.extend_from_slice(br#""}]"#);
        Ok(&self.scratch)
    }

    /// Compares `text`, the acknowledgement of that event, with what it must be.
    pub(super) fn check(&mut self, text: &[u8], number: u64) -> Result<()> {
        self.scratch.clear();
        write!(
            self.scratch,
            r#"[{{"status":"ok","data":{{"name":"{number:0DIGITS$}"#
        )?;
        self.scratch.extend_from_slice(&self.padding);
        self.scratch.extend_from_slice(br#""}}]"#);
        // Another order of keys or a space is as good, only slower to compare.
        let same = text == self.scratch
            || serde_json::from_slice::<Value>(text).context("it is no JSON")?
                == serde_json::from_slice::<Value>(&self.scratch)?;
        ensure!(
            same,
            "it is {} instead of {}",
            excerpt(text),
            excerpt(&self.scratch)
        );
        Ok(())
    }
}

/// The id of an acknowledgement and what it carries; none if `message` is something else.
pub(super) fn acknowledgement(message: &[u8]) -> Option<(u64, &[u8])> {
    let message = message.strip_prefix(b"43")?;
    let digits = message.iter().position(|byte| !byte.is_ascii_digit())?;
    let (id, text) = message.split_at_checked(digits)?;
    Some((str::from_utf8(id).ok()?.parse().ok()?, text))
}

/// What of `text` an error message has room for.
pub(super) fn excerpt(text: &[u8]) -> String {
    let start = text.get(..200).unwrap_or(text);
    String::from_utf8_lossy(start).into_owned()
}

#[cfg(test)]
mod tests;
