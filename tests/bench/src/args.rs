//! What was typed.

use clap::{Args, Parser, Subcommand};

use crate::{load::message::SHORTEST_PAYLOAD, peers::PEERS};

/// Measures Stockade beside its peers: one client, one machine, one run.
///
/// Each peer is a server of its own, bound to one core; the client is bound to another and checks every acknowledgement.
/// Results go to target/bench/*.json, pictures beside them. Close other programs first: whatever else runs is measured,
/// too. `make bench` builds everything that this needs, and runs `stockade-bench all`.
#[derive(Parser)]
#[command(after_help = after_help())]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// What all measurements have in common.
#[derive(Args)]
pub(crate) struct Common {
    /// Measure only this peer; may be given more than once
    #[arg(long = "peer", value_name = "NAME", global = true, value_parser = peer_names())]
    pub(crate) peers: Vec<String>,
    /// Write pictures to docs/bench, for the documentation
    #[arg(long, global = true)]
    pub(crate) docs: bool,
    /// Core that servers run on
    #[arg(long, value_name = "N", default_value_t = 0, global = true)]
    pub(crate) server_core: usize,
    /// Core that the client runs on
    #[arg(long, value_name = "N", default_value_t = 1, global = true)]
    pub(crate) load_core: usize,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Events a second, latency and CPU time of all peers, and the ratios between them
    ///
    /// All peers run all the time, and one at a time has work. Ratios are those of one round, so that a machine that
    /// becomes slower does it to both sides of a ratio.
    Compare(CompareArgs),
}

#[derive(Args, Clone)]
pub(crate) struct CompareArgs {
    /// How many times each peer is measured
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) rounds: u32,
    /// How long each peer is measured in a round
    #[arg(long, value_name = "SECONDS", default_value_t = 3.0)]
    pub(crate) seconds: f64,
    /// Connections to a peer
    #[arg(long, value_name = "N", default_value_t = 32)]
    pub(crate) connections: usize,
    /// Events in flight on each connection, one measurement for each number
    #[arg(long, value_name = "N,…", value_delimiter = ',', default_values_t = [1, 8])]
    pub(crate) windows: Vec<usize>,
    /// Bytes of each payload, 20 at least
    #[arg(long, value_name = "BYTES", default_value_t = 32, value_parser = payload)]
    pub(crate) payload: usize,
}

fn peer_names() -> clap::builder::PossibleValuesParser {
    PEERS
        .iter()
        .map(|peer| peer.name)
        .collect::<Vec<_>>()
        .into()
}

fn payload(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(length @ SHORTEST_PAYLOAD..) => Ok(length),
        _ => Err(format!(
            "a number of {SHORTEST_PAYLOAD} or more is expected"
        )),
    }
}

fn after_help() -> String {
    let peers = PEERS
        .iter()
        .map(|peer| format!("  {:<17}{}\n", peer.name, peer.about))
        .collect::<String>();
    format!(
        "Peers:\n{peers}\nExamples:\n  \
         stockade-bench compare --rounds 3 --peer socket.io --peer stockade-event\n  \
         stockade-bench compare --windows 8 --seconds 10 --peer stockade-tenant\n"
    )
}
