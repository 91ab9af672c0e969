//! How browsers keep the id of a session.

use cookie::{Cookie, SameSite};

/// The cookie that carries a session's id. It is always `HttpOnly`.
#[derive(Debug, Clone)]
pub struct SessionCookie {
    /// Its name.
    pub name: String,
    /// `Domain`; none where only the server's own host gets it.
    pub domain: Option<String>,
    /// `Path`.
    pub path: String,
    /// Whether it goes over encrypted connections only.
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
    /// The `Set-Cookie` header that gives a client the id of its session, or makes it forget that.
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
