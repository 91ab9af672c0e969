//! Which signatures count.

use super::*;

const RS256: &str = r#"{"alg":"RS256"}"#;

#[test]
fn every_algorithm_passes() {
    let rs256 = rs256(RS256, &rsa("rsa"));
    let es256 = signed(r#"{"alg":"ES256"}"#, PAYLOAD, Signing::ES256, &ec("p256"));
    for (config, token) in [
        (with_secret(), &hs256(PAYLOAD)),
        (with_public_key("rsa-public"), &rs256),
        (with_public_key("rsa-public-pkcs1"), &rs256),
        (with_public_key("p256-public"), &es256),
        (with_jwks(&[jwk("1", &rsa("rsa"), Signing::RS256)]), &rs256),
        (with_jwks(&[jwk("1", &ec("p256"), Signing::ES256)]), &es256),
    ] {
        let claims = verify(&config, token).unwrap();
        assert_eq!(claims.json, PAYLOAD);
        assert_eq!(claims.subject.as_deref(), Some("7"));
    }
}

#[test]
fn key_of_somebody_else_is_refused() {
    let hs256 = signed(
        r#"{"alg":"HS256"}"#,
        PAYLOAD,
        Signing::HS256,
        &secret(OTHER_SECRET),
    );
    let rs256 = rs256(RS256, &rsa("rsa-other"));
    let es256 = signed(
        r#"{"alg":"ES256"}"#,
        PAYLOAD,
        Signing::ES256,
        &ec("p256-other"),
    );
    for (config, token) in [
        (with_secret(), hs256),
        (with_public_key("rsa-public"), rs256),
        (with_public_key("p256-public"), es256),
    ] {
        assert_eq!(verify(&config, &token), Err(TokenError::Signature));
    }
}

#[test]
fn none_is_no_algorithm() {
    for name in ["none", "None", "NONE", "", "hs256"] {
        let header = format!(r#"{{"alg":"{name}"}}"#);
        let message = format!("{}.{}", part(&header), part(PAYLOAD));
        assert_eq!(
            verify(&with_secret(), &format!("{message}.")),
            Err(TokenError::SignatureRequired)
        );
        assert_eq!(
            verify(&with_secret(), &format!("{message}.AAAA")),
            Err(TokenError::Algorithm)
        );
    }
}

#[test]
fn public_key_is_never_a_secret() {
    for name in ["rsa-public", "p256-public"] {
        let text = pem(name);
        let header = r#"{"alg":"HS256"}"#;
        for secret_text in [&*text, text.trim_end()] {
            let token = signed(header, PAYLOAD, Signing::HS256, &secret(secret_text));
            let mut config = with_public_key(name);
            assert_eq!(verify(&config, &token), Err(TokenError::Algorithm));
            // Where HS256 is in use as well, it is with its own secret.
            config.secret = with_secret().secret;
            assert_eq!(verify(&config, &token), Err(TokenError::Signature));
        }
        assert_eq!(Secret::new(text), Err(SecretError::Pem));
    }
}

#[test]
fn header_cannot_bend_a_key_to_another_algorithm() {
    for name in ["ES256", "HS256", "RS384", "PS256"] {
        let header = format!(r#"{{"alg":"{name}"}}"#);
        let token = rs256(&header, &rsa("rsa"));
        assert_eq!(
            verify(&with_public_key("rsa-public"), &token),
            Err(TokenError::Algorithm)
        );
    }
}

#[test]
fn algorithms_narrow_what_keys_could_do() {
    let config = JwtConfig {
        algorithms: vec![Algorithm::Rs256],
        ..with_public_key("rsa-public")
    };
    assert!(verify(&config, &rs256(RS256, &rsa("rsa"))).is_ok());
    let both = JwtConfig {
        secret: with_secret().secret,
        ..config
    };
    assert_eq!(verify(&both, &hs256(PAYLOAD)), Err(TokenError::Algorithm));
}

#[test]
fn other_curve_is_refused() {
    let key = ec("p384");
    for (name, refusal) in [
        ("ES384", TokenError::Algorithm),
        ("ES256", TokenError::Signature),
    ] {
        let header = format!(r#"{{"alg":"{name}"}}"#);
        let token = signed(&header, PAYLOAD, Signing::ES384, &key);
        assert_eq!(
            verify(&with_public_key("p256-public"), &token),
            Err(refusal)
        );
    }
}

#[test]
fn token_that_was_altered_is_refused() {
    let token = hs256(PAYLOAD);
    let (message, signature) = token.rsplit_once('.').unwrap();
    let (header, _) = message.split_once('.').unwrap();
    let payload = part(&PAYLOAD.replace('7', "8"));
    for token in [
        format!("{header}.{payload}.{signature}"),
        // The same bytes, written in another way.
        format!("{token}="),
        format!("{token} "),
        format!("{header}.{}.{signature}", part(&PAYLOAD.replace(",", ", "))),
    ] {
        assert_eq!(verify(&with_secret(), &token), Err(TokenError::Signature));
    }
}

#[test]
fn token_that_was_cut_off_is_refused() {
    let token = hs256(PAYLOAD);
    let verifier = JwtVerifier::new(&with_secret()).unwrap();
    for end in 0..token.len() {
        assert!(verifier.verify(&token[..end], now()).is_err(), "{end}");
    }
}

#[test]
fn what_is_no_token_is_refused() {
    let token = hs256(PAYLOAD);
    let rest = token.split_once('.').unwrap().1;
    let array = part("[]");
    for (text, refusal) in [
        ("", TokenError::Malformed),
        ("foo", TokenError::Malformed),
        ("..", TokenError::SignatureRequired),
        ("...", TokenError::Malformed),
        (&*format!("{token}.x"), TokenError::Malformed),
        (&*format!("x.{token}"), TokenError::Malformed),
        (&*format!("$$$.{rest}"), TokenError::Invalid),
        (&*format!("ü.{rest}"), TokenError::Invalid),
        (&*format!(".{rest}"), TokenError::Invalid),
        (&*format!("{array}.{rest}"), TokenError::Invalid),
        (&*format!("{token}\0"), TokenError::Signature),
        (&*"x".repeat((16 << 10) + 1), TokenError::TooLong),
        (&*".".repeat(16 << 10), TokenError::Malformed),
    ] {
        assert_eq!(verify(&with_secret(), text), Err(refusal), "{text:.40}");
    }
}

#[test]
fn header_with_demands_is_refused() {
    for header in [
        r#"{"alg":"HS256","crit":["b64"],"b64":false}"#,
        r#"{"alg":"HS256","crit":[]}"#,
        r#"{"alg":"HS256","crit":null}"#,
    ] {
        let token = signed(header, PAYLOAD, Signing::HS256, &secret(SECRET));
        assert_eq!(verify(&with_secret(), &token), Err(TokenError::Critical));
    }
    for header in [
        r#"{"alg":"none","alg":"HS256"}"#,
        r#"{"alg":"HS256","\u0061lg":"HS256"}"#,
        r#"{"alg":["HS256"]}"#,
        r#"{"alg":"HS256","kid":"a","kid":"b"}"#,
        r#"{"alg":"HS256","kid":7}"#,
        r#"["HS256","a"]"#,
        r#"{"typ":"JWT"}"#,
    ] {
        let token = signed(header, PAYLOAD, Signing::HS256, &secret(SECRET));
        assert_eq!(verify(&with_secret(), &token), Err(TokenError::Invalid));
    }
}

#[test]
fn key_in_the_header_is_not_used() {
    let key = jwk("own", &rsa("rsa-other"), Signing::RS256);
    let header = json!({ "alg": "RS256", "jwk": key, "jku": "http://127.0.0.1/keys" });
    let token = rs256(&header.to_string(), &rsa("rsa-other"));
    assert_eq!(
        verify(&with_public_key("rsa-public"), &token),
        Err(TokenError::Signature)
    );
}

#[test]
fn kid_selects_the_key() {
    let config = with_jwks(&[
        jwk("a", &rsa("rsa"), Signing::RS256),
        jwk("b", &rsa("rsa-other"), Signing::RS256),
    ]);
    let token = |id| {
        rs256(
            &json!({ "alg": "RS256", "kid": id }).to_string(),
            &rsa("rsa"),
        )
    };
    assert!(verify(&config, &token("a")).is_ok());
    assert_eq!(verify(&config, &token("b")), Err(TokenError::Signature));
    assert_eq!(verify(&config, &token("c")), Err(TokenError::Kid));
}

#[test]
fn each_key_is_tried_without_kid() {
    let config = with_jwks(&[
        jwk("a", &rsa("rsa-other"), Signing::RS256),
        jwk("b", &rsa("rsa"), Signing::RS256),
    ]);
    assert!(verify(&config, &rs256(RS256, &rsa("rsa"))).is_ok());
    assert_eq!(verify(&config, &hs256(PAYLOAD)), Err(TokenError::Algorithm));
}

#[test]
fn secret_is_used_whatever_kid_says() {
    let header = r#"{"alg":"HS256","kid":"x"}"#;
    let token = signed(header, PAYLOAD, Signing::HS256, &secret(SECRET));
    assert!(verify(&with_secret(), &token).is_ok());
}
