//! Texts of strangers, made fit for people: cut, escaped for terminals, compared with names that are known.

use std::borrow::Cow;

/// What is shown in a log line of a text that may be of any length, in bytes.
const MAX_EXCERPT: usize = 2 << 10;
/// What is shown of a name that may be of any length, in characters.
const MAX_NAME: usize = 64;

/// Returns the beginning of a text, 2 KiB at most, for a log line.
pub fn excerpt(text: &str) -> &str {
    text.get(..text.floor_char_boundary(MAX_EXCERPT))
        .unwrap_or(text)
}

/// Returns a name as it is, or its first 64 characters and an ellipsis.
pub fn shorten(name: &str) -> String {
    match name.char_indices().nth(MAX_NAME) {
        Some((end, _)) => format!("{}…", name.get(..end).unwrap_or_default()),
        None => name.to_owned(),
    }
}

/// Returns a text as a terminal may be given it: what would move its cursor, change its colours or turn lines around is
/// written as an escape.
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unprintable) {
        return text.into();
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match is_unprintable(character) {
            true => escaped.extend(character.escape_default()),
            false => escaped.push(character),
        }
    }
    escaped.into()
}

/// Whether a terminal would obey this character, not show it.
pub fn is_unprintable(character: char) -> bool {
    // Directions of writing, separators of lines, and what takes no room.
    let is_format = matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    character.is_control() || is_format
}

/// Returns the bytes that a text takes in a log line, which quotes and escapes the text of a field. So it must not come quoted.
pub fn quoted_len(text: &str) -> usize {
    let escaped = text.chars().flat_map(char::escape_debug);
    2 + escaped.map(char::len_utf8).sum::<usize>()
}

/// Returns the known name that `name` may be meant to be, if one is similar.
pub fn nearest<S: AsRef<str>>(name: &str, known: impl IntoIterator<Item = S>) -> Option<S> {
    let name = shorten(name);
    let scored = known
        .into_iter()
        .map(|known| (strsim::jaro_winkler(&name, known.as_ref()), known));
    scored
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .filter(|(score, _)| *score > 0.7)
        .map(|(_, known)| known)
}

/// Returns the end of an error message that names what may have been meant, or nothing.
pub fn suggestion(nearest: Option<&str>) -> String {
    match nearest {
        Some(name) => format!("; did you mean `{name}`?"),
        None => String::new(),
    }
}
