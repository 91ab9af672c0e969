//! `stockade test`: runs a component against scripts, without a network.

mod report;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    time::Instant,
};

use anyhow::{Context, bail, ensure};

use self::report::{Outcome, Report};
use super::{ConfigArgs, style::Style};
use stockade_testing::{Harness, script};

/// Where scripts are that nobody names.
const SCRIPTS: &str = "tests";
/// The exit code of tests that cannot be run; that of failed ones is 1.
const UNUSABLE: u8 = 2;

/// What to test, and by which scripts.
#[derive(Debug, clap::Args)]
#[command(after_help = "A script is TOML, for instance tests/products.toml:

  [[case]]
  name = \"a new product is announced to the others\"
  steps = [
    { client = \"ann\", connects = \"/\" },
    { client = \"bob\", connects = \"/\", auth = { name = \"Bob\" } },
    { client = \"ann\", emits = \"create product\", payload = { name = \"tea\" }, ack = { status = \"ok\" } },
    { client = \"bob\", receives = \"refresh products\" },
    { client = \"ann\", receives-nothing = true },
    { requests = \"GET /products\", response = { status = 200, json = [{ id = 1, name = \"tea\" }] } },
    { store = \"products\", holds = { 1 = { id = 1, name = \"tea\" } } },
    { advance = \"1h\" },
  ]

Each case has a server, a store and a clock of its own. `ack-contains = {…}` compares what it mentions; as an expected
value, { \"$any\" = \"string\" } is any text. docs/testing.md has the whole format.

The exit code is 1 where a case fails, 2 where the tests cannot be run.")]
pub(super) struct Args {
    /// The component.
    #[arg(value_name = "APP.wasm")]
    app: PathBuf,
    /// Scripts [default: tests/*.toml]
    #[arg(value_name = "SCRIPT")]
    scripts: Vec<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// Run only cases whose name contains this.
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    #[command(flatten)]
    config: ConfigArgs,
}

pub(super) async fn test(args: Args) -> anyhow::Result<ExitCode> {
    match run(args).await {
        Ok(report) if !report.has_failed() => Ok(ExitCode::SUCCESS),
        Ok(_) => Ok(ExitCode::FAILURE),
        Err(error) => {
            eprintln!("error: {error:#}");
            Ok(ExitCode::from(UNUSABLE))
        }
    }
}

async fn run(args: Args) -> anyhow::Result<Report> {
    let config = args.config.load(None)?;
    let paths = match &*args.scripts {
        [] => scripts(Path::new(SCRIPTS))?,
        named => named.to_vec(),
    };
    // All of them before anything runs: a typing error should not cost the time of the others.
    let scripts = paths.iter().map(|path| script::read(path));
    let scripts = scripts.collect::<Result<Vec<_>, _>>()?;
    let wanted = |case: &script::ScriptCase| match &args.filter {
        Some(text) => case.name.contains(&**text),
        None => true,
    };
    let cases = scripts.iter().flat_map(|script| &script.cases);
    let skipped = cases.clone().filter(|case| !wanted(case)).count();
    ensure!(skipped < cases.count(), "no case has a name with this text");
    let started = Instant::now();
    let harness = Harness::load_untrusted(&args.app, &config)
        .await
        .with_context(|| args.app.display().to_string())?;
    let style = Style::of_stdout();
    let mut report = Report::new(skipped);
    for script in &scripts {
        let cases: Vec<_> = script.cases.iter().filter(|case| wanted(case)).collect();
        if !args.json && !cases.is_empty() {
            println!("{}", script.path.display());
        }
        for case in cases {
            let outcome = Outcome::new(script, case, case.run(&harness).await);
            if !args.json {
                print!("{}", outcome.text(style));
            }
            report.add(outcome);
        }
    }
    match args.json {
        true => println!("{}", serde_json::to_string_pretty(&report)?),
        false => println!("\n{}", report.summary(style, started.elapsed())),
    }
    Ok(report)
}

/// The scripts of a folder, in the order of their names.
fn scripts(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let none = || {
        format!(
            "no scripts are named, and there are none in {}/",
            folder.display()
        )
    };
    let entries = std::fs::read_dir(folder).with_context(none)?;
    let mut scripts = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "toml")
        {
            scripts.push(path);
        }
    }
    scripts.sort_unstable();
    if scripts.is_empty() {
        bail!(none());
    }
    Ok(scripts)
}
