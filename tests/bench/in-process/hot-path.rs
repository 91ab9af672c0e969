//! A fixed amount of work, part by part, for `scripts/check-instructions.sh` and for profilers.
//!
//! `hot-path BATCHES ROUNDS` runs each part in so many batches of so many rounds, `hot-path BATCHES ROUNDS PART…` some of
//! them. It writes a line for each batch: the part's name and the time of a round. A call of [`mark`] stands before and
//! after each batch, for callgrind to write its counts at.

use std::{env, hint::black_box, pin::pin, time::Instant};

use anyhow::{Context, Result, bail};
use futures::FutureExt;
use in_process::{Bench, EVENT, Guest, INVALID, PLAIN, PRODUCTS, Served};
use stockade_sandbox::Isolation;
use stockade_server::response::{Ack, Response};
use tokio::runtime::{Builder, Runtime};

/// Rounds in front of those that count, so that what is made once has been made.
const WARM_UP: usize = 20;

/// A part of the way of an event, or all of it.
struct Part {
    name: &'static str,
    guest: Guest,
    isolation: Isolation,
    round: fn(&Runtime, &Served) -> Result<()>,
}

const PARTS: [Part; 7] = [
    Part {
        name: "accept",
        guest: PLAIN,
        isolation: Isolation::Event,
        round: |_, served| accept(served, EVENT),
    },
    Part {
        name: "reject",
        guest: PLAIN,
        isolation: Isolation::Event,
        round: |_, served| accept(served, INVALID),
    },
    Part {
        name: "encode",
        guest: PLAIN,
        isolation: Isolation::Event,
        round: |_, served| encode(served),
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

/// Callgrind writes its counts when this is called, and starts again.
#[inline(never)]
fn mark() {
    black_box(());
}

fn main() -> Result<()> {
    let mut arguments = env::args().skip(1);
    let mut number = || arguments.next()?.parse().ok();
    let (Some(batches), Some(rounds)) = (number(), number()) else {
        bail!("usage: hot-path BATCHES ROUNDS [PART…]");
    };
    let chosen: Vec<String> = arguments.collect();
    let runtime = Builder::new_current_thread().enable_all().build()?;
    for guest in [PLAIN, PRODUCTS] {
        let is_wanted = |part: &&Part| {
            part.guest.name == guest.name
                && (chosen.is_empty() || chosen.iter().any(|name| name == part.name))
        };
        let mut parts = PARTS.iter().filter(is_wanted).peekable();
        if parts.peek().is_none() {
            continue;
        }
        let bench = runtime.block_on(Bench::load(guest))?;
        for part in parts {
            part.run(&runtime, &bench, batches, rounds)?;
        }
    }
    Ok(())
}

impl Part {
    fn run(&self, runtime: &Runtime, bench: &Bench, batches: u32, rounds: u32) -> Result<()> {
        let served = runtime.block_on(bench.serve(self.isolation))?;
        for _ in 0..WARM_UP {
            (self.round)(runtime, &served)?;
        }
        for _ in 0..batches {
            let started = Instant::now();
            mark();
            for _ in 0..rounds {
                (self.round)(runtime, &served)?;
            }
            mark();
            let each = started.elapsed() / rounds.max(1);
            println!("{} {each:?}", self.name);
        }
        Ok(())
    }
}

fn accept(served: &Served, text: &str) -> Result<()> {
    let accepted = pin!(served.accept(text)).now_or_never();
    black_box(accepted.context("accepting an event has to wait")??.is_ok());
    Ok(())
}

fn encode(served: &Served) -> Result<()> {
    black_box(ack(black_box(&served.answered)));
    Ok(())
}

fn event(runtime: &Runtime, served: &Served) -> Result<()> {
    let response = runtime.block_on(served.event(EVENT))?;
    black_box(ack(&response));
    Ok(())
}

fn ack(response: &Response) -> String {
    let mut text = String::new();
    Ack(response).write(&mut text);
    text
}
