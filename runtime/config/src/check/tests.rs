//! What components may set, by what the configuration says.

use serde_json::{Value, json};

use super::*;

/// What an empty configuration says, and these lines.
fn policy(configuration: &str) -> Policy {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("stockade.toml");
    std::fs::write(&path, configuration).unwrap();
    crate::load(Some(&path), []).unwrap().tenant.options
}

fn parse(options: Value) -> Result<ServerOptions, Vec<String>> {
    parse_with(&policy(""), options)
}

fn parse_with(policy: &Policy, options: Value) -> Result<ServerOptions, Vec<String>> {
    let options = ServerOptions::parse(Some(&options.to_string()), policy);
    options.map_err(|reasons| reasons.iter().map(ToString::to_string).collect())
}

#[track_caller]
fn assert_refused(options: Value, reason: &str) {
    let reasons = parse(options).unwrap_err();
    assert!(
        reasons.iter().any(|given| given.contains(reason)),
        "{reasons:?}"
    );
}

#[test]
fn no_wishes_are_the_operators_options() {
    let policy = policy("[socket]\npath = \"/ws\"\nping-interval = \"7s\"");
    let options = ServerOptions::parse(None, &policy).unwrap();
    assert_eq!(options.in_force()["path"], "/ws");
    assert_eq!(options.in_force()["pingInterval"], 7_000);
    assert!(!options.is_set("path"));
}

#[test]
fn options_in_force_have_socket_ios_names_and_units() {
    let wishes = json!({
        "path": "/ws/",
        "connectTimeout": 1_000,
        "pingInterval": 1e4,
        "pingTimeout": 500,
        "upgradeTimeout": 2_000.0,
        "maxHttpBufferSize": 1e6,
        "transports": ["websocket"],
        "allowUpgrades": false,
        "cors": {
            "origin": ["https://a.example", "null"],
            "methods": "GET, PUT",
            "allowedHeaders": ["X-One"],
            "exposedHeaders": "X-Two,X-Three",
            "credentials": true,
            "maxAge": 60,
        },
        "cookie": true,
        "connectionStateRecovery": { "maxDisconnectionDuration": 5_000 },
        "parser": "msgpack",
    });
    let options = parse(wishes).unwrap();
    assert_eq!(
        Value::Object(options.in_force()),
        json!({
            "path": "/ws",
            "connectTimeout": 1_000,
            "pingInterval": 10_000,
            "pingTimeout": 500,
            "upgradeTimeout": 2_000,
            "maxHttpBufferSize": 1_000_000,
            "transports": ["websocket"],
            "allowUpgrades": false,
            "cors": {
                "origin": ["https://a.example", "null"],
                "methods": ["GET", "PUT"],
                "allowedHeaders": ["x-one"],
                "exposedHeaders": ["x-two", "x-three"],
                "credentials": true,
                "maxAge": 60,
            },
            "cookie": "io=; Path=/; HttpOnly; SameSite=Lax",
            "serveClient": false,
            "connectionStateRecovery": { "maxDisconnectionDuration": 5_000, "skipMiddlewares": true },
            "parser": "msgpack",
        })
    );
    assert!(options.is_set("pingInterval") && !options.is_set("serveClient"));
}

#[test]
fn every_reason_is_given() {
    let reasons = parse(json!({ "pingIntervall": 1, "pingTimeout": "20s", "adapter": {} }));
    let reasons = reasons.unwrap_err();
    assert_eq!(reasons.len(), 3, "{reasons:?}");
    assert!(reasons[0].starts_with("option `adapter` is not served"));
    assert!(reasons[1].ends_with("did you mean `pingInterval`?"));
    assert_eq!(
        reasons[2],
        "option `pingTimeout`: must be a whole number of milliseconds from 100 to 300000"
    );
}

