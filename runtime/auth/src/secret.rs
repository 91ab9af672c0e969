//! A secret that is long enough and is never printed.

use std::fmt;

/// Minimum bytes for HS256. With fewer, anyone who has a token can try secrets until one fits (RFC 7518, 3.2).
const MIN_LEN: usize = 32;

/// A secret for HS256, of 32 bytes or more.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

/// Reason to refuse a secret. It does not contain the secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// The secret is too short.
    #[error(
        "has fewer than {MIN_LEN} bytes, so that it could be guessed from a token; take random ones: `openssl rand -base64 48`"
    )]
    Short,
    /// The text is a key in PEM. A public key is not a secret: anyone could sign with it.
    #[error("is a key in PEM, not a secret; public keys go into `jwt.public-key-file`")]
    Pem,
}

impl Secret {
    /// Checks `bytes`.
    ///
    /// # Errors
    /// Returns the reason to refuse them.
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
