//! What a component asks of the Socket.IO server.

use std::time::Duration;

use serde_json::{Map, Value};

/// Socket.IO's server options, for [`#[options]`](macro@crate::options); FoalTS's `options`. What is left out is up to the
/// host, whose operator has the last word: an option that is not allowed, or that the host cannot serve, is refused with
/// the reason when the component is loaded.
///
/// ```
/// # use stockade_sdk::prelude::*;
/// # struct Chat;
/// #[controller]
/// impl Chat {
///     #[options]
///     fn options() -> ServerOptions {
///         ServerOptions {
///             connect_timeout: Some(60_000),
///             ..Default::default()
///         }
///     }
/// }
/// ```
///
/// Names and meaning are Socket.IO's (`connectTimeout`); times are in milliseconds, sizes in bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServerOptions {
    /// Where clients connect, such as `/socket.io`.
    pub path: Option<String>,
    /// How long a client may take to connect to a namespace.
    pub connect_timeout: Option<u32>,
    /// How often clients are asked whether they are there.
    pub ping_interval: Option<u32>,
    /// How long they may take to answer.
    pub ping_timeout: Option<u32>,
    /// How long the change to a better transport may take.
    pub upgrade_timeout: Option<u32>,
    /// The largest message that a client may send.
    pub max_http_buffer_size: Option<u32>,
    /// Which transports clients may use.
    pub transports: Option<Vec<Transport>>,
    /// Whether clients may change to a better transport.
    pub allow_upgrades: Option<bool>,
    /// Which pages of other sites may connect.
    pub cors: Option<Cors>,
    /// The cookie that keeps a client with one node.
    pub cookie: Option<AffinityCookie>,
    /// Whether the server hands out the client's script.
    pub serve_client: Option<bool>,
    /// Whether clients that come back soon get what they missed.
    pub connection_state_recovery: Option<ConnectionStateRecovery>,
    /// How packets are encoded.
    pub parser: Option<Parser>,
}

/// How clients and server talk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Transport {
    /// HTTP requests that wait for their answer.
    Polling,
    /// A WebSocket.
    Websocket,
}

/// How packets are encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Parser {
    /// Socket.IO's own: JSON.
    Default,
    /// `socket.io-msgpack-parser`.
    Msgpack,
}

/// Cross-origin resource sharing, as Socket.IO has it from the package `cors`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cors {
    /// The sites, such as `https://example.org`, or `*` alone.
    pub origin: Vec<String>,
    /// The methods of requests.
    pub methods: Vec<String>,
    /// Which headers requests may have.
    pub allowed_headers: Vec<String>,
    /// Which headers pages may read.
    pub exposed_headers: Vec<String>,
    /// Whether requests carry cookies.
    pub credentials: Option<bool>,
    /// How long browsers may remember this, in seconds.
    pub max_age: Option<u32>,
}

/// The cookie that keeps a client with one node; Socket.IO's option `cookie`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AffinityCookie {
    /// Its name, `io` where it is empty.
    pub name: String,
    /// For which paths.
    pub path: Option<String>,
    /// Whether it is hidden from scripts.
    pub http_only: Option<bool>,
    /// Which requests from other sites carry it.
    pub same_site: Option<crate::SameSite>,
    /// Whether it only goes over encrypted connections.
    pub secure: Option<bool>,
    /// How long it lasts, in whole seconds.
    pub max_age: Option<Duration>,
}

/// For how long, and how, clients that come back get what they missed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConnectionStateRecovery {
    /// How long they may have been away, in milliseconds.
    pub max_disconnection_duration: Option<u32>,
    /// Whether they are let in without `#[on_connection]` being run again.
    pub skip_middlewares: Option<bool>,
}

impl ServerOptions {
    /// The text of a JSON object with those that are given.
    pub(crate) fn to_json(&self) -> String {
        let mut json = Object::default();
        json.add("path", self.path.as_deref());
        json.add("connectTimeout", self.connect_timeout);
        json.add("pingInterval", self.ping_interval);
        json.add("pingTimeout", self.ping_timeout);
        json.add("upgradeTimeout", self.upgrade_timeout);
        json.add("maxHttpBufferSize", self.max_http_buffer_size);
        let transports = self.transports.as_ref();
        let transports = transports.map(|list| list.iter().map(|it| it.name()).collect::<Vec<_>>());
        json.add("transports", transports);
        json.add("allowUpgrades", self.allow_upgrades);
        json.add("cors", self.cors.as_ref().map(Cors::to_json));
        json.add("cookie", self.cookie.as_ref().map(AffinityCookie::to_json));
        json.add("serveClient", self.serve_client);
        let recovery = self.connection_state_recovery.as_ref();
        json.add(
            "connectionStateRecovery",
            recovery.map(ConnectionStateRecovery::to_json),
        );
        json.add("parser", self.parser.map(Parser::name));
        Value::from(json).to_string()
    }
}

