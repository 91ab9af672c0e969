//! `stockade inspect`: what a component serves and wants.

mod report;
mod text;

use std::{path::PathBuf, process::ExitCode};

use super::{ConfigArgs, style::Style};
use report::{Component, Report};
use stockade_sandbox::{Engine, Isolation};
use stockade_server::tenant::{LoadError, Tenant};
use stockade_store::Store;

/// What to look at.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The component.
    #[arg(value_name = "APP.wasm")]
    app: PathBuf,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigArgs,
}

pub(super) async fn inspect(args: Args) -> anyhow::Result<ExitCode> {
    let mut config = args.config.load(None)?;
    // Whatever is configured: what it says of fresh instances holds for the setting that wants them.
    config.tenant.isolation = Isolation::Event;
    let engine = Engine::new(1, config.tenant.limits.memory)?;
    let store = Store::memory(config.tenant.limits.store);
    let loaded = Tenant::load(&engine, "inspected", &args.app, &config.tenant, &store).await;
    let release = loaded.as_ref().ok().map(|tenant| tenant.release());
    let report = Report {
        file: args.app.display().to_string(),
        accepted: loaded.is_ok(),
        reasons: loaded.as_ref().err().map(reasons).unwrap_or_default(),
        component: release.as_ref().map(|release| Component::new(release)),
    };
    match args.json {
        true => println!("{}", serde_json::to_string_pretty(&report)?),
        false => print!("{}", text::text(&report, Style::of_stdout())),
    }
    Ok(match report.accepted {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

fn reasons(error: &LoadError) -> Vec<String> {
    match error {
        LoadError::Manifest(reasons) => reasons.iter().map(ToString::to_string).collect(),
        error => vec![error.to_string()],
    }
}
