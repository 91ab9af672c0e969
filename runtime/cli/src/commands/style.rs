//! Colours for standard output.

use std::{fmt::Display, io::IsTerminal};

/// How text is written.
#[derive(Clone, Copy)]
pub(super) struct Style {
    pub(super) colours: bool,
}

#[derive(Clone, Copy)]
pub(super) enum Colour {
    Bold = 1,
    Red = 31,
    Green = 32,
    Grey = 90,
}

impl Style {
    /// With colours if standard output is a terminal, unless `NO_COLOR` is set.
    pub(super) fn of_stdout() -> Self {
        Self {
            colours: std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none(),
        }
    }

    pub(super) fn paint(self, colour: Colour, text: impl Display) -> String {
        match self.colours {
            true => format!("\u{1b}[{}m{text}\u{1b}[0m", colour as u8),
            false => text.to_string(),
        }
    }
}
