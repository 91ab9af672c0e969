//! The command that starts a peer.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, ensure};
use tokio::process::Command;

use super::{Peer, Program};
use crate::places::Places;

/// How to start `peer` so that it listens on `address`, on the core `core` alone.
pub(super) fn command(
    peer: Peer,
    core: usize,
    address: SocketAddr,
    places: &Places,
) -> Result<Command> {
    // setpriv sees to it that the peer ends with this process, even if this process is killed.
    let mut command = Command::new("setpriv");
    command
        .args(["--pdeathsig", "KILL", "taskset", "--cpu-list"])
        .arg(core.to_string());
    match peer.program {
        Program::Node { folder } => {
            let folder = places.root.join("tests/bench/peers").join(folder);
            let packages = folder.join("node_modules");
            ensure!(
                packages.is_dir(),
                "{} is missing: run `npm install --no-save` there",
                packages.display()
            );
            command
                .args(["node", "server.mjs"])
                .arg(address.port().to_string());
            command.current_dir(folder).env("NODE_ENV", "production");
        }
        Program::Native => {
            command
                .arg(sibling("native-peer")?)
                .arg(address.port().to_string());
        }
        Program::Stockade { guest, isolation } => {
            let component = places.root.join(format!("target/guest/{guest}.wasm"));
            ensure!(
                component.is_file(),
                "{} is missing: run scripts/build-guest.sh {guest}",
                component.display()
            );
            let config = places.output.join(format!("{}.toml", peer.name));
            write_config(&config, isolation)?;
            command.arg(sibling("stockade")?).arg("run").arg(component);
            command
                .arg("--listen")
                .arg(address.to_string())
                .arg("--config")
                .arg(config);
        }
    }
    Ok(command)
}

/// The executable `name`, which is built along with this one.
fn sibling(name: &str) -> Result<PathBuf> {
    let path = std::env::current_exe()?.with_file_name(name);
    ensure!(
        path.is_file(),
        "{} is missing: run `make bench`",
        path.display()
    );
    Ok(path)
}

/// The defaults, but for limits on how many clients and events there may be.
fn write_config(path: &Path, isolation: &str) -> Result<()> {
    let text = format!(
        "isolation = \"{isolation}\"\nstore = \"memory\"\n\n[log]\nfilter = \"warn\"\n\n\
         [limits]\nconnections = 20000\nwaiting = 20000\n"
    );
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}
