//! How the cost of an event grows with the number of connections and with its payload.

use std::time::Duration;

use anyhow::Result;
use serde::Serialize;

use crate::{
    Bench,
    args::GrowArgs,
    load::events::{Load, Outcome},
    peers::{self, server::Server},
    picture::{self, Axes, Line},
    report::{self, Table, progress, whole},
};

/// Who is measured unless `--peer` says otherwise.
const PEERS: [&str; 4] = ["socket.io", "native", "stockade-event", "stockade-tenant"];

/// Connections while payloads grow.
const CONNECTIONS: usize = 32;
/// Bytes of payloads while connections grow.
const PAYLOAD: usize = 32;

/// How long a peer works before it is measured, for the sake of compilers that work at run time.
const FIRST_WARM_UP: Duration = Duration::from_secs(2);
/// How long each load goes on before it is measured. Ten thousand connections need a while until all have had their turn.
const WARM_UP: Duration = Duration::from_secs(1);

/// One peer.
#[derive(Serialize)]
struct Row {
    peer: &'static str,
    connections: Vec<Point>,
    payloads: Vec<Point>,
}

/// One load.
#[derive(Serialize)]
struct Point {
    /// Connections, or bytes of a payload.
    at: usize,
    events_per_second: f64,
    server_cpu_us_per_event: f64,
    latency_p50_us: f64,
    latency_p99_us: f64,
}

impl Point {
    fn new(at: usize, outcome: &Outcome) -> Self {
        let latency = |quantile| outcome.latency.value_at_quantile(quantile) as f64 / 1e3;
        Self {
            at,
            events_per_second: outcome.events as f64 / outcome.elapsed.as_secs_f64(),
            server_cpu_us_per_event: outcome.cpu_us(),
            latency_p50_us: latency(0.5),
            latency_p99_us: latency(0.99),
        }
    }
}

/// Measures, prints, draws, writes.
pub(crate) async fn run(args: &GrowArgs, bench: &Bench) -> Result<()> {
    let mut rows = Vec::new();
    for peer in peers::select(&PEERS, &bench.common.peers) {
        let server = Server::start(peer, bench.common.server_core, &bench.places).await?;
        rows.push(server.explain(measure(args, &server).await)?);
    }
    progress(format_args!(""));
    println!("Server's CPU time of an event in µs, one event in flight on each connection\n");
    for growth in &GROWTHS {
        growth.print(&rows);
        growth.draw(&rows, bench)?;
    }
    report::write("grow", &bench.machine, &rows, &bench.places)
}

async fn measure(args: &GrowArgs, server: &Server) -> Result<Row> {
    let name = server.peer.name;
    let duration = Duration::from_secs_f64(args.seconds);
    let load = Load {
        window: 1,
        payload: PAYLOAD,
        warm_up: WARM_UP,
        duration,
    };
    progress(format_args!("warming up {name}"));
    server
        .load(
            CONNECTIONS,
            Load {
                duration: FIRST_WARM_UP,
                ..load
            },
        )
        .await?;
    let mut row = Row {
        peer: name,
        connections: Vec::new(),
        payloads: Vec::new(),
    };
    for &connections in &args.connections {
        progress(format_args!("{name}: events on {connections} connections"));
        let outcome = server.load(connections, load).await?;
        row.connections.push(Point::new(connections, &outcome));
    }
    for &payload in &args.payloads {
        progress(format_args!("{name}: payloads of {payload} bytes"));
        let outcome = server.load(CONNECTIONS, Load { payload, ..load }).await?;
        row.payloads.push(Point::new(payload, &outcome));
    }
    Ok(row)
}

/// What grows.
struct Growth {
    /// The picture's file.
    name: &'static str,
    title: &'static str,
    axis: &'static str,
    points: fn(&Row) -> &[Point],
}

const GROWTHS: [Growth; 2] = [
    Growth {
        name: "growth-connections",
        title: "What an event costs with more connections",
        axis: "connections, one event in flight on each",
        points: |row| &row.connections,
    },
    Growth {
        name: "growth-payload",
        title: "What an event costs with larger payloads",
        axis: "bytes of a payload, on 32 connections",
        points: |row| &row.payloads,
    },
];

impl Growth {
    fn print(&self, rows: &[Row]) {
        let at = rows.first().map(self.points).unwrap_or_default();
        let heads: Vec<_> = at.iter().map(|point| whole(point.at as f64)).collect();
        let mut table = Table::new(
            [self.axis]
                .into_iter()
                .chain(heads.iter().map(String::as_str)),
        );
        for row in rows {
            let costs = (self.points)(row)
                .iter()
                .map(|point| format!("{:.1}", point.server_cpu_us_per_event));
            table.row([row.peer.to_owned()].into_iter().chain(costs));
        }
        table.print();
    }

    fn draw(&self, rows: &[Row], bench: &Bench) -> Result<()> {
        let place = |point: &Point| (point.at as f64, point.server_cpu_us_per_event);
        let line = |row: &Row| Line {
            peer: row.peer,
            points: (self.points)(row).iter().map(place).collect(),
        };
        let lines: Vec<_> = rows.iter().map(line).collect();
        let axes = Axes {
            x: self.axis,
            y: "server's CPU time of an event, µs",
        };
        picture::lines(self.name, self.title, axes, &lines, &bench.places)
    }
}
