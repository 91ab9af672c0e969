//! Reads a token's parts, and checks its claims.

use std::{
    collections::HashMap,
    fmt,
    time::{SystemTime, UNIX_EPOCH},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error, MapAccess, Visitor},
};
use serde_json::value::RawValue;

use super::{JwtConfig, key::Algorithm};
use stockade_json_schema::text;

/// Maximum bytes of a token. The server bounds headers; it bounds `auth` of a handshake less tightly.
const MAX_LEN: usize = 16 << 10;
/// Maximum nesting of a payload.
const MAX_DEPTH: usize = 64;

/// The claims of a verified token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// The payload: the text of a JSON object as it was signed, less than 16 KiB, at most 64 levels deep. Of several members with
    /// one name inside of claims, only the last is left.
    pub json: String,
    /// `sub`, if it is a string.
    pub subject: Option<String>,
}

/// Reason to refuse a token. Messages are FoalTS's if it has one, and clients may see them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// The token has more than 16 KiB.
    #[error("jwt too long")]
    TooLong,
    /// The token does not have three parts with dots between them.
    #[error("jwt malformed")]
    Malformed,
    /// The third part is empty.
    #[error("jwt signature is required")]
    SignatureRequired,
    /// A part is not base64url, not a JSON object, has a claim twice, or is nested too deep.
    #[error("invalid token")]
    Invalid,
    /// The header has `crit`, which asks for extensions. None are supported.
    #[error("unsupported critical header")]
    Critical,
    /// The algorithm is not allowed, or there is no key for it.
    #[error("invalid algorithm")]
    Algorithm,
    /// There is no key with that id.
    #[error("invalid kid")]
    Kid,
    /// No key made this signature.
    #[error("invalid signature")]
    Signature,
    /// `nbf` is not a number.
    #[error("invalid nbf value")]
    InvalidNotBefore,
    /// The token is not valid yet.
    #[error("jwt not active")]
    NotActive,
    /// `exp` is not a number.
    #[error("invalid exp value")]
    InvalidExpiry,
    /// There is no `exp`, and `require-expiry` is on.
    #[error("exp required")]
    ExpiryRequired,
    /// The token has expired.
    #[error("jwt expired")]
    Expired,
    /// The token is for another audience.
    #[error("jwt audience invalid. expected: {}", .0.join(" or "))]
    Audience(Vec<String>),
    /// The token is of another issuer.
    #[error("jwt issuer invalid. expected: {0}")]
    Issuer(String),
}

impl TokenError {
    /// Returns the code of the error, as in FoalTS and RFC 6750: `invalid_token`.
    pub fn code(&self) -> &'static str {
        "invalid_token"
    }
}

/// A token's parts. Nothing is verified yet.
pub(super) struct Unverified<'a> {
    pub(super) algorithm: Algorithm,
    pub(super) key_id: Option<String>,
    /// The signed text: header and payload.
    pub(super) message: &'a str,
    payload: &'a str,
    pub(super) signature: &'a str,
}

impl<'a> Unverified<'a> {
    pub(super) fn read(token: &'a str) -> Result<Self, TokenError> {
        if token.len() > MAX_LEN {
            return Err(TokenError::TooLong);
        }
        let (message, signature) = token.rsplit_once('.').ok_or(TokenError::Malformed)?;
        let (header, payload) = message.split_once('.').ok_or(TokenError::Malformed)?;
        if payload.contains('.') {
            return Err(TokenError::Malformed);
        }
        if signature.is_empty() {
            return Err(TokenError::SignatureRequired);
        }
        let header = decode(header)?;
        let header = Fields::read(&header)?;
        if header.0.contains_key("crit") {
            return Err(TokenError::Critical);
        }
        let text = |field| header.get::<String>(field).transpose();
        let name = text("alg").ok().flatten().ok_or(TokenError::Invalid)?;
        Ok(Self {
            algorithm: Algorithm::named(&name).ok_or(TokenError::Algorithm)?,
            key_id: text("kid").map_err(|_| TokenError::Invalid)?,
            message,
            payload,
            signature,
        })
    }

    /// Checks the claims, and returns them. Call this only after the signature was verified.
    pub(super) fn claims(self, rules: &JwtConfig, now: SystemTime) -> Result<Claims, TokenError> {
        let json = decode(self.payload)?;
        let claims = Fields::read(&json)?;
        claims.check_time(rules, now)?;
        claims.check_origin(rules)?;
        let subject = claims.get("sub").and_then(Result::ok);
        let mut json = String::from(Box::<str>::from(json));
        text::receive(&mut json, MAX_DEPTH).map_err(|_| TokenError::Invalid)?;
        Ok(Claims { subject, json })
    }
}

/// The top level of a header or payload. It must not have a member twice, which could mean one thing here and another to a guest.
struct Fields<'a>(HashMap<String, &'a RawValue>);

impl<'a> Fields<'a> {
    fn read(json: &'a RawValue) -> Result<Self, TokenError> {
        serde_json::from_str(json.get()).map_err(|_| TokenError::Invalid)
    }

    fn get<T: DeserializeOwned>(&self, claim: &str) -> Option<serde_json::Result<T>> {
        let text = self.0.get(claim)?.get();
        Some(serde_json::from_str(text))
    }

    fn check_time(&self, rules: &JwtConfig, now: SystemTime) -> Result<(), TokenError> {
        let now = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        let (now, leeway) = (now.as_secs_f64(), rules.leeway.as_secs_f64());
        match self.get::<f64>("nbf") {
            Some(Err(_)) => return Err(TokenError::InvalidNotBefore),
            Some(Ok(not_before)) if not_before > now + leeway => return Err(TokenError::NotActive),
            _ => {}
        }
        match self.get::<f64>("exp") {
            Some(Err(_)) => Err(TokenError::InvalidExpiry),
            Some(Ok(expiry)) if now >= expiry + leeway => Err(TokenError::Expired),
            None if rules.require_expiry => Err(TokenError::ExpiryRequired),
            _ => Ok(()),
        }
    }

    fn check_origin(&self, rules: &JwtConfig) -> Result<(), TokenError> {
        if !rules.audience.is_empty() {
            let named = match self.get("aud") {
                Some(Ok(Audience::One(name))) => vec![name],
                Some(Ok(Audience::Many(names))) => names,
                Some(Err(_)) | None => Vec::new(),
            };
            if !named.iter().any(|name| rules.audience.contains(name)) {
                return Err(TokenError::Audience(rules.audience.clone()));
            }
        }
        match (&rules.issuer, self.get::<String>("iss")) {
            (Some(expected), Some(Ok(issuer))) if *expected == issuer => Ok(()),
            (Some(expected), _) => Err(TokenError::Issuer(expected.clone())),
            (None, _) => Ok(()),
        }
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FieldsVisitor)
    }
}

struct FieldsVisitor;

impl<'de> Visitor<'de> for FieldsVisitor {
    type Value = Fields<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields = HashMap::new();
        while let Some((name, value)) = map.next_entry::<String, &RawValue>()? {
            if fields.insert(name, value).is_some() {
                return Err(A::Error::custom("a field is there twice"));
            }
        }
        Ok(Fields(fields))
    }
}

/// Decodes the JSON in one part of a token.
fn decode(part: &str) -> Result<Box<RawValue>, TokenError> {
    let json = URL_SAFE_NO_PAD.decode(part);
    let json = json.map_err(|_| TokenError::Invalid)?;
    serde_json::from_slice(&json).map_err(|_| TokenError::Invalid)
}
