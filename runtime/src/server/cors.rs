//! Which pages may talk to the server, by Socket.IO's `cors` options.

use std::time::Duration;

use http::{HeaderName, HeaderValue, Method, header::ACCESS_CONTROL_EXPOSE_HEADERS};
use tower_http::{
    cors::{AllowHeaders, AllowOrigin, CorsLayer},
    set_header::SetResponseHeaderLayer,
};

/// Checked CORS settings.
#[derive(Debug, Clone)]
pub struct CorsConfig {
    /// Origins that may read answers.
    pub origins: Origins,
    /// Whether their cookies count.
    pub credentials: bool,
    /// Methods beside those that browsers always allow.
    pub methods: Vec<Method>,
    /// Headers that requests may carry; those that they ask for where it is empty.
    pub headers: Vec<HeaderName>,
    /// Headers of answers that pages may read, beside those that they always may.
    pub exposed_headers: Vec<HeaderName>,
    /// How long browsers may remember the answer.
    pub max_age: Option<Duration>,
}

/// Origins that may read answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origins {
    /// Only pages from this server.
    Same,
    /// All pages, without telling them apart.
    Any,
    /// All pages, each told that it is the one.
    Mirror,
    /// These.
    List(Vec<HeaderValue>),
}

impl CorsConfig {
    /// Only pages from this server.
    pub fn same_origin() -> Self {
        Self {
            origins: Origins::Same,
            credentials: false,
            methods: Vec::new(),
            headers: Vec::new(),
            exposed_headers: Vec::new(),
            max_age: None,
        }
    }

    /// Whether a list says `*` where browsers, because of the credentials, take that for a name; so does the layer, and
    /// panics.
    pub(crate) fn wildcard_with_credentials(&self) -> bool {
        let methods = self.methods.iter().map(Method::as_str);
        let headers = self.headers.iter().chain(&self.exposed_headers);
        let mut all = methods.chain(headers.map(HeaderName::as_str));
        self.credentials && all.any(|name| name == "*")
    }
}

/// The layer that answers preflights and marks answers; none where only pages of this server count.
pub(super) fn layer(config: &CorsConfig) -> Option<CorsLayer> {
    let origin = match &config.origins {
        Origins::Same => return None,
        // With credentials a browser wants to see its own origin, not `*`.
        Origins::Any if config.credentials => AllowOrigin::mirror_request(),
        Origins::Mirror => AllowOrigin::mirror_request(),
        Origins::Any => AllowOrigin::any(),
        Origins::List(origins) => AllowOrigin::list(origins.clone()),
    };
    let headers = match config.headers.is_empty() {
        true => AllowHeaders::mirror_request(),
        false => AllowHeaders::list(config.headers.clone()),
    };
    let layer = CorsLayer::new()
        .allow_origin(origin)
        .allow_credentials(config.credentials)
        .allow_methods(config.methods.clone())
        .allow_headers(headers);
    Some(match config.max_age {
        Some(age) => layer.max_age(age),
        None => layer,
    })
}

/// The layer that says which headers pages may read; `None` if there is nothing to say. Unlike the layer above, it does so in
/// answers to preflights as well, as the npm package `cors` does.
pub(super) fn exposed_headers(config: &CorsConfig) -> Option<SetResponseHeaderLayer<HeaderValue>> {
    if config.origins == Origins::Same || config.exposed_headers.is_empty() {
        return None;
    }
    let names: Vec<_> = config
        .exposed_headers
        .iter()
        .map(HeaderName::as_str)
        .collect();
    let names = HeaderValue::try_from(names.join(",")).ok()?;
    let name = ACCESS_CONTROL_EXPOSE_HEADERS;
    Some(SetResponseHeaderLayer::overriding(name, names))
}
