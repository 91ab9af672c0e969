//! What connections cost that do nothing, and what is left of a burst.

use std::time::Duration;

use anyhow::Result;
use serde::Serialize;

use crate::{
    Bench,
    args::MemoryArgs,
    load::{
        events::{self, Load},
        idle, socket,
    },
    peers::{
        self,
        server::{Memory, Server},
    },
    report::{self, Table, progress, whole},
};

/// Who is measured unless `--peer` says otherwise.
const PEERS: [&str; 4] = ["foal", "socket.io", "native", "stockade-event"];

/// The first connections, which pay for what a server makes once.
const FIRST: usize = 1_000;

/// An event on each connection, again and again.
const BURST: Load = Load {
    window: 1,
    payload: 2_000,
    warm_up: Duration::ZERO,
    duration: Duration::from_secs(5),
};

/// How long after a burst memory is looked at again.
const AFTER_BURST: Duration = Duration::from_secs(15);

/// One peer.
#[derive(Serialize)]
struct Row {
    peer: &'static str,
    /// Before anybody has connected.
    empty: Memory,
    /// With connections that are idle.
    idle: Vec<Idle>,
    /// Right after events on all connections.
    burst: Memory,
    /// Some time later, all still connected.
    after_burst: Memory,
    /// All have gone.
    left: Memory,
}

/// Memory with a number of idle connections.
#[derive(Serialize)]
struct Idle {
    connections: usize,
    memory: Memory,
}

impl Row {
    /// Resident bytes of each connection of `idle` beyond the first ones.
    fn bytes_per_connection(&self, idle: &Idle) -> Option<f64> {
        let first = self.idle.first()?;
        let bytes = idle.memory.resident as f64 - first.memory.resident as f64;
        Some(bytes / (idle.connections - first.connections) as f64)
    }
}

/// Measures, prints, writes.
pub(crate) async fn run(args: &MemoryArgs, bench: &Bench) -> Result<()> {
    let mut rows = Vec::new();
    for peer in peers::select(&PEERS, &bench.common.peers) {
        let server = Server::start(peer, bench.common.server_core, &bench.places).await?;
        rows.push(server.explain(measure(args, &server).await)?);
    }
    progress(format_args!(""));
    print(args, &rows);
    report::write("memory", &bench.machine, &rows, &bench.places)
}

async fn measure(args: &MemoryArgs, server: &Server) -> Result<Row> {
    let name = server.peer.name;
    let empty = server.memory()?;
    let mut sockets = Vec::new();
    let mut idle = Vec::new();
    for &connections in [FIRST]
        .iter()
        .chain(args.connections.iter().filter(|&&count| count > FIRST))
    {
        sockets.extend(socket::open(server.address, connections - sockets.len()).await?);
        progress(format_args!("{name}: {connections} idle connections"));
        sockets = idle::wait(sockets, Duration::from_secs_f64(args.seconds)).await?;
        idle.push(Idle {
            connections,
            memory: server.memory()?,
        });
    }
    progress(format_args!(
        "{name}: events on {} connections",
        sockets.len()
    ));
    let (_, sockets) = events::run(sockets, BURST, || server.cpu()).await?;
    let burst = server.memory()?;
    let sockets = idle::wait(sockets, AFTER_BURST).await?;
    let after_burst = server.memory()?;
    drop(sockets);
    server.settle().await?;
    Ok(Row {
        peer: name,
        empty,
        idle,
        burst,
        after_burst,
        left: server.memory()?,
    })
}

fn print(args: &MemoryArgs, rows: &[Row]) {
    let mib = |memory: Memory| format!("{:.1}", memory.resident as f64 / f64::from(1 << 20));
    println!(
        "Resident bytes of an idle connection, beyond the first {}\n",
        whole(FIRST as f64)
    );
    let mut table = Table::new(["peer", "connections", "bytes each", "MiB in all"]);
    for row in rows {
        for idle in row.idle.iter().skip(1) {
            let bytes = row.bytes_per_connection(idle).map(whole);
            table.row([
                row.peer.to_owned(),
                whole(idle.connections as f64),
                bytes.unwrap_or_default(),
                mib(idle.memory),
            ]);
        }
    }
    table.print();

    let connections = args.connections.iter().copied().max().unwrap_or(FIRST);
    println!(
        "Resident MiB around a burst: {} s of events, {} bytes each, on {} connections\n",
        BURST.duration.as_secs(),
        BURST.payload,
        whole(connections as f64)
    );
    let after = format!("{} s later", AFTER_BURST.as_secs());
    let mut table = Table::new([
        "peer",
        "empty",
        "idle",
        "after the burst",
        &after,
        "all gone",
    ]);
    for row in rows {
        let idle = row
            .idle
            .last()
            .map(|idle| mib(idle.memory))
            .unwrap_or_default();
        table.row([
            row.peer.to_owned(),
            mib(row.empty),
            idle,
            mib(row.burst),
            mib(row.after_burst),
            mib(row.left),
        ]);
    }
    table.print();
}