#[test]
fn wrong_values_say_what_would_be_right() {
    for (options, reason) in [
        (json!({ "pingInterval": 99 }), "from 100 to 300000"),
        (json!({ "pingInterval": 1_000.5 }), "from 100 to 300000"),
        (json!({ "maxHttpBufferSize": 15 }), "from 16 to 1000000"),
        (json!({ "connectTimeout": -1 }), "from 100 to 300000"),
        (json!({ "upgradeTimeout": null }), "from 100 to 300000"),
        (
            json!({ "maxHttpBufferSize": 1_000_001 }),
            "`limits.payload`",
        ),
        (
            json!({ "path": "socket.io" }),
            "\"socket.io\" is not a path",
        ),
        (json!({ "path": "/" }), "is not a path"),
        (json!({ "path": "/a//b" }), "is not a path"),
        (json!({ "path": "/a/../b" }), "is not a path"),
        (json!({ "path": "/a?b" }), "is not a path"),
        (json!({ "path": "/é" }), "is not a path"),
        (
            json!({ "path": format!("/{}", "a".repeat(300)) }),
            "is not a path",
        ),
        (json!({ "transports": [] }), "must name one at least"),
        (json!({ "transports": "polling" }), "must be an array"),
        (json!({ "transports": ["webtransport"] }), "HTTP/3"),
        (
            json!({ "transports": ["polling", "grpc"] }),
            "option `transports[1]`: \"grpc\"",
        ),
        (json!({ "allowUpgrades": 1 }), "`true` or `false`"),
        (json!({ "serveClient": true }), "`socket.client`"),
        (json!({ "parser": {} }), "\"default\" or \"msgpack\""),
        (
            json!({ "connectionStateRecovery": 1 }),
            "must be a boolean, or an object",
        ),
        (
            json!({ "connectionStateRecovery": { "maxDisconnectionDuration": 120_001 } }),
            "`limits.recovery`",
        ),
        (
            json!({ "connectionStateRecovery": { "skipMiddleware": true } }),
            "did you mean `skipMiddlewares`?",
        ),
    ] {
        assert_refused(options, reason);
    }
}

#[test]
fn wrong_cors_says_what_would_be_right() {
    for (cors, reason) in [
        (json!(true), "must be `false`, or an object"),
        (json!({ "origins": "*" }), "did you mean `origin`?"),
        (json!({ "origin": 5 }), "option `cors.origin`"),
        (
            json!({ "origin": "https://a.example/" }),
            "as browsers write it",
        ),
        (
            json!({ "origin": "/example\\.com$/" }),
            "patterns cannot be written in JSON",
        ),
        (json!({ "origin": ["*"] }), "option `cors.origin[0]`"),
        (
            json!({ "credentials": true }),
            "name the origins, or write `true` for all",
        ),
        (
            json!({ "origin": true, "credentials": true, "methods": ["*"] }),
            "\"*\" is not a wildcard",
        ),
        (
            json!({ "origin": true, "credentials": true, "exposedHeaders": "*" }),
            "\"*\" is not a wildcard",
        ),
        (json!({ "methods": ["GE T"] }), "\"GE T\" is not a method"),
        (
            json!({ "allowedHeaders": "x:y" }),
            "\"x:y\" is not the name of a header",
        ),
        (json!({ "maxAge": 100_000 }), "seconds from 0 to 86400"),
        (
            json!({ "preflightContinue": true }),
            "is not served: no handler",
        ),
        (
            json!({ "optionsSuccessStatus": 204 }),
            "is not served: preflights",
        ),
    ] {
        assert_refused(json!({ "cors": cors }), reason);
    }
}

#[test]
fn cors_defaults_are_those_of_the_npm_package() {
    let cors = |cors: Value| parse(json!({ "cors": cors })).unwrap().in_force()["cors"].clone();
    assert_eq!(
        cors(json!({})),
        json!({
            "origin": "*",
            "methods": ["GET", "HEAD", "PUT", "PATCH", "POST", "DELETE"],
            "credentials": false,
        })
    );
    assert_eq!(cors(json!({ "origin": true }))["origin"], true);
    assert_eq!(cors(json!({ "origin": false })), false);
    assert_eq!(cors(json!(false)), false);
}

#[test]
fn cookies_are_written_as_asked() {
    let cookie = |cookie: Value| {
        let options = parse(json!({ "cookie": cookie }));
        options.map(|options| options.in_force()["cookie"].clone())
    };
    assert_eq!(cookie(json!(false)).unwrap(), false);
    assert_eq!(
        cookie(json!({
            "name": "node",
            "path": "/ws",
            "domain": "example.org",
            "maxAge": 3600,
            "httpOnly": false,
            "sameSite": "none",
            "secure": true,
            "partitioned": true,
            "priority": "high",
        }))
        .unwrap(),
        "node=; Max-Age=3600; Domain=example.org; Path=/ws; Secure; Partitioned; Priority=High; SameSite=None"
    );
    // Browsers insist on it.
    for insecure in [
        json!({ "sameSite": "none" }),
        json!({ "partitioned": true }),
    ] {
        let written = cookie(insecure).unwrap();
        assert!(written.as_str().unwrap().contains("; Secure"), "{written}");
    }
    for (wrong, reason) in [
        (json!("io"), "must be a boolean, or an object"),
        (json!({ "name": "a b" }), "is not a name for a cookie"),
        (json!({ "path": "/; Secure" }), "cannot stand in a cookie"),
        (json!({ "domain": "a\r\nb" }), "cannot stand in a cookie"),
        (json!({ "expires": "2030-01-01" }), "use `maxAge`"),
        (
            json!({ "sameSite": "loose" }),
            "\"strict\", \"lax\" or \"none\"",
        ),
        (
            json!({ "priority": "urgent" }),
            "\"low\", \"medium\" or \"high\"",
        ),
        (json!({ "encode": true }), "has no member \"encode\""),
    ] {
        let reasons = cookie(wrong).unwrap_err();
        assert!(reasons[0].contains(reason), "{reasons:?}");
    }
}

