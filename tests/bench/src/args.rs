//! What was typed.

use clap::{Args, FromArgMatches as _, Parser, Subcommand};

use crate::{
    load::message::SHORTEST_PAYLOAD,
    peers::{self, PEERS},
};

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

impl Command {
    /// The measurements that are meant, one after the other.
    pub(crate) fn measurements(self) -> Result<Vec<Measurement>, clap::Error> {
        match self {
            Self::One(measurement) => Ok(vec![measurement]),
            Self::All => ALL.into_iter().map(Measurement::parse).collect(),
        }
    }
}

/// What `all` is.
const ALL: [&str; 4] = [
    "compare --rounds 3 --seconds 2",
    "fan-out --seconds 3",
    "memory --seconds 3",
    "grow --seconds 1.5",
];

impl Measurement {
    fn parse(line: &str) -> Result<Self, clap::Error> {
        let mut matches = Self::augment_subcommands(clap::Command::new("").no_binary_name(true))
            .try_get_matches_from(line.split(' '))?;
        Self::from_arg_matches_mut(&mut matches)
    }
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
    #[command(flatten)]
    One(Measurement),
    /// Everything, with fewer rounds: about ten minutes
    All,
}

#[derive(Subcommand)]
pub(crate) enum Measurement {
    /// Events a second, latency and CPU time of all peers, and the ratios between them
    ///
    /// All peers run all the time, and one at a time has work. Ratios are those of one round, so that a machine that
    /// becomes slower does it to both sides of a ratio.
    Compare(CompareArgs),
    /// Deliveries a second when one event reaches all sockets
    ///
    /// One client announces, and announces again once every socket has heard it.
    FanOut(FanOutArgs),
    /// Memory of a connection, and what a burst of events leaves behind
    Memory(MemoryArgs),
    /// CPU time of an event against the number of connections and the size of payloads
    Grow(GrowArgs),
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

#[derive(Args, Clone)]
pub(crate) struct FanOutArgs {
    /// Sockets that hear each announcement
    #[arg(long, value_name = "N,…", value_delimiter = ',', default_values_t = [1_000, 10_000])]
    pub(crate) sockets: Vec<usize>,
    /// How long each peer is measured
    #[arg(long, value_name = "SECONDS", default_value_t = 5.0)]
    pub(crate) seconds: f64,
}

#[derive(Args, Clone)]
pub(crate) struct MemoryArgs {
    /// Connections that are compared with the first thousand, in ascending order
    #[arg(long, value_name = "N,…", value_delimiter = ',', default_values_t = [5_000, 10_000])]
    pub(crate) connections: Vec<usize>,
    /// How long connections are idle before memory is looked at
    #[arg(long, value_name = "SECONDS", default_value_t = 5.0)]
    pub(crate) seconds: f64,
}

#[derive(Args, Clone)]
pub(crate) struct GrowArgs {
    /// Connections, each with one event in flight
    #[arg(long, value_name = "N,…", value_delimiter = ',', default_values_t = [1, 10, 100, 1_000, 10_000])]
    pub(crate) connections: Vec<usize>,
    /// Bytes of a payload, sent on 32 connections with one event in flight each
    #[arg(long, value_name = "BYTES,…", value_delimiter = ',', value_parser = payload,
        default_values_t = [20, 200, 2_000, 20_000, 100_000])]
    pub(crate) payloads: Vec<usize>,
    /// How long each point is measured
    #[arg(long, value_name = "SECONDS", default_value_t = 3.0)]
    pub(crate) seconds: f64,
}

fn peer_names() -> clap::builder::PossibleValuesParser {
    peers::names().into()
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
