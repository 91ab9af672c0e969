//! What the numbers were measured on, which they mean little without.

use std::{collections::BTreeMap, fs, process::Command, time::Duration};

use serde::Serialize;
use tokio::time::sleep;

use crate::places::Places;

/// The machine and the versions of what runs on it.
#[derive(Serialize)]
pub(crate) struct Machine {
    cpu: String,
    cores: usize,
    kernel: String,
    /// Cores that were busy before anything was measured.
    pub(crate) busy_cores: f64,
    versions: BTreeMap<&'static str, String>,
}

impl Machine {
    /// Takes a second. Whatever cannot be found out is empty.
    pub(crate) async fn describe(places: &Places) -> Self {
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
            busy_cores: busy_cores().await,
            versions,
        }
    }
}

/// How many cores are busy with something, or taken away by a hypervisor.
async fn busy_cores() -> f64 {
    // Ticks of all cores: user, nice, system, idle, waiting for a disk, and more. A tick is 10 ms.
    let busy = || {
        let stat = fs::read_to_string("/proc/stat").unwrap_or_default();
        let fields = stat
            .lines()
            .next()
            .unwrap_or_default()
            .split_whitespace()
            .skip(1)
            .take(8);
        let ticks = fields
            .enumerate()
            .filter(|(field, _)| ![3, 4].contains(field));
        ticks
            .filter_map(|(_, ticks)| ticks.parse::<f64>().ok())
            .sum::<f64>()
    };
    let before = busy();
    sleep(Duration::from_secs(1)).await;
    (busy() - before) / 100.0
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
