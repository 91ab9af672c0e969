//! Where things are.

use std::path::{Path, PathBuf};

/// Folders that are read and written.
#[derive(Debug)]
pub(crate) struct Places {
    /// The checkout.
    pub(crate) root: PathBuf,
    /// Results, and what peers print.
    pub(crate) output: PathBuf,
    /// Pictures.
    pub(crate) pictures: PathBuf,
}

/// Where pictures go.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pictures {
    /// Beside the results.
    Results,
    /// Into the documentation.
    Docs,
}

impl Places {
    /// Those of the checkout that this was built in.
    pub(crate) fn new(pictures: Pictures) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .ancestors()
            .nth(2)
            .unwrap_or(Path::new("."))
            .to_path_buf();
        let output = root.join("target/bench");
        let pictures = match pictures {
            Pictures::Results => output.clone(),
            Pictures::Docs => root.join("docs/bench"),
        };
        Self {
            root,
            output,
            pictures,
        }
    }
}
