//! What a token must say, its signature being good.

use super::*;

fn refusal(config: &JwtConfig, payload: &str) -> Option<TokenError> {
    verify(config, &hs256(payload)).err()
}

fn lenient() -> JwtConfig {
    JwtConfig {
        require_expiry: false,
        ..with_secret()
    }
}

#[test]
fn payload_stays_as_it_was_signed() {
    let payload = r#"{ "z": 1.0,  "a": [true, "\u00fc"], "exp": 1700000060, "sub": "ü" }"#;
    let claims = verify(&with_secret(), &hs256(payload)).unwrap();
    assert_eq!(claims.json, payload);
    assert_eq!(claims.subject.as_deref(), Some("ü"));
}

#[test]
fn subject_is_text_or_nothing() {
    for payload in [r#"{"sub":7}"#, r#"{"sub":null}"#, "{}"] {
        let claims = verify(&lenient(), &hs256(payload)).unwrap();
        assert_eq!(claims.subject, None);
    }
}

#[test]
fn expiry_ends_a_token_after_the_leeway() {
    let at = |expiry: &str| refusal(&with_secret(), &format!(r#"{{"exp":{expiry}}}"#));
    assert_eq!(at("1699999996"), None);
    assert_eq!(at("1699999995.5"), None);
    assert_eq!(at("1e300"), None);
    assert_eq!(at("1699999995"), Some(TokenError::Expired));
    assert_eq!(at("0"), Some(TokenError::Expired));
    assert_eq!(at("-1"), Some(TokenError::Expired));
}

#[test]
fn start_holds_a_token_back_until_the_leeway() {
    let at = |start: &str| refusal(&lenient(), &format!(r#"{{"nbf":{start}}}"#));
    assert_eq!(at("1700000005"), None);
    assert_eq!(at("1700000006"), Some(TokenError::NotActive));
    assert_eq!(at("1e300"), Some(TokenError::NotActive));
}

#[test]
fn times_are_numbers() {
    for value in [r#""1700000060""#, "null", "true", "[1700000060]", "1e999"] {
        assert_eq!(
            refusal(&lenient(), &format!(r#"{{"exp":{value}}}"#)),
            Some(TokenError::InvalidExpiry)
        );
        assert_eq!(
            refusal(&lenient(), &format!(r#"{{"nbf":{value}}}"#)),
            Some(TokenError::InvalidNotBefore)
        );
    }
}

#[test]
fn expiry_may_be_missing_only_where_that_is_allowed() {
    assert_eq!(
        refusal(&with_secret(), r#"{"sub":"7"}"#),
        Some(TokenError::ExpiryRequired)
    );
    assert_eq!(refusal(&lenient(), r#"{"sub":"7"}"#), None);
}

#[test]
fn issuer_must_be_the_expected_one() {
    let config = JwtConfig {
        issuer: Some("https://id.example".into()),
        ..lenient()
    };
    assert_eq!(refusal(&config, r#"{"iss":"https://id.example"}"#), None);
    for payload in [
        r#"{"iss":"https://id.example/"}"#,
        r#"{"iss":["https://id.example"]}"#,
        "{}",
    ] {
        let error = refusal(&config, payload).unwrap();
        assert_eq!(
            error.to_string(),
            "jwt issuer invalid. expected: https://id.example"
        );
    }
}

#[test]
fn audience_must_name_an_expected_one() {
    let config = JwtConfig {
        audience: vec!["chat".into(), "shop".into()],
        ..lenient()
    };
    for payload in [r#"{"aud":"shop"}"#, r#"{"aud":["x","chat"]}"#] {
        assert_eq!(refusal(&config, payload), None);
    }
    for payload in [
        r#"{"aud":"mail"}"#,
        r#"{"aud":[]}"#,
        r#"{"aud":{"chat":1}}"#,
        r#"{"aud":"chat shop"}"#,
        "{}",
    ] {
        let error = refusal(&config, payload).unwrap();
        assert_eq!(
            error.to_string(),
            "jwt audience invalid. expected: chat or shop"
        );
    }
    assert_eq!(refusal(&lenient(), r#"{"aud":"mail","iss":"x"}"#), None);
}

#[test]
fn claim_that_is_there_twice_is_refused() {
    for payload in [
        r#"{"exp":1,"exp":1700000060}"#,
        r#"{"exp":1700000060,"e\u0078p":1700000060}"#,
        r#"{"exp":1700000060,"role":"user","role":"admin"}"#,
    ] {
        assert_eq!(
            refusal(&with_secret(), payload),
            Some(TokenError::Invalid),
            "{payload}"
        );
    }
}

#[test]
fn of_members_with_one_name_inside_of_claims_the_last_is_left() {
    let payload = r#"{"exp":1700000060,"roles":{"admin":true,"user":1,"\u0061dmin":false}}"#;
    let claims = verify(&with_secret(), &hs256(payload)).unwrap();
    assert_eq!(
        claims.json,
        r#"{"exp":1700000060,"roles":{"admin":false,"user":1}}"#
    );
}

#[test]
fn payload_is_an_object_of_bounded_depth() {
    let deep = |levels: usize| {
        let (open, close) = ("[".repeat(levels - 1), "]".repeat(levels - 1));
        format!(r#"{{"a":{open}{close}}}"#)
    };
    assert_eq!(refusal(&lenient(), &deep(64)), None);
    for payload in ["[]", r#""text""#, "1", "null", &deep(65), &deep(4_000)] {
        assert_eq!(refusal(&lenient(), payload), Some(TokenError::Invalid));
    }
}

#[test]
fn messages_are_those_of_foal() {
    for (error, message) in [
        (TokenError::Malformed, "jwt malformed"),
        (TokenError::Invalid, "invalid token"),
        (TokenError::Signature, "invalid signature"),
        (TokenError::Algorithm, "invalid algorithm"),
        (TokenError::Expired, "jwt expired"),
        (TokenError::NotActive, "jwt not active"),
    ] {
        assert_eq!(error.to_string(), message);
        assert_eq!(error.code(), "invalid_token");
    }
}
