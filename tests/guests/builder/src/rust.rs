//! Rust guests: crates of a workspace of their own, built the way that `scripts/build-guest.sh` builds all Rust guests.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result};

use crate::guest::Guest;
use crate::layout::Layout;
use crate::tool;

/// Builds a guest from its crate.
pub(crate) fn build(guest: &Guest, layout: &Layout) -> Result<Vec<u8>> {
    let mut script = Command::new(layout.root.join("scripts/build-guest.sh"));
    script
        .arg("--manifest-path")
        .arg(layout.guests.join("rust/Cargo.toml"))
        .arg(&guest.name);
    tool::run(&mut script, "guests in Rust are built by that script")?;
    let component = layout
        .root
        .join("target/guest")
        .join(format!("{}.wasm", guest.name));
    fs::read(&component).with_context(|| format!("read {}", component.display()))
}
