//! How a client came in, from its first request.

use std::{
    net::SocketAddr,
    time::{SystemTime, UNIX_EPOCH},
};

use http::request::Parts;

use crate::{host::Handshake, sandbox::limits::Limits, validate::payload};

/// Bytes of a client's `auth`, which stays with its socket.
const MAX_AUTH: usize = 64 << 10;

/// The address of the client, which the listener puts into each request.
#[derive(Debug, Clone, Copy)]
pub struct PeerAddr(pub SocketAddr);

/// The handshake of a client that asks for a namespace with `auth`, which may be empty.
///
/// # Errors
/// What is wrong with `auth`, for the client to read.
pub(super) fn read(
    request: &Parts,
    auth: &str,
    limits: &Limits,
) -> Result<Handshake, String> {
    let auth = if auth.is_empty() { "{}" } else { auth };
    if auth.len() > MAX_AUTH {
        return Err(format!(
            "auth has {} bytes, the limit is {MAX_AUTH}",
            auth.len()
        ));
    }
    payload::check_text(auth, limits.depth).map_err(|error| format!("auth: {error}"))?;
    let headers = request.headers.iter().map(|(name, value)| {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        (name.as_str().to_owned(), value)
    });
    let query = request.uri.query().unwrap_or_default().as_bytes();
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    Ok(Handshake {
        headers: headers.collect(),
        query: form_urlencoded::parse(query).into_owned().collect(),
        auth: auth.to_owned(),
        address: request
            .extensions
            .get::<PeerAddr>()
            .map_or_else(String::new, |peer| peer.0.ip().to_string()),
        issued: now.map_or(0, |now| now.as_millis().try_into().unwrap_or(u64::MAX)),
        url: request.uri.to_string(),
        // TLS ends in front of this server.
        secure: false,
    })
}
