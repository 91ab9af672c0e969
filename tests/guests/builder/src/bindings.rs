//! Generates the C bindings of the test guests' world, once for all guests.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use wit_bindgen_core::{
    Files,
    wit_parser::{Resolve, WorldId},
};

use crate::layout::Layout;

/// The world of `tests/guests/wit`; the generated files are called after it.
const WORLD: &str = "guest";

/// Generated bindings on disk.
pub(crate) struct Bindings {
    /// Holds `guest.h`.
    pub(crate) folder: PathBuf,
    /// `guest.c`.
    pub(crate) source: PathBuf,
    /// The object file that tells the component encoder about the world.
    pub(crate) component_type: PathBuf,
}

impl Bindings {
    /// Writes the bindings into the work folder.
    pub(crate) fn generate(layout: &Layout) -> Result<Self> {
        let (mut resolve, world) = world(layout)?;
        let mut files = Files::default();
        wit_bindgen_c::Opts::default()
            .build()
            .generate(&mut resolve, world, &mut files)?;
        let folder = layout.work.join("bindings");
        fs::create_dir_all(&folder)?;
        for (name, contents) in files.iter() {
            fs::write(folder.join(name), contents).with_context(|| format!("write {name}"))?;
        }
        Ok(Self {
            source: folder.join(format!("{WORLD}.c")),
            component_type: folder.join(format!("{WORLD}_component_type.o")),
            folder,
        })
    }
}

/// The world of the test guests, and all that it refers to.
pub(crate) fn world(layout: &Layout) -> Result<(Resolve, WorldId)> {
    let mut resolve = Resolve::default();
    let mut package = None;
    for folder in layout.wit() {
        let (id, _) = resolve
            .push_dir(&folder)
            .with_context(|| format!("read {}", folder.display()))?;
        package = Some(id);
    }
    let package = package.context("there is no WIT folder")?;
    let world = resolve.select_world(&[package], Some(WORLD))?;
    Ok((resolve, world))
}
