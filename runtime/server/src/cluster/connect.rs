//! Opens the connection on which a node hears the others and is heard.

use std::time::Duration;

use redis::{
    AsyncConnectionConfig, ConnectionInfo, ProtocolVersion, PushInfo, RedisResult,
    aio::MultiplexedConnection,
};

use stockade_redis::{Address, ConnectError, Servers, Timeouts, open, open_master};

const TIMEOUTS: Timeouts = Timeouts {
    connect: Duration::from_secs(2),
    answer: Duration::from_secs(3),
};

/// A connection on which one can publish and subscribe. `receive` gets what comes in; it must not block.
///
/// # Errors
/// The last one, where there are several servers to try.
pub(super) async fn connect(
    address: &Address,
    receive: impl Fn(PushInfo) -> Result<(), ()> + Send + Sync + 'static,
) -> Result<MultiplexedConnection, ConnectError> {
    let config = TIMEOUTS.config().set_push_sender(receive);
    match address.servers() {
        Servers::One(server) => Ok(open(two_way(server), &config).await?),
        Servers::Sentinel { sentinels, master } => {
            let sentinels: Vec<_> = sentinels.iter().map(two_way).collect();
            open_master(&sentinels, master, TIMEOUTS, &config).await
        }
        Servers::Cluster(servers) => open_any(servers, &config).await,
    }
}

/// Version 3 of the protocol lets one connection publish and subscribe.
fn two_way(server: &ConnectionInfo) -> ConnectionInfo {
    let redis = server.redis_settings().clone();
    server
        .clone()
        .set_redis_settings(redis.set_protocol(ProtocolVersion::RESP3))
}

/// In a Redis Cluster, what is published at one server reaches the subscribers at all of them. Those that know that their
/// cluster is not whole come last.
async fn open_any(
    servers: &[ConnectionInfo],
    config: &AsyncConnectionConfig,
) -> Result<MultiplexedConnection, ConnectError> {
    let mut second_best = Err(ConnectError::NoAddress);
    for server in servers {
        let connected = open(two_way(server), config).await;
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
