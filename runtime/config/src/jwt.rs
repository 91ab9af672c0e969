//! What `[jwt]` means.

use std::{path::PathBuf, time::Duration};

use super::{
    ConfigError,
    raw::{Hidden, RawJwt},
};
use stockade_auth::{JwtConfig, KeySet, Secret};
use stockade_server::options::is_cookie_name;

/// A longer one would not be about clocks any more: it would keep tokens alive that are to end.
const MAX_LEEWAY: Duration = Duration::from_secs(300);

/// None where no key is given and nothing asks for one.
pub(super) fn check(raw: RawJwt) -> Result<Option<JwtConfig>, ConfigError> {
    let config = JwtConfig {
        secret: parse("jwt.secret", &raw.secret, |text| Secret::new(text))?,
        secret_file: given(raw.secret_file),
        public_key_file: given(raw.public_key_file),
        jwks: parse("jwt.jwks", &raw.jwks, KeySet::parse)?,
        jwks_file: given(raw.jwks_file),
        algorithms: raw.algorithms,
        issuer: Some(raw.issuer).filter(|issuer| !issuer.is_empty()),
        audience: raw.audience,
        leeway: raw.leeway.0,
        require_expiry: raw.require_expiry,
        cookie: cookie(raw.cookie)?,
    };
    if config.leeway > MAX_LEEWAY {
        return Err(wrong("jwt.leeway", "must be 5m at most"));
    }
    if config.secret.is_some() && config.secret_file.is_some() {
        return Err(wrong(
            "jwt.secret-file",
            "there is `jwt.secret` already: keep one of them",
        ));
    }
    if config.jwks.is_some() && config.jwks_file.is_some() {
        return Err(wrong(
            "jwt.jwks-file",
            "there is `jwt.jwks` already: keep one of them",
        ));
    }
    if has_key(&config) {
        return Ok(Some(config));
    }
    // Who restricts tokens believes that they are verified.
    if config.issuer.is_some() || !config.audience.is_empty() || !config.algorithms.is_empty() {
        return Err(wrong(
            "jwt",
            "there is no key: give `secret`, `secret-file`, `public-key-file`, `jwks` or `jwks-file`",
        ));
    }
    Ok(None)
}

fn has_key(config: &JwtConfig) -> bool {
    let files = [
        &config.secret_file,
        &config.public_key_file,
        &config.jwks_file,
    ];
    config.secret.is_some() || config.jwks.is_some() || files.into_iter().any(Option::is_some)
}

fn parse<T, E: std::error::Error>(
    key: &'static str,
    hidden: &Hidden,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<Option<T>, ConfigError> {
    match hidden.text.as_deref() {
        None => Err(wrong(key, "must be text, in quotes")),
        Some("") => Ok(None),
        Some(text) => parse(text)
            .map(Some)
            .map_err(|error| wrong(key, error.to_string())),
    }
}

fn given(path: PathBuf) -> Option<PathBuf> {
    Some(path).filter(|path| !path.as_os_str().is_empty())
}

fn cookie(name: String) -> Result<Option<String>, ConfigError> {
    match &*name {
        "" => Ok(None),
        text if is_cookie_name(text) => Ok(Some(name)),
        text => Err(wrong(
            "jwt.cookie",
            format!("{text:?} is not the name of a cookie"),
        )),
    }
}

fn wrong(key: &'static str, reason: impl Into<String>) -> ConfigError {
    ConfigError::Value {
        key,
        reason: reason.into(),
    }
}
