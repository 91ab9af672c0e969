//! The options in force, for people and for `inspect --json`.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::{CorsConfig, Origins, Parser, ServerOptions, Transports};

impl ServerOptions {
    /// All options that are served, by Socket.IO's names and in its units.
    pub fn in_force(&self) -> Map<String, Value> {
        let socket = &self.socket;
        let transports = match socket.transports {
            Transports::All => json!(["polling", "websocket"]),
            Transports::Polling => json!(["polling"]),
            Transports::WebSocket => json!(["websocket"]),
        };
        let recovery = socket.connection_state_recovery.as_ref().map(|recovery| {
            json!({
                "maxDisconnectionDuration": milliseconds(recovery.max_disconnection_duration),
                "skipMiddlewares": recovery.skip_middlewares,
            })
        });
        let parser = match socket.parser {
            Parser::Default => "default",
            Parser::MsgPack => "msgpack",
        };
        let options = [
            ("path", json!(socket.path)),
            ("connectTimeout", milliseconds(socket.connect_timeout)),
            ("pingInterval", milliseconds(socket.ping_interval)),
            ("pingTimeout", milliseconds(socket.ping_timeout)),
            ("upgradeTimeout", milliseconds(socket.upgrade_timeout)),
            ("maxHttpBufferSize", json!(socket.max_http_buffer_size)),
            ("transports", transports),
            ("allowUpgrades", json!(socket.allow_upgrades)),
            ("cors", cors(&self.cors)),
            (
                "cookie",
                self.cookie
                    .as_ref()
                    .map_or(json!(false), |cookie| json!(cookie.to_string())),
            ),
            ("serveClient", json!(self.client_files.is_some())),
            ("connectionStateRecovery", recovery.unwrap_or(json!(false))),
            ("parser", json!(parser)),
        ];
        let options = options.into_iter();
        options
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }

    /// Whether the component has set the option of this name itself.
    pub fn is_set(&self, name: &str) -> bool {
        self.set.contains(&name)
    }
}

fn milliseconds(time: Duration) -> Value {
    json!(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
}

fn cors(config: &CorsConfig) -> Value {
    let origin = match &config.origins {
        Origins::Same => return json!(false),
        Origins::Any => json!("*"),
        Origins::Mirror => json!(true),
        Origins::List(origins) => {
            let origins = origins
                .iter()
                .map(|origin| origin.to_str().unwrap_or_default());
            origins.collect()
        }
    };
    let methods: Vec<_> = config.methods.iter().map(http::Method::as_str).collect();
    let mut cors = Map::from_iter([
        ("origin".to_owned(), origin),
        ("methods".to_owned(), json!(methods)),
        ("credentials".to_owned(), json!(config.credentials)),
    ]);
    for (name, headers) in [
        ("allowedHeaders", &config.headers),
        ("exposedHeaders", &config.exposed_headers),
    ] {
        if !headers.is_empty() {
            let headers = headers.iter().map(http::HeaderName::as_str).collect();
            cors.insert(name.to_owned(), headers);
        }
    }
    if let Some(age) = config.max_age {
        cors.insert("maxAge".to_owned(), json!(age.as_secs()));
    }
    Value::Object(cors)
}
