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

/// Most members of a schema that are looked at for its references, about five nanoseconds each.
pub(super) const MAX_LOOKS: usize = 10_000_000;

/// Most values of a schema that are copied: those of `const`, `enum` and `default`. Each counts once for every keyword of
/// that kind that it is in, and a text counts again for every 64 bytes.
pub(super) const MAX_COPIES: usize = 2 * MAX_BYTES;

/// Longest pattern, in bytes.
pub(super) const MAX_PATTERN: usize = 4 * 1024;

/// Most error objects in one answer. An `anyOf` may fail in as many ways as it has branches.
pub(super) const MAX_VIOLATIONS: usize = 32;
