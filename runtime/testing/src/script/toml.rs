//! TOML with lines: tables whose keys are taken one by one, so that what is left is what nobody knows.

use std::{ops::Range, path::Path};

use serde_json::Value;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::read::ScriptError;
use stockade_text::nearest as closest;

/// The text of a script, to tell the lines of its parts.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) path: &'a Path,
    pub(super) text: &'a str,
}

/// A table of which some keys have been taken.
pub(super) struct Table<'a> {
    pub(super) source: Source<'a>,
    pub(super) line: usize,
    /// For errors: "a step", "a case".
    what: String,
    known: Vec<&'static str>,
    entries: Vec<Entry<'a>>,
}

/// Where a key is, the key, and its value.
type Entry<'a> = (Range<usize>, String, Spanned<DeValue<'a>>);

/// A value and where it is.
pub(super) struct Item<'a> {
    source: Source<'a>,
    pub(super) key: &'static str,
    value: Spanned<DeValue<'a>>,
}

impl<'a> Source<'a> {
    pub(super) fn error(self, line: usize, reason: impl Into<String>) -> ScriptError {
        ScriptError::Content {
            path: self.path.to_owned(),
            line,
            reason: reason.into(),
        }
    }

    pub(super) fn line(self, span: &Range<usize>) -> usize {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        before.matches('\n').count() + 1
    }

    /// The whole document.
    pub(super) fn document(self) -> Result<Table<'a>, ScriptError> {
        match DeTable::parse(self.text) {
            Ok(table) => Ok(Table::new(self, "a script", 1, table.into_inner())),
            Err(error) => {
                let line = error.span().map_or(1, |span| self.line(&span));
                Err(self.error(line, error.message()))
            }
        }
    }
}

impl<'a> Table<'a> {
    fn new(source: Source<'a>, what: &'static str, line: usize, table: DeTable<'a>) -> Self {
        let entries = table.into_iter();
        let entries =
            entries.map(|(key, value)| (key.span(), key.into_inner().into_owned(), value));
        Self {
            source,
            line,
            what: what.to_owned(),
            known: Vec::new(),
            entries: entries.collect(),
        }
    }

    /// Whether there is such a key. One that has been asked for is known.
    pub(super) fn has(&mut self, key: &'static str) -> bool {
        self.known.push(key);
        self.entries.iter().any(|(_, name, _)| name == key)
    }

