//! What an event costs without sockets, stage by stage: `cargo bench`, by way of `make bench`.

use std::{
    pin::pin,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use criterion::Criterion;
use in_process::{Bench, EVENT, INVALID, PLAIN, PRODUCTS, Served};
use stockade_sandbox::{Isolation, Payload, host::EventCtx};
use stockade_server::response::{Ack, Response};
use tokio::runtime::{Builder, Runtime};

/// The name of [`EVENT`].
const NAME: &str = "create product";
const ISOLATIONS: [(&str, Isolation); 3] = [
    ("event", Isolation::Event),
    ("socket", Isolation::Socket),
    ("tenant", Isolation::Tenant),
];

fn main() -> Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let mut criterion = Criterion::default().configure_from_args();
    for guest in [PLAIN, PRODUCTS] {
        let bench = runtime.block_on(Bench::load(guest))?;
        for (name, isolation) in ISOLATIONS {
            let served = runtime.block_on(bench.serve(isolation))?;
            let id = format!("{}/whole event, isolation {name}", guest.name);
            criterion.bench_function(&id, |b| {
                b.to_async(&runtime).iter(|| served.event(EVENT));
            });
        }
    }
    let bench = runtime.block_on(Bench::load(PLAIN))?;
    let served = runtime.block_on(bench.serve(Isolation::Event))?;
    stages(&mut criterion, &runtime, &served)?;
    criterion.final_summary();
    Ok(())
}

/// The parts of an event that is served by a fresh instance.
fn stages(criterion: &mut Criterion, runtime: &Runtime, served: &Served) -> Result<()> {
    criterion.bench_function("accept", |b| {
        b.to_async(runtime).iter(|| served.accept(EVENT));
    });
    criterion.bench_function("reject", |b| {
        b.to_async(runtime).iter(|| served.accept(INVALID));
    });
    for (name, stage) in STAGES {
        // Not a measurement: whatever fails here fails at once.
        runtime.block_on(Laps::of(served))?;
        criterion.bench_function(name, |b| {
            b.to_async(runtime).iter_custom(async |iterations| {
                let mut sum = Duration::ZERO;
                for _ in 0..iterations {
                    sum += Laps::of(served).await.map_or(Duration::MAX, stage);
                }
                sum
            });
        });
    }
    criterion.bench_function("encode", |b| b.iter(|| encode(&served.answered)));
    Ok(())
}

type Stage = fn(Laps) -> Duration;

const STAGES: [(&str, Stage); 3] = [
    ("enter", |laps| laps.enter),
    ("call", |laps| laps.call),
    ("leave", |laps| laps.leave),
];

/// How long the stages of one event in a fresh instance took, the clock's own time included. Nobody polls the event with its
/// limit here, so leaving asks the kernel for the pages each time, which a server seldom does.
struct Laps {
    enter: Duration,
    call: Duration,
    leave: Duration,
}

impl Laps {
    async fn of(served: &Served) -> Result<Self> {
        let sandbox = &served.release.sandbox;
        let route = served.namespace()?.route(NAME).context("no route")?;
        let event = EventCtx::new(NAME.into(), Some(payload()), served.caller.clone());
        let place = sandbox.permit(event.caller.client().id()).await?;

        let started = Instant::now();
        let mut entered = pin!(sandbox.enter(place, event)).await?;
        let entered_at = Instant::now();
        let answer = pin!(entered.instance.handle_event(route.handler.id)).await?;
        let called = Instant::now();
        sandbox.leave(entered);
        let left = Instant::now();

        ensure!(answer.is_ok(), "{answer:?}");
        Ok(Self {
            enter: entered_at - started,
            call: called - entered_at,
            leave: left - called,
        })
    }
}

fn payload() -> Arc<Payload> {
    Arc::new(Payload {
        json: r#"{"name":"product 1"}"#.into(),
        attachments: Vec::new(),
    })
}

fn encode(response: &Response) -> String {
    let mut text = String::new();
    Ack(response).write(&mut text);
    text
}
