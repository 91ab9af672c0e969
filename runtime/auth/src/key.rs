//! Keys, each fit for one algorithm only.

use std::{fmt, ops::RangeInclusive};

use jsonwebtoken::{
    DecodingKey, DecodingKeyKind,
    crypto::{self, rust_crypto::DEFAULT_PROVIDER},
    jwk::Jwk,
};
use serde::{Deserialize, Serialize};

use super::secret::{Secret, SecretError};

/// Bits of RSA keys: fewer can be factored (RFC 7518, 3.3), more cost every client's token too much time.
const RSA_BITS: RangeInclusive<usize> = 2048..=4096;
/// Bytes of an RSA key's exponent; it is 65537 as a rule.
const MAX_EXPONENT_LEN: usize = 4;

/// How a token is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Algorithm {
    /// HMAC with SHA-256: who can verify can sign.
    Hs256,
    /// RSA, PKCS #1 v1.5, with SHA-256.
    Rs256,
    /// ECDSA on the curve P-256 with SHA-256.
    Es256,
}

/// Why a key is not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not a public key that PEM has a name for.
    #[error("is not a public key in PEM, of RSA or on the curve P-256")]
    NotPem,
    /// A private key, which a verifier has no business with.
    #[error("is a private key; give its public one: `openssl pkey -in KEY -pubout`")]
    Private,
    /// An RSA key that is too small or too large.
    #[error("is an RSA key that does not have {} to {} bits", RSA_BITS.start(), RSA_BITS.end())]
    RsaSize,
    /// Numbers that are no RSA key.
    #[error("is not an RSA key")]
    NotRsa,
    /// A key of another curve, or a point beside it.
    #[error("is not a key on the curve P-256")]
    NotP256,
    /// A key of HS256 that cannot be read.
    #[error("is not a secret in base64url")]
    NotOct,
    /// A key of HS256 that is no good secret.
    #[error(transparent)]
    Secret(#[from] SecretError),
}

/// A key that can verify.
#[derive(Debug, Clone)]
pub(super) struct Key {
    /// By which tokens name it.
    pub(super) id: Option<String>,
    pub(super) algorithm: Algorithm,
    /// Prints no key material.
    decoding: DecodingKey,
}

impl Algorithm {
    /// The algorithm that tokens call `name`.
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
    /// For HS256.
    pub(super) fn secret(secret: &Secret) -> Self {
        Self {
            id: None,
            algorithm: Algorithm::Hs256,
            decoding: DecodingKey::from_secret(secret.bytes()),
        }
    }

    /// For RS256 or ES256, as the key in `pem` is.
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

    /// For `algorithm`, of a JSON Web Key whose type fits it.
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

    /// Whether `signature`, as it stands in a token, is this key's for `message`.
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

/// A number without the zeros in front.
fn significant(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}
