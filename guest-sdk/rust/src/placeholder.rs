//! What stands for binary data in JSON text: `{"_placeholder":true,"num":N}`, in either order.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};

/// Stands for the attachment with this number.
pub(crate) struct Placeholder {
    pub(crate) num: usize,
}

impl<'de> Deserialize<'de> for Placeholder {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(PlaceholderVisitor)
    }
}

struct PlaceholderVisitor;

impl<'de> Visitor<'de> for PlaceholderVisitor {
    type Value = Placeholder;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("binary data")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Placeholder, A::Error> {
        let (mut placeholder, mut num) = (false, None);
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            match &*key {
                "_placeholder" => placeholder = map.next_value()?,
                "num" => num = Some(map.next_value::<usize>()?),
                _ => return Err(A::Error::custom("expected binary data")),
            }
        }
        num.filter(|_| placeholder)
            .map(|num| Placeholder { num })
            .ok_or_else(|| A::Error::custom("expected binary data"))
    }
}

/// Renumbers the attachments in JSON text. Borrows the text if no number changes. Returns `None` if `number` does for one.
pub(crate) fn renumber(
    text: &str,
    mut number: impl FnMut(usize) -> Option<usize>,
) -> Option<Cow<'_, str>> {
    let mut written = String::new();
    let (mut written_to, mut at) = (0, 0);
    while let Some(found) = text.get(at..)?.find(['"', '{']) {
        at += found;
        let rest = text.get(at..)?;
        if rest.starts_with('"') {
            at += string_length(rest.as_bytes());
            continue;
        }
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<Placeholder>();
        let Some(Ok(placeholder)) = values.next() else {
            at += 1;
            continue;
        };
        let end = at + values.byte_offset();
        let num = number(placeholder.num)?;
        if num != placeholder.num {
            written.push_str(text.get(written_to..at)?);
            written.push_str(&format!(r#"{{"_placeholder":true,"num":{num}}}"#));
            written_to = end;
        }
        at = end;
    }
    if written_to == 0 {
        return Some(Cow::Borrowed(text));
    }
    written.push_str(text.get(written_to..)?);
    Some(Cow::Owned(written))
}

/// The bytes of the string that JSON text begins with, quotes included.
pub(crate) fn string_length(text: &[u8]) -> usize {
    let mut is_escaped = false;
    for (index, byte) in text.iter().enumerate().skip(1) {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => return index + 1,
            _ => {}
        }
    }
    text.len().max(1)
}
