//! What the numbers were measured on, which they mean little without.

use std::{collections::BTreeMap, fs, process::Command};

use serde::Serialize;

use crate::places::Places;

/// The machine and the versions of what runs on it.
#[derive(Serialize)]
pub(crate) struct Machine {
    cpu: String,
    cores: usize,
    kernel: String,
    versions: BTreeMap<&'static str, String>,
}

impl Machine {
    /// Whatever cannot be found out is empty.
    pub(crate) fn describe(places: &Places) -> Self {
        let root = places.root.display();
        let peers = places.root.join("tests/bench/peers");
        let package = |path: &str| {
            let text =
                fs::read_to_string(peers.join(path).join("package.json")).unwrap_or_default();
            let package: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
            package
                .get("version")
                .and_then(|version| version.as_str())
                .unwrap_or_default()
                .to_owned()
        };
        let versions = BTreeMap::from([
            (
                "stockade",
                output(&format!(
                    "git -C {root} describe --always --dirty --abbrev=10"
                )),
            ),
            ("node", output("node --version")),
            ("rustc", output("rustc --version")),
            ("socket.io", package("socket-io/node_modules/socket.io")),
            ("@foal/core", package("foal/node_modules/@foal/core")),
            (
                "@foal/socket.io",
                package("foal/node_modules/@foal/socket.io"),
            ),
            (
                "socket.io below foal",
                package("foal/node_modules/socket.io"),
            ),
        ]);
        let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let cpu = cpus
            .lines()
            .find_map(|line| line.strip_prefix("model name"))
            .unwrap_or_default();
        Self {
            cpu: cpu.trim_start_matches([' ', '\t', ':']).to_owned(),
            cores: cpus
                .lines()
                .filter(|line| line.starts_with("processor"))
                .count(),
            kernel: output("uname -sr"),
            versions,
        }
    }
}

/// What a command prints, its words separated by spaces.
fn output(command: &str) -> String {
    let mut words = command.split(' ');
    let output = words
        .next()
        .and_then(|program| Command::new(program).args(words).output().ok());
    output
        .map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
        .unwrap_or_default()
}
