//! The options of the Rust SDK, read by the host's own parser.

use std::time::Duration;

use serde_json::{Value, json};
use stockade_sdk::{
    AffinityCookie, ConnectionStateRecovery, CookiePriority, Cors, CorsOrigin, Parser, SameSite,
    ServerOptions, Switch, Transport, controller, options, testing,
};
use stockade_server::options::ServerOptions as Parsed;

/// The options in force for a component that returns these.
macro_rules! in_force {
    ($options:expr) => {{
        struct Chat;

        #[controller]
        impl Chat {
            #[options]
            fn options() -> ServerOptions {
                $options
            }
        }

        parse(testing::manifest::<Chat>().options.as_deref())
    }};
}

fn parse(options: Option<&str>) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let client = folder.path().join("socket.io.js");
    std::fs::write(client, "").unwrap();
    let path = folder.path().join("stockade.toml");
    std::fs::write(&path, format!("[socket]\nclient = {:?}", folder.path())).unwrap();
    let config = stockade_config::load(Some(&path), []).unwrap();
    let parsed = Parsed::parse(options, &config.tenant.options);
    Value::Object(parsed.unwrap().in_force())
}

#[test]
fn each_option_means_to_the_host_what_it_says() {
    let options = in_force!(ServerOptions {
        path: Some("/ws".to_owned()),
        connect_timeout: Some(1_000),
        ping_interval: Some(2_000),
        ping_timeout: Some(3_000),
        upgrade_timeout: Some(4_000),
        max_http_buffer_size: Some(5_000),
        transports: Some(vec![Transport::Websocket]),
        allow_upgrades: Some(false),
        cors: Some(Cors {
            origin: Some(["https://a.example", "https://b.example"].into()),
            methods: vec!["GET".to_owned()],
            allowed_headers: vec!["x-a".to_owned()],
            exposed_headers: vec!["x-b".to_owned()],
            credentials: Some(true),
            max_age: Some(6),
        }),
        cookie: Some(Switch::On(AffinityCookie {
            name: "node".to_owned(),
            path: Some("/ws".to_owned()),
            domain: Some("example.org".to_owned()),
            http_only: Some(false),
            same_site: Some(Switch::On(SameSite::None)),
            secure: Some(true),
            partitioned: Some(true),
            priority: Some(CookiePriority::High),
            max_age: Some(Duration::from_secs(7)),
        })),
        serve_client: Some(true),
        connection_state_recovery: Some(Switch::On(ConnectionStateRecovery {
            max_disconnection_duration: Some(8_000),
            skip_middlewares: Some(false),
        })),
        parser: Some(Parser::Msgpack),
    });
    let plain = [
        ("path", json!("/ws")),
        ("connectTimeout", json!(1_000)),
        ("pingInterval", json!(2_000)),
        ("pingTimeout", json!(3_000)),
        ("upgradeTimeout", json!(4_000)),
        ("maxHttpBufferSize", json!(5_000)),
        ("transports", json!(["websocket"])),
        ("allowUpgrades", json!(false)),
        ("serveClient", json!(true)),
        ("parser", json!("msgpack")),
        (
            "connectionStateRecovery",
            json!({ "maxDisconnectionDuration": 8_000, "skipMiddlewares": false }),
        ),
    ];
    for (name, expected) in plain {
        assert_eq!(options[name], expected, "{name}");
    }
    let cors = &options["cors"];
    assert_eq!(
        cors["origin"],
        json!(["https://a.example", "https://b.example"])
    );
    assert_eq!(cors["credentials"], true);
    assert_eq!(cors["maxAge"], 6);
    let cookie = options["cookie"].as_str().unwrap();
    let attributes = "; Max-Age=7; Domain=example.org; Path=/ws; Secure; Partitioned; Priority=High; SameSite=None";
    assert!(
        cookie.starts_with("node") && cookie.ends_with(attributes),
        "{cookie}"
    );
}

#[test]
fn origin_of_cors_may_be_a_boolean_one_or_several() {
    let origin = |origin: CorsOrigin| Cors::origin(origin);
    let of = |options: Value| options["cors"]["origin"].clone();
    let all = in_force!(ServerOptions {
        cors: Some(Cors::origin(true)),
        ..Default::default()
    });
    assert_eq!(of(all), true);
    let one = in_force!(ServerOptions {
        cors: Some(Cors::origin("*")),
        ..Default::default()
    });
    assert_eq!(of(one), "*");
    let none = in_force!(ServerOptions {
        cors: Some(Cors::origin(false)),
        ..Default::default()
    });
    let off = parse(Some(r#"{"cors":false}"#));
    assert_eq!(none["cors"], off["cors"]);
    assert_eq!(
        origin(vec!["https://a.example"].into()),
        Cors::origin(["https://a.example"])
    );
}

#[test]
fn what_the_operator_switched_on_can_be_switched_off() {
    let options = in_force!(ServerOptions {
        cookie: Some(Switch::Off),
        connection_state_recovery: Some(Switch::Off),
        ..Default::default()
    });
    assert_eq!(options["cookie"], false);
    assert_eq!(options["connectionStateRecovery"], false);
}

#[test]
fn same_site_is_lax_unless_it_is_left_to_browsers() {
    let left_out = in_force!(ServerOptions {
        cookie: Some(Switch::On(AffinityCookie::default())),
        ..Default::default()
    });
    let cookie = left_out["cookie"].as_str().unwrap();
    assert!(
        cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax"),
        "{cookie}"
    );
    let off = in_force!(ServerOptions {
        cookie: Some(Switch::On(AffinityCookie {
            same_site: Some(Switch::Off),
            ..Default::default()
        })),
        ..Default::default()
    });
    let cookie = off["cookie"].as_str().unwrap();
    assert!(cookie.ends_with("; Path=/; HttpOnly"), "{cookie}");
}
