//! The comparison as a table and as a picture.

use anyhow::Result;

use super::{Comparison, Round};
use crate::{
    args::CompareArgs,
    peers::BASELINES,
    picture::{self, Group},
    places::Places,
    report::{Table, whole},
};

/// What the bars of the picture are relative to.
const UNIT: &str = "socket.io";

/// Prints a table for each number of events in flight.
pub(super) fn print(args: &CompareArgs, comparison: &Comparison) {
    for &window in &args.windows {
        println!(
            "{}, payload {} bytes; median (min–max) of {} rounds of {} s\n",
            load(args, window),
            args.payload,
            args.rounds,
            args.seconds
        );
        let heads = ["peer", "events/s", "p50 µs", "p99 µs", "CPU µs/event"].map(String::from);
        let ratios = BASELINES.map(|to| format!("× {to}"));
        let mut table = Table::new(heads.iter().chain(&ratios).map(String::as_str));
        for row in comparison.rows.iter().filter(|row| row.window == window) {
            let median = |number: fn(&Round) -> f64, digits| {
                let spread = row.spread(number);
                spread
                    .map(|spread| format!("{:.digits$}", spread.median))
                    .unwrap_or_default()
            };
            let rate = row
                .spread(|round| round.events_per_second)
                .map(|spread| spread.show(whole));
            let numbers = [
                row.peer.to_owned(),
                rate.unwrap_or_default(),
                median(|round| round.latency_p50_us, 0),
                median(|round| round.latency_p99_us, 0),
                median(|round| round.server_cpu_us_per_event, 1),
            ];
            let ratios = BASELINES.map(|to| {
                let times = comparison.ratio(row.peer, to, window);
                times.map_or("–".to_owned(), |times| {
                    times.show(|times| format!("{times:.2}"))
                })
            });
            table.row(numbers.into_iter().chain(ratios));
        }
        table.print();
    }
}

/// Draws how all peers compare with one.
pub(super) fn draw(args: &CompareArgs, comparison: &Comparison, places: &Places) -> Result<()> {
    let group = |&window: &usize| {
        let rows = comparison.rows.iter().filter(|row| row.window == window);
        let bars = rows
            .filter_map(|row| Some((row.peer, comparison.ratio(row.peer, UNIT, window)?)))
            .collect();
        Group {
            title: load(args, window),
            bars,
        }
    };
    let groups: Vec<_> = args
        .windows
        .iter()
        .map(group)
        .filter(|group| !group.bars.is_empty())
        .collect();
    if groups.is_empty() {
        return Ok(());
    }
    picture::bars(
        "compare",
        "Events a second on one core, relative to Socket.IO on Node",
        &groups,
        places,
    )
}

fn load(args: &CompareArgs, window: usize) -> String {
    let events = if window == 1 { "event" } else { "events" };
    format!(
        "{} connections, {window} {events} in flight on each",
        args.connections
    )
}
