//! Where Redis is, as it is written in the configuration.

use std::{fmt, str::FromStr};

use redis::{ConnectionInfo, IntoConnectionInfo};

/// A server, a cluster, or the sentinels that know the server. Prints without its password.
#[derive(Clone)]
pub struct Address(pub(super) Kind);

#[derive(Clone)]
pub(super) enum Kind {
    Server(ConnectionInfo),
    Cluster(Vec<ConnectionInfo>),
    Sentinels {
        /// With what the server itself asks for: user, password, database.
        sentinels: Vec<ConnectionInfo>,
        /// The name under which sentinels know the server.
        master: String,
    },
}

/// Not the address of a Redis.
#[derive(Debug, thiserror::Error)]
pub enum AddressError {
    /// Another scheme, or none.
    #[error(
        "Redis is at redis://HOST:PORT[/DB], redis+sentinel://HOST:PORT,HOST:PORT/MASTER[/DB] or \
         redis+cluster://HOST:PORT,HOST:PORT, with USER:PASSWORD@ before the first host where it asks for them"
    )]
    Form,
    /// Connections are not encrypted.
    #[error(
        "TLS to Redis is not built in: use redis:// over a network that you trust, or a tunnel"
    )]
    Tls,
    /// A host, port or database is none.
    #[error("{0}")]
    Part(redis::RedisError),
}

impl Address {
    /// Whether `text` is meant to be such an address.
    pub fn is_meant(text: &str) -> bool {
        ["redis", "rediss", "valkey", "valkeys"]
            .iter()
            .any(|scheme| {
                let rest = text.strip_prefix(scheme);
                rest.is_some_and(|rest| rest.starts_with("://") || rest.starts_with('+'))
            })
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let (scheme, rest) = text.split_once("://").ok_or(AddressError::Form)?;
        let scheme = scheme.replacen("valkey", "redis", 1);
        let (hosts, path) = rest.split_once('/').unwrap_or((rest, ""));
        let kind = match &*scheme {
            "redis" => Kind::Server(node("", hosts, path)?),
            "redis+cluster" if path.is_empty() => Kind::Cluster(nodes(hosts, "")?),
            "redis+sentinel" => {
                let (master, database) = path.split_once('/').unwrap_or((path, ""));
                if master.is_empty() {
                    return Err(AddressError::Form);
                }
                Kind::Sentinels {
                    sentinels: nodes(hosts, database)?,
                    master: master.to_owned(),
                }
            }
            "rediss" => return Err(AddressError::Tls),
            _ => return Err(AddressError::Form),
        };
        Ok(Self(kind))
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nodes = |nodes: &[ConnectionInfo]| {
            let nodes: Vec<_> = nodes.iter().map(|node| node.addr().to_string()).collect();
            nodes.join(",")
        };
        match &self.0 {
            Kind::Server(server) => write!(f, "redis://{}", server.addr()),
            Kind::Cluster(cluster) => write!(f, "redis+cluster://{}", nodes(cluster)),
            Kind::Sentinels { sentinels, master } => {
                write!(f, "redis+sentinel://{}/{master}", nodes(sentinels))
            }
        }
    }
}

/// Hosts in a row, all with the user and the password that stand before the first.
fn nodes(hosts: &str, database: &str) -> Result<Vec<ConnectionInfo>, AddressError> {
    let (user, hosts) = match hosts.rsplit_once('@') {
        Some((user, hosts)) => (format!("{user}@"), hosts),
        None => (String::new(), hosts),
    };
    hosts
        .split(',')
        .map(|host| node(&user, host, database))
        .collect()
}

fn node(user: &str, host: &str, database: &str) -> Result<ConnectionInfo, AddressError> {
    format!("redis://{user}{host}/{database}")
        .into_connection_info()
        .map_err(AddressError::Part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_printed_without_their_password() {
        for (text, printed) in [
            ("redis://localhost", "redis://localhost:6379"),
            ("valkey://10.0.0.1:7000/3", "redis://10.0.0.1:7000"),
            ("redis://u:secret@h:1", "redis://h:1"),
            ("redis+cluster://:secret@a:1,b:2", "redis+cluster://a:1,b:2"),
            (
                "redis+sentinel://u:p%40@a:1,b:2/main/7",
                "redis+sentinel://a:1,b:2/main",
            ),
        ] {
            let address: Address = text.parse().unwrap();
            assert_eq!(format!("{address:?}"), printed);
            assert!(Address::is_meant(text), "{text}");
        }
        let Kind::Sentinels { sentinels, .. } = "redis+sentinel://u:p%40@a:1,b:2/main/7"
            .parse::<Address>()
            .unwrap()
            .0
        else {
            panic!("sentinels")
        };
        for sentinel in sentinels {
            let settings = sentinel.redis_settings();
            assert_eq!(settings.db(), 7);
            assert_eq!(settings.username(), Some("u"));
            assert_eq!(settings.password(), Some("p@"));
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "redis",
            "http://localhost",
            "redis://",
            "redis://h:port",
            "redis://h/db",
            "rediss://h",
            "redis+sentinel://h:1",
            "redis+cluster://h:1/2",
            "redis+cluster://h:1,",
            "redis+other://h:1",
        ] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }
}
