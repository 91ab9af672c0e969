//! The process that compiles components: what it inherits, as the kernel tells it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Instant,
};

use crate::harness::{Killed, PATIENCE, binary, component};

/// The compiler of the process with this id, in `/proc`.
fn compiler_of(parent: u32) -> Option<PathBuf> {
    let parent = format!("PPid:\t{parent}");
    let processes = fs::read_dir("/proc").unwrap();
    let mut processes = processes.filter_map(|process| Some(process.ok()?.path()));
    processes.find(|process| {
        let status = fs::read_to_string(process.join("status")).unwrap_or_default();
        // Before it runs the compiler, it still is a copy of its parent.
        let command = fs::read_to_string(process.join("cmdline")).unwrap_or_default();
        status.lines().any(|line| line == parent) && command.contains("compile-child")
    })
}

fn files(process: &Path) -> Vec<String> {
    let files = fs::read_dir(process.join("fd")).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}

#[test]
fn compiler_inherits_neither_environment_nor_files() {
    // Takes seconds to compile.
    let guest = component("basic-js");
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    fs::write(&secret, "secret").unwrap();
    // The shell leaves a file open for what it starts, as it would for any program.
    let script = "exec 57<\"$1\"; exec \"$2\" inspect \"$3\"";
    let inspection = Command::new("bash")
        .args(["-c", script, "bash"])
        .args([&secret, &binary(), &guest])
        .env(
            "STOCKADE_JWT_SECRET",
            "a secret of the tests, thirty-two bytes and more",
        )
        .current_dir(folder.path())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    // Nobody needs what it says.
    let inspection = Killed(inspection);
    let started = Instant::now();
    let compiler = loop {
        match compiler_of(inspection.0.id()) {
            Some(compiler) => break compiler,
            None => assert!(started.elapsed() < PATIENCE, "nothing is compiled"),
        }
    };
    // The dynamic linker holds a library open for a moment after the start.
    loop {
        let open = files(&compiler);
        if open == ["0", "1", "2"] {
            break;
        }
        assert!(started.elapsed() < PATIENCE, "files are open: {open:?}");
    }
    let environment = fs::read(compiler.join("environ")).unwrap();
    let place = fs::read_link(compiler.join("cwd")).unwrap();
    assert_eq!(String::from_utf8_lossy(&environment), "");
    assert_eq!(place, Path::new("/"));
}
