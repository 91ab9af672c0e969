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

use super::ecma::{self, Flags};
use super::error::SchemaError;
use super::limits::MAX_PATTERNS;

/// Largest table, and room for all tables of a schema including attempts, in bytes.
const MAX_TABLE: usize = 1024 * 1024;
const MAX_TABLES: usize = 4 * MAX_TABLE;

/// Largest simulation, and room for all simulations of a schema, in bytes.
const MAX_SIMULATION: usize = 4 * 1024 * 1024;
const MAX_SIMULATIONS: usize = 2 * MAX_SIMULATION;

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
            room_for_tables: MAX_TABLES,
            room_for_simulations: MAX_SIMULATIONS,
        }
    }

    /// The compiled form of `source`, found at `at`.
    pub(super) fn compile(&mut self, source: &str, at: &str) -> Result<Arc<Pattern>, SchemaError> {
        if let Some(known) = self.known.get(source) {
            return Ok(Arc::clone(known));
        }
        if self.known.len() >= MAX_PATTERNS {
            return Err(SchemaError::TooManyPatterns { at: at.to_owned() });
        }
        let engine = self.engine(source).map_err(|reason| SchemaError::Pattern {
            at: at.to_owned(),
            pattern: source.to_owned(),
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
            Engine::Table(_) => 1 + text.len() / 16,
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
    ecma::check(source, Flags::Unicode).map_err(|reason| {
        format!("it is not a regular expression of ECMA-262 with the flag `u`: {reason}")
    })?;
    let bounded = ascii_boundaries(source);
    jsonschema_regex::to_rust_regex(&bounded)
        .map(Cow::into_owned)
        .map_err(|()| "it has no form in the engine here".to_owned())
}

fn nfa_within(limit: usize) -> thompson::Config {
    thompson::Config::new()
        .nfa_size_limit(Some(limit))
        .which_captures(WhichCaptures::None)
}

/// Makes word boundaries ASCII ones, as they are in ECMA-262. Within brackets `\b` is another
/// thing.
fn ascii_boundaries(source: &str) -> Cow<'_, str> {
    if !source.contains("\\b") && !source.contains("\\B") {
        return Cow::Borrowed(source);
    }
    let mut changed = String::with_capacity(source.len() + 16);
    let mut in_brackets = false;
    let mut chars = source.chars();
    while let Some(c) = chars.next() {
        match (c, in_brackets) {
            ('\\', _) => match (chars.next(), in_brackets) {
                (Some(boundary @ ('b' | 'B')), false) => {
                    changed.push_str("(?-u:\\");
                    changed.extend([boundary, ')']);
                }
                (escaped, _) => changed.extend(std::iter::once('\\').chain(escaped)),
            },
            _ => {
                in_brackets = c == '[' || (in_brackets && c != ']');
                changed.push(c);
            }
        }
    }
    Cow::Owned(changed)
}

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
