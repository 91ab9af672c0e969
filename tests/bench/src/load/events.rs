//! Events in a closed loop: each connection has a number of them in flight, and sends one for each acknowledgement.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    fmt,
    net::SocketAddr,
    rc::Rc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use hdrhistogram::Histogram;
use tokio::{
    task::JoinSet,
    time::{interval, timeout},
};

use super::{
    exchange::Output,
    message::{Messages, acknowledgement, excerpt},
    socket::{self, Socket},
};

/// How long no event at all may be acknowledged, and how long the last ones may take when no more are sent.
const PATIENCE: Duration = Duration::from_secs(20);

/// The load of one run.
#[derive(Clone, Copy)]
pub(crate) struct Load {
    pub(crate) connections: usize,
    /// Events in flight on each connection.
    pub(crate) window: usize,
    /// Bytes of an event's payload.
    pub(crate) payload: usize,
    /// Time before anything is counted.
    pub(crate) warm_up: Duration,
    /// Time in which events are counted.
    pub(crate) duration: Duration,
}

impl fmt::Display for Load {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            connections,
            window,
            payload,
            ..
        } = self;
        write!(
            f,
            "{connections} connections, {window} in flight, payload {payload} bytes"
        )
    }
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

/// Runs `load` against `server`; `cpu` gives the CPU time that it has used so far.
///
/// # Errors
///
/// At the first acknowledgement that is wrong, missing or double, and if the server stalls.
pub(crate) async fn run(
    server: SocketAddr,
    load: Load,
    cpu: impl Fn() -> Result<Duration>,
) -> Result<Outcome> {
    let run = Rc::new(Run::new()?);
    let mut clients = JoinSet::new();
    for socket in socket::open(server, load.connections).await? {
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

    run.stopping.set(true);
    timeout(PATIENCE, finish(&mut clients))
        .await
        .unwrap_or_else(|_| {
            bail!("events are not acknowledged {PATIENCE:?} after the last one was sent")
        })?;
    Ok(Outcome {
        events,
        elapsed,
        cpu,
        latency,
    })
}

/// Lets the clients work for `duration`.
async fn watch(run: &Run, clients: &mut JoinSet<Result<()>>, duration: Duration) -> Result<()> {
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

async fn finish(clients: &mut JoinSet<Result<()>>) -> Result<()> {
    while let Some(client) = clients.join_next().await {
        client??;
    }
    Ok(())
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

    async fn run(mut self, window: usize) -> Result<()> {
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
        Ok(())
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
