//! All options that Socket.IO documents, and what becomes of each.

use std::{ops::RangeInclusive, time::Duration};

use serde_json::Value;

use super::{
    OptionError, Parser, Policy, Recovery, ServerOptions, Transports, clean_path, cookie, cors,
    value::Field,
};
use stockade_text::shorten;

/// What becomes of an option.
pub(super) enum Kind {
    /// It is set.
    Served(Set),
    /// These values say how the host is anyway; others are refused for this reason.
    Anyway(&'static [bool], &'static str),
    /// Refused for this reason.
    Refused(&'static str),
}

type Set = fn(&mut ServerOptions, &Field, &Policy) -> Result<(), OptionError>;

/// Milliseconds that `pingInterval` or a timeout may be: less would be work for nothing, more would never find the dead.
const MILLISECONDS: RangeInclusive<u64> = 100..=300_000;
/// Bytes that a client needs to connect at all: its longest packet until then is the probe of an upgrade.
const MIN_HTTP_BUFFER_SIZE: u64 = 16;
/// What `maxDisconnectionDuration` is where it is not written, or less where the operator grants less.
const RECOVERY: Duration = Duration::from_secs(120);

/// By their documented names.
pub(super) static OPTIONS: [(&str, Kind); 24] = [
    ("path", Kind::Served(path)),
    (
        "connectTimeout",
        Kind::Served(|options, field, _| {
            options.socket.connect_timeout = field.milliseconds(MILLISECONDS)?;
            Ok(())
        }),
    ),
    (
        "pingInterval",
        Kind::Served(|options, field, _| {
            options.socket.ping_interval = field.milliseconds(MILLISECONDS)?;
            Ok(())
        }),
    ),
    (
        "pingTimeout",
        Kind::Served(|options, field, _| {
            options.socket.ping_timeout = field.milliseconds(MILLISECONDS)?;
            Ok(())
        }),
    ),
    (
        "upgradeTimeout",
        Kind::Served(|options, field, _| {
            options.socket.upgrade_timeout = field.milliseconds(MILLISECONDS)?;
            Ok(())
        }),
    ),
    ("maxHttpBufferSize", Kind::Served(max_http_buffer_size)),
    ("transports", Kind::Served(transports)),
    (
        "allowUpgrades",
        Kind::Served(|options, field, _| {
            options.socket.allow_upgrades = field.boolean()?;
            Ok(())
        }),
    ),
    (
        "cors",
        Kind::Served(|options, field, _| {
            options.cors = cors::read(field)?;
            Ok(())
        }),
    ),
    (
        "cookie",
        Kind::Served(|options, field, _| {
            options.cookie = cookie::read(field)?;
            Ok(())
        }),
    ),
    ("serveClient", Kind::Served(serve_client)),
    ("connectionStateRecovery", Kind::Served(recovery)),
    ("parser", Kind::Served(parser)),
    (
        "addTrailingSlash",
        Kind::Anyway(
            &[true, false],
            "must be `true` or `false`; clients find the server with and without the slash",
        ),
    ),
    (
        "adapter",
        Kind::Refused(
            "how nodes reach each other is the operator's: `adapter` in the configuration",
        ),
    ),
    (
        "allowEIO3",
        Kind::Anyway(
            &[false],
            "clients of Socket.IO 2 speak another protocol, which the host does not; they would need Engine.IO 3, and its \
             binary packets, in every stage",
        ),
    ),
    (
        "allowRequest",
        Kind::Refused(
            "it is a function, and would run for requests of people who may never connect: refuse clients in \
             `on-connection`, or with a session or token step, before it",
        ),
    ),
    (
        "cleanupEmptyChildNamespaces",
        Kind::Anyway(
            &[true, false],
            "must be `true` or `false`; child namespaces end with their last socket, which nobody can tell from one that is empty",
        ),
    ),
    (
        "destroyUpgrade",
        Kind::Anyway(
            &[true],
            "upgrade requests that are not Socket.IO's are answered at once: nobody else is there to handle them",
        ),
    ),
    (
        "destroyUpgradeTimeout",
        Kind::Refused(
            "upgrade requests that are not Socket.IO's are answered at once: there is nothing to wait for",
        ),
    ),
    (
        "httpCompression",
        Kind::Anyway(
            &[false],
            "the host does not compress; it would take bounds for the memory and time that compressing costs it: let a \
             proxy in front of the host do it",
        ),
    ),
    (
        "initialPacket",
        Kind::Refused(
            "it is a relic that Socket.IO does not document any more: emit to clients in `on-connection`",
        ),
    ),
    (
        "perMessageDeflate",
        Kind::Anyway(
            &[false],
            "the host does not compress; it would take an engine with that extension, and bounds for the memory that each \
             client's dictionary costs and for messages that grow when they are unpacked",
        ),
    ),
    (
        "wsEngine",
        Kind::Refused("it is a module of Node's: the host has its own WebSocket server"),
    ),
];

impl Kind {
    pub(super) fn is_served(&self) -> bool {
        matches!(self, Self::Served(_))
    }
}

fn path(options: &mut ServerOptions, field: &Field, _: &Policy) -> Result<(), OptionError> {
    let text = field.text()?;
    let path = clean_path(text).ok_or_else(|| {
        field.wrong(format!(
            "{:?} is not a path such as /socket.io",
            shorten(text)
        ))
    })?;
    options.socket.path = path.to_owned();
    Ok(())
}

fn max_http_buffer_size(
    options: &mut ServerOptions,
    field: &Field,
    policy: &Policy,
) -> Result<(), OptionError> {
    let range = MIN_HTTP_BUFFER_SIZE..=policy.max_payload as u64;
    let unit = "bytes (the operator's `limits.payload` is the upper bound)";
    let size = field.whole(range, unit)?;
    options.socket.max_http_buffer_size = usize::try_from(size).unwrap_or(policy.max_payload);
    Ok(())
}

fn transports(options: &mut ServerOptions, field: &Field, _: &Policy) -> Result<(), OptionError> {
    let (mut polling, mut websocket) = (false, false);
    for item in field.items()? {
        match item.text()? {
            "polling" => polling = true,
            "websocket" => websocket = true,
            "webtransport" => {
                return Err(item.wrong(
                    "\"webtransport\" is not served: it would take HTTP/3, which the host does not speak",
                ));
            }
            other => {
                let other = shorten(other);
                return Err(item.wrong(format!(
                    "{other:?} is neither \"polling\" nor \"websocket\""
                )));
            }
        }
    }
    options.socket.transports = match (polling, websocket) {
        (true, true) => Transports::All,
        (true, false) => Transports::Polling,
        (false, true) => Transports::WebSocket,
        (false, false) => {
            return Err(field.wrong("must name one at least: \"polling\", \"websocket\""));
        }
    };
    Ok(())
}

fn serve_client(
    options: &mut ServerOptions,
    field: &Field,
    policy: &Policy,
) -> Result<(), OptionError> {
    options.client_files = match (field.boolean()?, &policy.client_files) {
        (false, _) => None,
        (true, Some(files)) => Some(files.clone()),
        (true, None) => {
            return Err(field.wrong(
                "the host has no client of its own: the operator has to say where its files are, as `socket.client` in \
                 the configuration, such as \"node_modules/socket.io-client/dist\"",
            ));
        }
    };
    Ok(())
}

fn recovery(
    options: &mut ServerOptions,
    field: &Field,
    policy: &Policy,
) -> Result<(), OptionError> {
    let longest = policy.max_recovery;
    if field.value != &Value::Bool(false) && longest.is_zero() {
        return Err(field.wrong("the operator has switched it off, with `limits.recovery`"));
    }
    let default = Recovery {
        max_disconnection_duration: RECOVERY.min(longest),
        skip_middlewares: true,
    };
    options.socket.connection_state_recovery = match field.value {
        Value::Bool(false) => None,
        Value::Bool(true) => Some(default),
        Value::Object(_) => Some(described_recovery(field, default, longest)?),
        _ => {
            return Err(field.wrong(
                "must be a boolean, or an object such as {\"maxDisconnectionDuration\": 120000}",
            ));
        }
    };
    Ok(())
}

fn described_recovery(
    field: &Field,
    default: Recovery,
    longest: Duration,
) -> Result<Recovery, OptionError> {
    let members = field.members(&["maxDisconnectionDuration", "skipMiddlewares"])?;
    let longest = u64::try_from(longest.as_millis()).unwrap_or(u64::MAX);
    let duration = |field: &Field| {
        let unit = "milliseconds (the operator's `limits.recovery` is the upper bound)";
        field.whole(1..=longest, unit).map(Duration::from_millis)
    };
    Ok(Recovery {
        max_disconnection_duration: members.read_or(
            "maxDisconnectionDuration",
            default.max_disconnection_duration,
            duration,
        )?,
        skip_middlewares: members.read_or(
            "skipMiddlewares",
            default.skip_middlewares,
            Field::boolean,
        )?,
    })
}

fn parser(options: &mut ServerOptions, field: &Field, _: &Policy) -> Result<(), OptionError> {
    options.socket.parser = match field.value.as_str() {
        Some("default") => Parser::Default,
        Some("msgpack") => Parser::MsgPack,
        _ => {
            return Err(field.wrong(
                "must be \"default\" or \"msgpack\": the host has these two, and a parser of the component's own would have to \
                 run for every packet before anything about it is known",
            ));
        }
    };
    Ok(())
}
