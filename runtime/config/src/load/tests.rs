use super::*;
use stockade_json_schema::{CoerceTypes, RemoveAdditional, Strict, UseDefaults, ValidationOptions};

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
        ("[cookie]\nname = \"a b\"", "cookie.name"),
        ("[cookie]\nname = \"io\"\ndomain = \"a;b\"", "cookie.domain"),
        ("[cookie]\nname = \"io\"\npath = \"x\"", "cookie.path"),
        (
            "[cookie]\nname = \"io\"\nmax-age = \"1ms\"",
            "cookie.max-age",
        ),
        (
            "[cookie]\nname = \"io\"\nmax-age = \"2years\"",
            "cookie.max-age",
        ),
        (
            "[cookie]\nname = \"io\"\nsame-site = \"none\"",
            "cookie.same-site",
        ),
        (
            "[cookie]\nname = \"io\"\npartitioned = true",
            "cookie.partitioned",
        ),
        ("store = \"\"", "store"),
        ("store = \"http://localhost\"", "store"),
        ("store = \"redis://localhost:port\"", "store"),
        ("store = \"redis+sentinel://localhost\"", "store"),
        ("[limits]\nstore-bytes = \"0B\"", "limits.store-bytes"),
        (
            "[validation]\ncoerce-types = \"all\"",
            "validation.coerce-types",
        ),
        ("[validation]\nstrict = \"very\"", "validation.strict"),
    ] {
        let error = load_text(text, &[]).unwrap_err();
        assert!(error.starts_with(&format!("`{key}`: ")), "{error}");
    }
}

const SECRET: &str = "a secret of the tests, thirty-two bytes and more";

#[test]
fn tokens_are_verified_where_there_is_a_key() {
    assert!(load_text("", &[]).unwrap().tenant.jwt.is_none());
    let config = load_text("", &[("STOCKADE_JWT_SECRET", SECRET)]).unwrap();
    let jwt = config.tenant.jwt.unwrap();
    assert!(jwt.secret.is_some() && jwt.require_expiry);
    assert_eq!(jwt.cookie.as_deref(), Some("auth"));
    let config = load_text(
        "[jwt]\njwks-file = \"keys.json\"\nalgorithms = [\"RS256\"]\ncookie = \"\"",
        &[("STOCKADE_JWT_AUDIENCE", "chat, shop")],
    );
    let jwt = config.unwrap().tenant.jwt.unwrap();
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
        "Redis(redis://h:1/2)",
        "passwords are not printed"
    );
}

#[test]
fn bad_address_of_redis_is_not_printed() {
    let error = load_text("store = \"redis://me:secret@h:port\"", &[]).unwrap_err();
    assert!(!error.contains("secret"), "{error}");
}

#[test]
fn compatibility_sets_what_is_not_written() {
    let validation = |text: &str| load_text(text, &[]).unwrap().tenant.validation;
    assert_eq!(validation(""), ValidationOptions::default());
    let foal = validation("[validation]\ncompat = \"foal\"");
    assert_eq!(foal.use_defaults, UseDefaults::Missing);
    assert_eq!(foal.coerce_types, CoerceTypes::Scalars);
    assert_eq!(foal.remove_additional, RemoveAdditional::Forbidden);
    assert!(!foal.all_errors);
    let written = "[validation]\ncompat = \"foal\"\ncoerce-types = false\nuse-defaults = \"empty\"";
    assert_eq!(validation(written).coerce_types, CoerceTypes::Off);
    assert_eq!(validation(written).use_defaults, UseDefaults::Empty);
    assert_eq!(foal.strict, Strict::Default);
    for (written, strict) in [
        ("true", Strict::On),
        ("false", Strict::Off),
        ("\"log\"", Strict::Log),
        ("\"default\"", Strict::Default),
    ] {
        let written = format!("[validation]\nstrict = {written}");
        assert_eq!(validation(&written).strict, strict);
    }
}

#[test]
fn validation_is_set_in_the_environment_too() {
    let environment = [
        ("STOCKADE_VALIDATION_COERCE_TYPES", "array"),
        ("STOCKADE_VALIDATION_REMOVE_ADDITIONAL", "true"),
    ];
    let validation = load_text("", &environment).unwrap().tenant.validation;
    assert_eq!(validation.coerce_types, CoerceTypes::Array);
    assert_eq!(validation.remove_additional, RemoveAdditional::Forbidden);
}

/// All keys, as `section.key`.
fn keys(table: &toml::Table) -> std::collections::BTreeSet<String> {
    let keys = table.iter().flat_map(|(key, value)| match value {
        toml::Value::Table(section) => section
            .keys()
            .map(|field| format!("{key}.{field}"))
            .collect(),
        _ => vec![key.clone()],
    });
    keys.collect()
}

#[test]
fn documentation_has_every_key_and_its_default() {
    let text = include_str!("../../../../docs/configuration.md");
    let block = text.split("```toml\n").nth(1).unwrap();
    let block = block.split("```").next().unwrap();
    let documented = keys(&toml::from_str(block).unwrap());
    let known = keys(&toml::Table::try_from(RawConfig::default()).unwrap());
    assert_eq!(documented, known);
    let documented = load_text(block, &[]).unwrap();
    let default = load_text("", &[]).unwrap();
    assert_eq!(format!("{documented:?}"), format!("{default:?}"));
}
