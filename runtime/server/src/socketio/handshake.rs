//! How a client came in, from its first request.

use std::{net::SocketAddr, sync::Arc};

use http::request::Parts;

use crate::tenant::Tenant;
use stockade_json_schema::text;
use stockade_sandbox::host::{FirstRequest, Handshake};

/// Bytes of a client's `auth`, which stays with its socket.
const MAX_AUTH: usize = 64 << 10;
/// Parameters of a query, as many as Node's usual parser takes.
const MAX_PARAMETERS: usize = 1_000;

/// The address of the client, an extension of each request.
#[derive(Debug, Clone, Copy)]
pub struct PeerAddr(pub SocketAddr);

/// The handshake of a client that came in with `request` and asks for a namespace of `tenant` with `auth`, which may be empty.
///
/// # Errors
/// What is wrong with `auth`, for the client to read.
pub(super) fn read(
    request: &Arc<FirstRequest>,
    auth: &str,
    tenant: &Tenant,
) -> Result<Handshake, String> {
    let auth = if auth.is_empty() { "{}" } else { auth };
    if auth.len() > MAX_AUTH {
        return Err(format!(
            "auth has {} bytes, the limit is {MAX_AUTH}",
            auth.len()
        ));
    }
    let mut auth = auth.to_owned();
    text::receive(&mut auth, tenant.limits.depth).map_err(|error| format!("auth: {error}"))?;
    let now = tenant.clock.millis();
    Ok(Handshake::new(request.clone(), &auth, now))
}

/// The handshake of a client that has sent one request to `tenant`, and no more than that.
pub(crate) fn of_request(request: &Parts, tenant: &Tenant) -> Handshake {
    let now = tenant.clock.millis();
    Handshake::new(Arc::new(first_request(request)), "{}", now)
}

/// What is kept of the request that a connection begins with.
pub(super) fn first_request(request: &Parts) -> FirstRequest {
    FirstRequest::new(
        &request.uri.to_string(),
        &address(request),
        &headers(request),
        &query(request),
    )
}

/// Names in lower case; one entry for each time a header was sent.
pub(crate) fn headers(request: &Parts) -> Vec<(String, String)> {
    let headers = request.headers.iter().map(|(name, value)| {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        (name.as_str().to_owned(), value)
    });
    headers.collect()
}

/// Decoded query parameters in their order, the first thousand: each takes many times what its two bytes took.
pub(crate) fn query(request: &Parts) -> Vec<(String, String)> {
    let query = request.uri.query().unwrap_or_default().as_bytes();
    let pairs = form_urlencoded::parse(query).into_owned();
    pairs.take(MAX_PARAMETERS).collect()
}

/// The client's IP address, as the listener has seen it.
pub(crate) fn address(request: &Parts) -> String {
    let socket = request.extensions.get::<PeerAddr>();
    socket.map_or_else(String::new, |socket| socket.0.ip().to_string())
}
