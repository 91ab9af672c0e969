//! How a client came in.

use std::time::{Duration, SystemTime};

use serde::de::DeserializeOwned;

use crate::Result;

/// How a client came in.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Handshake {
    /// Names in lower case; one entry for each time a header was sent.
    pub headers: Vec<(String, String)>,
    /// Decoded query parameters in their order.
    pub query: Vec<(String, String)>,
    /// What the client gave as `auth`, JSON text; [`auth`](Self::auth) reads it.
    pub raw_auth: String,
    /// The client's IP address, as the server sees it.
    pub address: String,
    /// When the client connected.
    pub time: SystemTime,
    /// Path and query of the first request.
    pub url: String,
    /// Whether the connection is encrypted up to the server.
    pub secure: bool,
}

impl Handshake {
    /// What the client gave as `auth`; `{}` where it gave none.
    ///
    /// # Errors
    /// It is not a `T`.
    #[track_caller]
    pub fn auth<T: DeserializeOwned>(&self) -> Result<T> {
        Ok(serde_json::from_str(&self.raw_auth)?)
    }

    /// The first header of this name, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The first query parameter of this name.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// The moment that the host writes as milliseconds since 1970.
    pub(crate) fn time_of(issued: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_millis(issued)
    }
}
