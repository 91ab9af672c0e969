//! Verifies a token's signature and claims.

use std::{
    fmt,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use super::{
    Algorithm, Claims, JwtConfig, KeyError, KeySetError, Secret, SecretError, TokenError,
    key::Key,
    key_file::{self, KeyFileError, KeySetFile},
    token::Unverified,
};

/// Time between two reads of `jwks-file`. A removed key may stay valid for so long.
const LOOK_INTERVAL: Duration = Duration::from_secs(2);

/// Verifies clients' tokens. Shared by all connections.
pub struct JwtVerifier {
    rules: JwtConfig,
    /// Keys that stay for the life of the process.
    fixed: Vec<Key>,
    file: Option<KeySetFile>,
}

/// The section `[jwt]` cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum AuthConfigError {
    /// A file cannot be read.
    #[error("`{key}`: {}: {error}", path.display())]
    Read {
        /// Setting that names the file.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// The reason.
        error: std::io::Error,
    },
    /// `secret-file` does not contain a usable secret.
    #[error("`jwt.secret-file`: {} {error}", path.display())]
    Secret {
        /// The file.
        path: PathBuf,
        /// The reason.
        error: SecretError,
    },
    /// `public-key-file` does not contain a usable key.
    #[error("`jwt.public-key-file`: {} {error}", path.display())]
    PublicKey {
        /// The file.
        path: PathBuf,
        /// The reason.
        error: KeyError,
    },
    /// `jwks-file` does not contain a usable key set.
    #[error("`jwt.jwks-file`: {}: {error}", path.display())]
    KeySet {
        /// The file.
        path: PathBuf,
        /// The reason.
        error: KeySetError,
    },
    /// An algorithm is allowed that no key is for.
    #[error("`jwt.algorithms`: there is no key for {0}")]
    NoKeyFor(Algorithm),
}

impl JwtVerifier {
    /// Creates a verifier, and reads the files of `config`.
    ///
    /// # Errors
    /// Returns what is wrong with a file. The error never contains a key.
    pub fn new(config: &JwtConfig) -> Result<Self, AuthConfigError> {
        Self::looking_every(LOOK_INTERVAL, config)
    }

    /// Creates a verifier that reads `jwks-file` every `interval`.
    pub(super) fn looking_every(
        interval: Duration,
        config: &JwtConfig,
    ) -> Result<Self, AuthConfigError> {
        let mut fixed = Vec::new();
        fixed.extend(config.secret.as_ref().map(Key::secret));
        if let Some(path) = &config.secret_file {
            fixed.push(secret_file(path)?);
        }
        if let Some(path) = &config.public_key_file {
            fixed.push(public_key_file(path)?);
        }
        if let Some(set) = &config.jwks {
            fixed.extend_from_slice(set.keys());
        }
        let file = config.jwks_file.as_ref();
        let file = file.map(|path| jwks_file(path, interval)).transpose()?;
        let has_key = |algorithm| fixed.iter().any(|key| key.algorithm == algorithm);
        // A file may hold other keys tomorrow.
        if file.is_none()
            && let Some(algorithm) = config.algorithms.iter().find(|name| !has_key(**name))
        {
            return Err(AuthConfigError::NoKeyFor(*algorithm));
        }
        Ok(Self {
            rules: config.clone(),
            fixed,
            file,
        })
    }

    /// Returns the claims of `token`, if a key signed it and it is valid at `now`.
    ///
    /// # Errors
    /// Returns the reason to refuse the token.
    pub fn verify(&self, token: &str, now: SystemTime) -> Result<Claims, TokenError> {
        let token = Unverified::read(token)?;
        self.check_signature(&token)?;
        token.claims(&self.rules, now)
    }

    fn check_signature(&self, token: &Unverified<'_>) -> Result<(), TokenError> {
        let allowed = &self.rules.algorithms;
        if !allowed.is_empty() && !allowed.contains(&token.algorithm) {
            return Err(TokenError::Algorithm);
        }
        let rotated = self.file.as_ref().map(KeySetFile::keys);
        let rotated = rotated.as_ref().map_or(&[][..], |set| set.keys());
        let mut refusal = TokenError::Algorithm;
        for key in self.fixed.iter().chain(rotated) {
            if key.algorithm != token.algorithm {
                continue;
            }
            // Keys without an id, such as a secret, are tried whatever a token asks for.
            match (&key.id, &token.key_id) {
                (Some(id), Some(wanted)) if id != wanted => {
                    if refusal == TokenError::Algorithm {
                        refusal = TokenError::Kid;
                    }
                }
                _ if key.signed(token.message, token.signature) => return Ok(()),
                _ => refusal = TokenError::Signature,
            }
        }
        Err(refusal)
    }
}

impl fmt::Debug for JwtVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JwtVerifier")
            .field("rules", &self.rules)
            .finish_non_exhaustive()
    }
}

fn secret_file(path: &Path) -> Result<Key, AuthConfigError> {
    let bytes = read("jwt.secret-file", path)?;
    // Editors end files with a line feed.
    let secret = Secret::new(bytes.trim_ascii_end()).map_err(|error| AuthConfigError::Secret {
        path: path.to_owned(),
        error,
    })?;
    Ok(Key::secret(&secret))
}

fn public_key_file(path: &Path) -> Result<Key, AuthConfigError> {
    let bytes = read("jwt.public-key-file", path)?;
    Key::pem(&bytes).map_err(|error| AuthConfigError::PublicKey {
        path: path.to_owned(),
        error,
    })
}

fn jwks_file(path: &Path, interval: Duration) -> Result<KeySetFile, AuthConfigError> {
    KeySetFile::open(path.to_owned(), interval).map_err(|error| match error {
        KeyFileError::Read(error) => AuthConfigError::Read {
            key: "jwt.jwks-file",
            path: path.to_owned(),
            error,
        },
        KeyFileError::Set(error) => AuthConfigError::KeySet {
            path: path.to_owned(),
            error,
        },
    })
}

fn read(key: &'static str, path: &Path) -> Result<Vec<u8>, AuthConfigError> {
    key_file::read(path).map_err(|error| AuthConfigError::Read {
        key,
        path: path.to_owned(),
        error,
    })
}
