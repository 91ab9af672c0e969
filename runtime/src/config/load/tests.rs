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
            ("STOCKADE_ADAPTER", "redis://example.org:6379"),
            ("HOME", "/"),
        ],
    );
    let config = config.unwrap();
    assert_eq!(
        config.tenant.limits.cpu,
        std::time::Duration::from_millis(20)
    );
    assert!(config.tenant.debug);
    assert!(config.tenant.adapter.is_some());
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
        ("adapter = \"rediss://example.org\"", "adapter"),
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
    ] {
        let error = load_text(text, &[]).unwrap_err();
        assert!(error.starts_with(&format!("`{key}`: ")), "{error}");
    }
}