/// All that the documentation of Socket.IO 4 lists, and one that only its types have.
#[test]
fn every_documented_option_is_known() {
    for name in [
        "adapter",
        "addTrailingSlash",
        "allowEIO3",
        "allowRequest",
        "allowUpgrades",
        "cleanupEmptyChildNamespaces",
        "connectTimeout",
        "connectionStateRecovery",
        "cookie",
        "cors",
        "destroyUpgrade",
        "destroyUpgradeTimeout",
        "httpCompression",
        "initialPacket",
        "maxHttpBufferSize",
        "parser",
        "path",
        "perMessageDeflate",
        "pingInterval",
        "pingTimeout",
        "serveClient",
        "transports",
        "upgradeTimeout",
        "wsEngine",
    ] {
        let options = parse(json!({ name: { "no such value": 1 } })).unwrap_err();
        assert!(options[0].contains(&format!("`{name}")), "{options:?}");
    }
}

#[test]
fn values_that_say_how_the_host_is_anyway_are_taken() {
    let anyway = json!({
        "addTrailingSlash": false,
        "allowEIO3": false,
        "cleanupEmptyChildNamespaces": true,
        "destroyUpgrade": true,
        "httpCompression": false,
        "perMessageDeflate": false,
        "cors": { "preflightContinue": false, "optionsSuccessStatus": 200 },
    });
    assert!(parse(anyway).is_ok());
    assert_refused(json!({ "allowEIO3": true }), "Engine.IO 3");
}

#[test]
fn operator_says_which_options_components_may_set() {
    let policy = policy("[socket]\noptions = [\"path\"]");
    assert!(parse_with(&policy, json!({ "path": "/ws" })).is_ok());
    let reasons = parse_with(&policy, json!({ "pingInterval": 5_000 })).unwrap_err();
    assert!(reasons[0].contains("`socket.options`"), "{reasons:?}");
    for (names, reason) in [
        (vec!["*", "path"], "write it alone"),
        (vec!["paths"], "did you mean `path`?"),
        (vec!["adapter"], "is no option that a component can set"),
    ] {
        let names: Vec<_> = names.into_iter().map(str::to_owned).collect();
        let given = Allowed::new(&names).unwrap_err();
        assert!(given.contains(reason), "{given}");
    }
}

#[test]
fn operator_bounds_and_switches_off_recovery() {
    let recovery = |policy: &Policy, value: Value| {
        let options = parse_with(policy, json!({ "connectionStateRecovery": value }));
        options.map(|options| options.in_force()["connectionStateRecovery"].clone())
    };
    let minute = policy("[limits]\nrecovery = \"1m\"");
    assert_eq!(
        recovery(&minute, json!(true)).unwrap()["maxDisconnectionDuration"],
        60_000
    );
    let off = policy("[limits]\nrecovery = \"0s\"");
    assert!(recovery(&off, json!({})).unwrap_err()[0].contains("`limits.recovery`"));
    assert_eq!(recovery(&off, json!(false)).unwrap(), false);
}

#[test]
fn text_of_any_size_and_kind_costs_little() {
    let policy = policy("");
    let parse = |text: &str| {
        let reasons = ServerOptions::parse(Some(text), &policy).unwrap_err();
        let reasons: Vec<_> = reasons.iter().map(ToString::to_string).collect();
        reasons.join("\n")
    };
    assert!(parse("[]").contains("not the text of a JSON object"));
    assert!(parse("{\"path\": /ws}").contains("not the text of a JSON object"));
    assert!(parse(&" ".repeat(1 << 20)).contains("too many or too long"));
    let many: serde_json::Map<_, _> = (0..1_000).map(|n| (n.to_string(), json!(1))).collect();
    assert!(parse(&Value::Object(many).to_string()).contains("too many or too long"));
    let long = json!({ "\u{1b}[31m".repeat(1_000): 1, "path": "x".repeat(10_000) });
    let reasons = parse(&long.to_string());
    assert!(
        reasons.len() < 1_000 && !reasons.contains('\u{1b}'),
        "{reasons}"
    );
    let origins: Vec<_> = (0..300).map(|n| format!("https://{n}.example")).collect();
    let reasons = parse(&json!({ "cors": { "origin": origins } }).to_string());
    assert!(reasons.contains("more than 256 values"), "{reasons}");
}
