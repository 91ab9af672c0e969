//! JSON Web Key Sets (RFC 7517).

use std::sync::Arc;

use jsonwebtoken::jwk::Jwk;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::key::{Algorithm, Key, KeyError};

/// Maximum keys of a set. A token without `kid` may be tried against each.
const MAX_KEYS: usize = 32;

/// The keys of a set that can verify tokens: at least 1, at most 32.
#[derive(Debug, Clone)]
pub struct KeySet(Arc<[Key]>);

/// Reason to refuse a key set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeySetError {
    /// The text is not JSON, or has no `keys`.
    #[error("is not a JSON Web Key Set: {{\"keys\":[…]}}")]
    Format,
    /// The set has too many keys.
    #[error("has {0} keys, the limit is {MAX_KEYS}")]
    TooMany(usize),
    /// A key is of a supported kind, but wrong.
    #[error("key {index}, counted from 0, {error}")]
    Key {
        /// Index of the key.
        index: usize,
        /// What is wrong with the key.
        error: KeyError,
    },
    /// The set has no key that can verify tokens.
    #[error("has no key for HS256, RS256 or ES256")]
    Empty,
}

/// The members of a key that say what it is for.
#[derive(Deserialize)]
struct Purpose {
    kty: String,
    alg: Option<String>,
    crv: Option<String>,
    r#use: Option<String>,
    key_ops: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Entries<'a> {
    #[serde(borrow)]
    keys: Vec<&'a RawValue>,
}

impl KeySet {
    /// Parses a set. Keys of other kinds and for other uses are ignored, as the RFC demands.
    ///
    /// # Errors
    /// Returns the reason to refuse the set. It never contains a key.
    pub fn parse(json: &str) -> Result<Self, KeySetError> {
        let entries: Entries<'_> = serde_json::from_str(json).map_err(|_| KeySetError::Format)?;
        if entries.keys.len() > MAX_KEYS {
            return Err(KeySetError::TooMany(entries.keys.len()));
        }
        let mut keys = Vec::new();
        for (index, entry) in entries.keys.iter().enumerate() {
            keys.extend(read(entry.get()).map_err(|error| KeySetError::Key { index, error })?);
        }
        match keys.is_empty() {
            true => Err(KeySetError::Empty),
            false => Ok(Self(keys.into())),
        }
    }

    pub(super) fn keys(&self) -> &[Key] {
        &self.0
    }
}

/// Reads a key; `None` if it is of another kind or for another use.
fn read(entry: &str) -> Result<Option<Key>, KeyError> {
    let purpose = serde_json::from_str::<Purpose>(entry).ok();
    let Some(algorithm) = purpose.and_then(|purpose| purpose.algorithm()) else {
        return Ok(None);
    };
    let jwk = serde_json::from_str::<Jwk>(entry).map_err(|_| match algorithm {
        Algorithm::Hs256 => KeyError::NotOct,
        Algorithm::Rs256 => KeyError::NotRsa,
        Algorithm::Es256 => KeyError::NotP256,
    })?;
    Key::jwk(&jwk, algorithm).map(Some)
}

impl Purpose {
    /// Returns the algorithm of the key, or `None` if it does not verify signatures.
    fn algorithm(&self) -> Option<Algorithm> {
        let algorithm = match (&*self.kty, self.crv.as_deref()) {
            ("oct", _) => Algorithm::Hs256,
            ("RSA", _) => Algorithm::Rs256,
            ("EC", Some("P-256")) => Algorithm::Es256,
            _ => return None,
        };
        let named = self
            .alg
            .as_deref()
            .is_none_or(|name| Algorithm::named(name) == Some(algorithm));
        let signs = self.r#use.as_deref().is_none_or(|purpose| purpose == "sig");
        let verifies = self
            .key_ops
            .as_ref()
            .is_none_or(|operations| operations.iter().any(|operation| operation == "verify"));
        (named && signs && verifies).then_some(algorithm)
    }
}
