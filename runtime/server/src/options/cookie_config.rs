//! Socket.IO's `cookie`: the session's id, for load balancers that send a client to the same node again.

use std::fmt;

use cookie::SameSite;
use http::HeaderValue;

/// The cookie that goes with the answer that opens a session.
#[derive(Debug, Clone)]
pub struct CookieConfig {
    /// Its name.
    pub name: String,
    /// Seconds for which browsers keep it; `None` until they are closed.
    pub max_age: Option<u64>,
    /// The domain that it is for; `None` is the server's own host.
    pub domain: Option<String>,
    /// The path that it is for.
    pub path: String,
    /// Whether it is hidden from scripts.
    pub http_only: bool,
    /// Whether it goes over encrypted connections only; `None` is where browsers insist on it.
    pub secure: Option<bool>,
    /// Whether each page has one of its own, if the server is embedded in others' pages.
    pub partitioned: bool,
    /// Which cookies browsers keep when they have too many.
    pub priority: Option<CookiePriority>,
    /// Which requests from other sites carry it; `None` leaves it to browsers.
    pub same_site: Option<SameSite>,
}

/// Which cookies browsers keep when they have too many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CookiePriority {
    /// Others first.
    Low,
    /// As those that do not say.
    Medium,
    /// These first.
    High,
}

impl CookieConfig {
    /// A cookie of this name with Engine.IO's defaults.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            max_age: None,
            domain: None,
            path: "/".to_owned(),
            http_only: true,
            secure: None,
            partitioned: false,
            priority: None,
            same_site: Some(SameSite::Lax),
        }
    }

    /// `Set-Cookie` for the session with this id; `None` if it cannot stand in a header.
    pub(crate) fn header(&self, sid: &str) -> Option<HeaderValue> {
        HeaderValue::try_from(self.with_value(sid).to_string()).ok()
    }

    fn with_value<'a>(&'a self, value: &'a str) -> impl fmt::Display + 'a {
        WithValue {
            cookie: self,
            value,
        }
    }

    /// Browsers drop a cookie that is partitioned, or goes along from all sites, unless it is secure.
    fn is_secure(&self) -> bool {
        let must = self.partitioned || self.same_site == Some(SameSite::None);
        self.secure.unwrap_or(must)
    }
}

/// As it stands in the header, without a value.
impl fmt::Display for CookieConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.with_value("").fmt(f)
    }
}

struct WithValue<'a> {
    cookie: &'a CookieConfig,
    value: &'a str,
}

/// Attributes have the order of the npm package `cookie`, which Engine.IO uses.
impl fmt::Display for WithValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cookie = self.cookie;
        write!(f, "{}={}", cookie.name, self.value)?;
        if let Some(seconds) = cookie.max_age {
            write!(f, "; Max-Age={seconds}")?;
        }
        if let Some(domain) = &cookie.domain {
            write!(f, "; Domain={domain}")?;
        }
        write!(f, "; Path={}", cookie.path)?;
        if cookie.http_only {
            f.write_str("; HttpOnly")?;
        }
        if cookie.is_secure() {
            f.write_str("; Secure")?;
        }
        if cookie.partitioned {
            f.write_str("; Partitioned")?;
        }
        match cookie.priority {
            Some(CookiePriority::Low) => f.write_str("; Priority=Low")?,
            Some(CookiePriority::Medium) => f.write_str("; Priority=Medium")?,
            Some(CookiePriority::High) => f.write_str("; Priority=High")?,
            None => {}
        }
        match cookie.same_site {
            Some(same_site) => write!(f, "; SameSite={same_site}"),
            None => Ok(()),
        }
    }
}
