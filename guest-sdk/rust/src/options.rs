//! What a component asks of the Socket.IO server.

use std::time::Duration;

use serde_json::{Map, Value};

use crate::SameSite;

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
    pub cookie: Option<Switch<AffinityCookie>>,
    /// Whether the server hands out the client's script.
    pub serve_client: Option<bool>,
    /// Whether clients that come back soon get what they missed.
    pub connection_state_recovery: Option<Switch<ConnectionStateRecovery>>,
    /// How packets are encoded.
    pub parser: Option<Parser>,
}

/// An option that is `false`, or switched on with settings of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switch<T> {
    /// `false`, also where the operator has switched it on.
    Off,
    /// With these settings; `true` is `On(Default::default())`.
    On(T),
}

impl<T> Switch<T> {
    fn to_json(&self, on: impl Fn(&T) -> Value) -> Value {
        match self {
            Self::Off => false.into(),
            Self::On(settings) => on(settings),
        }
    }
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
///
/// ```
/// # use stockade_sdk::Cors;
/// let named = Cors::origin("https://example.org");
/// let whoever_asks = Cors::origin(true);
/// let nobody = Cors::origin(false); // Socket.IO's `cors: false`
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cors {
    /// The sites; all of them where it is not set.
    pub origin: Option<CorsOrigin>,
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

/// Which pages of other sites may connect: the member `origin` of [`Cors`].
///
/// It is made of a boolean, an origin such as `https://example.org`, `*` for all, or several origins.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CorsOrigin {
    /// `true`: whichever asks; `false`: none.
    Bool(bool),
    /// This one, or `*`.
    One(String),
    /// These.
    List(Vec<String>),
}

impl From<bool> for CorsOrigin {
    fn from(any: bool) -> Self {
        Self::Bool(any)
    }
}

impl From<&str> for CorsOrigin {
    fn from(origin: &str) -> Self {
        Self::One(origin.to_owned())
    }
}

impl From<String> for CorsOrigin {
    fn from(origin: String) -> Self {
        Self::One(origin)
    }
}

impl<S: Into<String>> From<Vec<S>> for CorsOrigin {
    fn from(origins: Vec<S>) -> Self {
        Self::List(origins.into_iter().map(Into::into).collect())
    }
}

impl<S: Into<String>, const N: usize> From<[S; N]> for CorsOrigin {
    fn from(origins: [S; N]) -> Self {
        Self::List(origins.into_iter().map(Into::into).collect())
    }
}

/// The cookie that keeps a client with one node; Socket.IO's option `cookie`. What is not set is Engine.IO's default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AffinityCookie {
    /// Its name, `io` where it is empty.
    pub name: String,
    /// For which paths.
    pub path: Option<String>,
    /// For which domain.
    pub domain: Option<String>,
    /// Whether it is hidden from scripts.
    pub http_only: Option<bool>,
    /// Which requests from other sites carry it; `Switch::Off` leaves it to browsers.
    pub same_site: Option<Switch<SameSite>>,
    /// Whether it only goes over encrypted connections.
    pub secure: Option<bool>,
    /// Whether it is kept apart for each site that embeds this one.
    pub partitioned: Option<bool>,
    /// Which cookies browsers forget first.
    pub priority: Option<CookiePriority>,
    /// How long it lasts, in whole seconds.
    pub max_age: Option<Duration>,
}

/// Which cookies browsers forget first, where they have too many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CookiePriority {
    /// These.
    Low,
    /// Then these.
    Medium,
    /// These last.
    High,
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
        let cookie = self.cookie.as_ref();
        let cookie = cookie.map(|cookie| cookie.to_json(AffinityCookie::to_json));
        json.add("cookie", cookie);
        json.add("serveClient", self.serve_client);
        let recovery = self.connection_state_recovery.as_ref();
        json.add(
            "connectionStateRecovery",
            recovery.map(|recovery| recovery.to_json(ConnectionStateRecovery::to_json)),
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

impl CookiePriority {
    fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
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

impl From<CorsOrigin> for Value {
    fn from(origin: CorsOrigin) -> Self {
        match origin {
            CorsOrigin::Bool(any) => any.into(),
            CorsOrigin::One(origin) => origin.into(),
            CorsOrigin::List(origins) => origins.into(),
        }
    }
}

impl Cors {
    /// For these sites, and the defaults for the rest.
    pub fn origin(origin: impl Into<CorsOrigin>) -> Self {
        Self {
            origin: Some(origin.into()),
            ..Self::default()
        }
    }

    fn to_json(&self) -> Value {
        let mut json = Object::default();
        json.add("origin", self.origin.clone());
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
        json.add("domain", self.domain.as_deref());
        json.add("httpOnly", self.http_only);
        let same_site = self.same_site.as_ref();
        json.add(
            "sameSite",
            same_site.map(|it| it.to_json(|it| format!("{it:?}").to_ascii_lowercase().into())),
        );
        json.add("secure", self.secure);
        json.add("partitioned", self.partitioned);
        json.add("priority", self.priority.map(CookiePriority::name));
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
                origin: Some("https://example.org".into()),
                methods: vec!["GET".to_owned()],
                allowed_headers: vec!["x-a".to_owned()],
                exposed_headers: vec!["x-b".to_owned()],
                credentials: Some(true),
                max_age: Some(6),
            }),
            cookie: Some(Switch::On(AffinityCookie {
                name: "node".to_owned(),
                path: Some("/".to_owned()),
                domain: Some("example.org".to_owned()),
                http_only: Some(true),
                same_site: Some(Switch::On(SameSite::Lax)),
                secure: Some(true),
                partitioned: Some(true),
                priority: Some(CookiePriority::High),
                max_age: Some(Duration::from_secs(7)),
            })),
            serve_client: Some(true),
            connection_state_recovery: Some(Switch::On(ConnectionStateRecovery {
                max_disconnection_duration: Some(8),
                skip_middlewares: Some(true),
            })),
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
                "domain": "example.org",
                "httpOnly": true,
                "sameSite": "lax",
                "secure": true,
                "partitioned": true,
                "priority": "high",
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
            cookie: Some(Switch::On(AffinityCookie::default())),
            connection_state_recovery: Some(Switch::On(ConnectionStateRecovery::default())),
            ..ServerOptions::default()
        };
        let expected =
            json!({ "cors": {}, "cookie": { "name": "io" }, "connectionStateRecovery": {} });
        assert_json(&options, expected);
    }
}