impl Transport {
    fn name(self) -> &'static str {
        match self {
            Self::Polling => "polling",
            Self::Websocket => "websocket",
        }
    }
}

impl Parser {
    fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Msgpack => "msgpack",
        }
    }
}

impl Cors {
    fn to_json(&self) -> Value {
        let mut json = Object::default();
        match self.origin.as_slice() {
            [one] => json.add("origin", Some(one.as_str())),
            several => json.add_list("origin", several),
        }
        json.add_list("methods", &self.methods);
        json.add_list("allowedHeaders", &self.allowed_headers);
        json.add_list("exposedHeaders", &self.exposed_headers);
        json.add("credentials", self.credentials);
        json.add("maxAge", self.max_age);
        json.into()
    }
}

impl AffinityCookie {
    fn to_json(&self) -> Value {
        let mut json = Object::default();
        let name = Some(self.name.as_str()).filter(|name| !name.is_empty());
        json.add("name", Some(name.unwrap_or("io")));
        json.add("path", self.path.as_deref());
        json.add("httpOnly", self.http_only);
        let same_site = self.same_site;
        json.add(
            "sameSite",
            same_site.map(|it| format!("{it:?}").to_ascii_lowercase()),
        );
        json.add("secure", self.secure);
        json.add("maxAge", self.max_age.map(|age| age.as_secs()));
        json.into()
    }
}

impl ConnectionStateRecovery {
    fn to_json(&self) -> Value {
        let mut json = Object::default();
        json.add("maxDisconnectionDuration", self.max_disconnection_duration);
        json.add("skipMiddlewares", self.skip_middlewares);
        json.into()
    }
}

/// A JSON object of what is given.
#[derive(Default)]
struct Object(Map<String, Value>);

impl Object {
    fn add(&mut self, name: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.0.insert(name.to_owned(), value.into());
        }
    }

    /// An empty list is not given.
    fn add_list(&mut self, name: &str, list: &[String]) {
        self.add(name, (!list.is_empty()).then(|| list.to_vec()));
    }
}

impl From<Object> for Value {
    fn from(object: Object) -> Self {
        Self::Object(object.0)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn assert_json(options: &ServerOptions, expected: Value) {
        let json: Value = serde_json::from_str(&options.to_json()).unwrap();
        assert_eq!(json, expected);
    }

    #[test]
    fn options_have_the_names_of_socket_io() {
        let options = ServerOptions {
            path: Some("/io".to_owned()),
            connect_timeout: Some(1),
            ping_interval: Some(2),
            ping_timeout: Some(3),
            upgrade_timeout: Some(4),
            max_http_buffer_size: Some(5),
            transports: Some(vec![Transport::Polling, Transport::Websocket]),
            allow_upgrades: Some(false),
            cors: Some(Cors {
                origin: vec!["https://example.org".to_owned()],
                methods: vec!["GET".to_owned()],
                allowed_headers: vec!["x-a".to_owned()],
                exposed_headers: vec!["x-b".to_owned()],
                credentials: Some(true),
                max_age: Some(6),
            }),
            cookie: Some(AffinityCookie {
                name: "node".to_owned(),
                path: Some("/".to_owned()),
                http_only: Some(true),
                same_site: Some(crate::SameSite::Lax),
                secure: Some(true),
                max_age: Some(Duration::from_secs(7)),
            }),
            serve_client: Some(true),
            connection_state_recovery: Some(ConnectionStateRecovery {
                max_disconnection_duration: Some(8),
                skip_middlewares: Some(true),
            }),
            parser: Some(Parser::Msgpack),
        };
        let expected = json!({
            "path": "/io",
            "connectTimeout": 1,
            "pingInterval": 2,
            "pingTimeout": 3,
            "upgradeTimeout": 4,
            "maxHttpBufferSize": 5,
            "transports": ["polling", "websocket"],
            "allowUpgrades": false,
            "cors": {
                "origin": "https://example.org",
                "methods": ["GET"],
                "allowedHeaders": ["x-a"],
                "exposedHeaders": ["x-b"],
                "credentials": true,
                "maxAge": 6
            },
            "cookie": {
                "name": "node",
                "path": "/",
                "httpOnly": true,
                "sameSite": "lax",
                "secure": true,
                "maxAge": 7
            },
            "serveClient": true,
            "connectionStateRecovery": { "maxDisconnectionDuration": 8, "skipMiddlewares": true },
            "parser": "msgpack"
        });
        assert_json(&options, expected);
    }

    #[test]
    fn what_is_not_given_is_left_out() {
        assert_json(&ServerOptions::default(), json!({}));
        let options = ServerOptions {
            cors: Some(Cors::default()),
            cookie: Some(AffinityCookie::default()),
            connection_state_recovery: Some(ConnectionStateRecovery::default()),
            ..ServerOptions::default()
        };
        let expected =
            json!({ "cors": {}, "cookie": { "name": "io" }, "connectionStateRecovery": {} });
        assert_json(&options, expected);
    }
}
