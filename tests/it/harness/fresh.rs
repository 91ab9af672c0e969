//! Refuses to test what was built from other sources than those that are there.
//!
//! `cargo test` builds neither the server nor the guests. What it builds without need is built once: cargo goes by the
//! times of files, too.

use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::LazyLock,
};

use super::{output, root};

/// The folder of the test's own program, with what else cargo has built.
fn built() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.ancestors().nth(2).unwrap().to_owned()
}

/// A program of this workspace.
pub(super) fn program(name: &str) -> PathBuf {
    let program = built().join(name);
    let rule = built().join(format!("{name}.d"));
    match stale(&program, &rule) {
        None => program,
        Some(why) => panic!("{why}: run `make build`"),
    }
}

/// Test guests whose components are older than their sources, or missing.
static STALE_GUESTS: LazyLock<Result<HashSet<String>, String>> = LazyLock::new(|| {
    let builder = built().join("build-guests");
    if let Some(why) = stale(&builder, &built().join("build-guests.d")) {
        return Err(format!("{why}: run `make guests`"));
    }
    let mut list = Command::new(builder);
    let list = output(list.arg("--stale").current_dir(root()));
    let error = String::from_utf8_lossy(&list.stderr);
    assert!(list.status.success(), "{error}");
    let names = String::from_utf8(list.stdout).unwrap();
    Ok(names.lines().map(str::to_owned).collect())
});

/// The component of a test guest, an example or the guest of the measurements.
pub(super) fn component(name: &str) -> PathBuf {
    let target = root().join("target");
    let guest = target.join(format!("guests/{name}.wasm"));
    if guest.exists() {
        match &*STALE_GUESTS {
            Err(why) => panic!("{why}"),
            Ok(stale) if stale.contains(name) => {
                panic!("{name}.wasm is older than its sources: run `make guests`")
            }
            Ok(_) => return guest,
        }
    }
    let component = target.join(format!("guest/{name}.wasm"));
    assert!(
        component.exists(),
        "{name}.wasm is not built: run `make guests`"
    );
    // What cargo has made, of which this is a copy that is older where nothing has changed.
    let release = target.join("guest/wasm32-wasip2/release");
    let name = name.replace('-', "_");
    let made = release.join(format!("{name}.wasm"));
    match stale(&made, &release.join(format!("{name}.d"))) {
        None => component,
        Some(why) => panic!("{why}: run `make guests`"),
    }
}

/// Why `file` is not what would be built now, if so. `rule` is cargo's list of its sources.
fn stale(file: &Path, rule: &Path) -> Option<String> {
    let name = file.file_name()?.display();
    let (Ok(rule), Ok(time)) = (
        fs::read_to_string(rule),
        fs::metadata(file).and_then(|file| file.modified()),
    ) else {
        return Some(format!("{} is not built", file.display()));
    };
    let root = root().canonicalize().unwrap();
    for source in sources(&rule) {
        let Ok(source) = source.canonicalize() else {
            return Some(format!(
                "{name} is made of {}, which is gone",
                source.display()
            ));
        };
        if !source.starts_with(&root) {
            return Some(format!("{name} is made of {}, elsewhere", source.display()));
        }
        if fs::metadata(&source).is_ok_and(|source| source.modified().is_ok_and(|it| it > time)) {
            return Some(format!("{name} is older than {}", source.display()));
        }
    }
    None
}

/// The sources in a rule as `make` reads them: `target: source source`, with spaces in names escaped.
fn sources(rule: &str) -> impl Iterator<Item = PathBuf> {
    let line = rule.lines().next().unwrap_or_default();
    let (_, sources) = line.split_once(": ").unwrap_or_default();
    let sources = sources.replace("\\ ", "\0");
    let sources: Vec<_> = sources
        .split(' ')
        .filter(|source| !source.is_empty())
        .map(|source| PathBuf::from(source.replace('\0', " ")))
        .collect();
    sources.into_iter()
}

#[test]
fn what_is_older_than_its_sources_or_made_elsewhere_is_refused() {
    use std::time::{Duration, SystemTime};

    fs::create_dir_all(root().join("target")).unwrap();
    let folder = tempfile::tempdir_in(root().join("target")).unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let write = |name: &str, folder: &Path, age: u64| {
        let path = folder.join(name);
        fs::write(&path, "").unwrap();
        let time = SystemTime::now() - Duration::from_secs(age);
        fs::File::options()
            .write(true)
            .open(&path)
            .and_then(|file| file.set_modified(time))
            .unwrap();
        path
    };
    let program = write("program", folder.path(), 60);
    let rule = folder.path().join("program.d");
    assert!(stale(&program, &rule).unwrap().contains("is not built"));
    let why = |source: &Path| {
        let source = source.display().to_string().replace(' ', "\\ ");
        fs::write(&rule, format!("program: {source}\n")).unwrap();
        stale(&program, &rule)
    };
    let older = write("an older source", folder.path(), 90);
    assert_eq!(why(&older), None);
    let newer = write("a newer source", folder.path(), 30);
    assert!(why(&newer).unwrap().contains("is older than"));
    let moved = write("source", elsewhere.path(), 90);
    assert!(why(&moved).unwrap().contains("elsewhere"));
    assert!(
        why(&folder.path().join("removed"))
            .unwrap()
            .contains("is gone")
    );
}
