//! The copy of the checkout that has all mutants in it, and what is built from it.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use crate::{
    points::{self, Point},
    table::{File, Table},
};

/// The variable with the number of the mutant that is on.
pub(crate) const SWITCH: &str = "MUTANT";

/// A crate's root. What asks for the switch is added to it.
const ROOT: &str = "src/lib.rs";
const ASK: &str = r#"
/// Whether this mutant is on.
fn mutant(number: u32) -> bool {
    static ON: std::sync::LazyLock<Option<u32>> =
        std::sync::LazyLock::new(|| std::env::var("MUTANT").ok()?.parse().ok());
    *ON == Some(number)
}
"#;
/// The process that compiles components has no environment, but the switch is for it as well.
const COMPILER: &str = "runtime/sandbox/src/compile.rs";
const CLEARED: &str = ".env_clear()";
const BUT_SWITCH: &str =
    ".env_clear().envs(std::env::var_os(\"MUTANT\").map(|on| (\"MUTANT\", on)))";

/// A checkout, with what is made of it in `target/mutants`.
pub(crate) struct Tree {
    root: PathBuf,
    copy: PathBuf,
    built: PathBuf,
    /// Changes that have not compiled, each after its file. Kept for the next time.
    refused: HashSet<String>,
    refused_file: PathBuf,
}

/// The tests, built with all mutants.
pub(crate) struct Programs {
    /// The unit tests of crates, by their folders below `runtime/`.
    unit: BTreeMap<String, Program>,
    pub(crate) it: Program,
}

/// A test program, and the folder where cargo would start it.
pub(crate) struct Program {
    pub(crate) path: PathBuf,
    pub(crate) folder: PathBuf,
}

/// A file of the table with its points.
pub(crate) struct Mutated<'t> {
    pub(crate) file: &'t File,
    pub(crate) points: Vec<Point>,
    text: String,
}

impl Programs {
    /// The unit tests of a crate.
    pub(crate) fn unit(&self, package: &str) -> Result<&Program> {
        let program = self.unit.get(package);
        program.with_context(|| format!("{package} has no unit tests"))
    }
}

impl Tree {
    /// The checkout that this is started in.
    pub(crate) fn here() -> Result<Self> {
        let here = std::env::current_dir()?;
        let root = here
            .ancestors()
            .find(|folder| folder.join("tests/mutants/mutants.toml").exists())
            .context("run this in the checkout")?;
        let work = root.join("target/mutants");
        let refused_file = work.join("refused");
        let refused = fs::read_to_string(&refused_file).unwrap_or_default();
        Ok(Self {
            root: root.to_owned(),
            copy: work.join("tree"),
            built: work.join("build"),
            refused: refused.lines().map(str::to_owned).collect(),
            refused_file,
        })
    }

