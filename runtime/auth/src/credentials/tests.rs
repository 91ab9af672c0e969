use super::*;

fn values<'a>(headers: &'a [(String, String)], name: &'a str) -> impl Iterator<Item = &'a str> {
    let named = headers.iter().filter(move |(header, _)| header == name);
    named.map(|(_, value)| &**value)
}

fn bearer(headers: &[(String, String)]) -> Result<Option<&str>, CredentialsError> {
    super::bearer(values(headers, "authorization"))
}

fn cookie<'a>(headers: &'a [(String, String)], name: &str) -> Option<Cow<'a, str>> {
    super::cookie(values(headers, "cookie"), name)
}

fn token<'a>(
    auth: &str,
    headers: &'a [(String, String)],
    cookie: Option<&str>,
) -> Result<Option<Cow<'a, str>>, CredentialsError> {
    super::token(auth, |name| values(headers, name), cookie)
}

fn headers(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    pairs.iter().map(owned).collect()
}

#[test]
fn bearer_is_taken_from_the_header() {
    for value in ["Bearer a.b.c", "bearer a.b.c", "Bearer  a.b.c "] {
        let headers = headers(&[("host", "x"), ("authorization", value)]);
        assert_eq!(bearer(&headers), Ok(Some("a.b.c")), "{value}");
    }
    assert_eq!(bearer(&headers(&[("authorization", "")])), Ok(None));
    assert_eq!(
        bearer(&headers(&[("x-authorization", "Bearer a")])),
        Ok(None)
    );
}

#[test]
fn header_that_is_no_bearers_is_refused() {
    for value in [
        "Basic hello",
        "Bearer",
        "Bearer ",
        "a.b.c",
        "Bearer a b",
        "Bearera",
    ] {
        let headers = headers(&[("authorization", value)]);
        assert_eq!(
            bearer(&headers),
            Err(CredentialsError::NotBearer),
            "{value}"
        );
    }
    let twice = headers(&[("authorization", "Bearer a"), ("authorization", "Bearer b")]);
    assert_eq!(bearer(&twice), Err(CredentialsError::NotBearer));
    assert_eq!(
        CredentialsError::NotBearer.to_string(),
        "Expected a bearer token. Scheme is Authorization: Bearer <token>."
    );
}

#[test]
fn cookie_is_the_first_of_its_name() {
    let headers = headers(&[
        ("cookie", "authx=0; xauth=0; Auth=0; =; ; lone"),
        ("cookie", "other=1; auth=a.b.c; auth=second"),
        (
            "cookie",
            "auth=third; quoted=\"a%20b\"; bad=%ff; empty=; plain=a=b",
        ),
    ]);
    let value = |name| cookie(&headers, name);
    assert_eq!(value("auth").as_deref(), Some("a.b.c"));
    assert!(matches!(value("auth"), Some(Cow::Borrowed(_))));
    assert_eq!(value("quoted").as_deref(), Some("a b"));
    assert_eq!(value("bad").as_deref(), Some("%ff"));
    assert_eq!(value("plain").as_deref(), Some("a=b"));
    assert_eq!(value("empty"), None);
    assert_eq!(value("lone"), None);
    assert_eq!(value("missing"), None);
}

#[test]
fn handshake_token_is_text() {
    let token = |auth| handshake_token(auth);
    assert_eq!(
        token(r#"{"x":{},"token":"a.\u0062.c"}"#).as_deref(),
        Some("a.b.c")
    );
    // As JavaScript reads it.
    assert_eq!(token(r#"{"token":"a","token":"b"}"#).as_deref(), Some("b"));
    for auth in [
        "{}",
        r#"{"token":""}"#,
        r#"{"token":7}"#,
        r#"{"token":null}"#,
        r#"{"token":{"token":"a"}}"#,
        r#"["a"]"#,
        r#""a""#,
        "",
    ] {
        assert_eq!(token(auth), None, "{auth}");
    }
}

#[test]
fn first_place_with_a_token_counts() {
    let all = headers(&[
        ("authorization", "Bearer header"),
        ("cookie", "auth=cookie"),
    ]);
    let find =
        |auth, headers| token(auth, headers, Some("auth")).map(|found| found.map(String::from));
    assert_eq!(find(r#"{"token":"auth"}"#, &all), Ok(Some("auth".into())));
    assert_eq!(find("{}", &all), Ok(Some("header".into())));
    assert_eq!(find("{}", &all[1..]), Ok(Some("cookie".into())));
    assert_eq!(find("{}", &[]), Ok(None));
    assert_eq!(token("{}", &all[1..], None), Ok(None));
    let basic = headers(&[("authorization", "Basic x"), ("cookie", "auth=cookie")]);
    assert_eq!(find("{}", &basic), Err(CredentialsError::NotBearer));
}
