//! Why a schema is refused, in words for the component's author.

use thiserror::Error;

use super::limits;

/// A schema that Stockade does not accept. Every variant names the place by its JSON pointer
/// where there is one.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SchemaError {
    /// The text is not JSON.
    #[error("the schema is not valid JSON")]
    Json(#[from] serde_json::Error),
    /// The text is too long.
    #[error(
        "the schema is {bytes} bytes long, at most {} are allowed",
        limits::MAX_BYTES
    )]
    TooLarge {
        /// Its length.
        bytes: usize,
    },
    /// Arrays and objects nest too deep.
    #[error("the schema nests deeper than {} levels", limits::MAX_DEPTH)]
    TooDeep,
    /// There are too many distinct regular expressions.
    #[error(
        "at {at}: the schema has more than {} different patterns",
        limits::MAX_PATTERNS
    )]
    TooManyPatterns {
        /// The first one too many.
        at: String,
    },
    /// `$schema` names a dialect that is not supported.
    #[error(
        "the dialect {uri:?} of $schema is not supported: use draft-06, draft-07, 2019-09 or 2020-12"
    )]
    Dialect {
        /// What `$schema` says.
        uri: String,
    },
    /// A keyword's value is not what the keyword needs.
    #[error("at {at}: {expected}")]
    Keyword {
        /// Where.
        at: String,
        /// What it should have been.
        expected: &'static str,
    },
    /// A keyword that exists but that Stockade does not implement.
    #[error("at {at}: the keyword is not supported")]
    Unsupported {
        /// Where.
        at: String,
    },
    /// A keyword that does not exist, in strict mode.
    #[error("at {at}: unknown keyword {keyword:?}{hint}")]
    UnknownKeyword {
        /// The schema that has it.
        at: String,
        /// The keyword.
        keyword: String,
        /// What may have been meant; may be empty.
        hint: String,
    },
    /// What AJV allows outside of strict mode only.
    #[error("at {at}: {message} (strict mode)")]
    Strict {
        /// Where.
        at: String,
        /// What is odd about it.
        message: String,
    },
    /// `format` is not one of AJV's.
    #[error("at {at}: unknown format {name:?}")]
    Format {
        /// Where.
        at: String,
        /// The name.
        name: String,
    },
    /// A regular expression that cannot be matched in linear time, is too big or malformed.
    #[error("at {at}: pattern {pattern:?} is not usable: {reason}")]
    Pattern {
        /// Where.
        at: String,
        /// The expression.
        pattern: String,
        /// The engine's own words; look-around and back-references are named there.
        reason: String,
    },
    /// `$ref` leads out of the document. Nothing is ever fetched.
    #[error(
        "at {at}: $ref {reference:?} leads outside of this schema; only references within it are followed"
    )]
    Outside {
        /// Where.
        at: String,
        /// The reference.
        reference: String,
    },
    /// `$ref` leads to no schema.
    #[error("at {at}: $ref {reference:?} does not lead to a schema")]
    Dangling {
        /// Where.
        at: String,
        /// The reference.
        reference: String,
    },
    /// Two schemas claim one identifier.
    #[error("at {at}: the identifier {id:?} is used twice")]
    Ambiguous {
        /// The second one.
        at: String,
        /// The identifier.
        id: String,
    },
    /// References lead back to this schema for the very same value, for ever.
    #[error("at {at}: the schema refers to itself without going into a property or an item")]
    Loop {
        /// A schema on the loop.
        at: String,
    },
    /// Too many schemas apply to one value inside each other.
    #[error(
        "at {at}: more than {} schemas are nested for one value",
        limits::MAX_NESTING
    )]
    Nesting {
        /// The outermost one.
        at: String,
    },
}

impl SchemaError {
    pub(super) fn strict(at: &str, message: String) -> Self {
        Self::Strict {
            at: at.to_owned(),
            message,
        }
    }
}
