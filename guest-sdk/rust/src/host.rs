//! The host, as the rest of this crate sees it: on wasm the contract's imports, elsewhere a recording.
//!
//! Both offer the same functions. They are called directly, never through a trait object, so that a component imports
//! only what it uses.

#[cfg(target_family = "wasm")]
mod imported;
#[cfg(not(target_family = "wasm"))]
pub(crate) mod recorded;

#[cfg(target_family = "wasm")]
pub(crate) use imported::{Host, store};
#[cfg(not(target_family = "wasm"))]
pub(crate) use recorded::{Host, store};
