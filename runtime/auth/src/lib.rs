//! Who a client is: JSON Web Tokens, where requests carry them and how they are verified; and sessions.
//!
//! This crate knows neither sockets nor guests. It takes headers, texts and a clock, and returns [`Claims`] or a reason. The
//! caller decides what to do with a client without a token.
//!
//! # Invariants
//! - A key serves one algorithm, which depends on the kind of key, never on a token. So `none` does not exist, and a public
//!   key cannot be used as a secret.
//! - Nothing in a token is trusted before its signature is verified, except which keys to try.
//! - No secret appears in an error, a log or a `Debug` output.
//!
//! Start at [`JwtVerifier::verify`]; [`credentials::token`] finds tokens in requests.

pub mod credentials;
mod key;
mod key_file;
mod key_set;
mod secret;
pub mod session;
mod token;
mod verifier;

use std::{path::PathBuf, time::Duration};

pub use key::{Algorithm, KeyError};
pub use key_set::{KeySet, KeySetError};
pub use secret::{Secret, SecretError};
pub use token::{Claims, TokenError};
pub use verifier::{AuthConfigError, JwtVerifier};

/// The checked section `[jwt]`. [`JwtVerifier::new`] reads and checks the files.
#[derive(Debug, Clone)]
pub struct JwtConfig {
    /// Secret for HS256.
    pub secret: Option<Secret>,
    /// File with a secret for HS256.
    pub secret_file: Option<PathBuf>,
    /// PEM file with the public key of RS256 or ES256.
    pub public_key_file: Option<PathBuf>,
    /// Keys for any algorithm.
    pub jwks: Option<KeySet>,
    /// File with a key set, which is read again when it changes.
    pub jwks_file: Option<PathBuf>,
    /// Algorithms that tokens may use. If empty, all that have a key.
    pub algorithms: Vec<Algorithm>,
    /// Required `iss`. If `None`, any.
    pub issuer: Option<String>,
    /// `aud` must name one of these. If empty, any.
    pub audience: Vec<String>,
    /// Tolerance for the clocks of signers.
    pub leeway: Duration,
    /// Whether tokens without `exp` are refused.
    pub require_expiry: bool,
    /// Name of the cookie that may carry the token. If `None`, cookies are ignored.
    pub cookie: Option<String>,
}

#[cfg(test)]
mod tests;
