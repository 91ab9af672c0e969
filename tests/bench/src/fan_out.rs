//! One event to all sockets.

use std::time::Duration;

use anyhow::Result;
use serde::Serialize;

use crate::{
    Bench,
    args::FanOutArgs,
    load::{
        broadcast::{self, Outcome},
        socket,
    },
    peers::{self, server::Server},
    report::{self, Table, progress, whole},
};

/// Who is measured unless `--peer` says otherwise.
const PEERS: [&str; 3] = ["socket.io", "native", "stockade-event"];

/// How long announcements go out before they are counted.
const WARM_UP: Duration = Duration::from_secs(2);

/// One peer with one number of sockets.
#[derive(Serialize)]
struct Row {
    peer: &'static str,
    sockets: usize,
    announcements: u64,
    deliveries_per_second: f64,
    server_cpu_us_per_delivery: f64,
    /// Until the last socket has heard it.
    announcement_p50_ms: f64,
    announcement_p99_ms: f64,
}

/// Measures, prints, writes.
pub(crate) async fn run(args: &FanOutArgs, bench: &Bench) -> Result<()> {
    let mut rows = Vec::new();
    for &sockets in &args.sockets {
        for peer in peers::select(&PEERS, &bench.common.peers) {
            let server = Server::start(peer, bench.common.server_core, &bench.places).await?;
            progress(format_args!(
                "announcing to {sockets} sockets of {}",
                peer.name
            ));
            let outcome = server.explain(announced(&server, sockets, args.seconds).await)?;
            rows.push(row(peer.name, sockets, &outcome));
        }
    }
    progress(format_args!(""));
    print(args, &rows);
    report::write("fan-out", &bench.machine, &rows, &bench.places)
}

async fn announced(server: &Server, sockets: usize, seconds: f64) -> Result<Outcome> {
    let sockets = socket::open(server.address, sockets).await?;
    broadcast::run(sockets, WARM_UP, Duration::from_secs_f64(seconds), || {
        server.cpu()
    })
    .await
}

fn row(peer: &'static str, sockets: usize, outcome: &Outcome) -> Row {
    let deliveries = outcome.deliveries as f64;
    let latency = |quantile| outcome.latency.value_at_quantile(quantile) as f64 / 1e6;
    Row {
        peer,
        sockets,
        announcements: outcome.announcements,
        deliveries_per_second: deliveries / outcome.elapsed.as_secs_f64(),
        server_cpu_us_per_delivery: outcome.cpu.as_secs_f64() * 1e6 / deliveries,
        announcement_p50_ms: latency(0.5),
        announcement_p99_ms: latency(0.99),
    }
}

fn print(args: &FanOutArgs, rows: &[Row]) {
    println!(
        "One event to all sockets, again when all have it; {} s each\n",
        args.seconds
    );
    let mut table = Table::new([
        "peer",
        "sockets",
        "deliveries/s",
        "CPU µs/delivery",
        "p50 ms to the last",
        "p99 ms to the last",
    ]);
    for row in rows {
        table.row([
            row.peer.to_owned(),
            whole(row.sockets as f64),
            whole(row.deliveries_per_second),
            format!("{:.2}", row.server_cpu_us_per_delivery),
            format!("{:.1}", row.announcement_p50_ms),
            format!("{:.1}", row.announcement_p99_ms),
        ]);
    }
    table.print();
}
