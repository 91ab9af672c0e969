//! Regular expressions of `pattern` and `patternProperties`.
//!
//! Written in ECMA-262, translated to Rust's engine, which has neither look-around nor
//! back-references. Most patterns become a complete table that reads a byte in a nanosecond
//! whatever the text; the few that are too big for one run as a simulation, whose cost per byte
//! grows with the pattern, and are charged accordingly.

use std::sync::Arc;

use regex_automata::dfa::{Automaton, dense};
use regex_automata::nfa::thompson;
use regex_automata::{Input, meta};

use super::error::SchemaError;

/// Most distinct patterns in one schema: together with the sizes below this bounds their memory.
pub(super) const MAX_PATTERNS: usize = 64;

/// Largest table, in bytes.
const MAX_TABLE: usize = 512 * 1024;

/// Most memory used to build a table, in bytes.
const MAX_BUILD: usize = 2 * MAX_TABLE;

/// Sizes of compiled simulations, in bytes, from which a pattern's cost is read off.
const SIZES: [usize; 4] = [16 * 1024, 64 * 1024, 256 * 1024, 512 * 1024];

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

impl Pattern {
    /// Compiles `source`, found at `at`.
    pub(super) fn compile(source: &str, at: &str) -> Result<Self, SchemaError> {
        let refused = |reason: &str| SchemaError::Pattern {
            at: at.to_owned(),
            pattern: source.to_owned(),
            reason: reason.to_owned(),
        };
        let translated = jsonschema_regex::to_rust_regex(source)
            .map_err(|()| refused("it is not a regular expression of ECMA-262"))?;
        let engine = match table(&translated) {
            Some(table) => Engine::Table(Box::new(table)),
            None => simulation(&translated).map_err(|error| refused(&reason(&error)))?,
        };
        Ok(Self {
            source: source.into(),
            engine,
        })
    }

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

    /// Whether matching takes the same time per byte for every text.
    pub(super) fn is_table(&self) -> bool {
        matches!(self.engine, Engine::Table(_))
    }
}

/// The pattern as a table, if it fits into one. Unicode word boundaries never do.
fn table(translated: &str) -> Option<dense::DFA<Vec<u32>>> {
    let limits = dense::Config::new()
        .dfa_size_limit(Some(MAX_TABLE))
        .determinize_size_limit(Some(MAX_BUILD));
    dense::Builder::new()
        .configure(limits)
        .thompson(thompson::Config::new().nfa_size_limit(Some(MAX_TABLE)))
        .build(translated)
        .ok()
}

/// The smallest simulation that holds the pattern. A step is about what 64 bytes of it cost.
fn simulation(translated: &str) -> Result<Engine, Box<meta::BuildError>> {
    let build = |size| -> Result<Engine, Box<meta::BuildError>> {
        let limits = meta::Config::new()
            .nfa_size_limit(Some(size))
            .hybrid_cache_capacity(size);
        let regex = meta::Builder::new().configure(limits).build(translated)?;
        Ok(Engine::Simulation {
            regex: Box::new(regex),
            steps_per_byte: size / 64,
        })
    };
    let [smallest, rest @ ..] = SIZES;
    rest.into_iter().fold(build(smallest), |built, size| {
        built.or_else(|_| build(size))
    })
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
