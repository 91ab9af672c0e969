//! What an event costs without sockets, stage by stage: `cargo bench`, by way of `make bench`.

use anyhow::Result;
use criterion::Criterion;
use in_process::{Bench, EVENT, INVALID, PLAIN, PRODUCTS, Served};
use stockade::{
    host::EventCtx,
    response::{Ack, Response},
    sandbox::Isolation,
};
use tokio::runtime::{Builder, Runtime};

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
    criterion.bench_function("validate", |b| {
        b.iter(|| served.validate(EVENT));
    });
    criterion.bench_function("validate, and reject", |b| {
        b.iter(|| served.validate(INVALID));
    });
    criterion.bench_function("instantiate and drop", |b| {
        b.to_async(runtime).iter(async || {
            let place = served.tenant.sandbox.place().await.map_err(drop)?;
            let entered = served.tenant.sandbox.enter(place, event_ctx(served)).await;
            served.tenant.sandbox.leave(entered.map_err(drop)?);
            Ok::<_, ()>(())
        });
    });
    let response = runtime.block_on(served.event(EVENT))?;
    criterion.bench_function("encode", |b| b.iter(|| encode(&response)));
    Ok(())
}

fn event_ctx(served: &Served) -> EventCtx {
    EventCtx::new(
        "create product".to_owned(),
        None,
        Some(served.caller.socket.clone()),
        served.caller.client.clone(),
        served.caller.server.clone(),
        served.tenant.limits.clone(),
        served.tenant.sessions.clone(),
    )
}

fn encode(response: &Response) -> String {
    let mut text = String::new();
    Ack(response).write(&mut text);
    text
}
