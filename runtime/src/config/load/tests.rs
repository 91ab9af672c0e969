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
        (
            "[cors]\norigins = [\"*\", \"https://a.example\"]",
            "cors.origins",
        ),
        ("[log]\nfilter = \"=x=\"", "log.filter"),
        (
            "[session]\ncookie-same-site = \"none\"",
            "session.cookie-same-site",
        ),
        ("[session]\ncookie = \"a b\"", "session.cookie"),
        ("[session]\ncookie-path = \"x\"", "session.cookie-path"),
        (
            "[session]\ncookie-domain = \"a;b\"",
            "session.cookie-domain",
        ),
        ("[session]\nabsolute = \"0s\"", "session.absolute"),
        ("store = \"\"", "store"),
        ("store = \"http://localhost\"", "store"),
        ("store = \"redis://localhost:port\"", "store"),
        ("store = \"redis+sentinel://localhost\"", "store"),
        ("[limits]\nstore-bytes = \"0B\"", "limits.store-bytes"),
    ] {
        let error = load_text(text, &[]).unwrap_err();
        assert!(error.starts_with(&format!("`{key}`: ")), "{error}");
    }
}

#[test]
fn store_is_a_file_memory_or_redis() {
    let store = |text: &str| {
        let config = load_text("", &[("STOCKADE_STORE", text)]).unwrap();
        format!("{:?}", config.store)
    };
    assert_eq!(
        format!("{:?}", load_text("", &[]).unwrap().store),
        "Embedded(\"stockade.redb\")"
    );
    assert_eq!(store("data/s.redb"), "Embedded(\"data/s.redb\")");
    assert_eq!(store("memory"), "Memory");
    assert_eq!(
        store("redis://me:secret@h:1/2"),
        "Redis(redis://h:1)",
        "passwords are not printed"
    );
}

#[test]
fn bad_address_of_redis_is_not_printed() {
    let error = load_text("store = \"redis://me:secret@h:port\"", &[]).unwrap_err();
    assert!(!error.contains("secret"), "{error}");
}