    /// All points of the table's files.
    pub(crate) fn mutate<'t>(&self, table: &'t Table) -> Result<Vec<Mutated<'t>>> {
        let mut first = 1;
        let files = table.file.iter().map(|file| {
            let source = fs::read_to_string(self.root.join(&file.path))
                .with_context(|| file.path.clone())?;
            let is_refused =
                |change: &str| self.refused.contains(&format!("{}: {change}", file.path));
            let found = points::find(&source, first, &is_refused);
            let (points, text) = found.with_context(|| file.path.clone())?;
            first += points.len();
            Ok(Mutated { file, points, text })
        });
        files.collect()
    }

    /// Builds the tests and what they run, with all points of the table that compile; and says which do.
    pub(crate) fn build<'t>(&mut self, table: &'t Table) -> Result<(Programs, Vec<Mutated<'t>>)> {
        self.copy_dependencies()?;
        loop {
            let mut mutated = self.mutate(table)?;
            self.write(&mutated)?;
            let (messages, is_built) = self.cargo()?;
            if is_built {
                for file in &mut mutated {
                    file.points.retain(|point| !point.refused);
                }
                self.take_guests()?;
                return Ok((self.programs(&messages, &mutated)?, mutated));
            }
            let before = self.refused.len();
            for message in messages {
                if let Message::Diagnostic { message } = message
                    && message.level == "error"
                {
                    self.refused.extend(blamed(&message, &mutated));
                }
            }
            ensure!(self.refused.len() > before, "the copy does not build");
            println!("{} changes do not compile", self.refused.len());
            let refused: Vec<_> = self.refused.iter().map(String::as_str).collect();
            fs::write(&self.refused_file, refused.join("\n"))?;
        }
    }

    /// What the checkout's build has made of other people's crates need not be made again. Not shared with it: cargo takes
    /// the copy's crates for the checkout's.
    fn copy_dependencies(&self) -> Result<()> {
        let (from, to) = (self.root.join("target/debug"), self.built.join("debug"));
        if to.exists() {
            return Ok(());
        }
        fs::create_dir_all(&self.built)?;
        let unfinished = self.built.join("unfinished");
        let _ = fs::remove_dir_all(&unfinished);
        fs::create_dir(&unfinished)?;
        let copied = Command::new("cp")
            .args(["-a", "--reflink=auto"])
            .args(["deps", "build", ".fingerprint"].map(|folder| from.join(folder)))
            .arg(&unfinished)
            .status()?;
        ensure!(copied.success(), "there is no build to begin with");
        Ok(fs::rename(unfinished, to)?)
    }

    /// Writes what differs from what is there, so that cargo builds no more than it has to.
    fn write(&self, mutated: &[Mutated<'_>]) -> Result<()> {
        let files = Command::new("git")
            .args([
                "ls-files",
                "-z",
                "--cached",
                "--others",
                "--exclude-standard",
            ])
            .current_dir(&self.root)
            .output()?;
        ensure!(files.status.success(), "this is not a checkout of git");
        let roots = mutated
            .iter()
            .map(|file| Ok(format!("{}/{ROOT}", file.file.package()?)));
        let roots: BTreeSet<_> = roots.collect::<Result<_>>()?;
        let files = String::from_utf8(files.stdout)?;
        for path in files.split_terminator('\0') {
            let source = self.root.join(path);
            if !source.is_file() {
                continue;
            }
            let mut bytes = fs::read(&source)?;
            if let Some(file) = mutated.iter().find(|file| file.file.path == path) {
                bytes = file.text.clone().into_bytes();
            }
            if roots.contains(path) {
                bytes.extend_from_slice(ASK.as_bytes());
            }
            if path == COMPILER {
                let text = String::from_utf8(bytes)?;
                ensure!(text.contains(CLEARED), "{path} has no {CLEARED}");
                bytes = text.replace(CLEARED, BUT_SWITCH).into_bytes();
            }
            write_changed(&self.copy.join(path), &bytes).with_context(|| path.to_owned())?;
        }
        Ok(())
    }

    fn cargo(&self) -> Result<(Vec<Message>, bool)> {
        let output = Command::new("cargo")
            .args(["build", "--workspace", "--locked", "--all-targets"])
            .args(["--message-format", "json"])
            .env("CARGO_TARGET_DIR", &self.built)
            // Other people's crates have settings of their own, so they are not built again.
            .env("CARGO_PROFILE_DEV_OPT_LEVEL", "0")
            .env("CARGO_PROFILE_DEV_DEBUG", "0")
            .current_dir(&self.copy)
            .stderr(Stdio::inherit())
            .output()?;
        let lines = output.stdout.split(|byte| *byte == b'\n');
        let messages = lines.filter_map(|line| serde_json::from_slice(line).ok());
        Ok((messages.collect(), output.status.success()))
    }

    /// The guests are those of the checkout, and so is the program that says whether they are new enough.
    fn take_guests(&self) -> Result<()> {
        let copied = Command::new("cp")
            .args(["-p", "--remove-destination"])
            .args(
                ["build-guests", "build-guests.d"]
                    .map(|file| self.root.join("target/debug").join(file)),
            )
            .arg(self.built.join("debug"))
            .status()?;
        ensure!(copied.success(), "the checkout is not built");
        Ok(())
    }

    fn programs(&self, messages: &[Message], mutated: &[Mutated<'_>]) -> Result<Programs> {
        let program = |package: &str, kind: &str| {
            let manifest = self.copy.join(package).join("Cargo.toml");
            let path = messages.iter().find_map(|message| match message {
                Message::Artifact(made)
                    if made.manifest_path == manifest
                        && made.target.kind == [kind]
                        && made.profile.test =>
                {
                    made.executable.clone()
                }
                _ => None,
            });
            Ok::<_, anyhow::Error>(Program {
                path: path.with_context(|| format!("the tests of {package} are not built"))?,
                folder: self.root.join(package),
            })
        };
        let tested: BTreeSet<_> = mutated
            .iter()
            .flat_map(|file| file.file.unit.keys())
            .collect();
        let unit = tested.into_iter().map(|package| {
            let program = program(&format!("runtime/{package}"), "lib")?;
            Ok((package.clone(), program))
        });
        Ok(Programs {
            unit: unit.collect::<Result<_>>()?,
            it: program("tests", "test")?,
        })
    }
}

/// What cargo says, as far as it matters here.
#[derive(Deserialize)]
#[serde(tag = "reason")]
enum Message {
    #[serde(rename = "compiler-message")]
    Diagnostic { message: Diagnostic },
    #[serde(rename = "compiler-artifact")]
    Artifact(Artifact),
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Diagnostic {
    level: String,
    spans: Vec<Span>,
    rendered: Option<String>,
}

#[derive(Deserialize)]
struct Span {
    file_name: String,
    byte_start: usize,
    is_primary: bool,
}

#[derive(Deserialize)]
struct Artifact {
    manifest_path: PathBuf,
    target: Target,
    profile: Profile,
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    kind: Vec<String>,
}

#[derive(Deserialize)]
struct Profile {
    test: bool,
}

/// The innermost change that an error of the compiler is about.
fn blamed(error: &Diagnostic, mutated: &[Mutated<'_>]) -> Option<String> {
    let (primary, others): (Vec<_>, Vec<_>) = error.spans.iter().partition(|span| span.is_primary);
    let found = primary.into_iter().chain(others).find_map(|span| {
        let Mutated { file, points, .. } = mutated
            .iter()
            .find(|known| known.file.path == span.file_name)?;
        let around = points
            .iter()
            .filter(|it| it.copy.contains(&span.byte_start));
        let inner = around.min_by_key(|point| point.copy.len())?;
        Some(format!("{}: {}", file.path, inner.change))
    });
    if found.is_none() {
        eprintln!("{}", error.rendered.as_deref().unwrap_or_default());
    }
    found
}

fn write_changed(path: &Path, bytes: &[u8]) -> Result<()> {
    if fs::read(path).is_ok_and(|known| known == bytes) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    Ok(fs::write(path, bytes)?)
}
