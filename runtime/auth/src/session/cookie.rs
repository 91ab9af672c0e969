//! The cookie with a session's id.

use cookie::{Cookie, SameSite};

/// The cookie that carries a session's id. It is always `HttpOnly`.
#[derive(Debug, Clone)]
pub struct SessionCookie {
    /// Name of the cookie.
    pub name: String,
    /// `Domain`. If `None`, only the server's own host gets the cookie.
    pub domain: Option<String>,
    /// `Path`.
    pub path: String,
    /// `Secure`: whether browsers send it over encrypted connections only.
    pub secure: bool,
    /// `SameSite`.
    pub same_site: SameSite,
}

impl Default for SessionCookie {
    fn default() -> Self {
        Self {
            name: "sessionID".into(),
            domain: None,
            path: "/".into(),
            secure: false,
            same_site: SameSite::Lax,
        }
    }
}

impl SessionCookie {
    /// Returns the `Set-Cookie` header that gives a client the id of its session, or deletes the cookie for `None`.
    pub fn header(&self, id: Option<&str>) -> String {
        let mut cookie = Cookie::build((self.name.clone(), id.unwrap_or_default().to_owned()))
            .path(self.path.clone())
            .http_only(true)
            .secure(self.secure)
            .same_site(self.same_site);
        if let Some(domain) = &self.domain {
            cookie = cookie.domain(domain.clone());
        }
        if id.is_none() {
            cookie = cookie.removal();
        }
        cookie.build().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookie_goes_where_it_was_configured_to() {
        let mut cookie = SessionCookie {
            name: "sid".into(),
            domain: None,
            path: "/chat".into(),
            secure: true,
            same_site: SameSite::Strict,
        };
        let own = "sid=7; HttpOnly; SameSite=Strict; Secure; Path=/chat";
        assert_eq!(cookie.header(Some("7")), own);
        cookie.domain = Some("example.com".into());
        let shared = format!("{own}; Domain=example.com");
        assert_eq!(cookie.header(Some("7")), shared);
        assert!(cookie.header(None).starts_with("sid=; "));
    }
}
