//! Finds tokens in the handshake, the headers and the cookies of a client.
//!
//! Names of headers are in lower case.

use std::{borrow::Cow, collections::HashMap};

use cookie::Cookie;
use percent_encoding::percent_decode_str;
use serde_json::value::RawValue;

/// A request has malformed credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CredentialsError {
    /// The `Authorization` header has another scheme, no token, or occurs twice. The message is FoalTS's.
    #[error("Expected a bearer token. Scheme is Authorization: Bearer <token>.")]
    NotBearer,
}

impl CredentialsError {
    /// Returns the code of the error, as in FoalTS and RFC 6750: `invalid_request`.
    pub fn code(&self) -> &'static str {
        "invalid_request"
    }
}

/// Returns a client's token from the first of these places that has one: `token` in the `auth` of its handshake, the
/// `Authorization` header, the cookie `cookie`. For a request without a handshake, pass `{}` as `auth`.
///
/// The first token counts even if it turns out to be invalid: a client that sends a token means that one.
///
/// # Errors
/// The `Authorization` header is needed and has no bearer token.
pub fn token<'a, V: Iterator<Item = &'a str>>(
    auth: &str,
    headers: impl Fn(&'static str) -> V,
    cookie: Option<&str>,
) -> Result<Option<Cow<'a, str>>, CredentialsError> {
    if let Some(token) = handshake_token(auth) {
        return Ok(Some(token.into()));
    }
    if let Some(token) = bearer(headers("authorization"))? {
        return Ok(Some(token.into()));
    }
    Ok(cookie.and_then(|name| self::cookie(headers("cookie"), name)))
}

/// Returns the token of an `Authorization: Bearer` header with these values. An empty header counts as missing, as in FoalTS.
///
/// # Errors
/// The header exists and has no bearer token.
pub fn bearer<'a>(
    mut values: impl Iterator<Item = &'a str>,
) -> Result<Option<&'a str>, CredentialsError> {
    let Some(value) = values.next() else {
        return Ok(None);
    };
    // Which one a proxy in front has looked at is anybody's guess.
    if values.next().is_some() {
        return Err(CredentialsError::NotBearer);
    }
    if value.trim_ascii().is_empty() {
        return Ok(None);
    }
    let mut words = value.split_ascii_whitespace();
    match (words.next(), words.next(), words.next()) {
        (Some(scheme), Some(token), None) if scheme.eq_ignore_ascii_case("bearer") => {
            Ok(Some(token))
        }
        _ => Err(CredentialsError::NotBearer),
    }
}

/// Returns the value of the first cookie `name` in these `Cookie` headers, percent-decoded if the result is text. An empty value
/// counts as missing.
pub fn cookie<'a>(values: impl Iterator<Item = &'a str>, name: &str) -> Option<Cow<'a, str>> {
    let cookies = values.flat_map(Cookie::split_parse).filter_map(Result::ok);
    let mut found = cookies.filter(|cookie| cookie.name() == name);
    let raw = found.next()?.value_raw()?;
    let value = unquoted(raw);
    let value = percent_decode_str(value)
        .decode_utf8()
        .unwrap_or(value.into());
    (!value.is_empty()).then_some(value)
}

/// Returns the string `token` in the `auth` of a handshake, where Socket.IO's clients put it by convention.
pub fn handshake_token(auth_json: &str) -> Option<String> {
    let auth: HashMap<String, &RawValue> = serde_json::from_str(auth_json).ok()?;
    let token: String = serde_json::from_str(auth.get("token")?.get()).ok()?;
    (!token.is_empty()).then_some(token)
}

fn unquoted(value: &str) -> &str {
    let inner = value
        .strip_prefix('"')
        .and_then(|value| value.strip_suffix('"'));
    inner.unwrap_or(value)
}

#[cfg(test)]
mod tests;
