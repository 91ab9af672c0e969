//! C guests: compiled with Clang, linked with the kit and the bindings, encoded as a component.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use wit_component::ComponentEncoder;

use crate::bindings::Bindings;
use crate::layout::Layout;
use crate::tool;

/// A line of a guest's source that begins so gives Clang more options.
const OPTIONS: &str = "// clang:";

/// What all C guests share, compiled: the kit and the bindings.
pub(crate) struct Kit {
    include: [PathBuf; 2],
    objects: Vec<PathBuf>,
    work: PathBuf,
}

impl Kit {
    /// Generates the bindings and compiles them and the kit.
    pub(crate) fn compile(layout: &Layout) -> Result<Self> {
        let bindings = Bindings::generate(layout)?;
        let folder = layout.kit();
        let sources = [folder.join("kit.c"), folder.join("json.c"), bindings.source];
        let mut kit = Self {
            include: [folder, bindings.folder],
            objects: vec![bindings.component_type],
            work: layout.work.clone(),
        };
        for source in sources {
            let object = kit.work.join(
                source
                    .with_extension("o")
                    .file_name()
                    .context("a source has no name")?,
            );
            kit.run(kit.clang().arg("-c").arg(source).arg("-o").arg(&object))?;
            kit.objects.push(object);
        }
        Ok(kit)
    }

    /// Builds a guest from its C source.
    pub(crate) fn build(&self, source: &Path, name: &str) -> Result<Vec<u8>> {
        let module = self.work.join(format!("{name}.core.wasm"));
        let mut clang = self.clang();
        clang
            .args(["-mexec-model=reactor", "-Wl,--wrap=free,--strip-debug"])
            .arg(source)
            .args(&self.objects);
        self.run(clang.args(options(source)?).arg("-o").arg(&module))?;

        let module = fs::read(&module).context("read what Clang wrote")?;
        ComponentEncoder::default()
            .module(&module)
            .context("read the world out of the core module")?
            .validate(true)
            .encode()
            .context("encode the component")
    }

    fn clang(&self) -> Command {
        let mut clang = Command::new(tool::first_of(&["clang-22", "clang"]));
        clang.args([
            "--target=wasm32-wasi",
            "-std=c23",
            "-Os",
            "-Wall",
            "-Wextra",
            "-Werror",
            "-Wno-deprecated",
        ]);
        for folder in &self.include {
            clang.arg("-I").arg(folder);
        }
        clang
    }

    fn run(&self, clang: &mut Command) -> Result<()> {
        tool::run(
            clang,
            "guests in C are compiled with Clang 22, wasm-ld and wasi-libc",
        )
    }
}

fn options(source: &Path) -> Result<Vec<String>> {
    let text = fs::read_to_string(source).with_context(|| format!("read {}", source.display()))?;
    let lines = text.lines().filter_map(|line| line.strip_prefix(OPTIONS));
    Ok(lines
        .flat_map(str::split_whitespace)
        .map(str::to_owned)
        .collect())
}
