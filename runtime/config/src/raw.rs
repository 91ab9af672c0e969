//! `stockade.toml` as a person writes it. The values here are the defaults.
//!
//! Durations are written like `100ms` or `5s`, sizes like `64MiB` or `1MB`; numbers are counts.

use std::{fmt, path::PathBuf, time::Duration};
use stockade_auth::session::SessionConfig;
use stockade_sandbox::limits::Limits;

use bytesize::ByteSize;
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error, Visitor},
};

use stockade_auth::Algorithm;

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
    /// Folder whose files are served to requests that are neither Socket.IO's nor the component's; empty: none.
    #[serde(rename = "static")]
    pub static_files: String,
    /// The Redis by which a node reaches the others, such as `redis://example.org:6379`; empty: there are no others.
    pub adapter: String,
    /// How long to wait for events under way, and then for sockets to close, when stopping.
    pub drain: Time,
    /// Where components store what they keep: a file, `memory`, or the URL of a Redis.
    pub store: String,
    /// The log.
    pub log: RawLog,
    /// Sessions.
    pub session: RawSession,
    /// Socket.IO's server options.
    pub socket: RawSocket,
    /// Which pages may talk to the server.
    pub cors: RawCors,
    /// What tells load balancers whose session a request belongs to.
    pub cookie: RawCookie,
    /// How payloads are validated.
    pub validation: RawValidation,
    /// What the component may use.
    pub limits: RawLimits,
    /// How clients' tokens are verified.
    pub jwt: RawJwt,
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
    /// The level of the lines about connections, events and disconnections, whose target is `sockets`.
    pub sockets: TrafficLevel,
}

/// `log.sockets`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TrafficLevel {
    /// Hidden by the default filter.
    Debug,
    /// They are logged, as in FoalTS.
    Info,
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
    /// Whether a client that polls may change to WebSocket.
    pub allow_upgrades: bool,
    /// How packets are written; clients must use the same.
    pub parser: Parser,
    /// How long a client that has lost its connection may come back as who it was; `0s` is never.
    pub connection_state_recovery: Time,
    /// Which of Socket.IO's server options components may set for themselves, such as `pingInterval`; `*` is all.
    pub options: Vec<String>,
    /// Folder with the client for browsers, such as `node_modules/socket.io-client/dist`; empty: it is not served.
    pub client: PathBuf,
}

/// `socket.parser`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Parser {
    /// JSON, with binary data beside it.
    Default,
    /// MessagePack, as of `socket.io-msgpack-parser`.
    Msgpack,
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

/// `[session]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct RawSession {
    /// How long a session is valid that nobody uses.
    pub inactivity: Time,
    /// How long a session is valid at all.
    pub absolute: Time,
    /// Name of the cookie that carries its id.
    pub cookie: String,
    /// Whether the cookie goes over encrypted connections only.
    pub cookie_secure: bool,
    /// Which requests from other sites carry the cookie.
    pub cookie_same_site: SameSite,
    /// Domain of the cookie; empty: the server's own host.
    pub cookie_domain: String,
    /// Path of the cookie.
    pub cookie_path: String,
}

/// `session.cookie-same-site`, `cookie.same-site`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SameSite {
    /// None.
    Strict,
    /// Those that lead somewhere, such as links.
    Lax,
    /// All; only over encrypted connections.
    None,
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
    /// Headers of answers that pages may read.
    pub exposed_headers: Vec<String>,
    /// How long browsers may remember the answer; `0s` does not say.
    pub max_age: Time,
}

/// `[cookie]`: Socket.IO's `cookie`, with the session's id.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct RawCookie {
    /// Its name, such as `io`; empty: there is no such cookie.
    pub name: String,
    /// Path that it is for.
    pub path: String,
    /// Domain that it is for; empty: the server's own host.
    pub domain: String,
    /// How long browsers keep it, whole seconds, 400 days at most; `0s`: until they are closed.
    pub max_age: Time,
    /// Whether it is hidden from scripts.
    pub http_only: bool,
    /// Whether it goes over encrypted connections only.
    pub secure: bool,
    /// Which requests from other sites carry it.
    pub same_site: SameSite,
    /// Whether each page has one of its own, if the server is embedded in others' pages; only over encrypted connections.
    pub partitioned: bool,
    /// Which cookies browsers keep when they have too many.
    pub priority: CookiePriority,
}

/// `cookie.priority`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CookiePriority {
    /// Others first.
    Low,
    /// As cookies that do not say.
    Medium,
    /// This one first.
    High,
}

