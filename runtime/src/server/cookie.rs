//! Socket.IO's `cookie`: the session's id, for load balancers that send a client to the same node again.

use std::fmt;

use cookie::Cookie;
use http::HeaderValue;

/// The cookie that goes with the answer that opens a session.
#[derive(Debug, Clone)]
pub struct CookieConfig {
    /// All of it but the value.
    template: Cookie<'static>,
    priority: Option<CookiePriority>,
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
    /// A cookie like `template`, whose value does not matter.
    pub fn new(template: Cookie<'static>, priority: Option<CookiePriority>) -> Self {
        Self { template, priority }
    }

    /// `Set-Cookie` for the session with this id; none where it cannot stand in a header.
    pub(super) fn header(&self, sid: &str) -> Option<HeaderValue> {
        let mut config = self.clone();
        config.template.set_value(sid.to_owned());
        HeaderValue::try_from(config.to_string()).ok()
    }
}

/// As it stands in the header.
impl fmt::Display for CookieConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.template.fmt(f)?;
        match self.priority {
            Some(CookiePriority::Low) => f.write_str("; Priority=Low"),
            Some(CookiePriority::Medium) => f.write_str("; Priority=Medium"),
            Some(CookiePriority::High) => f.write_str("; Priority=High"),
            None => Ok(()),
        }
    }
}
