//! Reasons to refuse a schema, for the component's author.
//!
//! # Invariants
//! - What an error shows of the schema is cut ([`shorten`](stockade_text::shorten)), and quoted or escaped: a message is one
//!   line of bounded length.

use thiserror::Error;

use super::limits;
use super::pointer::Pointer;

/// A reason to refuse a schema. `at` is the JSON pointer of the place in the schema.
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
        /// Length of the schema.
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
        /// Place of the first pattern over the limit.
        at: String,
    },
    /// `$schema` names a dialect that is not supported.
    #[error(
        "the dialect {uri:?} of $schema is not supported: use draft-06, draft-07, 2019-09 or 2020-12"
    )]
    Dialect {
        /// Value of `$schema`.
        uri: String,
    },
    /// A keyword has the wrong kind of value.
    #[error("at {at}: {expected}")]
    Keyword {
        /// Place of the keyword.
        at: String,
        /// The kind of value that the keyword needs.
        expected: &'static str,
    },
    /// A keyword that exists but that Stockade does not implement.
    #[error("at {at}: the keyword is not supported")]
    Unsupported {
        /// Place of the keyword.
        at: String,
    },
    /// A keyword that does not exist, in strict mode.
    #[error("at {at}: unknown keyword {keyword:?}{hint}")]
    UnknownKeyword {
        /// Place of the schema with the keyword.
        at: String,
        /// The keyword.
        keyword: String,
        /// Suggestion of a similar keyword, or empty.
        hint: String,
    },
    /// Something that AJV refuses in strict mode.
    #[error("at {at}: {message} (strict mode)")]
    Strict {
        /// Place of the keyword.
        at: String,
        /// The mistake.
        message: String,
    },
    /// Strict mode would have to look at the same schemas too often.
    #[error(
        "at {at}: looking for mistakes takes too long because of what is referred to from many places: make the schema smaller, or set strict = \"log\""
    )]
    Unchecked {
        /// Place at which the search ended.
        at: String,
    },
    /// AJV does not have this `format`.
    #[error("at {at}: unknown format {name:?}")]
    Format {
        /// Place of the keyword.
        at: String,
        /// Name of the format.
        name: String,
    },
    /// A regular expression that cannot be matched in linear time, is too big or malformed.
    #[error("at {at}: pattern {pattern:?} is not usable: {reason}")]
    Pattern {
        /// Place of the keyword.
        at: String,
        /// The expression.
        pattern: String,
        /// Message of the regex engine, which names look-around and back-references.
        reason: String,
    },
    /// `$ref` points outside of the document. Nothing is ever fetched.
    #[error(
        "at {at}: $ref {reference:?} leads outside of this schema; only references within it are followed"
    )]
    Outside {
        /// Place of the keyword.
        at: String,
        /// Value of `$ref`.
        reference: String,
    },
    /// `$ref` does not point to a schema.
    #[error("at {at}: $ref {reference:?} does not lead to a schema")]
    Dangling {
        /// Place of the keyword.
        at: String,
        /// Value of `$ref`.
        reference: String,
    },
    /// Finding out where the references lead takes too long.
    #[error(
        "at {at}: finding out where the references lead takes too long: use fewer, or shorter chains of them"
    )]
    References {
        /// Place of the keyword at which the search ended.
        at: String,
    },
    /// Two schemas have the same identifier.
    #[error("at {at}: the identifier {id:?} is used twice")]
    Ambiguous {
        /// Place of the second schema.
        at: String,
        /// The identifier.
        id: String,
    },
    /// References lead back to this schema for the same value, endlessly.
    #[error("at {at}: the schema refers to itself without going into a property or an item")]
    Loop {
        /// Place of a schema in the loop.
        at: String,
    },
    /// Too many nested schemas apply to one value.
    #[error(
        "at {at}: more than {} schemas are nested for one value",
        limits::MAX_NESTING
    )]
    Nesting {
        /// Place of the outermost schema.
        at: String,
    },
}

impl SchemaError {
    /// The mistake is described in words of ours, with names of the schema shortened and quoted in it.
    pub(super) fn strict(at: &Pointer<'_>, message: String) -> Self {
        Self::Strict {
            at: at.to_string(),
            message,
        }
    }
}
