//! Names that the host has for itself in components.

/// What the host's names begin with, in a component and its core modules. A component must not use any.
pub(crate) const RESERVED: &str = "stockade-";
/// The export that saves, without parameters and results.
pub const SAVE: &str = "stockade-save";
/// The export that restores; its result is whether it could.
pub const RESTORE: &str = "stockade-restore";
/// The import that `stockade-save` calls for each memory: its place, its pages of 64 KiB, and its bytes.
pub const FOUND_MEMORY: &str = "stockade-found-memory";
