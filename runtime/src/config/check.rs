//! From what was written to what it means.

use std::{sync::Arc, time::Duration};

use bytesize::ByteSize;
use http::{HeaderName, HeaderValue, Method};
use tracing_subscriber::EnvFilter;

use super::{
    Config, ConfigError, LogConfig,
    raw::{self, RawConfig, RawCors, RawLimits, RawSocket, Transport},
};
use crate::{
    cluster,
    sandbox::{Isolation, Reuse, limits::Limits},
    server::{CorsConfig, Origins, Settings},
    socket::{SocketConfig, Transports},
    tenant::TenantConfig,
};

/// Deeper payloads would not fit the stacks of JSON parsers.
const MAX_DEPTH: usize = 100;
/// Instances to spare, so that a retiring one does not keep its successor out.
const SPARE_INSTANCES: usize = 16;

type Checked<T> = Result<T, ConfigError>;

impl TryFrom<RawConfig> for Config {
    type Error = ConfigError;

    fn try_from(raw: RawConfig) -> Checked<Self> {
        let limits = limits(&raw.limits)?;
        let instances = match raw.engine.instances {
            0 => u32::try_from(limits.instances + SPARE_INSTANCES).unwrap_or(u32::MAX),
            instances => instances,
        };
        Ok(Self {
            listen: raw.listen.parse().map_err(|_| ConfigError::Value {
                key: "listen",
                reason: format!(
                    "{:?} is not an address and a port, such as 127.0.0.1:3001",
                    raw.listen
                ),
            })?,
            log: LogConfig {
                format: raw.log.format,
                filter: filter(raw.log.filter)?,
            },
            server: Settings {
                socket: socket(raw.socket)?,
                cors: cors(&raw.cors)?,
                drain: positive("drain", raw.drain)?,
            },
            tenant: TenantConfig {
                isolation: match raw.isolation {
                    raw::Isolation::Event => Isolation::Event,
                    raw::Isolation::Socket => Isolation::Socket,
                    raw::Isolation::Tenant => Isolation::Tenant,
                },
                reuse: Reuse {
                    events: raw.reuse.events,
                    age: raw.reuse.age.0,
                },
                limits: Arc::new(limits),
                debug: raw.debug,
                adapter: adapter(&raw.adapter)?,
            },
            engine_instances: instances,
        })
    }
}

fn adapter(text: &str) -> Checked<Option<cluster::Address>> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|error| ConfigError::Value {
        key: "adapter",
        // Not the text: it may have a password in it.
        reason: cluster::AddressError::to_string(&error),
    })
}

fn limits(raw: &RawLimits) -> Checked<Limits> {
    if !(1..=MAX_DEPTH).contains(&raw.depth) {
        return Err(ConfigError::Value {
            key: "limits.depth",
            reason: format!("{} is not between 1 and {MAX_DEPTH}", raw.depth),
        });
    }
    Ok(Limits {
        cpu: positive("limits.cpu", raw.cpu)?,
        wall: positive("limits.wall", raw.wall)?,
        memory: bytes("limits.memory", raw.memory)?,
        total_memory: bytes("limits.total-memory", raw.total_memory)?,
        instances: count("limits.instances", raw.instances)?,
        waiting: raw.waiting,
        queue: count("limits.queue", raw.queue)?,
        queue_bytes: bytes("limits.queue-bytes", raw.queue_bytes)?,
        total_queue: bytes("limits.total-queue", raw.total_queue)?,
        payload: bytes("limits.payload", raw.payload)?,
        depth: raw.depth,
        attachments: raw.attachments,
        connections: count("limits.connections", raw.connections)?,
        rooms: count("limits.rooms", raw.rooms)?,
        emits: raw.emits,
        emit_bytes: bytes("limits.emit-bytes", raw.emit_bytes)?,
        unread: bytes("limits.unread", raw.unread)?,
        total_unread: bytes("limits.total-unread", raw.total_unread)?,
        log: bytes("limits.log", raw.log)?,
        log_rate: bytes("limits.log-rate", raw.log_rate)?,
    })
}

fn socket(raw: RawSocket) -> Checked<SocketConfig> {
    let path = raw.path.trim_end_matches('/');
    if !path.starts_with('/') || path.contains(['?', '#', ' ']) {
        return Err(ConfigError::Value {
            key: "socket.path",
            reason: format!("{:?} is not a path such as /socket.io", raw.path),
        });
    }
    let has = |transport| raw.transports.contains(&transport);
    let transports = match (has(Transport::Polling), has(Transport::Websocket)) {
        (true, true) => Transports::All,
        (true, false) => Transports::Polling,
        (false, true) => Transports::WebSocket,
        (false, false) => {
            return Err(ConfigError::Value {
                key: "socket.transports",
                reason: "name one at least: \"polling\", \"websocket\"".into(),
            });
        }
    };
    Ok(SocketConfig {
        path: path.to_owned(),
        ping_interval: positive("socket.ping-interval", raw.ping_interval)?,
        ping_timeout: positive("socket.ping-timeout", raw.ping_timeout)?,
        connect_timeout: positive("socket.connect-timeout", raw.connect_timeout)?,
        upgrade_timeout: positive("socket.upgrade-timeout", raw.upgrade_timeout)?,
        transports,
    })
}

fn cors(raw: &RawCors) -> Checked<CorsConfig> {
    let any = raw.origins.iter().any(|origin| origin == "*");
    let origins = match &*raw.origins {
        [] => Origins::Same,
        [_] if any => Origins::Any,
        _ if any => {
            return Err(ConfigError::Value {
                key: "cors.origins",
                reason: "\"*\" is all origins already: write it alone, or leave it out".into(),
            });
        }
        origins => Origins::List(each("cors.origins", origins, |origin| {
            HeaderValue::from_str(origin).ok()
        })?),
    };
    let max_age = raw.max_age.0;
    Ok(CorsConfig {
        origins,
        credentials: raw.credentials,
        methods: each("cors.methods", &raw.methods, |method| {
            Method::from_bytes(method.as_bytes()).ok()
        })?,
        headers: each("cors.headers", &raw.headers, |header| {
            HeaderName::from_bytes(header.as_bytes()).ok()
        })?,
        max_age: (!max_age.is_zero()).then_some(max_age),
    })
}

fn filter(filter: String) -> Checked<String> {
    match EnvFilter::try_new(&filter) {
        Ok(_) => Ok(filter),
        Err(error) => Err(ConfigError::Value {
            key: "log.filter",
            reason: format!("{filter:?}: {error}"),
        }),
    }
}

fn each<T>(
    key: &'static str,
    items: &[String],
    parse: impl Fn(&str) -> Option<T>,
) -> Checked<Vec<T>> {
    let parse = |item: &String| {
        parse(item).ok_or_else(|| ConfigError::Value {
            key,
            reason: format!("{item:?} cannot stand in a header"),
        })
    };
    items.iter().map(parse).collect()
}

fn positive(key: &'static str, time: raw::Time) -> Checked<Duration> {
    match time.0 {
        Duration::ZERO => Err(zero(key)),
        time => Ok(time),
    }
}

fn count(key: &'static str, count: usize) -> Checked<usize> {
    match count {
        0 => Err(zero(key)),
        count => Ok(count),
    }
}

fn bytes(key: &'static str, size: ByteSize) -> Checked<usize> {
    match usize::try_from(size.as_u64()) {
        Ok(0) | Err(_) => Err(zero(key)),
        Ok(size) => Ok(size),
    }
}

fn zero(key: &'static str) -> ConfigError {
    ConfigError::Value {
        key,
        reason: "must be more than zero".into(),
    }
}
