//! Socket.IO's server options: what the operator configured, and what the component asks for in its manifest.
//!
//! Options go by Socket.IO's documented names; `docs/server-options.md` is the table for people. `server` and `socket` obey
//! the result and do not know who wished for what.
//!
//! # Invariants
//! - Every documented name is known: its option is served, or refused with what it would take.
//! - Nothing that a component writes goes beyond what its operator's [`Policy`] grants.
//! - Nothing of what a component writes is allocated for, or shown to a person, at any length that the component chooses.
//!
//! Start at [`ServerOptions::parse`]; [`known`] is the table of all options.

mod cookie;
mod cookie_config;
mod cors;
mod cors_config;
mod known;
mod report;
mod socket_config;
mod value;

use std::{sync::Arc, time::Duration};

use serde_json::Value;

use crate::client_files::ClientFiles;
pub use cookie::{MAX_AGE as MAX_COOKIE_AGE, is_cookie_attribute, is_cookie_name};
pub use cookie_config::{CookieConfig, CookiePriority};
pub use cors_config::{CorsConfig, Origins};
use known::{Kind, OPTIONS};
pub use socket_config::{PACKET_OVERHEAD, Parser, Recovery, SocketConfig, Transports};
use stockade_text::{nearest, shorten, suggestion};
use value::Field;

/// Bytes of the text of all options.
const MAX_TEXT: usize = 64 << 10;
/// Options that may be written, sensible or not.
const MAX_OPTIONS: usize = 64;
/// Bytes of a path.
const MAX_PATH: usize = 256;

/// The options in force.
#[derive(Debug, Clone)]
pub struct ServerOptions {
    /// Those of the Socket.IO server and of its engine.
    pub socket: SocketConfig,
    /// `cors`: which pages may talk to the server.
    pub cors: CorsConfig,
    /// `cookie`: what tells a load balancer whose session a request belongs to.
    pub cookie: Option<CookieConfig>,
    /// `serveClient`: the client's files, where they are served.
    pub client_files: Option<Arc<ClientFiles>>,
    /// Which options the component has set, by name.
    set: Vec<&'static str>,
}

/// What the operator says about options.
#[derive(Debug, Clone)]
pub struct Policy {
    /// The options of a component that has no wishes.
    pub defaults: ServerOptions,
    /// Which ones a component may set.
    pub allowed: Allowed,
    /// Bytes that `maxHttpBufferSize` may reach.
    pub max_payload: usize,
    /// How long `maxDisconnectionDuration` may be; zero where there is no recovery.
    pub max_recovery: Duration,
    /// The files that `serveClient` serves.
    pub client_files: Option<Arc<ClientFiles>>,
}

/// Which options a component may set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Allowed {
    /// All that are served.
    All,
    /// These.
    Names(Vec<&'static str>),
}

/// A reason to refuse a component's options.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum OptionError {
    #[error("the options are not the text of a JSON object: {0}")]
    Text(String),
    #[error("the options are too many or too long: at most {MAX_OPTIONS}, and {MAX_TEXT} bytes")]
    TooMuch,
    #[error("option {name:?}: Socket.IO has no such option{}", suggestion(*.nearest))]
    Unknown {
        name: String,
        nearest: Option<&'static str>,
    },
    #[error(
        "option `{name}`: the operator does not let components set it; `socket.options` in the configuration lists \
         those that they may set"
    )]
    NotAllowed { name: &'static str },
    #[error("option `{name}` is not served: {reason}")]
    NotServed {
        name: &'static str,
        reason: &'static str,
    },
    #[error("option `{name}`: {reason}")]
    Value { name: String, reason: String },
}

impl ServerOptions {
    /// What is in force where no component has wishes.
    pub fn new(
        socket: SocketConfig,
        cors: CorsConfig,
        cookie: Option<CookieConfig>,
        client_files: Option<Arc<ClientFiles>>,
    ) -> Self {
        Self {
            socket,
            cors,
            cookie,
            client_files,
            set: Vec::new(),
        }
    }

    /// What is in force for a component that wrote `text`, the text of a JSON object, into its manifest.
    ///
    /// # Errors
    /// Every reason for which the options are refused.
    pub fn parse(text: Option<&str>, policy: &Policy) -> Result<Self, Vec<OptionError>> {
        let mut options = policy.defaults.clone();
        let Some(text) = text else {
            return Ok(options);
        };
        if text.len() > MAX_TEXT {
            return Err(vec![OptionError::TooMuch]);
        }
        let written: serde_json::Map<String, Value> = serde_json::from_str(text)
            .map_err(|error| vec![OptionError::Text(error.to_string())])?;
        if written.len() > MAX_OPTIONS {
            return Err(vec![OptionError::TooMuch]);
        }
        let reasons: Vec<_> = written
            .iter()
            .filter_map(|(name, value)| options.apply(name, value, policy).err())
            .collect();
        match reasons.is_empty() {
            true => Ok(options),
            false => Err(reasons),
        }
    }

    fn apply(&mut self, name: &str, value: &Value, policy: &Policy) -> Result<(), OptionError> {
        let Some((name, kind)) = OPTIONS.iter().find(|(known, _)| *known == name) else {
            return Err(OptionError::Unknown {
                name: shorten(name),
                nearest: nearest(name, OPTIONS.iter().map(|(known, _)| *known)),
            });
        };
        match *kind {
            Kind::Served(set) => {
                if !policy.allowed.contains(name) {
                    return Err(OptionError::NotAllowed { name });
                }
                set(self, &Field::new(name, value), policy)?;
                self.set.push(name);
                Ok(())
            }
            Kind::Anyway(values, _)
                if value.as_bool().is_some_and(|value| values.contains(&value)) =>
            {
                Ok(())
            }
            Kind::Anyway(_, reason) | Kind::Refused(reason) => {
                Err(OptionError::NotServed { name, reason })
            }
        }
    }
}

impl Allowed {
    /// Understands a list of names; `*` stands for all.
    ///
    /// # Errors
    /// What to write instead of a name that is none.
    pub fn new(names: &[String]) -> Result<Self, String> {
        if names.iter().any(|name| name == "*") {
            return match names.len() {
                1 => Ok(Self::All),
                _ => Err("\"*\" is all options already: write it alone, or leave it out".into()),
            };
        }
        let served = || {
            let served = OPTIONS.iter().filter(|(_, kind)| kind.is_served());
            served.map(|(name, _)| *name)
        };
        let find = |name: &String| {
            served().find(|served| served == name).ok_or_else(|| {
                let nearest = suggestion(nearest(name, served()));
                format!("{name:?} is no option that a component can set{nearest}")
            })
        };
        let names: Result<_, _> = names.iter().map(find).collect();
        names.map(Self::Names)
    }

    fn contains(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::Names(names) => names.contains(&name),
        }
    }
}

/// `path` without the slash at its end, where it is one that clients can find the server at.
pub fn clean_path(path: &str) -> Option<&str> {
    let clean = path.strip_suffix('/').unwrap_or(path);
    let fits = |c: char| c.is_ascii_alphanumeric() || "-._~!$&'()*+,;=:@%".contains(c);
    let mut segments = clean.strip_prefix('/')?.split('/');
    let sound =
        segments.all(|segment| !["", ".", ".."].contains(&segment) && segment.chars().all(fits));
    (sound && clean.len() <= MAX_PATH).then_some(clean)
}
