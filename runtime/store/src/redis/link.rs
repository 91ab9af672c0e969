//! The connection to Redis: opened when it is needed, dropped when it fails, and opened again.

use std::{
    future::Future,
    sync::Arc,
    time::{Duration, Instant},
};

use redis::{
    Cmd, ErrorKind, Pipeline, RedisError, RedisFuture, RedisResult, ServerErrorKind, Value,
    aio::{ConnectionLike, MultiplexedConnection},
    cluster::ClusterClient,
    cluster_async::ClusterConnection,
};
use tokio::sync::Mutex;

use super::super::{StoreError, Unavailable, health::Health};
use stockade_redis::{Address, ConnectError, Servers, Timeouts, open, open_master};

/// Maximum time of a call, including the connection.
const TIMEOUT: Duration = Duration::from_secs(2);
const TIMEOUTS: Timeouts = Timeouts {
    connect: Duration::from_secs(1),
    answer: TIMEOUT,
};
/// Negative-cache time for failed connects, so that calls do not queue up to fail one by one.
const RESPITE: Duration = Duration::from_millis(100);

/// Whether a call may be repeated on a new connection if the old one failed with an unknown result.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Again {
    /// Repeat it once: making it twice has the same result.
    Once,
    /// Do not repeat it.
    Never,
}

pub(super) struct Link {
    address: Address,
    state: Mutex<State>,
    health: Health,
}

#[derive(Default)]
struct State {
    connection: Option<Connection>,
    /// Number of the connection.
    number: u64,
    failed: Option<(Instant, Arc<Unavailable>)>,
}

#[derive(Clone)]
pub(super) enum Connection {
    Server(MultiplexedConnection),
    Cluster(ClusterConnection),
}

impl Link {
    pub(super) fn new(address: Address) -> Self {
        Self {
            address,
            state: Mutex::default(),
            health: Health::default(),
        }
    }

    /// Makes a call within [`TIMEOUT`].
    pub(super) async fn call<T, F>(
        &self,
        again: Again,
        call: impl Fn(Connection) -> F,
    ) -> Result<T, StoreError>
    where
        F: Future<Output = RedisResult<T>>,
    {
        let mut number = None;
        let calling = async {
            let first = self.attempt(&call, &mut number).await;
            match first {
                Err(Attempt::Broken(_)) if again == Again::Once => {
                    self.attempt(&call, &mut number).await
                }
                answer => answer,
            }
        };
        let answer = match tokio::time::timeout(TIMEOUT, calling).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(Attempt::Broken(error) | Attempt::Refused(error))) => {
                Err(Unavailable::Redis(error).into())
            }
            Ok(Err(Attempt::NotConnected(cause))) => Err(StoreError::Unavailable(cause)),
            Err(_) => {
                // It may be a connection on which nothing comes back any more.
                if let Some(number) = number {
                    self.forget(number).await;
                }
                Err(Unavailable::TimedOut(TIMEOUT).into())
            }
        };
        self.health.note(&answer);
        answer
    }

    async fn attempt<T, F>(
        &self,
        call: impl Fn(Connection) -> F,
        number: &mut Option<u64>,
    ) -> Result<T, Attempt>
    where
        F: Future<Output = RedisResult<T>>,
    {
        let (connection, current) = self.connection().await.map_err(Attempt::NotConnected)?;
        *number = Some(current);
        match call(connection).await {
            Ok(answer) => Ok(answer),
            Err(error) if is_broken(&error) => {
                self.forget(current).await;
                Err(Attempt::Broken(error))
            }
            Err(error) => Err(Attempt::Refused(error)),
        }
    }

    async fn connection(&self) -> Result<(Connection, u64), Arc<Unavailable>> {
        let mut state = self.state.lock().await;
        if let Some(connection) = &state.connection {
            return Ok((connection.clone(), state.number));
        }
        if let Some((at, cause)) = &state.failed
            && at.elapsed() < RESPITE
        {
            return Err(cause.clone());
        }
        match self.connect().await {
            Ok(connection) => {
                state.number += 1;
                state.failed = None;
                state.connection = Some(connection.clone());
                Ok((connection, state.number))
            }
            Err(error) => {
                let cause = Arc::new(Unavailable::NotConnected(error));
                state.failed = Some((Instant::now(), cause.clone()));
                Err(cause)
            }
        }
    }

    async fn connect(&self) -> Result<Connection, ConnectError> {
        let config = TIMEOUTS.config();
        Ok(match self.address.servers() {
            Servers::One(server) => Connection::Server(open(server.clone(), &config).await?),
            Servers::Sentinel { sentinels, master } => {
                let opening = open_master(sentinels, master, TIMEOUTS, &config);
                Connection::Server(opening.await?)
            }
            Servers::Cluster(servers) => {
                let client = ClusterClient::builder(servers.iter().cloned())
                    .connection_timeout(TIMEOUTS.connect)
                    .response_timeout(TIMEOUTS.answer)
                    .build()?;
                Connection::Cluster(client.get_async_connection().await?)
            }
        })
    }

    /// Drops the connection with this number, unless there is a newer one.
    async fn forget(&self, number: u64) {
        let mut state = self.state.lock().await;
        if state.number == number {
            state.connection = None;
        }
    }
}

/// Why an attempt failed.
enum Attempt {
    NotConnected(Arc<Unavailable>),
    Broken(RedisError),
    Refused(RedisError),
}

/// Returns whether a new connection may help: this one is broken, or its server was replaced.
fn is_broken(error: &RedisError) -> bool {
    error.is_unrecoverable_error()
        || error.is_io_error()
        || matches!(
            error.kind(),
            ErrorKind::Server(ServerErrorKind::ReadOnly | ServerErrorKind::MasterDown)
        )
}

impl ConnectionLike for Connection {
    fn req_packed_command<'a>(&'a mut self, cmd: &'a Cmd) -> RedisFuture<'a, Value> {
        match self {
            Self::Server(connection) => connection.req_packed_command(cmd),
            Self::Cluster(connection) => connection.req_packed_command(cmd),
        }
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        match self {
            Self::Server(connection) => connection.req_packed_commands(pipeline, offset, count),
            Self::Cluster(connection) => connection.req_packed_commands(pipeline, offset, count),
        }
    }

    fn get_db(&self) -> i64 {
        match self {
            Self::Server(connection) => connection.get_db(),
            Self::Cluster(connection) => connection.get_db(),
        }
    }
}
