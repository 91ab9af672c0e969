//! Addresses of Redis as an operator writes them in the configuration.

use std::{fmt, str::FromStr};

use redis::{ConnectionInfo, IntoConnectionInfo, RedisError};

/// Default port of Sentinels.
const SENTINEL_PORT: u16 = 26_379;
/// Default port of servers.
const PORT: u16 = 6_379;

/// Address of a Redis server, of a group that Sentinels watch, or of a Redis Cluster. Its `Display` leaves out credentials.
#[derive(Clone)]
pub struct Address {
    servers: Servers,
    shown: String,
}

/// The servers that an address names.
#[derive(Clone)]
pub enum Servers {
    /// One server.
    One(ConnectionInfo),
    /// The master of a group that Sentinels watch.
    Sentinel {
        /// The Sentinels, with the credentials and the database of the master.
        sentinels: Vec<ConnectionInfo>,
        /// Name of the group.
        master: String,
    },
    /// Some servers of a cluster.
    Cluster(Vec<ConnectionInfo>),
}

/// The text is not an address. The message does not repeat it, because it may contain a password.
#[derive(Debug, thiserror::Error)]
pub enum AddressError {
    /// The scheme is missing or unknown.
    #[error(
        "write redis://host:6379, redis+sentinel://host:26379,host2:26379/master-name, redis+cluster://host:7000,host2:7001 or unix:///path"
    )]
    Scheme,
    /// TLS is not supported.
    #[error(
        "encrypted connections are not built in: let a tunnel beside each node, such as stunnel, speak TLS to Redis"
    )]
    Tls,
    /// The name of the group is missing after the Sentinels.
    #[error("say which master: redis+sentinel://host:26379/master-name")]
    NoMaster,
    /// There is a database or something else after a cluster's servers. A cluster has only one database.
    #[error("nothing can follow the hosts of a Redis Cluster")]
    Trailing,
    /// The rest of the address is wrong.
    #[error("{0}")]
    Redis(#[from] RedisError),
}

impl Address {
    /// Returns the servers.
    pub fn servers(&self) -> &Servers {
        &self.servers
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let (scheme, rest) = text.split_once("://").ok_or(AddressError::Scheme)?;
        // Valkey is the same.
        let scheme = scheme.replacen("valkey", "redis", 1);
        let servers = match &*scheme {
            "redis" | "unix" | "redis+unix" => Servers::One(text.into_connection_info()?),
            "redis+sentinel" => sentinel(rest)?,
            "redis+cluster" => cluster(rest)?,
            _ if scheme.starts_with("rediss") => return Err(AddressError::Tls),
            _ => return Err(AddressError::Scheme),
        };
        // Credentials stand before the hosts, or behind the path to a socket.
        let rest = rest.split('?').next().unwrap_or_default();
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let (_, hosts) = split_credentials(authority);
        let shown = format!("{scheme}://{hosts}{path}");
        Ok(Self { servers, shown })
    }
}

fn sentinel(rest: &str) -> Result<Servers, AddressError> {
    let (authority, path) = rest.split_once('/').ok_or(AddressError::NoMaster)?;
    let (master, database) = path.split_once('/').unwrap_or((path, ""));
    if master.is_empty() {
        return Err(AddressError::NoMaster);
    }
    Ok(Servers::Sentinel {
        sentinels: hosts(authority, database, SENTINEL_PORT)?,
        master: master.to_owned(),
    })
}

fn cluster(rest: &str) -> Result<Servers, AddressError> {
    match rest.split_once('/').unwrap_or((rest, "")) {
        (authority, "" | "0") => Ok(Servers::Cluster(hosts(authority, "", PORT)?)),
        _ => Err(AddressError::Trailing),
    }
}

/// Returns each server of `[user:password@]host[:port],host[:port]…`, all with the same credentials and database.
fn hosts(authority: &str, database: &str, port: u16) -> Result<Vec<ConnectionInfo>, AddressError> {
    let (credentials, hosts) = split_credentials(authority);
    let hosts = hosts.split(',').map(|host| {
        let port = match has_port(host) {
            true => String::new(),
            false => format!(":{port}"),
        };
        Ok(format!("redis://{credentials}{host}{port}/{database}").into_connection_info()?)
    });
    hosts.collect()
}

fn has_port(host: &str) -> bool {
    // Colons within brackets are an IPv6 address's.
    host.rsplit(']')
        .next()
        .is_some_and(|rest| rest.contains(':'))
}

/// Splits the credentials, with their `@`, from the hosts.
fn split_credentials(authority: &str) -> (&str, &str) {
    let at = authority.rfind('@').map_or(0, |at| at + 1);
    authority.split_at(at)
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests;
