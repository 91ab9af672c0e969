//! Requests as the contract has them.

use bytes::Bytes;
use http::{header, request::Parts};
use percent_encoding::percent_decode_str;

use crate::{socketio::handshake, tenant::Tenant};
use stockade_sandbox::{HttpRequest, host::Handshake};

/// The record of a request.
pub(super) fn request(parts: &Parts, params: &[(String, String)], body: Bytes) -> HttpRequest {
    let decode = |value: &str| percent_decode_str(value).decode_utf8_lossy().into_owned();
    HttpRequest {
        http_method: parts.method.as_str().to_owned(),
        path: parts.uri.path().to_owned(),
        params: params
            .iter()
            .map(|(name, value)| (name.clone(), decode(value)))
            .collect(),
        query: handshake::query(parts),
        headers: handshake::headers(parts),
        body: body.into(),
        address: handshake::address(parts),
    }
}

/// How the client came in, for what the host finds out about it.
pub(super) fn handshake(parts: &Parts, tenant: &Tenant) -> Handshake {
    handshake::of_request(parts, tenant)
}

/// Whether the request says to which host it is, as `wasi:http` has to tell the guest.
pub(super) fn has_authority(parts: &Parts) -> bool {
    let host = || parts.headers.get(header::HOST);
    parts.uri.authority().is_some() || host().is_some_and(|host| host.to_str().is_ok())
}
