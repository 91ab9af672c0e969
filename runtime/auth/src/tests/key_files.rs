//! Which keys are taken, from where, and when they change.

use std::{fs, path::Path};

use super::*;

const NEVER: Duration = Duration::from_secs(3_600);

fn token_by(id: &str, key: &EncodingKey) -> String {
    rs256(&json!({ "alg": "RS256", "kid": id }).to_string(), key)
}

fn with_jwks_file(path: &Path) -> JwtConfig {
    JwtConfig {
        jwks_file: Some(path.to_owned()),
        ..no_keys()
    }
}

/// Why a verifier with a file of this content does not start, without the file's name.
fn refusal(content: &[u8], config: impl FnOnce(PathBuf) -> JwtConfig) -> String {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(&file, content).unwrap();
    let error = JwtVerifier::new(&config(file.path().to_owned())).unwrap_err();
    error
        .to_string()
        .replace(&file.path().display().to_string(), "FILE")
}

fn public_key_file(path: PathBuf) -> JwtConfig {
    JwtConfig {
        public_key_file: Some(path),
        ..no_keys()
    }
}

fn secret_file(path: PathBuf) -> JwtConfig {
    JwtConfig {
        secret_file: Some(path),
        ..no_keys()
    }
}

#[test]
fn secret_file_may_end_with_a_line_feed() {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(&file, format!("{SECRET}\r\n")).unwrap();
    let config = secret_file(file.path().to_owned());
    assert!(verify(&config, &hs256(PAYLOAD)).is_ok());
}

#[test]
fn weak_secrets_are_refused_unseen() {
    let weak = "thirty-one bytes of a secret...";
    assert_eq!(weak.len(), 31);
    assert_eq!(Secret::new(weak), Err(SecretError::Short));
    assert!(Secret::new(format!("{weak}.")).is_ok());
    let error = refusal(format!("{weak}\n").as_bytes(), secret_file);
    assert!(
        error.starts_with("`jwt.secret-file`: FILE has fewer than 32 bytes"),
        "{error}"
    );
    assert!(!error.contains("thirty-one"), "{error}");
}

#[test]
fn secrets_are_not_debugged() {
    let mut config = with_secret();
    config.jwks = KeySet::parse(&jwks(&[jwk("a", &secret(OTHER_SECRET), Signing::HS256)])).ok();
    let verifier = JwtVerifier::new(&config).unwrap();
    let shown = format!("{config:?} {config:#?} {verifier:?}");
    let bytes = |text: &str| format!("{:?}", &text.as_bytes()[..4]).replace(['[', ']'], "");
    for text in [SECRET, OTHER_SECRET] {
        assert!(!shown.contains(text), "{shown}");
        assert!(!shown.contains(&bytes(text)), "{shown}");
    }
}

#[test]
fn unfit_public_keys_are_refused() {
    for (name, reason) in [
        ("rsa-private", "is a private key"),
        ("p256-private", "is a private key"),
        ("rsa-1024-public", "is an RSA key that does not have 2048"),
        ("p384-public", "is not a key on the curve P-256"),
        ("secp256k1-public", "is not a key on the curve P-256"),
    ] {
        let error = refusal(pem(name).as_bytes(), public_key_file);
        assert!(
            error.starts_with(&format!("`jwt.public-key-file`: FILE {reason}")),
            "{name}: {error}"
        );
    }
    let certificate = pem("rsa-public").replace("PUBLIC KEY", "CERTIFICATE");
    let cut = &pem("rsa-public")[..200];
    for content in [&b""[..], b"\xff", certificate.as_bytes(), cut.as_bytes()] {
        let error = refusal(content, public_key_file);
        assert!(error.contains("is not a public key in PEM"), "{error}");
    }
}

#[test]
fn file_that_is_missing_or_huge_is_named() {
    let error = JwtVerifier::new(&public_key_file("/nowhere.pem".into())).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("`jwt.public-key-file`: /nowhere.pem: No such file"),
        "{error}"
    );
    let huge = vec![b' '; (256 << 10) + 1];
    for config in [public_key_file, secret_file] {
        let error = refusal(&huge, config);
        assert!(error.contains("FILE: file too large"), "{error}");
    }
}

#[test]
fn algorithm_without_a_key_is_refused() {
    let config = JwtConfig {
        algorithms: vec![Algorithm::Hs256, Algorithm::Es256],
        ..with_secret()
    };
    let error = JwtVerifier::new(&config).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`jwt.algorithms`: there is no key for ES256"
    );
}

