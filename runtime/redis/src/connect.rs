//! Opens connections to Redis.

use std::time::Duration;

use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, ConnectionInfo, RedisError, RedisResult, Value,
    aio::MultiplexedConnection,
};

/// Timeouts of a connection to a server or a Sentinel.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    /// Time to accept a connection.
    pub connect: Duration,
    /// Time to respond.
    pub answer: Duration,
}

/// No connection could be made.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The server cannot be reached, or refused.
    #[error(transparent)]
    Redis(#[from] RedisError),
    /// No Sentinel can be reached, or they refused.
    #[error("no Sentinel can be asked: {0}")]
    NoSentinel(RedisError),
    /// The Sentinels do not watch a group of this name.
    #[error("no Sentinel knows a master {0:?}")]
    UnknownMaster(String),
    /// The server is not the master, and the Sentinels have not noticed yet.
    #[error("{0}, which the Sentinels name, is not the master")]
    NotMaster(ConnectionAddr),
    /// The address has no server.
    #[error("no address is given")]
    NoAddress,
}

impl Timeouts {
    /// Returns the settings of a connection with these timeouts.
    pub fn config(self) -> AsyncConnectionConfig {
        AsyncConnectionConfig::new()
            .set_connection_timeout(Some(self.connect))
            .set_response_timeout(Some(self.answer))
    }
}

/// Connects to a server.
pub async fn open(
    server: ConnectionInfo,
    config: &AsyncConnectionConfig,
) -> RedisResult<MultiplexedConnection> {
    Client::open(server)?
        .get_multiplexed_async_connection_with_config(config)
        .await
}

/// Connects to the server that the Sentinels call master of the group `master`, if the server agrees.
///
/// # Errors
/// If no Sentinel knows the master, returns the error of the last one that was asked.
pub async fn open_master(
    sentinels: &[ConnectionInfo],
    master: &str,
    timeouts: Timeouts,
    config: &AsyncConnectionConfig,
) -> Result<MultiplexedConnection, ConnectError> {
    let server = ask_sentinels(sentinels, master, timeouts).await?;
    let addr = server.addr().clone();
    let mut connection = open(server, config).await?;
    match is_master(&mut connection).await? {
        true => Ok(connection),
        false => Err(ConnectError::NotMaster(addr)),
    }
}

async fn is_master(connection: &mut MultiplexedConnection) -> RedisResult<bool> {
    let role: Vec<Value> = redis::cmd("ROLE").query_async(connection).await?;
    Ok(match role.first() {
        Some(Value::BulkString(role)) => role == b"master",
        _ => false,
    })
}

/// Returns the server that is the master now.
async fn ask_sentinels(
    sentinels: &[ConnectionInfo],
    master: &str,
    timeouts: Timeouts,
) -> Result<ConnectionInfo, ConnectError> {
    let mut failed = ConnectError::NoAddress;
    for sentinel in sentinels {
        failed = match ask_sentinel(sentinel, master, timeouts).await {
            Ok(Some((host, port))) => {
                return Ok(sentinel.clone().set_addr(ConnectionAddr::Tcp(host, port)));
            }
            Ok(None) => ConnectError::UnknownMaster(master.to_owned()),
            Err(error) => ConnectError::NoSentinel(error),
        };
    }
    Err(failed)
}

/// Asks a Sentinel without credentials, then with the master's if it wants some.
async fn ask_sentinel(
    sentinel: &ConnectionInfo,
    master: &str,
    timeouts: Timeouts,
) -> RedisResult<Option<(String, u16)>> {
    let anonymous = sentinel.clone().set_redis_settings(Default::default());
    let answer = master_address(anonymous, master, timeouts).await;
    match &answer {
        Err(error) if error.code() == Some("NOAUTH") => {
            let redis = sentinel.redis_settings().clone().set_db(0);
            let known = sentinel.clone().set_redis_settings(redis);
            master_address(known, master, timeouts).await
        }
        _ => answer,
    }
}

async fn master_address(
    sentinel: ConnectionInfo,
    master: &str,
    timeouts: Timeouts,
) -> RedisResult<Option<(String, u16)>> {
    let mut connection = open(sentinel, &timeouts.config()).await?;
    let mut command = redis::cmd("SENTINEL");
    command.arg("get-master-addr-by-name").arg(master);
    command.query_async(&mut connection).await
}
