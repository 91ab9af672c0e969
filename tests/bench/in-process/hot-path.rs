//! A fixed amount of work, part by part, for `scripts/check-instructions.sh` and for profilers.
//!
//! `hot-path --parts` lists the parts. `hot-path PART COUNT` runs one of them `COUNT` times, `hot-path all COUNT` each of
//! them. A call of [`mark`] stands before and after what counts, for callgrind to write its counts at.

use std::hint::black_box;

use anyhow::{Context, Result};
use in_process::{Bench, EVENT, Guest, INVALID, PLAIN, PRODUCTS, Served};
use stockade::{response::Ack, sandbox::Isolation};
use tokio::runtime::{Builder, Runtime};

/// Rounds in front of those that count, so that what is made once has been made.
const WARM_UP: usize = 20;

/// One part of the way of an event.
struct Part {
    name: &'static str,
    guest: Guest,
    isolation: Isolation,
    round: fn(&Runtime, &Served) -> Result<()>,
}

const PARTS: [Part; 6] = [
    Part {
        name: "validate",
        guest: PLAIN,
        isolation: Isolation::Event,
        round: |_, served| validate(served, EVENT),
    },
    Part {
        name: "validate-and-reject",
        guest: PLAIN,
        isolation: Isolation::Event,
        round: |_, served| validate(served, INVALID),
    },
    Part {
        name: "event-fresh",
        guest: PLAIN,
        isolation: Isolation::Event,
        round: event,
    },
    Part {
        name: "event-reused",
        guest: PLAIN,
        isolation: Isolation::Tenant,
        round: event,
    },
    Part {
        name: "products-fresh",
        guest: PRODUCTS,
        isolation: Isolation::Event,
        round: event,
    },
    Part {
        name: "products-reused",
        guest: PRODUCTS,
        isolation: Isolation::Tenant,
        round: event,
    },
];

/// What is beside it in callgrind's files starts or ends here.
#[inline(never)]
fn mark() {
    black_box(());
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let [part, count] = arguments[..] else {
        for part in &PARTS {
            println!("{}", part.name);
        }
        return Ok(());
    };
    let count = count.parse().context("COUNT is no number")?;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let mut run = 0;
    for chosen in PARTS
        .iter()
        .filter(|known| part == "all" || part == known.name)
    {
        chosen.run(&runtime, count)?;
        run += 1;
    }
    anyhow::ensure!(run > 0, "there is no part {part}");
    Ok(())
}

impl Part {
    fn run(&self, runtime: &Runtime, count: usize) -> Result<()> {
        let bench = runtime.block_on(Bench::load(self.guest))?;
        let served = runtime.block_on(bench.serve(self.isolation))?;
        for _ in 0..WARM_UP {
            (self.round)(runtime, &served)?;
        }
        let started = std::time::Instant::now();
        mark();
        for _ in 0..count {
            (self.round)(runtime, &served)?;
        }
        mark();
        let each = started.elapsed().as_nanos() / count as u128;
        eprintln!("{:20} {each} ns", self.name);
        Ok(())
    }
}

fn validate(served: &Served, text: &str) -> Result<()> {
    black_box(served.validate(text)?.is_ok());
    Ok(())
}

fn event(runtime: &Runtime, served: &Served) -> Result<()> {
    let mut ack = String::new();
    Ack(&runtime.block_on(served.event(EVENT))?).write(&mut ack);
    black_box(ack);
    Ok(())
}