/// `[validation]`: AJV's options. What is not written is off, or as `compat` has it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct RawValidation {
    /// Whether clients are told of up to 32 violations, not only of the first.
    pub all_errors: bool,
    /// Whether what is missing gets its `default`; `"empty"` counts `null` and `""` as missing.
    #[serde(serialize_with = "or_off")]
    pub use_defaults: Option<Switch>,
    /// Whether values become what `type` asks for; `"array"` makes lists of one and takes items out of them, too.
    #[serde(serialize_with = "or_off")]
    pub coerce_types: Option<Switch>,
    /// Whether properties are removed that `additionalProperties: false` forbids; `"failing"` removes those that
    /// `additionalProperties` is not satisfied with, `"all"` those that have no name in the schema.
    #[serde(serialize_with = "or_off")]
    pub remove_additional: Option<Switch>,
    /// Whether schemas that are probably mistaken are refused: unknown keywords, and keywords that are ignored where they
    /// stand. `true` is stricter than the default, `"log"` only warns.
    #[serde(serialize_with = "or_default")]
    pub strict: Option<Switch>,
    /// Whose defaults the others have.
    pub compat: Compat,
}

/// A key that is on, off, or on in a way that has a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, expecting = "expected a boolean or a word")]
pub enum Switch {
    /// On or off.
    Flag(bool),
    /// A name.
    Word(String),
}

/// `validation.compat`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Compat {
    /// AJV's own: all off.
    None,
    /// FoalTS's: `use-defaults`, `coerce-types` and `remove-additional` are on.
    Foal,
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
    /// Events of one socket that may run at once, where their routes are concurrent; the next ones wait for their turn.
    pub concurrent: usize,
    /// One payload, attachments included, in either direction.
    pub payload: ByteSize,
    /// Objects and arrays in each other in a payload, 1 to 100.
    pub depth: usize,
    /// Attachments of one payload.
    pub attachments: usize,
    /// TCP connections.
    pub connections: usize,
    /// How long a client may take to send the head of a request, and so how long a connection stays open without one.
    pub header_timeout: Time,
    /// How long it may take to send the body.
    pub body_timeout: Time,
    /// Rooms of one socket.
    pub rooms: usize,
    /// Child namespaces at once: those that patterns of the manifest match, and that have sockets.
    pub child_namespaces: usize,
    /// Child namespaces that one connection may be in.
    pub connection_child_namespaces: usize,
    /// Emits of one event.
    pub emits: usize,
    /// Bytes emitted by one event.
    pub emit_bytes: ByteSize,
    /// Bytes of the sockets that one call of `fetch-sockets` hands over.
    pub fetch_bytes: ByteSize,
    /// Bytes sent to a client that it has not read; who leaves more is disconnected.
    pub unread: ByteSize,
    /// The same of all clients together; over it, those who leave more than 64 KiB are disconnected.
    pub total_unread: ByteSize,
    /// How long a client that has lost its connection may find its session again, where the component asks for that.
    pub recovery: Time,
    /// Bytes logged by the component in one event.
    pub log: ByteSize,
    /// Bytes logged by the component a second.
    pub log_rate: ByteSize,
    /// A key of the store.
    pub store_key: ByteSize,
    /// A value in the store.
    pub store_value: ByteSize,
    /// All keys and values in the store, and 64 bytes for each.
    pub store_bytes: ByteSize,
    /// Calls to the store in one event, each key of those that are about many counted.
    pub store_operations: usize,
}

/// `[jwt]`. Text that is empty is not given.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct RawJwt {
    /// Secret of HS256, of 32 bytes or more.
    pub secret: Hidden,
    /// File with the same; white space at its end does not count.
    pub secret_file: PathBuf,
    /// PEM file with a public key: of RSA for RS256, on the curve P-256 for ES256.
    pub public_key_file: PathBuf,
    /// JSON Web Key Set, as text.
    pub jwks: Hidden,
    /// File with the same, which is read again when it changes.
    pub jwks_file: PathBuf,
    /// `HS256`, `RS256`, `ES256`; empty: all that there is a key for.
    pub algorithms: Vec<Algorithm>,
    /// What `iss` must be; empty: anything.
    pub issuer: String,
    /// What `aud` must name one of; empty: anything.
    pub audience: Vec<String>,
    /// How far the clocks of those who sign may be off, 5 minutes at most.
    pub leeway: Time,
    /// Whether tokens without `exp` are refused.
    pub require_expiry: bool,
    /// Name of the cookie that may carry the token; empty: cookies are not looked at.
    pub cookie: String,
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