    /// Takes the value of a key.
    pub(super) fn take(&mut self, key: &'static str) -> Option<Item<'a>> {
        self.known.push(key);
        let place = self.entries.iter().position(|(_, name, _)| name == key)?;
        let (_, _, value) = self.entries.swap_remove(place);
        Some(Item {
            source: self.source,
            key,
            value,
        })
    }

    /// The same for a key that has to be there.
    pub(super) fn need(&mut self, key: &'static str) -> Result<Item<'a>, ScriptError> {
        if let Some(item) = self.take(key) {
            return Ok(item);
        }
        // A key that is only misspelt is the better thing to name.
        self.misspelt(&[key])?;
        let reason = format!("{} needs `{key}`", self.what);
        Err(self.source.error(self.line, reason))
    }

    /// What the table is called in errors from now on.
    pub(super) fn call(&mut self, what: String) {
        self.what = what;
    }

    /// Refuses a key that looks as if it was to be one of `meant`.
    pub(super) fn misspelt(&self, meant: &[&'static str]) -> Result<(), ScriptError> {
        for (span, key, _) in self.unknown() {
            let meant = meant.iter().map(|&known| known.to_owned());
            if let Some(nearest) = closest(key, meant) {
                let hint = format!("; did you mean `{nearest}`?");
                return Err(self.no_key(span, key, &hint));
            }
        }
        Ok(())
    }

    /// Refuses what is left.
    pub(super) fn done(&self) -> Result<(), ScriptError> {
        self.misspelt(&self.known)?;
        match self.unknown().first() {
            Some((span, key, _)) => Err(self.no_key(span, key, "")),
            None => Ok(()),
        }
    }

    /// What is left, in order.
    fn unknown(&self) -> Vec<&Entry<'a>> {
        let mut left: Vec<_> = self.entries.iter().collect();
        left.sort_by_key(|(span, _, _)| span.start);
        left.retain(|(_, key, _)| !self.known.contains(&&**key));
        left
    }

    fn no_key(&self, span: &Range<usize>, key: &str, hint: &str) -> ScriptError {
        let reason = format!("{} has no key `{key}`{hint}", self.what);
        self.source.error(self.source.line(span), reason)
    }

    /// All that is left, as pairs of key and JSON.
    pub(super) fn rest(self) -> Result<Vec<(String, Value)>, ScriptError> {
        let source = self.source;
        let pairs = self.entries.into_iter();
        pairs
            .map(|(_, key, value)| Ok((key, json(source, value)?)))
            .collect()
    }
}

impl<'a> Item<'a> {
    pub(super) fn line(&self) -> usize {
        self.source.line(&self.value.span())
    }

    pub(super) fn error(&self, reason: impl std::fmt::Display) -> ScriptError {
        let key = self.key;
        self.source.error(self.line(), format!("`{key}`: {reason}"))
    }

    pub(super) fn string(self) -> Result<String, ScriptError> {
        match self.value.get_ref() {
            DeValue::String(text) => Ok(text.to_string()),
            _ => Err(self.error("has to be a text")),
        }
    }

    pub(super) fn boolean(self) -> Result<bool, ScriptError> {
        match self.value.get_ref() {
            DeValue::Boolean(value) => Ok(*value),
            _ => Err(self.error("has to be true or false")),
        }
    }

    /// For keys that say something by being there.
    pub(super) fn really(self) -> Result<(), ScriptError> {
        match self.value.get_ref() {
            DeValue::Boolean(true) => Ok(()),
            _ => Err(self.error("can only be true")),
        }
    }

    pub(super) fn is_table(&self) -> bool {
        matches!(self.value.get_ref(), DeValue::Table(_))
    }

    pub(super) fn is_boolean(&self) -> bool {
        matches!(self.value.get_ref(), DeValue::Boolean(_))
    }

    /// The date and time in RFC 3339, as TOML writes it.
    pub(super) fn time(self) -> Result<std::time::SystemTime, ScriptError> {
        let reason = "has to be a time such as 2026-01-01T12:00:00Z";
        match self.value.get_ref() {
            DeValue::Datetime(time) => {
                humantime::parse_rfc3339(&time.to_string()).map_err(|_| self.error(reason))
            }
            _ => Err(self.error(reason)),
        }
    }

    pub(super) fn table(self, what: &'static str) -> Result<Table<'a>, ScriptError> {
        let line = self.line();
        match self.value.into_inner() {
            DeValue::Table(table) => Ok(Table::new(self.source, what, line, table)),
            _ => {
                let reason = format!("`{}`: has to be a table", self.key);
                Err(self.source.error(line, reason))
            }
        }
    }

    pub(super) fn tables(self, what: &'static str) -> Result<Vec<Table<'a>>, ScriptError> {
        let (source, key, line) = (self.source, self.key, self.line());
        let DeValue::Array(items) = self.value.into_inner() else {
            return Err(source.error(line, format!("`{key}`: has to be a list of tables")));
        };
        let items = items.into_iter();
        items
            .map(|value| Item { source, key, value }.table(what))
            .collect()
    }

    pub(super) fn json(self) -> Result<Value, ScriptError> {
        json(self.source, self.value)
    }

    pub(super) fn list(self) -> Result<Vec<Value>, ScriptError> {
        let (source, key, line) = (self.source, self.key, self.line());
        match self.json()? {
            Value::Array(items) => Ok(items),
            _ => Err(source.error(line, format!("`{key}`: has to be a list"))),
        }
    }

    /// A table's pairs.
    pub(super) fn pairs(self) -> Result<Vec<(String, Value)>, ScriptError> {
        self.table("a table")?.rest()
    }
}

/// TOML as JSON. What stands for something else (`$json`, …) is checked here as far as it can be.
fn json(source: Source<'_>, value: Spanned<DeValue<'_>>) -> Result<Value, ScriptError> {
    let line = source.line(&value.span());
    let value = match value.into_inner() {
        DeValue::String(text) => Value::String(text.into_owned()),
        DeValue::Integer(number) => {
            let parsed = i64::from_str_radix(number.as_str(), number.radix());
            Value::from(parsed.map_err(|_| source.error(line, "the integer is too large"))?)
        }
        DeValue::Float(number) => {
            let parsed = number.as_str().parse::<f64>().ok();
            let finite = parsed.and_then(serde_json::Number::from_f64);
            Value::Number(finite.ok_or_else(|| source.error(line, "JSON has no such number"))?)
        }
        DeValue::Boolean(value) => Value::Bool(value),
        DeValue::Datetime(time) => Value::String(time.to_string()),
        DeValue::Array(items) => {
            let items = items.into_iter().map(|item| json(source, item));
            Value::Array(items.collect::<Result<_, _>>()?)
        }
        DeValue::Table(table) => {
            let members = table.into_iter();
            let members = members
                .map(|(key, value)| Ok((key.into_inner().into_owned(), json(source, value)?)));
            Value::Object(members.collect::<Result<_, _>>()?)
        }
    };
    super::names::check(&value).map_err(|reason| source.error(line, reason))?;
    Ok(value)
}
