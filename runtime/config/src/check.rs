//! From what was written to what it means.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use bytesize::ByteSize;
use http::{HeaderName, HeaderValue, Method};
use tracing_subscriber::EnvFilter;

use super::{
    Config, ConfigError, LogConfig, ServerConfig,
    raw::{
        self, Compat, RawConfig, RawCookie, RawCors, RawLimits, RawSession, RawSocket,
        RawValidation, Switch, Transport,
    },
};
use stockade_auth::session::{SessionConfig, SessionCookie};
use stockade_json_schema::{
    CoerceTypes, RemoveAdditional, Strict, UseDefaults, ValidationOptions, text::MAX_DEPTH,
};
use stockade_redis::{Address, AddressError};
use stockade_sandbox::{Isolation, Reuse, limits::Limits};
use stockade_server::{
    client_files::ClientFiles,
    options::{
        Allowed, CookieConfig, CookiePriority, CorsConfig, MAX_COOKIE_AGE, Origins,
        PACKET_OVERHEAD, Parser, Policy, Recovery, ServerOptions, SocketConfig, Transports,
        clean_path, is_cookie_attribute, is_cookie_name,
    },
    tenant::TenantConfig,
    traffic::TrafficLevel,
};
use stockade_store::{StoreConfig, StoreLimits};

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
            server: ServerConfig {
                drain: positive("drain", raw.drain)?,
                files: folder(raw.static_files)?,
            },
            store: store(&raw.store)?,
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
                options: options(
                    raw.socket,
                    cors(&raw.cors)?,
                    sticky_cookie(raw.cookie)?,
                    raw.limits.recovery,
                    &limits,
                )?,
                limits: Arc::new(limits),
                validation: validation(&raw.validation)?,
                debug: raw.debug,
                traffic: match raw.log.sockets {
                    raw::TrafficLevel::Debug => TrafficLevel::Debug,
                    raw::TrafficLevel::Info => TrafficLevel::Info,
                },
                session: session(raw.session)?,
                jwt: super::jwt::check(raw.jwt)?,
                adapter: adapter(&raw.adapter)?,
            },
            engine_instances: instances,
        })
    }
}

fn adapter(text: &str) -> Checked<Option<Address>> {
    match text {
        "" => Ok(None),
        text => address("adapter", text).map(Some),
    }
}

fn address(key: &'static str, text: &str) -> Checked<Address> {
    text.parse().map_err(|error: AddressError| {
        // Without the text, which may have a password in it.
        let reason = error.to_string();
        ConfigError::Value { key, reason }
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
        concurrent: count("limits.concurrent", raw.concurrent)?,
        payload: bytes("limits.payload", raw.payload)?,
        depth: raw.depth,
        attachments: raw.attachments,
        connections: count("limits.connections", raw.connections)?,
        header_timeout: positive("limits.header-timeout", raw.header_timeout)?,
        body_timeout: positive("limits.body-timeout", raw.body_timeout)?,
        rooms: count("limits.rooms", raw.rooms)?,
        child_namespaces: raw.child_namespaces,
        connection_child_namespaces: raw.connection_child_namespaces,
        emits: raw.emits,
        emit_bytes: bytes("limits.emit-bytes", raw.emit_bytes)?,
        fetch_bytes: bytes("limits.fetch-bytes", raw.fetch_bytes)?,
        unread: bytes("limits.unread", raw.unread)?,
        total_unread: bytes("limits.total-unread", raw.total_unread)?,
        log: bytes("limits.log", raw.log)?,
        log_rate: bytes("limits.log-rate", raw.log_rate)?,
        store_operations: raw.store_operations,
        store: StoreLimits {
            key: bytes("limits.store-key", raw.store_key)?,
            value: bytes("limits.store-value", raw.store_value)?,
            bytes: bytes("limits.store-bytes", raw.store_bytes)?,
        },
    })
}

fn store(text: &str) -> Checked<StoreConfig> {
    match text {
        "memory" => Ok(StoreConfig::Memory),
        "" => Err(ConfigError::Value {
            key: "store",
            reason: "is empty: write a file, \"memory\" or \"redis://HOST:PORT\"".into(),
        }),
        url if url.contains("://") => address("store", url).map(StoreConfig::Redis),
        path => Ok(StoreConfig::Embedded(path.into())),
    }
}