/// Text that is not shown and not written.
#[derive(Clone)]
pub struct Hidden {
    /// The text; none if the value is something else. That is no error here, because errors show values.
    pub text: Option<String>,
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
            static_files: String::new(),
            adapter: String::new(),
            drain: Time(Duration::from_secs(10)),
            store: "stockade.redb".into(),
            log: RawLog::default(),
            session: RawSession::default(),
            socket: RawSocket::default(),
            cors: RawCors::default(),
            cookie: RawCookie::default(),
            validation: RawValidation::default(),
            limits: RawLimits::default(),
            jwt: RawJwt::default(),
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
            sockets: TrafficLevel::Debug,
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
            allow_upgrades: true,
            parser: Parser::Default,
            connection_state_recovery: Time(Duration::ZERO),
            options: vec!["*".into()],
            client: PathBuf::new(),
        }
    }
}

impl Default for RawSession {
    fn default() -> Self {
        let SessionConfig {
            inactivity,
            absolute,
            cookie,
        } = SessionConfig::default();
        Self {
            inactivity: Time(inactivity),
            absolute: Time(absolute),
            cookie: cookie.name,
            cookie_secure: cookie.secure,
            cookie_same_site: SameSite::Lax,
            cookie_domain: String::new(),
            cookie_path: cookie.path,
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
            exposed_headers: Vec::new(),
            max_age: Time(Duration::ZERO),
        }
    }
}

impl Default for RawCookie {
    fn default() -> Self {
        Self {
            name: String::new(),
            path: "/".into(),
            domain: String::new(),
            max_age: Time(Duration::ZERO),
            http_only: true,
            secure: false,
            same_site: SameSite::Lax,
            partitioned: false,
            priority: CookiePriority::Medium,
        }
    }
}

impl Default for RawValidation {
    fn default() -> Self {
        Self {
            all_errors: false,
            use_defaults: None,
            coerce_types: None,
            remove_additional: None,
            strict: None,
            compat: Compat::None,
        }
    }
}

impl Default for RawLimits {
    fn default() -> Self {
        let limits = Limits::default();
        Self {
            cpu: Time(limits.cpu),
            wall: Time(limits.wall),
            memory: bytes(limits.memory),
            total_memory: bytes(limits.total_memory),
            instances: limits.instances,
            waiting: limits.waiting,
            queue: limits.queue,
            queue_bytes: bytes(limits.queue_bytes),
            total_queue: bytes(limits.total_queue),
            concurrent: limits.concurrent,
            payload: bytes(limits.payload),
            depth: limits.depth,
            attachments: limits.attachments,
            connections: limits.connections,
            header_timeout: Time(limits.header_timeout),
            body_timeout: Time(limits.body_timeout),
            rooms: limits.rooms,
            child_namespaces: limits.child_namespaces,
            connection_child_namespaces: limits.connection_child_namespaces,
            emits: limits.emits,
            emit_bytes: bytes(limits.emit_bytes),
            fetch_bytes: bytes(limits.fetch_bytes),
            unread: bytes(limits.unread),
            total_unread: bytes(limits.total_unread),
            recovery: Time(Duration::from_secs(120)),
            log: bytes(limits.log),
            log_rate: bytes(limits.log_rate),
            store_key: bytes(limits.store.key),
            store_value: bytes(limits.store.value),
            store_bytes: bytes(limits.store.bytes),
            store_operations: limits.store_operations,
        }
    }
}

fn bytes(size: usize) -> ByteSize {
    ByteSize::b(size as u64)
}

impl Default for RawJwt {
    fn default() -> Self {
        Self {
            secret: Hidden::default(),
            secret_file: PathBuf::new(),
            public_key_file: PathBuf::new(),
            jwks: Hidden::default(),
            jwks_file: PathBuf::new(),
            algorithms: Vec::new(),
            issuer: String::new(),
            audience: Vec::new(),
            leeway: Time(Duration::from_secs(5)),
            require_expiry: true,
            cookie: "auth".into(),
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

impl Default for Hidden {
    fn default() -> Self {
        Self {
            text: Some(String::new()),
        }
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hidden(..)")
    }
}

impl Serialize for Hidden {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("")
    }
}

impl<'de> Deserialize<'de> for Hidden {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = match toml::Value::deserialize(deserializer)? {
            toml::Value::String(text) => Some(text),
            _ => None,
        };
        Ok(Self { text })
    }
}

/// Keys that are not written are keys all the same.
fn or_off<S: serde::Serializer>(switch: &Option<Switch>, serializer: S) -> Result<S::Ok, S::Error> {
    switch
        .as_ref()
        .unwrap_or(&Switch::Flag(false))
        .serialize(serializer)
}

fn or_default<S: serde::Serializer>(
    switch: &Option<Switch>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    switch
        .as_ref()
        .unwrap_or(&Switch::Word("default".into()))
        .serialize(serializer)
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
