//! Which files are changed, and what tests them: `mutants.toml`.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde::Deserialize;

/// The table.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Table {
    /// The files.
    pub(crate) file: Vec<File>,
    /// Changes that no test can notice.
    #[serde(default)]
    pub(crate) equivalent: Vec<Equivalent>,
}

/// One file, and the tests that would notice a fault in it: parts of their names.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    /// From the checkout on.
    pub(crate) path: String,
    /// Of unit tests, by the folder below `runtime/` of the crate that has them.
    pub(crate) unit: BTreeMap<String, Vec<String>>,
    /// Of the tests in `tests/it`, for what the unit tests have not noticed.
    pub(crate) it: Vec<String>,
}

impl File {
    /// The folder of its crate.
    pub(crate) fn package(&self) -> Result<&str> {
        let parts = self.path.split_once("/src/");
        let (package, _) = parts.with_context(|| format!("{} is in no crate", self.path))?;
        Ok(package)
    }
}

/// A change that comes to the same.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Equivalent {
    pub(crate) path: String,
    /// As it is printed. Stands for all changes of the file that are printed so.
    pub(crate) change: String,
    /// Why it comes to the same.
    #[serde(rename = "why")]
    pub(crate) _why: String,
}

impl Table {
    /// The table of this checkout.
    pub(crate) fn read() -> Result<Self> {
        Ok(toml::from_str(include_str!("../mutants.toml"))?)
    }
}
