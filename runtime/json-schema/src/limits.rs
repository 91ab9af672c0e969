//! What a schema may ask of the host.

/// Longest schema text, in bytes.
pub(super) const MAX_BYTES: usize = 64 * 1024;

/// Deepest nesting of arrays and objects in a schema.
pub(super) const MAX_DEPTH: usize = 64;

/// Most distinct patterns in one schema.
pub(super) const MAX_PATTERNS: usize = 64;

/// Most schemas that may apply to one value inside each other, through references and
/// combinations. Loops among them are refused altogether.
pub(super) const MAX_NESTING: usize = 64;

/// Most error objects in one answer. An `anyOf` may fail in as many ways as it has branches.
pub(super) const MAX_VIOLATIONS: usize = 32;
