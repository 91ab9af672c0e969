//! Where things are, and when they last changed.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, Result};

/// The folders that this program reads and writes.
pub(crate) struct Layout {
    /// The checkout.
    pub(crate) root: PathBuf,
    /// `tests/guests`.
    pub(crate) guests: PathBuf,
    /// Where components go.
    pub(crate) out: PathBuf,
    /// Bindings, object files and other things on the way, below `out`.
    pub(crate) work: PathBuf,
}

impl Layout {
    /// The layout of this checkout, with components going to `out` or `target/guests`.
    pub(crate) fn new(out: Option<PathBuf>) -> Result<Self> {
        // Not where this program was built: a checkout may be moved with its `target`.
        let here = std::env::current_dir().context("find the current folder")?;
        let root = here
            .ancestors()
            .find(|folder| folder.join("tests/guests/builder").is_dir())
            .context("run this in the checkout")?
            .to_path_buf();
        let guests = root.join("tests/guests");
        let out = out.unwrap_or_else(|| root.join("target/guests"));
        let work = out.join(".work");
        Ok(Self {
            root,
            guests,
            out,
            work,
        })
    }

    /// The contract and the worlds of the test guests.
    pub(crate) fn wit(&self) -> [PathBuf; 2] {
        [self.root.join("wit"), self.guests.join("wit")]
    }

    /// What the guests in C share.
    pub(crate) fn kit(&self) -> PathBuf {
        self.guests.join("c/kit")
    }

    /// The component of the guest with this name.
    pub(crate) fn component(&self, name: &str) -> PathBuf {
        self.out.join(format!("{name}.wasm"))
    }

    /// Puts a component where it belongs, at once and whole: tests may be reading the one before.
    pub(crate) fn install(&self, component: &[u8], name: &str) -> Result<()> {
        let unfinished = self.work.join(format!("{name}.wasm"));
        fs::write(&unfinished, component)
            .with_context(|| format!("write {}", unfinished.display()))?;
        fs::rename(&unfinished, self.component(name))
            .with_context(|| format!("install {name}.wasm"))
    }
}

/// When a file, or the newest one in a folder, was last written. What an installer or a build left there does not
/// count.
pub(crate) fn changed(path: &Path) -> Option<SystemTime> {
    if matches!(path.file_name()?.to_str()?, "node_modules" | "target") {
        return None;
    }
    let metadata = fs::metadata(path).ok()?;
    if !metadata.is_dir() {
        return metadata.modified().ok();
    }
    fs::read_dir(path)
        .ok()?
        .flatten()
        .filter_map(|entry| changed(&entry.path()))
        .max()
}
