//! The benchmark: starts the peers one beside the other, loads them, prints what it has seen.
//!
//! `args` is what can be asked for, with a file for each; `peers` is who is measured, `load` the client.

mod args;
mod compare;
mod fan_out;
mod grow;
mod load;
mod machine;
mod memory;
mod peers;
mod picture;
mod pin;
mod places;
mod report;
mod spread;

use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Parser as _;
use tokio::{
    runtime::Builder,
    signal::unix::{SignalKind, signal},
    task::LocalSet,
};

use args::{Cli, Common, Measurement};
use machine::Machine;
use places::{Pictures, Places};

/// What every measurement needs to know.
struct Bench {
    common: Common,
    machine: Machine,
    places: Places,
}

fn main() -> ExitCode {
    match measure(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn measure(Cli { command, common }: Cli) -> Result<()> {
    let measurements = command.measurements()?;
    pin::raise_open_files()?;
    pin::to_core(common.load_core)?;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, async {
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        // Whatever ends the measurement also ends the servers: they are killed when dropped.
        tokio::select! {
            result = run(measurements, common) => result,
            _ = interrupt.recv() => bail!("interrupted"),
            _ = terminate.recv() => bail!("terminated"),
        }
    })
}

async fn run(measurements: Vec<Measurement>, common: Common) -> Result<()> {
    let places = Places::new(if common.docs {
        Pictures::Docs
    } else {
        Pictures::Results
    });
    let machine = Machine::describe(&places).await;
    if machine.busy_cores > 0.1 {
        eprintln!(
            "warning: {:.1} cores are busy with something else, which will be measured, too",
            machine.busy_cores
        );
    }
    let bench = &Bench {
        common,
        machine,
        places,
    };
    for measurement in measurements {
        match measurement {
            Measurement::Compare(args) => compare::run(&args, bench).await?,
            Measurement::FanOut(args) => fan_out::run(&args, bench).await?,
            Measurement::Memory(args) => memory::run(&args, bench).await?,
            Measurement::Grow(args) => grow::run(&args, bench).await?,
        }
    }
    Ok(())
}
