//! Who a client is: JSON Web Tokens, where requests carry them and how they are verified; and sessions.
//!
//! Knows neither sockets nor guests: headers, texts and a clock go in, [`Claims`] or a reason come out. The caller decides
//! what becomes of a client without a token.
//!
//! # Invariants
//! - A key serves one algorithm, which follows from the kind of key, never from a token. So `none` does not exist, and a
//!   public key cannot be taken for a secret.
//! - Nothing of a token is believed before its signature has been verified, but for which keys to try.
//! - No secret shows in an error, a log or a `Debug` output.
//!
//! Start at [`JwtVerifier::verify`]; tokens are found by [`credentials::token`].

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

/// `[jwt]`, checked, except for the files, which [`JwtVerifier::new`] reads.
#[derive(Debug, Clone)]
pub struct JwtConfig {
    /// Secret of HS256.
    pub secret: Option<Secret>,
    /// File with the same.
    pub secret_file: Option<PathBuf>,
    /// PEM file with the public key of RS256 or ES256.
    pub public_key_file: Option<PathBuf>,
    /// Keys of any algorithm.
    pub jwks: Option<KeySet>,
    /// File with the same, which is read again when it changes.
    pub jwks_file: Option<PathBuf>,
    /// Algorithms that tokens may use; empty: whatever there is a key for.
    pub algorithms: Vec<Algorithm>,
    /// What `iss` must be; none: anything.
    pub issuer: Option<String>,
    /// What `aud` must name one of; empty: anything.
    pub audience: Vec<String>,
    /// How far the clocks of signers may be off.
    pub leeway: Duration,
    /// Whether tokens without `exp` are refused.
    pub require_expiry: bool,
    /// Name of the cookie that may carry the token; none: cookies are not looked at.
    pub cookie: Option<String>,
}

#[cfg(test)]
mod tests;