fn session(raw: RawSession) -> Checked<SessionConfig> {
    cookie_name("session.cookie", &raw.cookie)?;
    cookie_domain("session.cookie-domain", &raw.cookie_domain)?;
    cookie_path("session.cookie-path", &raw.cookie_path)?;
    if raw.cookie_same_site == raw::SameSite::None && !raw.cookie_secure {
        let reason = "\"none\" takes cookie-secure = true, or browsers drop the cookie";
        return Err(refused("session.cookie-same-site", reason));
    }
    Ok(SessionConfig {
        inactivity: positive("session.inactivity", raw.inactivity)?,
        absolute: positive("session.absolute", raw.absolute)?,
        cookie: SessionCookie {
            name: raw.cookie,
            domain: Some(raw.cookie_domain).filter(|domain| !domain.is_empty()),
            path: raw.cookie_path,
            secure: raw.cookie_secure,
            same_site: raw.cookie_same_site.into(),
        },
    })
}

fn sticky_cookie(raw: RawCookie) -> Checked<Option<CookieConfig>> {
    if raw.name.is_empty() {
        return Ok(None);
    }
    cookie_name("cookie.name", &raw.name)?;
    cookie_domain("cookie.domain", &raw.domain)?;
    cookie_path("cookie.path", &raw.path)?;
    let age = raw.max_age.0;
    if age.subsec_nanos() != 0 || age.as_secs() > MAX_COOKIE_AGE {
        let reason = "is not a number of whole seconds, 400 days at most";
        return Err(refused("cookie.max-age", reason));
    }
    if raw.same_site == raw::SameSite::None && !raw.secure {
        let reason = "\"none\" takes secure = true, or browsers drop the cookie";
        return Err(refused("cookie.same-site", reason));
    }
    if raw.partitioned && !raw.secure {
        let reason = "takes secure = true, or browsers drop the cookie";
        return Err(refused("cookie.partitioned", reason));
    }
    Ok(Some(CookieConfig {
        name: raw.name,
        max_age: Some(age.as_secs()).filter(|seconds| *seconds > 0),
        domain: Some(raw.domain).filter(|domain| !domain.is_empty()),
        path: raw.path,
        http_only: raw.http_only,
        secure: Some(raw.secure),
        partitioned: raw.partitioned,
        priority: match raw.priority {
            raw::CookiePriority::Low => Some(CookiePriority::Low),
            raw::CookiePriority::Medium => None,
            raw::CookiePriority::High => Some(CookiePriority::High),
        },
        same_site: Some(raw.same_site.into()),
    }))
}

impl From<raw::SameSite> for cookie::SameSite {
    fn from(same_site: raw::SameSite) -> Self {
        match same_site {
            raw::SameSite::Strict => Self::Strict,
            raw::SameSite::Lax => Self::Lax,
            raw::SameSite::None => Self::None,
        }
    }
}

fn cookie_name(key: &'static str, name: &str) -> Checked<()> {
    match is_cookie_name(name) {
        true => Ok(()),
        false => Err(refused(
            key,
            "a cookie's name has letters, digits, `-` and `_`",
        )),
    }
}

fn cookie_domain(key: &'static str, domain: &str) -> Checked<()> {
    match is_cookie_attribute(domain) {
        true => Ok(()),
        false => Err(refused(key, "is not a domain such as example.org")),
    }
}

fn cookie_path(key: &'static str, path: &str) -> Checked<()> {
    match path.starts_with('/') && is_cookie_attribute(path) {
        true => Ok(()),
        false => Err(refused(key, "is not a path such as /")),
    }
}

fn refused(key: &'static str, reason: &str) -> ConfigError {
    ConfigError::Value {
        key,
        reason: reason.into(),
    }
}

fn options(
    raw: RawSocket,
    cors: CorsConfig,
    cookie: Option<CookieConfig>,
    recovery: raw::Time,
    limits: &Limits,
) -> Checked<Policy> {
    let allowed = Allowed::new(&raw.options).map_err(|reason| ConfigError::Value {
        key: "socket.options",
        reason,
    })?;
    let client_files = client_files(&raw.client)?;
    let socket = socket(raw, limits)?;
    Ok(Policy {
        defaults: ServerOptions::new(socket, cors, cookie, client_files.clone()),
        allowed,
        max_payload: limits.payload,
        max_recovery: recovery.0,
        client_files,
    })
}

fn client_files(folder: &Path) -> Checked<Option<Arc<ClientFiles>>> {
    if folder.as_os_str().is_empty() {
        return Ok(None);
    }
    match ClientFiles::read(folder) {
        Ok(files) => Ok(Some(Arc::new(files))),
        Err(error) => Err(ConfigError::Value {
            key: "socket.client",
            reason: format!("{}: {error}", folder.display()),
        }),
    }
}

