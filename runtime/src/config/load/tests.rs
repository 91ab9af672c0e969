use super::*;

fn file(text: &str) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("stockade.toml");
    std::fs::write(&path, text).unwrap();
    (dir, path)
}

fn load_text(text: &str, environment: &[(&str, &str)]) -> Result<Config, String> {
    let (_dir, path) = file(text);
    let environment = environment
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    load(Some(&path), environment).map_err(|error| error.to_string())
}

#[test]
fn empty_file_is_the_defaults() {
    let config = load_text("", &[]).unwrap();
    assert_eq!(config.listen.port(), 3001);
    assert_eq!(config.tenant.limits.payload, 1_000_000);
}

#[test]
fn unknown_key_names_the_nearest() {
    let error = load_text("[limits]\nqueu = 3", &[]).unwrap_err();
    assert!(
        error.ends_with("there is no key `limits.queu`; did you mean `limits.queue`?"),
        "{error}"
    );
}

#[test]
fn wrong_type_shows_the_line() {
    let error = load_text("[limits]\nqueue = \"many\"", &[]).unwrap_err();
    assert!(
        error.contains("line 2") && error.contains("queue"),
        "{error}"
    );
}

#[test]
fn environment_goes_over_the_file() {
    let config = load_text(
        "[limits]\ncpu = \"1s\"",
        &[
            ("STOCKADE_LIMITS_CPU", "20ms"),
            ("STOCKADE_DEBUG", "true"),
            ("HOME", "/"),
        ],
    );
    let config = config.unwrap();
    assert_eq!(
        config.tenant.limits.cpu,
        std::time::Duration::from_millis(20)
    );
    assert!(config.tenant.debug);
}

#[test]
fn unknown_variable_names_the_nearest() {
    let error = load_text("", &[("STOCKADE_LIMIT_CPU", "20ms")]).unwrap_err();
    assert_eq!(
        error,
        "environment: there is no key `STOCKADE_LIMIT_CPU`; did you mean `STOCKADE_LIMITS_CPU`?"
    );
}

#[test]
fn nonsense_values_are_refused_by_key() {
    for (text, key) in [
        ("listen = \"here\"", "listen"),
        ("[limits]\ncpu = \"0s\"", "limits.cpu"),
        ("[limits]\ndepth = 101", "limits.depth"),
        ("[limits]\ninstances = 0", "limits.instances"),
        ("[socket]\npath = \"socket.io\"", "socket.path"),
        ("[socket]\ntransports = []", "socket.transports"),
        ("[socket]\noptions = [\"pings\"]", "socket.options"),
        ("[socket]\nclient = \"/nowhere\"", "socket.client"),
        (
            "[cors]\ncredentials = true\nmethods = [\"*\"]",
            "cors.credentials",
        ),
        (
            "[cors]\norigins = [\"*\", \"https://a.example\"]",
            "cors.origins",
        ),
        ("[log]\nfilter = \"=x=\"", "log.filter"),
    ] {
        let error = load_text(text, &[]).unwrap_err();
        assert!(error.starts_with(&format!("`{key}`: ")), "{error}");
    }
}

const SECRET: &str = "a secret of the tests, thirty-two bytes and more";

#[test]
fn tokens_are_verified_where_there_is_a_key() {
    assert!(load_text("", &[]).unwrap().jwt.is_none());
    let config = load_text("", &[("STOCKADE_JWT_SECRET", SECRET)]).unwrap();
    let jwt = config.jwt.unwrap();
    assert!(jwt.secret.is_some() && jwt.require_expiry);
    assert_eq!(jwt.cookie.as_deref(), Some("auth"));
    let config = load_text(
        "[jwt]\njwks-file = \"keys.json\"\nalgorithms = [\"RS256\"]\ncookie = \"\"",
        &[("STOCKADE_JWT_AUDIENCE", "chat, shop")],
    );
    let jwt = config.unwrap().jwt.unwrap();
    assert_eq!(jwt.audience, ["chat", "shop"]);
    assert_eq!(jwt.cookie, None);
}

#[test]
fn nonsense_about_tokens_is_refused_by_key() {
    for (text, key) in [
        ("secret = \"short\"", "jwt.secret"),
        ("secret = 12", "jwt.secret"),
        ("secret = \"-----BEGIN PUBLIC KEY-----\"", "jwt.secret"),
        ("jwks = \"{}\"", "jwt.jwks"),
        ("leeway = \"6m\"", "jwt.leeway"),
        ("cookie = \"a b\"", "jwt.cookie"),
        ("issuer = \"me\"", "jwt"),
        ("algorithms = [\"HS256\"]", "jwt"),
    ] {
        let error = load_text(&format!("[jwt]\n{text}"), &[]).unwrap_err();
        assert!(error.starts_with(&format!("`{key}`: ")), "{error}");
    }
    let both = format!("[jwt]\nsecret = \"{SECRET}\"\nsecret-file = \"x\"");
    let error = load_text(&both, &[]).unwrap_err();
    assert!(error.starts_with("`jwt.secret-file`: "), "{error}");
    let error = load_text("[jwt]\nalgorithms = [\"none\"]", &[]).unwrap_err();
    assert!(error.contains("unknown variant `none`"), "{error}");
}

#[test]
fn secret_shows_in_no_error() {
    for text in [
        "[jwt]\nsecret = \"hunter2hunter2",
        "[jwt]\nsecret = hunter2hunter2",
        "[jwt]\nsecret = \"hunter2hunter2\" x",
        "[jwt]\nsecret = [\"hunter2hunter2\"]",
        "[jwt]\nsecret = { hunter2 = \"hunter2hunter2\" }",
        "[jwt]\nsecret = \"hunter2hunter2\"\nsecret = \"hunter2hunter2\"",
        "[jwt]\nsecret = \"\"\"\nhunter2hunter2",
        "jwt = { secret = \"hunter2hunter2\", leeway = 5 }",
        "[jwt]\nsecret = \"hunter2hunter2\"\nleeway = \"long\"",
    ] {
        let error = load_text(text, &[]).unwrap_err();
        assert!(!error.contains("hunter2"), "{error}");
    }
    let variables = [("STOCKADE_JWT_SECRET", "hunter2hunter2")];
    let error = load_text("", &variables).unwrap_err();
    assert!(
        error.starts_with("`jwt.secret`: has fewer than 32"),
        "{error}"
    );
    let text = format!("[jwt]\nsecret = \"{SECRET}\"");
    let config = load_text(&text, &[]).unwrap();
    assert!(!format!("{config:?}").contains(SECRET));
}
