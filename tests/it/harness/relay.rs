//! Stands between a node and Redis, and can keep from the node what others publish.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

use super::{PATIENCE, Redis};

/// How a message begins that somebody has published.
const PUBLISHED: &[u8] = b">3\r\n$7\r\nmessage\r\n";

/// What a node takes for its Redis.
pub(crate) struct Relay {
    addr: SocketAddr,
    state: Arc<State>,
    accepting: JoinHandle<()>,
}

struct State {
    redis: String,
    /// When connections were made so far.
    made: watch::Sender<Vec<Instant>>,
    /// Connections with a lower number hear nothing that is published.
    deaf: AtomicUsize,
    /// Connections with a lower number are at their end.
    cut: watch::Sender<usize>,
    /// Nothing is heard that is published for all nodes.
    hides_for_all: AtomicBool,
}

impl Relay {
    /// A relay that keeps nothing back.
    pub(crate) async fn to(redis: &Redis) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let state = Arc::new(State {
            redis: redis.addr(),
            made: watch::Sender::new(Vec::new()),
            deaf: AtomicUsize::new(0),
            cut: watch::Sender::new(0),
            hides_for_all: AtomicBool::new(false),
        });
        let accepting = tokio::spawn(accept(listener, state.clone()));
        Self {
            addr,
            state,
            accepting,
        }
    }

    /// What a node is configured with.
    pub(crate) fn url(&self) -> String {
        format!("redis://{}", self.addr)
    }

    /// From now on nothing that is published comes on the connections that there are. Later ones are as good as any.
    pub(crate) fn deafen(&self) {
        let made = self.state.made.borrow().len();
        self.state.deaf.store(made, Ordering::Relaxed);
    }

    /// Ends the connections that there are.
    pub(crate) fn cut(&self) {
        let made = self.state.made.borrow().len();
        self.state.cut.send_replace(made);
    }

    /// From now on nothing comes that is published for all nodes; what is for this one alone does.
    pub(crate) fn hide_what_is_for_all(&self) {
        self.state.hides_for_all.store(true, Ordering::Relaxed);
    }

    /// Waits until this many connections have been made in all.
    pub(crate) async fn connected(&self, times: usize) {
        let mut made = self.state.made.subscribe();
        let connected = made.wait_for(|made| made.len() >= times);
        let connected = tokio::time::timeout(PATIENCE, connected).await;
        connected.expect("the node does not connect").unwrap();
    }

    /// How long ago the last connection was made.
    pub(crate) fn since_connected(&self) -> Duration {
        self.state.made.borrow().last().unwrap().elapsed()
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl State {
    fn hides(&self, connection: usize, said: &[u8]) -> bool {
        let Some(published) = said.strip_prefix(PUBLISHED) else {
            return false;
        };
        let channel = published.split(|byte| *byte == b'\n').nth(1).unwrap();
        let is_for_all = channel.ends_with(b":all\r");
        connection < self.deaf.load(Ordering::Relaxed)
            || is_for_all && self.hides_for_all.load(Ordering::Relaxed)
    }
}

async fn accept(listener: TcpListener, state: Arc<State>) {
    while let Ok((node, _)) = listener.accept().await {
        let connection = state.made.borrow().len();
        state.made.send_modify(|made| made.push(Instant::now()));
        tokio::spawn(relay(node, connection, state.clone()));
    }
}

/// Carries one connection's bytes to and fro, until either side has enough.
async fn relay(node: TcpStream, connection: usize, state: Arc<State>) {
    let Ok(redis) = TcpStream::connect(&state.redis).await else {
        return;
    };
    let (mut from_node, mut to_node) = node.into_split();
    let (mut from_redis, mut to_redis) = redis.into_split();
    let asked = tokio::io::copy(&mut from_node, &mut to_redis);
    let answered = async {
        let mut buffer = Vec::new();
        while from_redis.read_buf(&mut buffer).await? > 0 {
            while let Some(length) = whole(&buffer) {
                let said: Vec<u8> = buffer.drain(..length).collect();
                if !state.hides(connection, &said) {
                    to_node.write_all(&said).await?;
                }
            }
        }
        Ok::<_, std::io::Error>(())
    };
    let mut cut = state.cut.subscribe();
    tokio::select! {
        _ = asked => {}
        _ = answered => {}
        _ = cut.wait_for(|cut| connection < *cut) => {}
    }
}

/// Bytes of the first thing that Redis says, once all of it is there.
fn whole(said: &[u8]) -> Option<usize> {
    let line = said.windows(2).position(|two| two == b"\r\n")?;
    let mut end = line + 2;
    let count = || {
        let count = std::str::from_utf8(&said[1..line]).unwrap();
        // There may be less than none: nothing follows.
        count.parse::<i64>().unwrap().try_into().ok()
    };
    let items = match said[0] {
        b'$' | b'=' | b'!' => {
            end += count().map_or(0, |bytes: usize| bytes + 2);
            0
        }
        b'*' | b'~' | b'>' => count().unwrap_or(0),
        b'%' => 2 * count().unwrap_or(0),
        b'|' => 2 * count().unwrap_or(0) + 1,
        _ => 0,
    };
    for _ in 0..items {
        end += whole(said.get(end..)?)?;
    }
    (end <= said.len()).then_some(end)
}
