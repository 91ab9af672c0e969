//! Where generated code stands.

use proc_macro2::Span;

/// At the author's code, so that the compiler points there, but marked as generated: lints do not blame the author for
/// it, and its names do not meet the author's.
pub(crate) fn generated_at(span: Span) -> Span {
    Span::mixed_site().located_at(span)
}
