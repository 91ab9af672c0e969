//! JavaScript guests: QuickJS with the source inside.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::guest::Guest;
use crate::layout::{Layout, changed};
use crate::tool;

/// Builds a guest from its JavaScript source.
pub(crate) fn build(guest: &Guest, layout: &Layout) -> Result<Vec<u8>> {
    let folder = layout.guests.join("js");
    install(&folder)?;
    let component = layout.work.join(format!("{}.js.wasm", guest.name));
    let mut command = Command::new(folder.join("node_modules/.bin/componentize-qjs"));
    command
        .arg("--wit")
        .arg(&layout.wit()[0])
        .args(["-n", "handler", "--sync", "--stub-wasi"]);
    command
        .arg("--js")
        .arg(&guest.path)
        .arg("-o")
        .arg(&component);
    tool::run(
        &mut command,
        "guests in JavaScript are built with componentize-qjs",
    )?;
    fs::read(&component).context("read what componentize-qjs wrote")
}

/// Installs the tools that the lock file names, unless that was done.
fn install(folder: &Path) -> Result<()> {
    let installed = changed(&folder.join("node_modules/.package-lock.json"));
    if installed.is_some() && installed >= changed(&folder.join("package-lock.json")) {
        return Ok(());
    }
    let mut npm = Command::new("npm");
    npm.args(["ci", "--no-audit", "--no-fund"])
        .current_dir(folder);
    tool::run(&mut npm, "guests in JavaScript need npm")
}