#[test]
fn key_set_leaves_out_what_is_not_ours() {
    let ours = jwk("ours", &rsa("rsa"), Signing::RS256);
    let mut encrypting = json!(ours);
    encrypting["use"] = json!("enc");
    let mut signing = json!(ours);
    signing["key_ops"] = json!(["sign"]);
    let mut pss = json!(ours);
    pss["alg"] = json!("PS256");
    let others = [
        encrypting,
        signing,
        pss,
        json!(jwk("curve", &ec("p384"), Signing::ES384)),
        json!({ "kty": "OKP", "crv": "Ed25519", "x": "AA" }),
        json!({ "kty": "EC", "crv": "secp256k1", "x": "AA", "y": "AA" }),
        json!({ "kty": "new" }),
        json!({}),
        json!(1),
    ];
    let set = json!({ "keys": others }).to_string();
    assert_eq!(KeySet::parse(&set).unwrap_err(), KeySetError::Empty);
    let mut keys = others.to_vec();
    keys.push(json!(ours));
    let set = KeySet::parse(&json!({ "keys": keys }).to_string()).unwrap();
    assert_eq!(set.keys().len(), 1);
}

#[test]
fn key_set_with_a_bad_key_is_refused() {
    let mut small = json!(jwk("a", &rsa("rsa"), Signing::RS256));
    small["n"] = json!("AQAB");
    let mut trivial = json!(jwk("a", &rsa("rsa"), Signing::RS256));
    trivial["e"] = json!("AQ");
    let mut beside = json!(jwk("a", &ec("p256"), Signing::ES256));
    beside["y"] = beside["x"].clone();
    for (key, error) in [
        (small, KeyError::RsaSize),
        (trivial, KeyError::NotRsa),
        (json!({ "kty": "RSA", "n": 1 }), KeyError::NotRsa),
        (
            json!({ "kty": "RSA", "n": "*", "e": "AQAB" }),
            KeyError::NotRsa,
        ),
        (beside, KeyError::NotP256),
        (json!({ "kty": "oct" }), KeyError::NotOct),
        (
            json!({ "kty": "oct", "k": "c2VjcmV0" }),
            KeyError::Secret(SecretError::Short),
        ),
    ] {
        let good = jwk("good", &rsa("rsa"), Signing::RS256);
        let set = json!({ "keys": [good, key] }).to_string();
        assert_eq!(
            KeySet::parse(&set).unwrap_err(),
            KeySetError::Key { index: 1, error },
            "{set}"
        );
    }
}

#[test]
fn key_set_has_a_limit() {
    let key = jwk("a", &secret(SECRET), Signing::HS256);
    let set = |count| KeySet::parse(&jwks(&vec![key.clone(); count]));
    assert_eq!(set(32).unwrap().keys().len(), 32);
    assert_eq!(set(33).unwrap_err(), KeySetError::TooMany(33));
    for text in ["", "[]", "{}", r#"{"keys":{}}"#] {
        assert_eq!(KeySet::parse(text).unwrap_err(), KeySetError::Format);
    }
    assert_eq!(
        KeySet::parse(r#"{"keys":[]}"#).unwrap_err(),
        KeySetError::Empty
    );
}

#[test]
fn keys_are_rotated_without_a_restart() {
    let (old, new) = (rsa("rsa"), rsa("rsa-other"));
    let (by_old, by_new) = (token_by("old", &old), token_by("new", &new));
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("jwks.json");
    let old_set = jwks(&[jwk("old", &old, Signing::RS256)]);
    fs::write(&path, &old_set).unwrap();
    let config = with_jwks_file(&path);
    let verifier = JwtVerifier::looking_every(Duration::ZERO, &config).unwrap();
    let patient = JwtVerifier::looking_every(NEVER, &config).unwrap();
    let outcome = |token: &str| verifier.verify(token, now()).map(drop);
    assert_eq!(outcome(&by_old), Ok(()));
    assert_eq!(outcome(&by_new), Err(TokenError::Kid));

    fs::write(&path, jwks(&[jwk("new", &new, Signing::RS256)])).unwrap();
    assert_eq!(outcome(&by_new), Ok(()));
    assert_eq!(outcome(&by_old), Err(TokenError::Kid));
    assert!(patient.verify(&by_old, now()).is_ok());

    // What is wrong changes nothing: cut off in the middle, gone.
    fs::write(&path, &old_set[..40]).unwrap();
    assert_eq!(outcome(&by_new), Ok(()));
    fs::remove_file(&path).unwrap();
    assert_eq!(outcome(&by_new), Ok(()));
    assert_eq!(outcome(&by_old), Err(TokenError::Kid));

    fs::write(&path, &old_set).unwrap();
    assert_eq!(outcome(&by_old), Ok(()));
    assert_eq!(outcome(&by_new), Err(TokenError::Kid));
}

#[test]
fn key_set_file_must_be_right_at_the_start() {
    let error = refusal(b"{\"keys\":[]}", |path| with_jwks_file(&path));
    assert_eq!(
        error,
        "`jwt.jwks-file`: FILE: has no key for HS256, RS256 or ES256"
    );
}
