//! Regular expressions of `pattern` and `patternProperties`.
//!
//! Written in ECMA-262, translated to Rust's engine, which has neither look-around nor
//! back-references. Most patterns become a complete table that reads a byte in a nanosecond
//! whatever the text; the few that are too big for one run as a simulation, whose cost per byte
//! grows with the pattern, and are charged accordingly.
//!
//! # Invariants
//! - The patterns of one schema share a fixed amount of memory, and of work to build them.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use regex_automata::dfa::{Automaton, StartKind, dense};
use regex_automata::nfa::thompson::{self, NFA, WhichCaptures};
use regex_automata::{Anchored, Input, MatchKind, meta};
use stockade_text::shorten;

use super::ecma::{self, Flags};
use super::error::SchemaError;
use super::limits::{MAX_PATTERN, MAX_PATTERNS};
use super::pointer::Pointer;

/// Largest table, and room for all tables of a schema including attempts, in bytes.
const MAX_TABLE: usize = 1024 * 1024;
const MAX_TABLES: usize = 4 * MAX_TABLE;

/// Largest simulation, and room for all simulations of a schema, in bytes.
const MAX_SIMULATION: usize = 4 * 1024 * 1024;
const MAX_SIMULATIONS: usize = 2 * MAX_SIMULATION;

/// Room for all patterns of a schema in the engine's syntax, in bytes. Reading them takes about a microsecond for each.
const MAX_TRANSLATED: usize = 256 * 1024;

/// Memory that a simulation in use may take for each thread, in bytes.
const MAX_CACHE: usize = 256 * 1024;

/// Largest table of an expression for whole texts, in bytes.
const MAX_WHOLE: usize = 256 * 1024;

/// An expression that has to match the whole of a text. Always a table: matching costs a nanosecond for each byte.
#[derive(Debug)]
pub struct FullMatchRegex(Box<dense::DFA<Vec<u32>>>);

/// Why an expression is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PatternError(String);

/// The patterns of a schema, each compiled once.
#[derive(Debug)]
pub(super) struct Patterns {
    known: HashMap<String, Arc<Pattern>>,
    room_for_texts: usize,
    room_for_tables: usize,
    room_for_simulations: usize,
}

/// A compiled pattern.
#[derive(Debug)]
pub(super) struct Pattern {
    source: Arc<str>,
    engine: Engine,
}

#[derive(Debug)]
enum Engine {
    Table(Box<dense::DFA<Vec<u32>>>),
    Simulation {
        regex: Box<meta::Regex>,
        steps_per_byte: usize,
    },
}

impl FullMatchRegex {
    /// Compiles an expression of ECMA-262.
    ///
    /// # Errors
    /// One that is none, has look-around or back-references, or does not fit into a small table.
    pub fn new(source: &str) -> Result<Self, PatternError> {
        let translated = translated(source).map_err(PatternError)?;
        let limits = dense::Config::new()
            .start_kind(StartKind::Anchored)
            .match_kind(MatchKind::All)
            .dfa_size_limit(Some(MAX_WHOLE))
            .determinize_size_limit(Some(MAX_WHOLE));
        let table = dense::Builder::new()
            .configure(limits)
            .thompson(nfa_within(MAX_WHOLE))
            .build(&translated);
        match table {
            Ok(table) => Ok(Self(Box::new(table))),
            // The other engine has better words for what is wrong with the syntax.
            Err(_) => Err(PatternError(match bounded_regex(&translated) {
                Err(error) => reason(&error),
                Ok(_) => "it is too big".to_owned(),
            })),
        }
    }

    /// Whether it matches all of `text`.
    pub fn matches(&self, text: &str) -> bool {
        // Of all matches this is the longest one, since all count.
        let found = self
            .0
            .try_search_fwd(&Input::new(text).anchored(Anchored::Yes));
        found.is_ok_and(|end| end.is_some_and(|end| end.offset() == text.len()))
    }
}

