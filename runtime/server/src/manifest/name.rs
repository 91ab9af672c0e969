//! The names of namespaces: as they are, patterns, or regular expressions.

use stockade_json_schema::{FullMatchRegex, PatternError};
use stockade_sandbox::NameMatching;

/// Bytes of the name of a child namespace.
pub(crate) const MAX_CHILD_NAME: usize = 1 << 10;

/// How the name of a namespace is read.
#[derive(Debug)]
pub enum NameMatcher {
    /// As it is.
    Exact,
    /// With parameters.
    Pattern(Pattern),
    /// As a regular expression.
    Regex(FullMatchRegex),
}

/// Text with parameters, such as `/room-:id` or `/files/*path`.
#[derive(Debug, PartialEq, Eq)]
pub struct Pattern {
    /// What stands before the first parameter.
    start: String,
    /// At least one.
    params: Vec<Param>,
}

/// A parameter, and the text behind it.
#[derive(Debug, PartialEq, Eq)]
struct Param {
    name: String,
    /// It may stand for `/`, too.
    is_rest: bool,
    /// Empty at the end only.
    then: String,
}

/// Why a name cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum NameError {
    #[error("a parameter has a name of ASCII letters, digits and `_`: `:id`, `*rest`")]
    Unnamed,
    #[error("it has two parameters of one name")]
    Twice,
    #[error("there is text between two parameters")]
    Adjacent,
    #[error("`*` stands for all the rest: nothing follows it")]
    AfterRest,
    #[error("it has no parameter: as a name that is exact it would do the same")]
    NoParameter,
    #[error(transparent)]
    Regex(#[from] PatternError),
}

impl NameMatcher {
    pub(super) fn new(name: &str, matching: NameMatching) -> Result<Self, NameError> {
        Ok(match matching {
            NameMatching::Exact => Self::Exact,
            NameMatching::Pattern => Self::Pattern(Pattern::new(name)?),
            NameMatching::Regex => Self::Regex(FullMatchRegex::new(name)?),
        })
    }

    /// By the contract's name.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Pattern(_) => "pattern",
            Self::Regex(_) => "regex",
        }
    }

    /// Whether it stands for this name of a child namespace.
    pub(super) fn matches(&self, name: &str) -> bool {
        match self {
            Self::Exact => false,
            Self::Pattern(pattern) => pattern.values(name).is_some(),
            Self::Regex(regex) => regex.matches(name),
        }
    }

    /// The parameters and what they stand for in `name`.
    pub(super) fn params(&self, name: &str) -> Vec<(String, String)> {
        let Self::Pattern(pattern) = self else {
            return Vec::new();
        };
        let values = pattern.values(name).unwrap_or_default();
        let names = pattern.params.iter().map(|param| param.name.clone());
        names.zip(values.into_iter().map(str::to_owned)).collect()
    }
}

/// Whether a client may be in a namespace of this name, if a pattern matches it. A comma would end the name on the wire.
pub(super) fn is_child_name(name: &str) -> bool {
    let odd = |c: char| c.is_control() || c == ',';
    name.starts_with('/') && name.len() <= MAX_CHILD_NAME && !name.contains(odd)
}

impl Pattern {
    fn new(text: &str) -> Result<Self, NameError> {
        let mut pieces = pieces(text);
        let start = pieces.next().unwrap_or_default().to_owned();
        let mut params: Vec<Param> = Vec::new();
        for piece in pieces {
            if let Some(before) = params.last() {
                match (before.is_rest, before.then.is_empty()) {
                    (true, _) => return Err(NameError::AfterRest),
                    (false, true) => return Err(NameError::Adjacent),
                    (false, false) => {}
                }
            }
            let param = Param::new(piece)?;
            if params.iter().any(|other| other.name == param.name) {
                return Err(NameError::Twice);
            }
            params.push(param);
        }
        match params.last() {
            None => Err(NameError::NoParameter),
            Some(last) if last.is_rest && !last.then.is_empty() => Err(NameError::AfterRest),
            Some(_) => Ok(Self { start, params }),
        }
    }

    /// What the parameters stand for, if the whole of `text` matches. In time that is linear in its length for each
    /// parameter.
    ///
    /// All but the last end at the first place where the text behind them comes. Where the last one does not fit then, it
    /// would not fit later either: only the last parameter may contain a `/`, so no other can be extended past one.
    fn values<'t>(&self, text: &'t str) -> Option<Vec<&'t str>> {
        let mut rest = text.strip_prefix(&*self.start)?;
        let mut values = Vec::with_capacity(self.params.len());
        let (last, others) = self.params.split_last()?;
        for param in others {
            // A value has one character at least.
            let first = rest.chars().next()?.len_utf8();
            let end = first + rest.get(first..)?.find(&*param.then)?;
            let (value, then) = rest.split_at_checked(end)?;
            values.push(param.checked(value)?);
            rest = then.get(param.then.len()..)?;
        }
        values.push(last.checked(rest.strip_suffix(&*last.then)?)?);
        Some(values)
    }
}

impl Param {
    /// Reads `:name` or `*name`, and the text behind it.
    fn new(piece: &str) -> Result<Self, NameError> {
        let is_rest = piece.starts_with('*');
        let piece = piece.get(1..).unwrap_or_default();
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let end = piece.find(|c| !is_name(c)).unwrap_or(piece.len());
        match piece.split_at_checked(end) {
            Some((name, then)) if !name.is_empty() => Ok(Self {
                name: name.to_owned(),
                is_rest,
                then: then.to_owned(),
            }),
            _ => Err(NameError::Unnamed),
        }
    }

    fn checked<'t>(&self, value: &'t str) -> Option<&'t str> {
        (!value.is_empty() && (self.is_rest || !value.contains('/'))).then_some(value)
    }
}

/// What stands before the first parameter, then each of them with the text behind it.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let marks = text.match_indices([':', '*']).map(|(at, _)| at);
    let starts = std::iter::once(0).chain(marks.clone());
    let ends = marks.chain(std::iter::once(text.len()));
    starts
        .zip(ends)
        .map(|(start, end)| text.get(start..end).unwrap_or_default())
}

#[cfg(test)]
mod tests;
