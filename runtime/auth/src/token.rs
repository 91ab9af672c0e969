//! What stands in a token, and what it must say.

use std::{
    collections::HashMap,
    fmt,
    time::{SystemTime, UNIX_EPOCH},
};

use jsonwebtoken::dangerous::insecure_decode_claims;
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error, MapAccess, Visitor},
};
use serde_json::value::RawValue;

use super::{JwtConfig, key::Algorithm};
use stockade_json_schema::text;

/// Bytes of a token. Headers are bounded by the server, `auth` of a handshake is not as tightly.
const MAX_LEN: usize = 16 << 10;
/// Objects and arrays in each other in a payload.
const MAX_DEPTH: usize = 64;

/// What a verified token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// The payload: the text of a JSON object as it was signed, less than 16 KiB, at most 64 levels deep. Of members with one
    /// name, inside of claims, only the last is left.
    pub json: String,
    /// `sub`, where it is a string.
    pub subject: Option<String>,
}

/// Why a token is refused. The messages are those of FoalTS where it has one, and may be shown to clients.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// More than 16 KiB.
    #[error("jwt too long")]
    TooLong,
    /// Not three parts with dots between them.
    #[error("jwt malformed")]
    Malformed,
    /// The third part is empty.
    #[error("jwt signature is required")]
    SignatureRequired,
    /// A part is not base64url or not the JSON that it should be: no object, a claim twice, too deep.
    #[error("invalid token")]
    Invalid,
    /// The header demands something of who verifies (`crit`), and nothing is supported.
    #[error("unsupported critical header")]
    Critical,
    /// The algorithm is not allowed, or there is no key for it.
    #[error("invalid algorithm")]
    Algorithm,
    /// There is no key with that id.
    #[error("invalid kid")]
    Kid,
    /// No key has made this signature.
    #[error("invalid signature")]
    Signature,
    /// `nbf` is not a number.
    #[error("invalid nbf value")]
    InvalidNotBefore,
    /// Not yet.
    #[error("jwt not active")]
    NotActive,
    /// `exp` is not a number.
    #[error("invalid exp value")]
    InvalidExpiry,
    /// There is no `exp`, and `require-expiry` is on.
    #[error("exp required")]
    ExpiryRequired,
    /// No longer.
    #[error("jwt expired")]
    Expired,
    /// For somebody else.
    #[error("jwt audience invalid. expected: {}", .0.join(" or "))]
    Audience(Vec<String>),
    /// By somebody else.
    #[error("jwt issuer invalid. expected: {0}")]
    Issuer(String),
}

impl TokenError {
    /// The code of the error, which is FoalTS's and RFC 6750's: `invalid_token`.
    pub fn code(&self) -> &'static str {
        "invalid_token"
    }
}

/// A token's parts. Nothing of it is verified.
pub(super) struct Unverified<'a> {
    pub(super) algorithm: Algorithm,
    pub(super) key_id: Option<String>,
    /// What is signed: header and payload.
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

    /// What the token says, if that is right now. Call it when the signature is known to be good.
    pub(super) fn claims(self, rules: &JwtConfig, now: SystemTime) -> Result<Claims, TokenError> {
        let json = decode(self.payload)?;
        text::check(json.get(), MAX_DEPTH).map_err(|_| TokenError::Invalid)?;
        let claims = Fields::read(&json)?;
        claims.check_time(rules, now)?;
        claims.check_origin(rules)?;
        let subject = claims.get("sub").and_then(Result::ok);
        let mut json = String::from(Box::<str>::from(json));
        text::receive(&mut json, MAX_DEPTH).map_err(|_| TokenError::Invalid)?;
        Ok(Claims { subject, json })
    }
}

/// The top level of a header or payload. What is there twice could mean one thing here and another to a guest.
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

/// The JSON in one part of a token. The crate's decoder takes whole tokens, and decodes the part in the middle.
fn decode(part: &str) -> Result<Box<RawValue>, TokenError> {
    insecure_decode_claims(format!(".{part}.")).map_err(|_| TokenError::Invalid)
}
