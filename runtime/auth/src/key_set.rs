//! JSON Web Key Sets (RFC 7517).

use std::sync::Arc;

use jsonwebtoken::jwk::Jwk;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::key::{Algorithm, Key, KeyError};

/// Keys of one set. A token without `kid` may be tried against each.
const MAX_KEYS: usize = 32;

/// The keys of a set that can verify tokens: one at least, 32 at most.
#[derive(Debug, Clone)]
pub struct KeySet(Arc<[Key]>);

/// Why a key set is not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeySetError {
    /// Not JSON, or without `keys`.
    #[error("is not a JSON Web Key Set: {{\"keys\":[…]}}")]
    Format,
    /// More than the limit.
    #[error("has {0} keys, the limit is {MAX_KEYS}")]
    TooMany(usize),
    /// A key of a kind that is verified with, but wrong.
    #[error("key {index}, counted from 0, {error}")]
    Key {
        /// Its place.
        index: usize,
        /// What is wrong.
        error: KeyError,
    },
    /// Nothing to verify with.
    #[error("has no key for HS256, RS256 or ES256")]
    Empty,
}

/// What a key says of its use.
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
    /// Reads a set. Keys of other kinds and for other uses are left out, as the RFC wants it.
    ///
    /// # Errors
    /// Why it is not used. Never shows a key.
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

/// The key, unless it is of a kind or for a use that is none of ours.
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
    /// What the key verifies, if it does.
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
