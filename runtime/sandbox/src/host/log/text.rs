//! How the log's lines look as text.

use std::fmt::{Debug, Result, Write};

use tracing::field::Field;
use tracing_subscriber::fmt::format::{FieldFn, Writer, debug_fn};

use stockade_text::is_unprintable;

/// What [`text_fields`] returns.
type WriteField = fn(&mut Writer<'_>, &Field, &dyn Debug) -> Result;

/// Writes fields as `tracing_subscriber` does, with one difference: a message that is a value, not written in the host's
/// source, is a guest's. It is quoted and escaped like any other text, so that a guest cannot forge lines.
pub fn text_fields() -> FieldFn<WriteField> {
    debug_fn(write_field)
}

fn write_field(writer: &mut Writer<'_>, field: &Field, value: &dyn Debug) -> Result {
    match field.name() {
        // It comes first.
        "message" => write!(Escaped(writer), "{value:?}"),
        // The bridge from the crate `log` has read these.
        name if name.starts_with("log.") => Ok(()),
        name if writer.has_ansi_escapes() => {
            write!(writer, " \u{1b}[3m{name}\u{1b}[0m\u{1b}[2m=\u{1b}[0m")?;
            write!(Escaped(writer), "{value:?}")
        }
        name => {
            write!(writer, " {name}=")?;
            write!(Escaped(writer), "{value:?}")
        }
    }
}

/// Escapes what a terminal would obey. Messages of libraries, and errors, may have texts of clients in them.
struct Escaped<'a, 'w>(&'a mut Writer<'w>);

impl Write for Escaped<'_, '_> {
    fn write_str(&mut self, text: &str) -> Result {
        text.chars()
            .try_for_each(|character| self.write_char(character))
    }

    fn write_char(&mut self, character: char) -> Result {
        match character {
            '\n' | '\t' => self.0.write_char(character),
            _ if is_unprintable(character) => write!(self.0, "{}", character.escape_default()),
            _ => self.0.write_char(character),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_escaped() {
        let mut text = String::new();
        let mut writer = Writer::new(&mut text);
        let odd = "a\u{202e}b\u{1b}[2J\u{200b}\r\n\tc é";
        write!(Escaped(&mut writer), "{odd}").unwrap();
        assert_eq!(text, "a\\u{202e}b\\u{1b}[2J\\u{200b}\\r\n\tc é");
    }
}
