//! Keys, each for one algorithm only.

use std::{fmt, ops::RangeInclusive};

use jsonwebtoken::{
    DecodingKey, DecodingKeyKind,
    crypto::{self, rust_crypto::DEFAULT_PROVIDER},
    jwk::Jwk,
};
use serde::{Deserialize, Serialize};

use super::secret::{Secret, SecretError};

/// Bits of RSA keys. Smaller ones can be factored (RFC 7518, 3.3); larger ones take too long for every token.
const RSA_BITS: RangeInclusive<usize> = 2048..=4096;
/// Maximum bytes of an RSA key's exponent, which usually is 65537.
const MAX_EXPONENT_LEN: usize = 4;

/// How a token is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Algorithm {
    /// HMAC with SHA-256. Who can verify can also sign.
    Hs256,
    /// RSA, PKCS #1 v1.5, with SHA-256.
    Rs256,
    /// ECDSA on the curve P-256 with SHA-256.
    Es256,
}

/// Reason to refuse a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The text is not a public key in PEM.
    #[error("is not a public key in PEM, of RSA or on the curve P-256")]
    NotPem,
    /// The key is private. A verifier must not have it.
    #[error("is a private key; give its public one: `openssl pkey -in KEY -pubout`")]
    Private,
    /// The RSA key is too small or too large.
    #[error("is an RSA key that does not have {} to {} bits", RSA_BITS.start(), RSA_BITS.end())]
    RsaSize,
    /// The numbers are not an RSA key.
    #[error("is not an RSA key")]
    NotRsa,
    /// The key is of another curve, or its point is not on the curve.
    #[error("is not a key on the curve P-256")]
    NotP256,
    /// The key for HS256 cannot be read.
    #[error("is not a secret in base64url")]
    NotOct,
    /// The key for HS256 is not a good secret.
    #[error(transparent)]
    Secret(#[from] SecretError),
}

/// A key that verifies signatures.
#[derive(Debug, Clone)]
pub(super) struct Key {
    /// Id by which tokens name the key.
    pub(super) id: Option<String>,
    pub(super) algorithm: Algorithm,
    /// Its `Debug` output has no key material.
    decoding: DecodingKey,
}

impl Algorithm {
    /// Returns the algorithm with this name in tokens.
    pub(super) fn named(name: &str) -> Option<Self> {
        [Self::Hs256, Self::Rs256, Self::Es256]
            .into_iter()
            .find(|algorithm| algorithm.name() == name)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl From<Algorithm> for jsonwebtoken::Algorithm {
    fn from(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Hs256 => Self::HS256,
            Algorithm::Rs256 => Self::RS256,
            Algorithm::Es256 => Self::ES256,
        }
    }
}

impl Key {
    /// Creates a key for HS256.
    pub(super) fn secret(secret: &Secret) -> Self {
        Self {
            id: None,
            algorithm: Algorithm::Hs256,
            decoding: DecodingKey::from_secret(secret.bytes()),
        }
    }

    /// Creates a key for RS256 or ES256, whichever the key in `pem` is for.
    pub(super) fn pem(pem: &[u8]) -> Result<Self, KeyError> {
        let text = str::from_utf8(pem).map_err(|_| KeyError::NotPem)?;
        if text.contains("PRIVATE KEY-----") {
            return Err(KeyError::Private);
        }
        // Not certificates: in them, the crate takes the first bit string that it meets for the key.
        if !text.contains("-----BEGIN PUBLIC KEY-----")
            && !text.contains("-----BEGIN RSA PUBLIC KEY-----")
        {
            return Err(KeyError::NotPem);
        }
        if let Ok(decoding) = DecodingKey::from_ec_pem(pem) {
            return Self::p256(decoding);
        }
        let decoding = DecodingKey::from_rsa_pem(pem).map_err(|_| KeyError::NotPem)?;
        let der = decoding.try_get_as_bytes().map_err(|_| KeyError::NotRsa)?;
        let components = DEFAULT_PROVIDER
            .key_utils
            .rsa_pub_components_from_public_key;
        // It also refuses what is larger than it can verify with.
        let (modulus, exponent) = components(der).map_err(|_| KeyError::RsaSize)?;
        Self::rsa(&modulus, &exponent)
    }

    /// Creates a key for `algorithm` from a JSON Web Key of a matching type.
    pub(super) fn jwk(jwk: &Jwk, algorithm: Algorithm) -> Result<Self, KeyError> {
        let decoding = DecodingKey::from_jwk(jwk);
        let key = match algorithm {
            Algorithm::Hs256 => {
                let decoding = decoding.map_err(|_| KeyError::NotOct)?;
                let bytes = decoding.try_get_as_bytes().map_err(|_| KeyError::NotOct)?;
                Self::secret(&Secret::new(bytes)?)
            }
            Algorithm::Rs256 => match decoding.map_err(|_| KeyError::NotRsa)?.kind() {
                DecodingKeyKind::RsaModulusExponent { n, e } => Self::rsa(n, e)?,
                DecodingKeyKind::SecretOrDer(_) => return Err(KeyError::NotRsa),
            },
            Algorithm::Es256 => Self::p256(decoding.map_err(|_| KeyError::NotP256)?)?,
        };
        Ok(Self {
            id: jwk.common.key_id.clone(),
            ..key
        })
    }

    /// Returns whether this key made `signature`, as written in a token, for `message`.
    pub(super) fn signed(&self, message: &str, signature: &str) -> bool {
        let algorithm = self.algorithm.into();
        crypto::verify(signature, message.as_bytes(), &self.decoding, algorithm).unwrap_or(false)
    }

    fn rsa(modulus: &[u8], exponent: &[u8]) -> Result<Self, KeyError> {
        let (modulus, exponent) = (significant(modulus), significant(exponent));
        let zeros = modulus.first().map_or(0, |byte| byte.leading_zeros());
        if !RSA_BITS.contains(&(modulus.len() * 8 - zeros as usize)) {
            return Err(KeyError::RsaSize);
        }
        let odd = |number: &[u8]| number.last().is_some_and(|byte| byte % 2 == 1);
        // With the exponent 1, anybody can sign.
        if !odd(modulus) || !odd(exponent) || exponent == [1] || exponent.len() > MAX_EXPONENT_LEN {
            return Err(KeyError::NotRsa);
        }
        Ok(Self {
            id: None,
            algorithm: Algorithm::Rs256,
            decoding: DecodingKey::from_rsa_raw_components(modulus, exponent),
        })
    }

    fn p256(decoding: DecodingKey) -> Result<Self, KeyError> {
        let algorithm = Algorithm::Es256;
        // Fails unless the key is a point on the curve.
        match (DEFAULT_PROVIDER.verifier_factory)(&algorithm.into(), &decoding) {
            Ok(_) => Ok(Self {
                id: None,
                algorithm,
                decoding,
            }),
            Err(_) => Err(KeyError::NotP256),
        }
    }
}

/// Returns a number without its leading zeros.
fn significant(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}