fn socket(raw: RawSocket, limits: &Limits) -> Checked<SocketConfig> {
    let Some(path) = clean_path(&raw.path) else {
        return Err(ConfigError::Value {
            key: "socket.path",
            reason: format!("{:?} is not a path such as /socket.io", raw.path),
        });
    };
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
        max_http_buffer_size: limits.payload + PACKET_OVERHEAD,
        allow_upgrades: raw.allow_upgrades,
        parser: match raw.parser {
            raw::Parser::Default => Parser::Default,
            raw::Parser::Msgpack => Parser::MsgPack,
        },
        connection_state_recovery: match raw.connection_state_recovery.0 {
            Duration::ZERO => None,
            max_disconnection_duration => Some(Recovery {
                max_disconnection_duration,
                skip_middlewares: true,
            }),
        },
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
    let config = CorsConfig {
        origins,
        credentials: raw.credentials,
        methods: each("cors.methods", &raw.methods, |method| {
            Method::from_bytes(method.as_bytes()).ok()
        })?,
        headers: each("cors.headers", &raw.headers, header_name)?,
        exposed_headers: each("cors.exposed-headers", &raw.exposed_headers, header_name)?,
        max_age: (!max_age.is_zero()).then_some(max_age),
    };
    match config.wildcard_with_credentials() {
        true => Err(ConfigError::Value {
            key: "cors.credentials",
            reason: "with credentials, \"*\" is not a wildcard: name methods and headers".into(),
        }),
        false => Ok(config),
    }
}

fn header_name(text: &str) -> Option<HeaderName> {
    HeaderName::from_bytes(text.as_bytes()).ok()
}

fn folder(folder: String) -> Checked<Option<PathBuf>> {
    if folder.is_empty() {
        return Ok(None);
    }
    let path = PathBuf::from(folder);
    match path.is_dir() {
        true => Ok(Some(path)),
        false => Err(ConfigError::Value {
            key: "static",
            reason: format!("{} is not a folder", path.display()),
        }),
    }
}

fn validation(raw: &RawValidation) -> Checked<ValidationOptions> {
    let foal = Switch::Flag(raw.compat == Compat::Foal);
    let key = "validation.use-defaults";
    let use_defaults = match raw.use_defaults.as_ref().unwrap_or(&foal) {
        Switch::Flag(false) => UseDefaults::Off,
        Switch::Flag(true) => UseDefaults::Missing,
        Switch::Word(word) if word == "empty" => UseDefaults::Empty,
        Switch::Word(word) => return Err(unknown(key, word, "\"empty\"")),
    };
    let key = "validation.coerce-types";
    let coerce_types = match raw.coerce_types.as_ref().unwrap_or(&foal) {
        Switch::Flag(false) => CoerceTypes::Off,
        Switch::Flag(true) => CoerceTypes::Scalars,
        Switch::Word(word) if word == "array" => CoerceTypes::Array,
        Switch::Word(word) => return Err(unknown(key, word, "\"array\"")),
    };
    let key = "validation.remove-additional";
    let remove_additional = match raw.remove_additional.as_ref().unwrap_or(&foal) {
        Switch::Flag(false) => RemoveAdditional::Off,
        Switch::Flag(true) => RemoveAdditional::Forbidden,
        Switch::Word(word) if word == "failing" => RemoveAdditional::Failing,
        Switch::Word(word) if word == "all" => RemoveAdditional::All,
        Switch::Word(word) => return Err(unknown(key, word, "\"failing\", \"all\"")),
    };
    let key = "validation.strict";
    let strict = match &raw.strict {
        None => Strict::Default,
        Some(Switch::Flag(false)) => Strict::Off,
        Some(Switch::Flag(true)) => Strict::On,
        Some(Switch::Word(word)) if word == "default" => Strict::Default,
        Some(Switch::Word(word)) if word == "log" => Strict::Log,
        Some(Switch::Word(word)) => return Err(unknown(key, word, "\"default\", \"log\"")),
    };
    Ok(ValidationOptions {
        strict,
        all_errors: raw.all_errors,
        use_defaults,
        coerce_types,
        remove_additional,
    })
}

fn unknown(key: &'static str, word: &str, words: &str) -> ConfigError {
    ConfigError::Value {
        key,
        reason: format!("{word:?} is none of true, false, {words}"),
    }
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

#[cfg(test)]
mod tests;
