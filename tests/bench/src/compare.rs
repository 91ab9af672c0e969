//! All peers under the same load, in turn.

mod show;

use std::time::Duration;

use anyhow::Result;
use serde::Serialize;

use crate::{
    Bench,
    args::CompareArgs,
    load::events::{Load, Outcome},
    peers::{self, BASELINES, server::Server},
    report::{self, progress},
    spread::Spread,
};

/// How long a peer works before the first round, for the sake of compilers that work at run time.
const FIRST_WARM_UP: Duration = Duration::from_secs(2);
/// How long it works in each round before anything is counted.
const WARM_UP: Duration = Duration::from_millis(300);

/// What is written.
#[derive(Serialize)]
struct Comparison {
    connections: usize,
    payload_bytes: usize,
    rows: Vec<Row>,
    ratios: Vec<Ratio>,
}

/// A peer's results with one number of events in flight.
#[derive(Serialize)]
struct Row {
    peer: &'static str,
    window: usize,
    rounds: Vec<Round>,
}

/// What one round has brought.
#[derive(Clone, Copy, Serialize)]
struct Round {
    events_per_second: f64,
    latency_p50_us: f64,
    latency_p99_us: f64,
    server_cpu_us_per_event: f64,
}

/// A peer's events a second beside another's in the same round.
#[derive(Serialize)]
struct Ratio {
    peer: &'static str,
    to: &'static str,
    window: usize,
    times: Spread,
}

impl From<&Outcome> for Round {
    fn from(outcome: &Outcome) -> Self {
        let events = outcome.events as f64;
        let latency = |quantile| outcome.latency.value_at_quantile(quantile) as f64 / 1e3;
        Self {
            events_per_second: events / outcome.elapsed.as_secs_f64(),
            latency_p50_us: latency(0.5),
            latency_p99_us: latency(0.99),
            server_cpu_us_per_event: outcome.cpu_us(),
        }
    }
}

impl Row {
    fn spread(&self, number: impl Fn(&Round) -> f64) -> Option<Spread> {
        Spread::of(self.rounds.iter().map(number))
    }

    /// Beside the peers that others are compared with, round by round.
    fn ratios(&self, rows: &[Self]) -> Vec<Ratio> {
        let ratio = |to| {
            let same = |row: &&Self| row.peer == to && row.window == self.window;
            let pairs = self.rounds.iter().zip(&rows.iter().find(same)?.rounds);
            let times = Spread::of(
                pairs.map(|(one, other)| one.events_per_second / other.events_per_second),
            )?;
            Some(Ratio {
                peer: self.peer,
                to,
                window: self.window,
                times,
            })
        };
        BASELINES.into_iter().filter_map(ratio).collect()
    }
}

impl Comparison {
    fn ratio(&self, peer: &str, to: &str, window: usize) -> Option<Spread> {
        let is_it = |ratio: &&Ratio| ratio.peer == peer && ratio.to == to && ratio.window == window;
        self.ratios.iter().find(is_it).map(|ratio| ratio.times)
    }
}

/// Measures, prints, writes.
pub(crate) async fn run(args: &CompareArgs, bench: &Bench) -> Result<()> {
    let mut servers = Vec::new();
    for peer in peers::select(&peers::names(), &bench.common.peers) {
        servers.push(Server::start(peer, bench.common.server_core, &bench.places).await?);
    }
    let rows = measure(args, &servers).await?;
    let ratios = rows.iter().flat_map(|row| row.ratios(&rows)).collect();
    let comparison = Comparison {
        connections: args.connections,
        payload_bytes: args.payload,
        rows,
        ratios,
    };
    show::print(args, &comparison);
    show::draw(args, &comparison, &bench.places)?;
    report::write("compare", &bench.machine, &comparison, &bench.places)
}

async fn measure(args: &CompareArgs, servers: &[Server]) -> Result<Vec<Row>> {
    let mut rows: Vec<Row> = args
        .windows
        .iter()
        .flat_map(|&window| {
            servers.iter().map(move |server| Row {
                peer: server.peer.name,
                window,
                rounds: Vec::new(),
            })
        })
        .collect();
    let load = Load {
        window: args.windows.iter().copied().max().unwrap_or(1),
        payload: args.payload,
        warm_up: WARM_UP,
        duration: Duration::from_secs_f64(args.seconds),
    };
    for server in servers {
        progress(format_args!("warming up {}", server.peer.name));
        let load = Load {
            duration: FIRST_WARM_UP,
            ..load
        };
        server.explain(server.load(args.connections, load).await)?;
    }
    for round in 0..args.rounds {
        for window in &args.windows {
            for server in order(servers, round) {
                let name = server.peer.name;
                progress(format_args!(
                    "round {} of {}: {name}, {window} in flight",
                    round + 1,
                    args.rounds
                ));
                let load = Load {
                    window: *window,
                    ..load
                };
                let outcome = server.explain(server.load(args.connections, load).await)?;
                let row = rows
                    .iter_mut()
                    .find(|row| row.peer == name && row.window == *window);
                row.into_iter()
                    .for_each(|row| row.rounds.push(Round::from(&outcome)));
            }
        }
    }
    progress(format_args!(""));
    Ok(rows)
}

/// The order of a round: each begins with another server, and every second goes backwards.
fn order(servers: &[Server], round: u32) -> Vec<&Server> {
    let mut servers: Vec<_> = servers.iter().collect();
    let first = round as usize % servers.len().max(1);
    servers.rotate_left(first);
    if round % 2 == 1 {
        servers.reverse();
    }
    servers
}
