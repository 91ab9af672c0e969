//! Socket.IO's `cors`: which pages may talk to the server.

use std::time::Duration;

use http::{HeaderName, HeaderValue, Method};

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
    pub fn wildcard_with_credentials(&self) -> bool {
        let methods = self.methods.iter().map(Method::as_str);
        let headers = self.headers.iter().chain(&self.exposed_headers);
        let mut all = methods.chain(headers.map(HeaderName::as_str));
        self.credentials && all.any(|name| name == "*")
    }
}