impl Patterns {
    /// None yet.
    pub(super) fn new() -> Self {
        Self {
            known: HashMap::new(),
            room_for_texts: MAX_TRANSLATED,
            room_for_tables: MAX_TABLES,
            room_for_simulations: MAX_SIMULATIONS,
        }
    }

    /// The compiled form of `source`, found at `at`.
    pub(super) fn compile(
        &mut self,
        source: &str,
        at: &Pointer<'_>,
    ) -> Result<Arc<Pattern>, SchemaError> {
        if let Some(known) = self.known.get(source) {
            return Ok(Arc::clone(known));
        }
        if self.known.len() >= MAX_PATTERNS {
            return Err(SchemaError::TooManyPatterns { at: at.to_string() });
        }
        let engine = self.engine(source).map_err(|reason| SchemaError::Pattern {
            at: at.to_string(),
            pattern: shorten(source),
            reason,
        })?;
        let pattern = Arc::new(Pattern {
            source: source.into(),
            engine,
        });
        self.known.insert(source.to_owned(), Arc::clone(&pattern));
        Ok(pattern)
    }

    fn engine(&mut self, source: &str) -> Result<Engine, String> {
        let translated = translated(source)?;
        self.room_for_texts = self
            .room_for_texts
            .checked_sub(translated.len())
            .ok_or("the patterns of this schema are too long together")?;
        if let Some(table) = self.table(&translated) {
            return Ok(Engine::Table(Box::new(table)));
        }
        self.simulation(&translated)
    }

    /// The pattern as a table, if it fits into one.
    fn table(&mut self, translated: &str) -> Option<dense::DFA<Vec<u32>>> {
        let limit = MAX_TABLE.min(self.room_for_tables);
        let limits = dense::Config::new()
            .dfa_size_limit(Some(limit))
            .determinize_size_limit(Some(limit));
        let table = dense::Builder::new()
            .configure(limits)
            .thompson(nfa_within(limit))
            .build(translated)
            .ok();
        // An attempt costs work, too.
        let size = table.as_ref().map_or(limit, dense::DFA::memory_usage);
        self.room_for_tables = self.room_for_tables.saturating_sub(size);
        table
    }

    /// The pattern as a simulation. For each byte it looks at every state at worst; a step is
    /// about what four states cost.
    fn simulation(&mut self, translated: &str) -> Result<Engine, String> {
        let limit = MAX_SIMULATION.min(self.room_for_simulations);
        let limits = meta::Config::new()
            .nfa_size_limit(Some(limit))
            .which_captures(WhichCaptures::None)
            .onepass(false)
            .hybrid_cache_capacity(MAX_CACHE);
        let regex = meta::Builder::new()
            .configure(limits)
            .build(translated)
            .map_err(|error| reason(&error))?;
        let nfa = NFA::compiler()
            .configure(nfa_within(limit))
            .build(translated)
            .map_err(|error| error.to_string())?;
        self.room_for_simulations = self.room_for_simulations.saturating_sub(nfa.memory_usage());
        Ok(Engine::Simulation {
            regex: Box::new(regex),
            steps_per_byte: 1 + nfa.states().len() / 4,
        })
    }
}

impl Pattern {
    /// The expression as the author wrote it.
    pub(super) fn source(&self) -> &Arc<str> {
        &self.source
    }

    /// Whether the pattern occurs in `text`.
    pub(super) fn matches(&self, text: &str) -> bool {
        match &self.engine {
            Engine::Table(table) => {
                let found = table.try_search_fwd(&Input::new(text).earliest(true));
                found.is_ok_and(|end| end.is_some())
            }
            Engine::Simulation { regex, .. } => regex.is_match(text),
        }
    }

    /// Steps to charge for matching `text`.
    pub(super) fn cost(&self, text: &str) -> usize {
        match &self.engine {
            Engine::Table(_) => 1 + text.len() / 8,
            Engine::Simulation { steps_per_byte, .. } => {
                1 + text.len().saturating_mul(*steps_per_byte)
            }
        }
    }
}

fn bounded_regex(translated: &str) -> Result<meta::Regex, Box<meta::BuildError>> {
    let limits = meta::Config::new().nfa_size_limit(Some(MAX_WHOLE));
    let regex = meta::Builder::new().configure(limits).build(translated);
    regex.map_err(Box::new)
}

