//! `stockade.toml` as a person writes it. The values here are the defaults.
//!
//! Durations are written like `100ms` or `5s`, sizes like `64MiB` or `1MB`; numbers are counts.

use std::{fmt, time::Duration};

use bytesize::ByteSize;
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error, Visitor},
};

/// The file.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct RawConfig {
    /// Address and port to listen on; port 0 takes a free one.
    pub listen: String,
    /// Whether clients see the causes of internal errors. Not for production.
    pub debug: bool,
    /// Who may share an instance's memory.
    pub isolation: Isolation,
    /// The Redis by which a node reaches the others, such as `redis://example.org:6379`; empty: there are no others.
    pub adapter: String,
    /// How long to wait for events under way, and then for sockets to close, when stopping.
    pub drain: Time,
    /// The log.
    pub log: RawLog,
    /// Socket.IO's server options.
    pub socket: RawSocket,
    /// Which pages may talk to the server.
    pub cors: RawCors,
    /// What the component may use.
    pub limits: RawLimits,
    /// When instances retire that serve more than one event.
    pub reuse: RawReuse,
    /// The WebAssembly engine.
    pub engine: RawEngine,
}

/// `isolation`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Isolation {
    /// Nobody: each event gets a fresh instance.
    Event,
    /// The events of one client.
    Socket,
    /// All events.
    Tenant,
}

/// `[log]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct RawLog {
    /// `text` for people, `json` for programs.
    pub format: LogFormat,
    /// Directives of `tracing`, such as `info` or `warn,guest=debug`; the component's own lines have the target `guest`.
    pub filter: String,
}

/// `log.format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// `[socket]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct RawSocket {
    /// Path under which clients find the server.
    pub path: String,
    /// Between two pings.
    pub ping_interval: Time,
    /// How long a client may take to answer a ping.
    pub ping_timeout: Time,
    /// How long a client may take to join a namespace after it has opened a connection.
    pub connect_timeout: Time,
    /// How long an upgrade to WebSocket may take.
    pub upgrade_timeout: Time,
    /// `polling`, `websocket` or both.
    pub transports: Vec<Transport>,
}

/// One of `socket.transports`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Transport {
    /// HTTP long-polling.
    Polling,
    /// WebSocket.
    Websocket,
}

/// `[cors]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct RawCors {
    /// Origins whose pages may talk to the server, such as `https://example.org`; `*` is all. Empty: only pages from
    /// the server's own address.
    pub origins: Vec<String>,
    /// Whether cookies count.
    pub credentials: bool,
    /// Methods.
    pub methods: Vec<String>,
    /// Headers that requests may carry; empty: whatever they ask for.
    pub headers: Vec<String>,
    /// How long browsers may remember the answer; `0s` does not say.
    pub max_age: Time,
}

/// `[limits]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct RawLimits {
    /// CPU time of one event.
    pub cpu: Time,
    /// Time from the start of an event to its answer.
    pub wall: Time,
    /// Memory of one instance.
    pub memory: ByteSize,
    /// Memory of all instances.
    pub total_memory: ByteSize,
    /// Instances at once.
    pub instances: usize,
    /// Events that may wait for an instance; more are answered `TOO_MANY_REQUESTS`.
    pub waiting: usize,
    /// Events of one socket that may wait for their turn; more are answered `TOO_MANY_REQUESTS`.
    pub queue: usize,
    /// Bytes of them.
    pub queue_bytes: ByteSize,
    /// Bytes of all events of all sockets that wait for their turn.
    pub total_queue: ByteSize,
    /// One payload, attachments included, in either direction.
    pub payload: ByteSize,
    /// Objects and arrays in each other in a payload, 1 to 100.
    pub depth: usize,
    /// Attachments of one payload.
    pub attachments: usize,
    /// TCP connections.
    pub connections: usize,
    /// Rooms of one socket.
    pub rooms: usize,
    /// Emits of one event.
    pub emits: usize,
    /// Bytes emitted by one event.
    pub emit_bytes: ByteSize,
    /// Bytes sent to a client that it has not read; who leaves more is disconnected.
    pub unread: ByteSize,
    /// The same of all clients together; over it, those who leave more than 64 KiB are disconnected.
    pub total_unread: ByteSize,
    /// Bytes logged by the component in one event.
    pub log: ByteSize,
    /// Bytes logged by the component a second.
    pub log_rate: ByteSize,
}

/// `[reuse]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct RawReuse {
    /// Events of one instance.
    pub events: u64,
    /// Age of one instance.
    pub age: Time,
}

/// `[engine]`
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct RawEngine {
    /// Instances for which address space is reserved; 0 takes `limits.instances` and some to spare.
    pub instances: u32,
}

/// A duration, written like `100ms`.
#[derive(Debug, Clone, Copy)]
pub struct Time(pub Duration);

impl Default for RawConfig {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:3001".into(),
            debug: false,
            isolation: Isolation::Event,
            adapter: String::new(),
            drain: Time(Duration::from_secs(10)),
            log: RawLog::default(),
            socket: RawSocket::default(),
            cors: RawCors::default(),
            limits: RawLimits::default(),
            reuse: RawReuse::default(),
            engine: RawEngine::default(),
        }
    }
}

impl Default for RawLog {
    fn default() -> Self {
        Self {
            format: LogFormat::Text,
            filter: "info".into(),
        }
    }
}

impl Default for RawSocket {
    fn default() -> Self {
        Self {
            path: "/socket.io".into(),
            ping_interval: Time(Duration::from_secs(25)),
            ping_timeout: Time(Duration::from_secs(20)),
            connect_timeout: Time(Duration::from_secs(45)),
            upgrade_timeout: Time(Duration::from_secs(10)),
            transports: vec![Transport::Polling, Transport::Websocket],
        }
    }
}

impl Default for RawCors {
    fn default() -> Self {
        Self {
            origins: Vec::new(),
            credentials: false,
            methods: vec!["GET".into(), "POST".into()],
            headers: Vec::new(),
            max_age: Time(Duration::ZERO),
        }
    }
}

impl Default for RawLimits {
    fn default() -> Self {
        Self {
            cpu: Time(Duration::from_millis(100)),
            wall: Time(Duration::from_secs(5)),
            memory: ByteSize::mib(64),
            total_memory: ByteSize::mib(512),
            instances: 64,
            waiting: 1_024,
            queue: 64,
            queue_bytes: ByteSize::mb(4),
            total_queue: ByteSize::mib(128),
            payload: ByteSize::mb(1),
            depth: 64,
            attachments: 64,
            connections: 10_000,
            rooms: 256,
            emits: 1_000,
            emit_bytes: ByteSize::mb(4),
            unread: ByteSize::mib(8),
            total_unread: ByteSize::mib(256),
            log: ByteSize::kib(64),
            log_rate: ByteSize::mib(1),
        }
    }
}

impl Default for RawReuse {
    fn default() -> Self {
        Self {
            events: 10_000,
            age: Time(Duration::from_secs(300)),
        }
    }
}

impl Serialize for Time {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&humantime::format_duration(self.0))
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(TimeVisitor)
    }
}

struct TimeVisitor;

impl Visitor<'_> for TimeVisitor {
    type Value = Time;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a duration such as \"100ms\" or \"5s\"")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Time, E> {
        humantime::parse_duration(text)
            .map(Time)
            .map_err(|error| E::custom(format_args!("{text:?}: {error}")))
    }
}
