//! The command line: one file for each subcommand.

mod inspect;
mod logging;
mod run;
mod style;
mod test;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

use stockade_sandbox::AddressSpace;

/// Hosts untrusted Socket.IO event handlers as WebAssembly components.
#[derive(Debug, Parser)]
#[command(name = "stockade", version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve one component to Socket.IO clients.
    Run(run::Args),
    /// Show what a component serves and wants, or every reason to refuse it.
    Inspect(inspect::Args),
    /// Run a component against scripted clients, without a network.
    Test(test::Args),
    /// Compiles standard input to standard output; `run` and `inspect` start this themselves.
    #[command(name = stockade_sandbox::COMPILE_COMMAND, hide = true)]
    CompileChild {
        /// For an engine that has little address space.
        #[arg(long)]
        short_address_space: bool,
    },
}

/// The configuration file, shared by the commands that load components.
#[derive(Debug, clap::Args)]
struct ConfigArgs {
    /// Configuration file; without it, the defaults and STOCKADE_… variables apply.
    #[arg(long, value_name = "FILE", env = "STOCKADE_CONFIG")]
    config: Option<PathBuf>,
}

impl ConfigArgs {
    fn load(&self, static_files: Option<String>) -> anyhow::Result<stockade_config::Config> {
        let environment = std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        // A flag is one more variable, and comes last.
        let flags = static_files.map(|folder| ("STOCKADE_STATIC".to_owned(), folder));
        let environment = environment.chain(flags);
        Ok(stockade_config::load(self.config.as_deref(), environment)?)
    }
}

/// Parses the arguments and runs the command.
///
/// # Errors
/// What made the command fail, for a person to read.
pub(crate) fn main() -> anyhow::Result<ExitCode> {
    stockade_sandbox::keep_inherited_files();
    match Cli::parse().command {
        Command::Run(args) => block_on(run::run(args)),
        Command::Inspect(args) => block_on(inspect::inspect(args)),
        Command::Test(args) => block_on(test::test(args)),
        Command::CompileChild {
            short_address_space,
        } => Ok(stockade_sandbox::compile_child(match short_address_space {
            true => AddressSpace::Short,
            false => AddressSpace::Ample,
        })),
    }
}

fn block_on(command: impl Future<Output = anyhow::Result<ExitCode>>) -> anyhow::Result<ExitCode> {
    // With one core there is nobody to share tasks with, and a scheduler that could costs half of what sockets cost.
    let mut runtime = match std::thread::available_parallelism() {
        Ok(cores) if cores.get() == 1 => tokio::runtime::Builder::new_current_thread(),
        _ => tokio::runtime::Builder::new_multi_thread(),
    };
    runtime.enable_all().build()?.block_on(command)
}
