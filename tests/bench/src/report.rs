//! Tables for people, JSON for programs.

use std::{
    fmt, fs,
    io::{IsTerminal as _, stderr},
};

use anyhow::{Context as _, Result};
use serde::Serialize;

use crate::{machine::Machine, places::Places};

/// Says on a terminal what is being done, in place of what was said before.
pub(crate) fn progress(doing: fmt::Arguments<'_>) {
    if stderr().is_terminal() {
        eprint!("\r{doing}\x1b[K");
    }
}

/// A table, aligned: the first column to the left, numbers to the right.
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new<'a>(heads: impl IntoIterator<Item = &'a str>) -> Self {
        Self {
            rows: vec![heads.into_iter().map(String::from).collect()],
        }
    }

    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// Prints it, with an empty line behind it.
    pub(crate) fn print(&self) {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or_default();
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max()
        };
        let widths: Vec<_> = (0..columns)
            .map(|column| width(column).unwrap_or_default())
            .collect();
        for row in &self.rows {
            let line: String = (row.iter().zip(&widths).enumerate())
                .map(|(column, (cell, &width))| match column {
                    0 => format!("{cell:<width$}"),
                    _ => format!("  {cell:>width$}"),
                })
                .collect();
            println!("{}", line.trim_end());
        }
        println!();
    }
}

/// A file of results: what was measured, and on what.
#[derive(Serialize)]
struct Results<'a, T> {
    machine: &'a Machine,
    results: &'a T,
}

/// Writes `results` to `<name>.json`.
pub(crate) fn write(
    name: &str,
    machine: &Machine,
    results: &impl Serialize,
    places: &Places,
) -> Result<()> {
    let path = places.output.join(format!("{name}.json"));
    let mut text = serde_json::to_string_pretty(&Results { machine, results })?;
    text.push('\n');
    fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
}

/// A number of thousands with separators, as `54,321`.
pub(crate) fn whole(number: f64) -> String {
    let digits = format!("{number:.0}");
    let first = digits.len() % 3;
    let (head, tail) = digits.split_at(first);
    let groups = tail.as_bytes().chunks(3).map(String::from_utf8_lossy);
    let head = (!head.is_empty()).then(|| head.into());
    head.into_iter().chain(groups).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_separated() {
        assert_eq!(
            ["0", "999", "1,000", "54,321", "1,234,567"].map(String::from),
            [0.0, 999.0, 1e3, 54_321.0, 1_234_567.0].map(whole)
        );
    }
}
