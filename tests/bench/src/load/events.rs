//! Events in a closed loop: each connection has a number of them in flight, and sends one for each acknowledgement.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    rc::Rc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};
use hdrhistogram::Histogram;
use tokio::{
    task::JoinSet,
    time::{interval, timeout},
};

use super::{
    awake::Awake,
    exchange::Output,
    message::{Messages, acknowledgement, excerpt},
    socket::Socket,
};

/// How long no event at all may be acknowledged, and how long the last ones may take when no more are sent.
const PATIENCE: Duration = Duration::from_secs(20);

/// The load of one run.
#[derive(Clone, Copy)]
pub(crate) struct Load {
    /// Events in flight on each connection.
    pub(crate) window: usize,
    /// Bytes of an event's payload.
    pub(crate) payload: usize,
    /// Time before anything is counted.
    pub(crate) warm_up: Duration,
    /// Time in which events are counted.
    pub(crate) duration: Duration,
}

/// What happened while it was counted.
pub(crate) struct Outcome {
    pub(crate) events: u64,
    pub(crate) elapsed: Duration,
    /// CPU time of the server.
    pub(crate) cpu: Duration,
    /// Nanoseconds from sending an event to having its acknowledgement.
    pub(crate) latency: Histogram<u64>,
}

impl Outcome {
    /// CPU time of the server for one event, in microseconds.
    pub(crate) fn cpu_us(&self) -> f64 {
        self.cpu.as_secs_f64() * 1e6 / self.events as f64
    }
}

/// Runs `load` on all of `sockets`, which are given back without anything in flight; `cpu` gives the CPU time that their
/// server has used so far.
///
/// # Errors
///
/// At the first acknowledgement that is wrong, missing or double, and if the server stalls.
pub(crate) async fn run(
    sockets: Vec<Socket>,
    load: Load,
    cpu: impl Fn() -> Result<Duration>,
) -> Result<(Outcome, Vec<Socket>)> {
    let _awake = Awake::new();
    let run = Rc::new(Run::new()?);
    let mut clients = JoinSet::new();
    for socket in sockets {
        let client = Client::new(socket, Rc::clone(&run), load.payload);
        clients.spawn_local(client.run(load.window));
    }

    watch(&run, &mut clients, load.warm_up).await?;
    let (start, cpu_at_start) = (Instant::now(), cpu()?);
    run.acknowledged.set(0);
    run.latency.borrow_mut().reset();
    watch(&run, &mut clients, load.duration).await?;
    let (events, elapsed) = (run.acknowledged.get(), start.elapsed());
    let cpu = cpu()?.saturating_sub(cpu_at_start);
    let latency = run.latency.borrow().clone();
    ensure!(events > 0, "no event was acknowledged in {elapsed:?}");

    run.stopping.set(true);
    let sockets = timeout(PATIENCE, finish(&mut clients))
        .await
        .unwrap_or_else(|_| {
            bail!("events are not acknowledged {PATIENCE:?} after the last one was sent")
        })?;
    Ok((
        Outcome {
            events,
            elapsed,
            cpu,
            latency,
        },
        sockets,
    ))
}

/// Lets the clients work for `duration`.
async fn watch(run: &Run, clients: &mut JoinSet<Result<Socket>>, duration: Duration) -> Result<()> {
    let work = async {
        let mut ticks = interval(PATIENCE);
        ticks.tick().await;
        loop {
            let before = run.acknowledged.get();
            tokio::select! {
                _ = ticks.tick() => {
                    if run.acknowledged.get() == before {
                        bail!("no event was acknowledged for {PATIENCE:?}");
                    }
                }
                client = clients.join_next() => {
                    client.context("there is no connection")??.context("a connection failed")?;
                }
            }
        }
    };
    timeout(duration, work).await.unwrap_or(Ok(()))
}

async fn finish(clients: &mut JoinSet<Result<Socket>>) -> Result<Vec<Socket>> {
    let mut sockets = Vec::with_capacity(clients.len());
    while let Some(client) = clients.join_next().await {
        sockets.push(client??);
    }
    Ok(sockets)
}

/// What the clients of a run share.
struct Run {
    /// No more events are sent.
    stopping: Cell<bool>,
    /// Events sent by all clients: the number of the next one.
    sent: Cell<u64>,
    acknowledged: Cell<u64>,
    latency: RefCell<Histogram<u64>>,
}

impl Run {
    fn new() -> Result<Self> {
        Ok(Self {
            stopping: Cell::new(false),
            sent: Cell::new(0),
            acknowledged: Cell::new(0),
            latency: RefCell::new(Histogram::new(3)?),
        })
    }
}

/// One connection's part.
struct Client {
    socket: Socket,
    flight: Flight,
}

impl Client {
    fn new(socket: Socket, run: Rc<Run>, payload: usize) -> Self {
        let flight = Flight {
            run,
            messages: Messages::new(payload),
            events: VecDeque::new(),
            next_id: 0,
        };
        Self { socket, flight }
    }

    async fn run(mut self, window: usize) -> Result<Socket> {
        let now = Instant::now();
        for _ in 0..window {
            self.flight.send(self.socket.output(), now)?;
        }
        while !self.flight.events.is_empty() {
            // One look at the clock serves all that came with one read.
            let mut now = None;
            self.socket
                .step(|message, output| {
                    let now = *now.get_or_insert_with(Instant::now);
                    self.flight.receive(message, now)?;
                    if self.flight.run.stopping.get() {
                        Ok(())
                    } else {
                        self.flight.send(output, now)
                    }
                })
                .await?;
        }
        Ok(self.socket)
    }
}

/// The events of a connection that are not acknowledged yet, oldest first.
struct Flight {
    run: Rc<Run>,
    messages: Messages,
    events: VecDeque<Event>,
    next_id: u64,
}

struct Event {
    id: u64,
    /// Its number among all events of the run, which is part of the payload: an acknowledgement that has gone to another
    /// connection is found out.
    number: u64,
    sent: Instant,
}

impl Flight {
    fn send(&mut self, output: &mut Output, now: Instant) -> Result<()> {
        let (id, number) = (self.next_id, self.run.sent.get());
        self.next_id += 1;
        self.run.sent.set(number + 1);
        output.send(self.messages.event(id, number)?);
        self.events.push_back(Event {
            id,
            number,
            sent: now,
        });
        Ok(())
    }

    fn receive(&mut self, message: &[u8], now: Instant) -> Result<()> {
        let Some((id, text)) = acknowledgement(message) else {
            bail!("a message that is no acknowledgement: {}", excerpt(message));
        };
        let event = self
            .events
            .iter()
            .position(|event| event.id == id)
            .and_then(|position| self.events.remove(position))
            .with_context(|| format!("acknowledgement {id} came twice, or was never asked for"))?;
        self.messages
            .check(text, event.number)
            .with_context(|| format!("acknowledgement {id} is wrong"))?;
        self.run.acknowledged.set(self.run.acknowledged.get() + 1);
        let latency = now.duration_since(event.sent).as_nanos().try_into()?;
        self.run.latency.borrow_mut().record(latency)?;
        Ok(())
    }
}
