//! Makes untrusted text safe to show: cuts it, escapes it for terminals, and suggests known names that are similar.

use std::borrow::Cow;

/// Bytes of an untrusted text that a log line shows.
const MAX_EXCERPT: usize = 2 << 10;
/// Characters of an untrusted name that are shown.
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

/// Returns the text with escapes for all characters that could move a terminal's cursor, change its colours or reverse the
/// direction of writing.
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

/// Returns whether a terminal would act on this character instead of showing it.
pub fn is_unprintable(character: char) -> bool {
    // Directions of writing, separators of lines, and what takes no room.
    let is_format = matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    character.is_control() || is_format
}

/// Returns the bytes that a text takes in a log line. The log quotes and escapes the text of a field, so pass it unquoted.
pub fn quoted_len(text: &str) -> usize {
    let escaped = text.chars().flat_map(char::escape_debug);
    2 + escaped.map(char::len_utf8).sum::<usize>()
}

/// Returns the known name that is most similar to `name`, or `None` if none is similar: one letter in four may differ, and one
/// more. Capitals count as small letters.
pub fn nearest<S: AsRef<str>>(name: &str, known: impl IntoIterator<Item = S>) -> Option<S> {
    let written = shorten(name).to_ascii_lowercase();
    let distance = |known: &S| strsim::osa_distance(&known.as_ref().to_ascii_lowercase(), &written);
    let measured = known.into_iter().map(|known| (distance(&known), known));
    measured
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, _)| *distance <= 1 + written.len() / 4)
        .map(|(_, known)| known)
}

/// Returns the end of an error message that suggests `nearest`, or an empty text if there is none.
pub fn suggestion(nearest: Option<&str>) -> String {
    match nearest {
        Some(name) => format!("; did you mean `{name}`?"),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn similar_names_are_suggested_and_others_are_not() {
        let known = ["required", "maxLength", "format", "ann"];
        for (written, expected) in [
            ("requierd", Some("required")),
            ("maxlength", Some("maxLength")),
            ("amn", Some("ann")),
            ("foo", None),
            ("minimum", None),
            ("", None),
        ] {
            assert_eq!(nearest(written, known), expected, "{written}");
        }
        assert_eq!(nearest(&"x".repeat(1_000_000), known), None);
    }
}
