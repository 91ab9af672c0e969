//! A peer that runs: started on a core of its own, asked for what it uses, and gone when dropped.

use std::{
    fs::{self, File},
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::PathBuf,
    process::Stdio,
    time::Duration,
};

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use serde::Serialize;
use tokio::{
    net::TcpStream,
    process::Child,
    time::{Instant, sleep},
};

use super::{Peer, check, command::command};
use crate::{
    load::{
        events::{self, Load, Outcome},
        socket,
    },
    places::Places,
};

/// How long a peer may take to listen. Stockade compiles its component first.
const START: Duration = Duration::from_secs(60);

/// The kernel's unit of CPU time in `/proc`, the same on all architectures that Stockade runs on.
const TICKS_PER_SECOND: u64 = 100;

/// Memory of a process, in bytes.
#[derive(Clone, Copy, Serialize)]
pub(crate) struct Memory {
    /// All that is in RAM, what is shared with other processes included.
    pub(crate) resident: u64,
    /// What is written by it alone.
    pub(crate) private: u64,
}

/// A peer's process, killed when this is dropped.
pub(crate) struct Server {
    pub(crate) peer: Peer,
    pub(crate) address: SocketAddr,
    child: Child,
    /// `/proc/PID` of the process.
    proc: PathBuf,
    /// What it prints.
    log: PathBuf,
}

impl Server {
    /// Starts `peer` on the core `core` and sees that it answers as it must.
    ///
    /// # Errors
    ///
    /// With the end of what the peer has printed, if it does not.
    pub(crate) async fn start(peer: Peer, core: usize, places: &Places) -> Result<Self> {
        let address = free_address()?;
        fs::create_dir_all(&places.output).context("cannot make the folder for results")?;
        let log = places.output.join(format!("{}.log", peer.name));
        let printed =
            File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
        let child = command(peer, core, address, places)?
            .stdin(Stdio::null())
            .stdout(printed.try_clone()?)
            .stderr(printed)
            .kill_on_drop(true)
            .spawn()
            .context("cannot run setpriv, which is in Debian's util-linux")?;
        let proc = PathBuf::from(format!(
            "/proc/{}",
            child.id().context("the peer has ended")?
        ));
        let mut server = Self {
            peer,
            address,
            child,
            proc,
            log,
        };
        let answers = server.answers().await;
        server.explain(answers)?;
        Ok(server)
    }

    async fn answers(&mut self) -> Result<()> {
        let deadline = Instant::now() + START;
        while TcpStream::connect(self.address).await.is_err() {
            if let Some(status) = self.child.try_wait()? {
                bail!("it has ended with {status}");
            }
            ensure!(
                Instant::now() < deadline,
                "it does not listen after {START:?}"
            );
            sleep(Duration::from_millis(20)).await;
        }
        check::events(self.address).await
    }

    /// The end of what it has printed, as the end of an error message.
    fn printed(&self) -> String {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<_> = text.lines().collect();
        match lines.get(lines.len().saturating_sub(20)..) {
            None | Some([]) => String::new(),
            Some(last) => format!("\n\nIt has printed:\n{}", last.join("\n")),
        }
    }

    /// CPU time used so far by all of its threads, in user space and in the kernel.
    pub(crate) fn cpu(&self) -> Result<Duration> {
        let stat = self.read("stat")?;
        // The second field is the program's name, in parentheses, and may have spaces. Of those behind it, the twelfth
        // and thirteenth are user and system time.
        let ticks = stat
            .rsplit_once(')')
            .and_then(|(_, fields)| {
                let mut fields = fields.split_whitespace().skip(11).map(str::parse::<u64>);
                Some(fields.next()?.ok()? + fields.next()?.ok()?)
            })
            .context("/proc/PID/stat is not as expected")?;
        Ok(Duration::from_millis(ticks * 1000 / TICKS_PER_SECOND))
    }

    /// Runs `load` on connections that are there for it alone.
    pub(crate) async fn load(&self, connections: usize, load: Load) -> Result<Outcome> {
        let sockets = socket::open(self.address, connections).await?;
        let (outcome, sockets) = events::run(sockets, load, || self.cpu()).await?;
        drop(sockets);
        self.settle().await?;
        Ok(outcome)
    }

    /// Says of an error which peer it is about, and what that has printed.
    pub(crate) fn explain<T>(&self, result: Result<T>) -> Result<T> {
        result.map_err(|error| anyhow!("{}: {error:#}{}", self.peer.name, self.printed()))
    }

    /// Memory that is resident now.
    pub(crate) fn memory(&self) -> Result<Memory> {
        let rollup = self.read("smaps_rollup")?;
        let bytes = |field: &str| {
            let line = rollup
                .lines()
                .find_map(|line| line.strip_prefix(field)?.strip_prefix(':'))?;
            Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? * 1024)
        };
        let memory = || {
            Some(Memory {
                resident: bytes("Rss")?,
                private: bytes("Private_Dirty")?,
            })
        };
        memory().context("/proc/PID/smaps_rollup is not as expected")
    }

    /// Waits until it uses next to no CPU time, for instance after clients have gone; ten seconds at most.
    pub(crate) async fn settle(&self) -> Result<()> {
        for _ in 0..50 {
            let before = self.cpu()?;
            sleep(Duration::from_millis(200)).await;
            if self.cpu()?.saturating_sub(before) <= Duration::from_millis(10) {
                break;
            }
        }
        Ok(())
    }

    fn read(&self, file: &str) -> Result<String> {
        fs::read_to_string(self.proc.join(file)).context("its process has ended")
    }
}

/// An address that nobody listens on.
fn free_address() -> Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no port is free")?;
    Ok(listener.local_addr()?)
}
