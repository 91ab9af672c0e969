//! Cookies, in both directions.

use std::fmt;
use std::time::Duration;

use super::percent;

/// A cookie that an answer sets. By default it goes with every request to this server, until the browser is closed, and
/// scripts can read it.
///
/// Its value may be any text: what cookies cannot hold is percent-encoded.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "an answer takes it: `.cookie(…)`"]
pub struct Cookie {
    name: String,
    value: String,
    path: String,
    domain: Option<String>,
    max_age: Option<Duration>,
    same_site: Option<SameSite>,
    http_only: bool,
    secure: bool,
}

/// Which requests from other sites carry a cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SameSite {
    /// None.
    Strict,
    /// Those that open a page.
    Lax,
    /// All; such a cookie has to be [secure](Cookie::secure).
    None,
}

impl Cookie {
    /// A cookie of this name, which consists of letters, digits and a few signs.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            value: value.into(),
            path: "/".to_owned(),
            domain: None,
            max_age: None,
            same_site: None,
            http_only: false,
            secure: false,
        }
    }

    /// Takes a cookie away from the browser.
    pub fn removal(name: impl Into<String>) -> Self {
        Self::new(name, "").max_age(Duration::ZERO)
    }

    /// Only for paths that begin with this one.
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// For all hosts of this domain.
    pub fn domain(mut self, domain: impl Into<String>) -> Self {
        self.domain = Some(domain.into());
        self
    }

    /// For so long, in whole seconds.
    pub fn max_age(mut self, max_age: Duration) -> Self {
        self.max_age = Some(max_age);
        self
    }

    /// Which requests from other sites carry it.
    pub fn same_site(mut self, same_site: SameSite) -> Self {
        self.same_site = Some(same_site);
        self
    }

    /// Hidden from scripts.
    pub fn http_only(mut self) -> Self {
        self.http_only = true;
        self
    }

    /// Only over encrypted connections.
    pub fn secure(mut self) -> Self {
        self.secure = true;
        self
    }
}

impl<N: Into<String>, V: Into<String>> From<(N, V)> for Cookie {
    fn from((name, value): (N, V)) -> Self {
        Self::new(name, value)
    }
}

/// As the header `set-cookie` has it.
impl fmt::Display for Cookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.name, encode(&self.value))?;
        write!(f, "; Path={}", self.path)?;
        if let Some(domain) = &self.domain {
            write!(f, "; Domain={domain}")?;
        }
        if let Some(max_age) = self.max_age {
            write!(f, "; Max-Age={}", max_age.as_secs())?;
        }
        if let Some(same_site) = self.same_site {
            write!(f, "; SameSite={same_site:?}")?;
        }
        if self.http_only {
            f.write_str("; HttpOnly")?;
        }
        if self.secure {
            f.write_str("; Secure")?;
        }
        Ok(())
    }
}

/// The cookie of this name in a `cookie` header.
pub(crate) fn find(header: &str, name: &str) -> Option<String> {
    header
        .split([';'])
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| decode(value.trim_matches('"')))
}

/// What RFC 6265 lets a value hold stays.
fn encode(value: &str) -> String {
    percent::encode(value, |byte| {
        byte.is_ascii_graphic() && !matches!(byte, b'"' | b',' | b';' | b'\\')
    })
}

/// The value as it stands where it is not percent-encoded text.
fn decode(value: &str) -> String {
    percent::decode(value).unwrap_or_else(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookie_is_written_with_its_attributes() {
        assert_eq!(Cookie::new("a", "b").to_string(), "a=b; Path=/");
        let cookie = Cookie::from(("a", "b; c\r\nü"))
            .path("/x")
            .domain("example.org")
            .max_age(Duration::from_secs(60))
            .same_site(SameSite::Lax)
            .http_only()
            .secure();
        assert_eq!(
            cookie.to_string(),
            "a=b%3B%20c%0D%0A%C3%BC; Path=/x; Domain=example.org; Max-Age=60; SameSite=Lax; HttpOnly; Secure"
        );
        assert_eq!(Cookie::removal("a").to_string(), "a=; Path=/; Max-Age=0");
    }

    #[test]
    fn cookie_is_found_and_decoded() {
        let header = r#"ab=0; a=b%3B%20c; quoted="x"; broken=%f; a=2"#;
        assert_eq!(find(header, "a").as_deref(), Some("b; c"));
        assert_eq!(find(header, "quoted").as_deref(), Some("x"));
        assert_eq!(find(header, "broken").as_deref(), Some("%f"));
        assert_eq!(find(header, "b"), None);
    }
}
