//! Tokens and keys as others make them, and as attackers do.

mod claims;
mod key_files;
mod signatures;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jsonwebtoken::{Algorithm as Signing, EncodingKey, Header, crypto, encode, jwk::Jwk};
use serde_json::{json, value::RawValue};

use super::*;

const SECRET: &str = "a secret of the tests, thirty-two bytes and more";
const OTHER_SECRET: &str = "another secret of the tests, as long as the first";
/// Seconds, the time of all tests.
const NOW: u64 = 1_700_000_000;
const PAYLOAD: &str = r#"{"sub":"7","exp":1700000060}"#;

fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(NOW)
}

fn no_keys() -> JwtConfig {
    JwtConfig {
        secret: None,
        secret_file: None,
        public_key_file: None,
        jwks: None,
        jwks_file: None,
        algorithms: Vec::new(),
        issuer: None,
        audience: Vec::new(),
        leeway: Duration::from_secs(5),
        require_expiry: true,
        cookie: None,
    }
}

fn with_secret() -> JwtConfig {
    JwtConfig {
        secret: Some(Secret::new(SECRET).unwrap()),
        ..no_keys()
    }
}

fn with_public_key(name: &str) -> JwtConfig {
    JwtConfig {
        public_key_file: Some(key_path(name)),
        ..no_keys()
    }
}

fn with_jwks(keys: &[Jwk]) -> JwtConfig {
    JwtConfig {
        jwks: Some(KeySet::parse(&jwks(keys)).unwrap()),
        ..no_keys()
    }
}

fn verify(config: &JwtConfig, token: &str) -> Result<Claims, TokenError> {
    JwtVerifier::new(config).unwrap().verify(token, now())
}

fn key_path(name: &str) -> PathBuf {
    // Cargo starts tests in their package's folder, which may be another one than that of the build.
    let keys = std::env::current_dir().unwrap();
    keys.join("src/tests/keys").join(format!("test-{name}.pem"))
}

fn pem(name: &str) -> String {
    std::fs::read_to_string(key_path(name)).unwrap()
}

fn secret(text: &str) -> EncodingKey {
    EncodingKey::from_secret(text.as_bytes())
}

fn rsa(name: &str) -> EncodingKey {
    EncodingKey::from_rsa_pem(pem(&format!("{name}-private")).as_bytes()).unwrap()
}

fn ec(name: &str) -> EncodingKey {
    EncodingKey::from_ec_pem(pem(&format!("{name}-private")).as_bytes()).unwrap()
}

/// A part of a token, with this text.
fn part(json: &str) -> String {
    let json = RawValue::from_string(json.to_owned()).unwrap();
    let token = encode(&Header::default(), &json, &secret(SECRET)).unwrap();
    token.split('.').nth(1).unwrap().to_owned()
}

/// A token with these texts, signed by `key` as `signing`, whatever the header says.
fn signed(header: &str, payload: &str, signing: Signing, key: &EncodingKey) -> String {
    let message = format!("{}.{}", part(header), part(payload));
    let signature = crypto::sign(message.as_bytes(), key, signing).unwrap();
    format!("{message}.{signature}")
}

fn hs256(payload: &str) -> String {
    let header = r#"{"alg":"HS256","typ":"JWT"}"#;
    signed(header, payload, Signing::HS256, &secret(SECRET))
}

fn rs256(header: &str, key: &EncodingKey) -> String {
    signed(header, PAYLOAD, Signing::RS256, key)
}

fn jwk(id: &str, key: &EncodingKey, signing: Signing) -> Jwk {
    let mut jwk = Jwk::from_encoding_key(key, signing).unwrap();
    jwk.common.key_id = Some(id.to_owned());
    jwk
}

fn jwks(keys: &[Jwk]) -> String {
    json!({ "keys": keys }).to_string()
}
