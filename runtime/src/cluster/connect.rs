//! Opens connections to Redis.

use std::time::Duration;

use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, ConnectionInfo, ProtocolVersion, PushInfo,
    RedisError, RedisResult, Value, aio::MultiplexedConnection,
};

use super::address::{Address, Servers};

/// How long a server may take to accept a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// How long it may take to answer.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(3);

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(super) enum ConnectError {
    #[error(transparent)]
    Redis(#[from] RedisError),
    #[error("no Sentinel can be asked: {0}")]
    NoSentinel(RedisError),
    #[error("no Sentinel knows a master {0:?}")]
    UnknownMaster(String),
    #[error("{0}, which the Sentinels name, is not the master")]
    NotMaster(ConnectionAddr),
    #[error("no address is given")]
    NoAddress,
}

impl Address {
    /// A connection on which one can publish and subscribe. `receive` gets what comes in; it must not block.
    ///
    /// # Errors
    /// The last one, where there are several servers to try.
    pub(super) async fn connect(
        &self,
        receive: impl Fn(PushInfo) -> Result<(), ()> + Send + Sync + 'static,
    ) -> Result<MultiplexedConnection, ConnectError> {
        let config = config().set_push_sender(receive);
        match &self.servers {
            Servers::One(server) => Ok(connect(server.clone(), &config).await?),
            Servers::Sentinel { sentinels, master } => {
                let server = ask_sentinels(sentinels, master).await?;
                let addr = server.addr().clone();
                let mut connection = connect(server, &config).await?;
                match is_master(&mut connection).await? {
                    true => Ok(connection),
                    false => Err(ConnectError::NotMaster(addr)),
                }
            }
            Servers::Cluster(servers) => connect_any(servers, &config).await,
        }
    }
}

fn config() -> AsyncConnectionConfig {
    AsyncConnectionConfig::new()
        .set_connection_timeout(Some(CONNECT_TIMEOUT))
        .set_response_timeout(Some(RESPONSE_TIMEOUT))
}

/// Version 3 of the protocol lets one connection do both.
async fn connect(
    server: ConnectionInfo,
    config: &AsyncConnectionConfig,
) -> RedisResult<MultiplexedConnection> {
    let redis = server.redis_settings().clone();
    let server = server.set_redis_settings(redis.set_protocol(ProtocolVersion::RESP3));
    Client::open(server)?
        .get_multiplexed_async_connection_with_config(config)
        .await
}

/// In a Redis Cluster, what is published at one server reaches the subscribers at all of them. Those that know that their
/// cluster is not whole come last.
async fn connect_any(
    servers: &[ConnectionInfo],
    config: &AsyncConnectionConfig,
) -> Result<MultiplexedConnection, ConnectError> {
    let mut second_best = Err(ConnectError::NoAddress);
    for server in servers {
        let connected = connect(server.clone(), config).await;
        match connected {
            Ok(mut connection) => match is_whole(&mut connection).await {
                Ok(true) => return Ok(connection),
                Ok(false) => second_best = Ok(connection),
                Err(error) => second_best = second_best.or(Err(error.into())),
            },
            Err(error) => second_best = second_best.or(Err(error.into())),
        }
    }
    second_best
}

async fn is_whole(connection: &mut MultiplexedConnection) -> RedisResult<bool> {
    let mut command = redis::cmd("CLUSTER");
    let info: String = command.arg("INFO").query_async(connection).await?;
    Ok(info.contains("cluster_state:ok"))
}

async fn is_master(connection: &mut MultiplexedConnection) -> RedisResult<bool> {
    let role: Vec<Value> = redis::cmd("ROLE").query_async(connection).await?;
    Ok(match role.first() {
        Some(Value::BulkString(role)) => role == b"master",
        _ => false,
    })
}

/// The server that is the master now.
async fn ask_sentinels(
    sentinels: &[ConnectionInfo],
    master: &str,
) -> Result<ConnectionInfo, ConnectError> {
    let mut failed = ConnectError::NoAddress;
    for sentinel in sentinels {
        failed = match ask_sentinel(sentinel, master).await {
            Ok(Some((host, port))) => {
                return Ok(sentinel.clone().set_addr(ConnectionAddr::Tcp(host, port)));
            }
            Ok(None) => ConnectError::UnknownMaster(master.to_owned()),
            Err(error) => ConnectError::NoSentinel(error),
        };
    }
    Err(failed)
}

/// Sentinels may want the credentials, which are the master's, or have none of their own.
async fn ask_sentinel(
    sentinel: &ConnectionInfo,
    master: &str,
) -> RedisResult<Option<(String, u16)>> {
    let anonymous = sentinel.clone().set_redis_settings(Default::default());
    let answer = master_address(anonymous, master).await;
    match &answer {
        Err(error) if error.code() == Some("NOAUTH") => {
            let redis = sentinel.redis_settings().clone().set_db(0);
            master_address(sentinel.clone().set_redis_settings(redis), master).await
        }
        _ => answer,
    }
}

async fn master_address(
    sentinel: ConnectionInfo,
    master: &str,
) -> RedisResult<Option<(String, u16)>> {
    let mut connection = Client::open(sentinel)?
        .get_multiplexed_async_connection_with_config(&config())
        .await?;
    let mut command = redis::cmd("SENTINEL");
    command.arg("get-master-addr-by-name").arg(master);
    command.query_async(&mut connection).await
}