/// The same expression in Rust's syntax.
fn translated(source: &str) -> Result<String, String> {
    if source.len() > MAX_PATTERN {
        return Err(format!("it is longer than {MAX_PATTERN} bytes"));
    }
    ecma::check(source, Flags::Unicode).map_err(|reason| {
        format!("it is not a regular expression of ECMA-262 with the flag `u`: {reason}")
    })?;
    let plain = without_shorthands(source);
    jsonschema_regex::to_rust_regex(&plain)
        .map(Cow::into_owned)
        .map_err(|()| "it has no form in the engine here".to_owned())
}

fn nfa_within(limit: usize) -> thompson::Config {
    thompson::Config::new()
        .nfa_size_limit(Some(limit))
        .which_captures(WhichCaptures::None)
}

/// Spells out what means less in ECMA-262 than in Rust's engine, or is unknown there: `.`, `\d`, `\s`, `\w`, word boundaries and
/// control letters.
///
/// The translation would do most of this as well, but copies the whole expression for each of them. Here it takes one reading.
/// Within brackets `\b` is another thing, and `.` is itself.
fn without_shorthands(source: &str) -> Cow<'_, str> {
    if !source.contains(['\\', '.']) {
        return Cow::Borrowed(source);
    }
    let mut plain = String::with_capacity(source.len() + 64);
    let mut in_brackets = false;
    let mut chars = source.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => escape(&mut chars, in_brackets, &mut plain),
            '.' if !in_brackets => plain.push_str(r"[^\n\r\x{2028}\x{2029}]"),
            c => {
                in_brackets = c == '[' || (in_brackets && c != ']');
                plain.push(c);
            }
        }
    }
    Cow::Owned(plain)
}

/// What comes behind a backslash.
fn escape(chars: &mut std::str::Chars<'_>, in_brackets: bool, plain: &mut String) {
    let Some(escaped) = chars.next() else {
        return plain.push('\\');
    };
    let class = match escaped {
        'b' | 'B' if !in_brackets => {
            plain.push_str("(?-u:\\");
            return plain.extend([escaped, ')']);
        }
        'b' => r"\x08",
        'c' => {
            let control = chars.next().and_then(|letter| u8::try_from(letter).ok());
            return plain.extend(control.map(|letter| char::from(letter % 32)));
        }
        'd' => r"0-9",
        'D' => r"\x{0}-/:-\x{10ffff}",
        'w' => r"0-9A-Z_a-z",
        'W' => r"\x{0}-/:-@\[-\^`\{-\x{10ffff}",
        's' => SPACE,
        'S' => NOT_SPACE,
        _ => return plain.extend(['\\', escaped]),
    };
    match in_brackets {
        true => plain.push_str(class),
        false => {
            plain.push('[');
            plain.push_str(class);
            plain.push(']');
        }
    }
}

/// White space and line ends of ECMA-262, and all that is not.
const SPACE: &str =
    r"\t-\r \x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\x{feff}";
const NOT_SPACE: &str = concat!(
    r"\x{0}-\x{8}\x{e}-\x{1f}!-\x{9f}\x{a1}-\x{167f}\x{1681}-\x{1fff}\x{200b}-\x{2027}\x{202a}-\x{202e}",
    r"\x{2030}-\x{205e}\x{2060}-\x{2fff}\x{3001}-\x{fefe}\x{ff00}-\x{10ffff}",
);

