//! One client makes the server tell all clients something, again and again, once all of them have heard it.

use std::{
    cell::Cell,
    rc::Rc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};
use hdrhistogram::Histogram;
use tokio::{sync::Notify, task::JoinSet, time::timeout};

use super::{
    awake::Awake,
    exchange::Output,
    message::{acknowledgement, excerpt},
    socket::Socket,
};

/// How long one announcement may take to reach everybody.
const PATIENCE: Duration = Duration::from_secs(30);

/// What was counted.
pub(crate) struct Outcome {
    pub(crate) announcements: u64,
    /// Announcements times sockets.
    pub(crate) deliveries: u64,
    pub(crate) elapsed: Duration,
    /// CPU time of the server.
    pub(crate) cpu: Duration,
    /// Nanoseconds from an announcement to the last socket that hears of it.
    pub(crate) latency: Histogram<u64>,
}

/// Announces for `warm_up`, then for `duration`, in which it is counted; `cpu` gives the CPU time that the server has
/// used so far.
///
/// # Errors
///
/// If a socket gets anything else than each announcement once.
pub(crate) async fn run(
    mut sockets: Vec<Socket>,
    warm_up: Duration,
    duration: Duration,
    cpu: impl Fn() -> Result<Duration>,
) -> Result<Outcome> {
    let _awake = Awake::new();
    let hall = Rc::new(Hall::new(sockets.len() as u64));
    let announcer = sockets.pop().context("there is no connection")?;
    let mut announcer = Announcer {
        socket: announcer,
        hall: Rc::clone(&hall),
        heard: 0,
    };
    let mut listeners = JoinSet::new();
    for socket in sockets {
        listeners.spawn_local(listen(socket, Rc::clone(&hall)));
    }
    let announcing = async {
        announcer.announce_for(warm_up).await?;
        let (start, cpu_at_start) = (Instant::now(), cpu()?);
        let latency = announcer.announce_for(duration).await?;
        let (elapsed, cpu) = (start.elapsed(), cpu()?.saturating_sub(cpu_at_start));
        let announcements = latency.len();
        Ok(Outcome {
            announcements,
            deliveries: announcements * hall.sockets,
            elapsed,
            cpu,
            latency,
        })
    };
    tokio::select! {
        outcome = announcing => outcome,
        Some(failed) = listeners.join_next() => {
            failed??;
            bail!("a connection has ended")
        }
    }
}

/// What all sockets of a run share.
struct Hall {
    sockets: u64,
    announced: Cell<u64>,
    delivered: Cell<u64>,
    /// Told when all sockets have heard all that was announced.
    silence: Notify,
}

impl Hall {
    fn new(sockets: u64) -> Self {
        Self {
            sockets,
            announced: Cell::new(0),
            delivered: Cell::new(0),
            silence: Notify::new(),
        }
    }

    /// A socket gets `message`, having heard `heard` announcements before.
    fn hear(&self, message: &[u8], heard: &mut u64) -> Result<()> {
        ensure!(
            message == br#"42["refresh products"]"#,
            "an unexpected message: {}",
            excerpt(message)
        );
        *heard += 1;
        ensure!(
            *heard <= self.announced.get(),
            "a socket hears an announcement twice"
        );
        self.delivered.set(self.delivered.get() + 1);
        if self.delivered.get() == self.announced.get() * self.sockets {
            self.silence.notify_one();
        }
        Ok(())
    }
}

async fn listen(mut socket: Socket, hall: Rc<Hall>) -> Result<()> {
    let mut heard = 0;
    loop {
        socket
            .step(|message, _| hall.hear(message, &mut heard))
            .await?;
    }
}

/// The client that announces, and hears itself.
struct Announcer {
    socket: Socket,
    hall: Rc<Hall>,
    heard: u64,
}

impl Announcer {
    /// How long each announcement has taken; there is one at least.
    async fn announce_for(&mut self, duration: Duration) -> Result<Histogram<u64>> {
        let mut latency = Histogram::new(3)?;
        let start = Instant::now();
        while latency.is_empty() || start.elapsed() < duration {
            let sent = Instant::now();
            timeout(PATIENCE, self.announce()).await.unwrap_or_else(|_| {
                let Hall { sockets, announced, delivered, .. } = &*self.hall;
                let missing = announced.get() * sockets - delivered.get();
                bail!("{missing} of {sockets} sockets do not hear an announcement within {PATIENCE:?}")
            })?;
            latency.record(sent.elapsed().as_nanos().try_into()?)?;
        }
        Ok(latency)
    }

    async fn announce(&mut self) -> Result<()> {
        let Self {
            socket,
            hall,
            heard,
        } = self;
        let id = hall.announced.get();
        hall.announced.set(id + 1);
        socket
            .output()
            .send(format!(r#"42{id}["announce"]"#).as_bytes());
        let mut acknowledged = false;
        while !acknowledged || *heard < hall.announced.get() {
            let receive = |message: &[u8], _: &mut Output| match acknowledgement(message) {
                Some((of, br#"[{"status":"ok"}]"#)) if of == id && !acknowledged => {
                    acknowledged = true;
                    Ok(())
                }
                _ => hall.hear(message, heard),
            };
            socket.step(receive).await?;
        }
        // The one permit is that of this announcement, given when the last socket has heard it.
        hall.silence.notified().await;
        Ok(())
    }
}
