//! Rewrites a component before it is compiled: its instances can be saved and restored, and custom sections are dropped.
//!
//! This runs in the compiler's process, on bytes of tenants, and fails closed: a component that is not understood is left as
//! it is, and is not restored.

mod core_module;
mod custom_sections;
mod helper;
mod names;
mod not_restorable;
mod restorable;

#[cfg(test)]
mod tests;

pub use custom_sections::without_custom_sections;
pub use names::{FOUND_MEMORY, RESTORE, SAVE};
pub use not_restorable::NotRestorable;
pub use restorable::{ReservedName, instrument};
