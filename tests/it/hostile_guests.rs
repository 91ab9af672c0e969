//! Guests that attack the host, each other, and the log; see `../guests/README.md` for what each one does.

mod attacks;
mod crowds;
mod debug_sections;
mod floods;
mod host;
mod load;
mod memory;

use std::{
    cell::Cell,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::harness::Wire;

/// How long a neighbour's event may take while somebody attacks: far more than it does, far less than a stall.
const STALL: Duration = Duration::from_secs(3);

fn internal_error() -> Value {
    json!({ "status": "error", "error": {
        "code": "INTERNAL_SERVER_ERROR",
        "message": "An internal server error has occurred.",
    } })
}

fn pong() -> Value {
    json!({ "status": "ok", "data": "pong" })
}

/// Asks `ping` again and again while `attack` runs: each must be answered, and soon.
async fn beside<T>(neighbour: &mut Wire, attack: impl Future<Output = T>) -> T {
    let over = Cell::new(false);
    let attack = async {
        let outcome = attack.await;
        over.set(true);
        outcome
    };
    let pings = async {
        loop {
            let asked = Instant::now();
            assert_eq!(neighbour.ask("ping", "null").await, pong());
            let took = asked.elapsed();
            assert!(took < STALL, "the neighbour waited {took:?}");
            if over.get() {
                break;
            }
        }
    };
    tokio::join!(attack, pings).0
}

/// The log's line about a fault has this kind.
fn kind(kind: &str) -> impl Fn(&Value) -> bool {
    move |line| line["kind"] == kind && line["message"] == "the event was ended"
}
