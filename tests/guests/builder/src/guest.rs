//! Which guests there are.
//!
//! A guest is a source file in one of these places, so a new scenario is one new file:
//!
//! | source | guest |
//! | --- | --- |
//! | `c/NAME.c` | `NAME-c`, on raw C bindings |
//! | `js/NAME.js` | `NAME-js`, on raw JavaScript bindings |
//! | `recorder/NAME.c`, `hostile/NAME.c` | `NAME` |
//! | `hostile/NAME.wat` | `NAME`, exactly what the text says |
//! | `hostile/NAME.core.wat` | `NAME`, a core module of the tests' world, made a component |
//! | `hostile/NAME.graft.wat` | `NAME`: the guest `plain`, and a component without imports that starts with it |
//! | `rust/NAME/` | `NAME`, a crate of that name in the workspace `rust/` |

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::layout::{Layout, changed};

/// The guest that grafts grow on.
pub(crate) const PLAIN: &str = "plain";

/// A guest to build.
pub(crate) struct Guest {
    /// Of the guest and of its component.
    pub(crate) name: String,
    /// The file or folder that it is written in.
    pub(crate) path: PathBuf,
    /// How to read that.
    pub(crate) source: Source,
}

/// What a guest is written in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    C,
    Text,
    Core,
    Graft,
    JavaScript,
    Rust,
}

impl Guest {
    /// Whether the component is newer than all that it is made of.
    pub(crate) fn is_fresh(&self, layout: &Layout) -> bool {
        let Ok(built) =
            fs::metadata(layout.component(&self.name)).and_then(|metadata| metadata.modified())
        else {
            return false;
        };
        self.inputs(layout)
            .iter()
            .filter_map(|input| changed(input))
            .all(|changed| changed <= built)
    }

    fn inputs(&self, layout: &Layout) -> Vec<PathBuf> {
        let mut inputs = vec![self.path.clone()];
        inputs.extend(layout.wit());
        inputs.extend(std::env::current_exe());
        match self.source {
            Source::C => inputs.push(layout.kit()),
            Source::Graft => {
                inputs.push(layout.kit());
                inputs.push(plain(layout));
            }
            Source::JavaScript => inputs.push(layout.guests.join("js/package-lock.json")),
            Source::Rust => inputs.extend([
                layout.guests.join("rust/src"),
                layout.guests.join("rust/Cargo.lock"),
            ]),
            Source::Text | Source::Core => {}
        }
        inputs
    }
}

/// The source of the guest that grafts grow on.
pub(crate) fn plain(layout: &Layout) -> PathBuf {
    layout
        .guests
        .join("hostile")
        .join(PLAIN)
        .with_extension("c")
}

/// All guests, sorted by name.
pub(crate) fn discover(layout: &Layout) -> Result<Vec<Guest>> {
    let mut guests = Vec::new();
    for folder in ["c", "js", "recorder", "hostile", "rust"] {
        let path = layout.guests.join(folder);
        for entry in fs::read_dir(&path).with_context(|| format!("read {}", path.display()))? {
            guests.extend(guest(folder, &entry?.path()));
        }
    }
    guests.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(guests)
}

fn guest(folder: &str, path: &Path) -> Option<Guest> {
    let file = path.file_name()?.to_str()?;
    let (name, source) = if folder == "rust" {
        path.join("Cargo.toml")
            .is_file()
            .then(|| (file.to_owned(), Source::Rust))?
    } else if let Some(name) = file.strip_suffix(".graft.wat") {
        (name.to_owned(), Source::Graft)
    } else if let Some(name) = file.strip_suffix(".core.wat") {
        (name.to_owned(), Source::Core)
    } else if let Some(name) = file.strip_suffix(".wat") {
        (name.to_owned(), Source::Text)
    } else if let Some(name) = file.strip_suffix(".js") {
        (format!("{name}-js"), Source::JavaScript)
    } else {
        let name = file.strip_suffix(".c")?;
        (
            if folder == "c" {
                format!("{name}-c")
            } else {
                name.to_owned()
            },
            Source::C,
        )
    };
    Some(Guest {
        name,
        path: path.to_path_buf(),
        source,
    })
}
