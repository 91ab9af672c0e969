//! A secret that is long enough and that nothing prints.

use std::fmt;

/// Bytes that HS256 needs at least: with fewer, who has one token can try out secrets until one fits (RFC 7518, 3.2).
const MIN_LEN: usize = 32;

/// A secret of HS256, of 32 bytes or more.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

/// Why something is no secret. Does not say what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// Too short.
    #[error(
        "has fewer than {MIN_LEN} bytes, so that it could be guessed from a token; take random ones: `openssl rand -base64 48`"
    )]
    Short,
    /// A key in PEM. Public keys are no secrets: anybody could sign with them.
    #[error("is a key in PEM, not a secret; public keys go into `jwt.public-key-file`")]
    Pem,
}

impl Secret {
    /// Checks `bytes`.
    ///
    /// # Errors
    /// Why they are no secret.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Result<Self, SecretError> {
        let bytes = bytes.into();
        if bytes.trim_ascii_start().starts_with(b"-----BEGIN ") {
            return Err(SecretError::Pem);
        }
        match bytes.len() {
            0..MIN_LEN => Err(SecretError::Short),
            _ => Ok(Self(bytes)),
        }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}