/// The engine's own words: a syntax error draws the place in several lines, its reason last.
fn reason(error: &meta::BuildError) -> String {
    let message = match error.syntax_error() {
        Some(syntax) => syntax.to_string(),
        None if error.size_limit().is_some() => "it is too big".to_owned(),
        None => error.to_string(),
    };
    message
        .lines()
        .last()
        .unwrap_or(&message)
        .trim_start_matches("error: ")
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the translation makes of an expression by itself, except for word boundaries.
    fn reference(source: &str) -> String {
        jsonschema_regex::to_rust_regex(source)
            .unwrap()
            .into_owned()
    }

    #[test]
    fn shorthands_mean_what_the_translation_makes_of_them() {
        let sources = [
            r"\d",
            r"\D",
            r"\w",
            r"\W",
            r"\s",
            r"\S",
            ".",
            r"[\d]",
            r"[^\d]",
            r"[\D]",
            r"[\w-]",
            r"[-\w]",
            r"[^\W]",
            r"[\W_]",
            r"[\s\S]",
            r"[^\s.]",
            r"[\S]",
            r"[a\d-]",
            r"[\d\s&&]",
            r"[\d[]",
            r"[.]",
            r"\.",
            r"\\",
            r"[\]\d]",
            r"[\\\w]",
            r"\cA",
            r"\cz",
            r"[\cA-\cC]",
            r"\ca\cb",
            r"\[\d",
            r"[\w~~]",
            r"[^\D\W]",
        ];
        for source in sources {
            let built = |text: &str| meta::Regex::new(&format!("^(?:{text})$")).unwrap();
            let (ours, theirs) = (
                built(&translated(source).unwrap()),
                built(&reference(source)),
            );
            for c in (0..0x1_0000)
                .chain([0x1_f600, 0x10_ffff])
                .filter_map(char::from_u32)
            {
                let text = c.encode_utf8(&mut [0; 4]).to_owned();
                assert_eq!(
                    ours.is_match(&text),
                    theirs.is_match(&text),
                    "{source} {c:?}"
                );
            }
            assert_eq!(
                ours.is_match("\u{1}\u{2}"),
                theirs.is_match("\u{1}\u{2}"),
                "{source}"
            );
        }
    }

    #[test]
    fn backspace_is_a_character_of_a_class() {
        let regex = meta::Regex::new(&translated(r"^[\b-\t]$").unwrap()).unwrap();
        assert!(regex.is_match("\u{8}") && regex.is_match("\t"));
        assert!(!regex.is_match("b") && !regex.is_match(""));
    }

    /// For each of these the translation would read or copy all that it has so far.
    #[test]
    fn translation_has_nothing_left_to_replace() {
        for one in [
            r"\cA",
            r"\d",
            r"[\S]",
            r"\w",
            r"[\cA\d\D\w\W\s\S]",
            ".",
            r"\b",
            r"\B",
            r"\s",
        ] {
            let source = one.repeat(100);
            let plain = without_shorthands(&source);
            assert!(
                matches!(
                    jsonschema_regex::to_rust_regex(&plain),
                    Ok(Cow::Borrowed(_))
                ),
                "{one}"
            );
            // Each in its place, so twice as many are twice as long.
            assert_eq!(
                without_shorthands(&one.repeat(200)).len(),
                2 * plain.len(),
                "{one}"
            );
        }
    }

    #[test]
    fn patterns_of_a_schema_share_room() {
        let mut patterns = Patterns::new();
        let pattern = |at: usize| format!("{at}{}", r"\s".repeat(300));
        let compiled =
            (0..60).take_while(|at| patterns.compile(&pattern(*at), &Pointer::ROOT).is_ok());
        // Each is some thirty kilobytes in the engine's syntax.
        let compiled = compiled.count();
        assert!((4..15).contains(&compiled), "{compiled}");
        assert!(patterns.compile("short", &Pointer::ROOT).is_ok());
    }

    #[test]
    fn patterns_have_a_longest() {
        assert!(FullMatchRegex::new(&"a".repeat(MAX_PATTERN)).is_ok());
        let error = FullMatchRegex::new(&"a".repeat(MAX_PATTERN + 1)).unwrap_err();
        assert_eq!(error.to_string(), "it is longer than 4096 bytes");
        let schema = format!(
            "{{\"type\":\"string\",\"pattern\":\"{}\"}}",
            "a".repeat(5_000)
        );
        let error = crate::Schema::compile(&schema).unwrap_err().to_string();
        assert!(
            error.ends_with("is not usable: it is longer than 4096 bytes"),
            "{error}"
        );
    }
}
