//! What the client is answered.

use serde::Serialize;

use crate::payload::is_nothing;
use crate::{Cookie, Result};

/// The answer to an HTTP request.
///
/// FoalTS calls them `HttpResponseOK`, `HttpResponseCreated` and so on. Their content is optional: `()` is none, anything
/// else becomes JSON.
///
/// ```
/// # use stockade_sdk::HttpResponse;
/// # fn f() -> stockade_sdk::Result<HttpResponse> {
/// let page = HttpResponse::new(200).html("<h1>Hello</h1>").header("cache-control", "no-store");
/// let created = HttpResponse::created(["product 1"])?.header("location", "/products/1");
/// # Ok(created)
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HttpResponse {
    /// 200 to 599.
    pub status: u16,
    /// The host adds `content-length` and `date`, and refuses headers that belong to the connection.
    pub headers: Vec<(String, String)>,
    /// What follows the headers.
    pub body: Vec<u8>,
}

/// Answers with JSON.
macro_rules! with_content {
    ($($(#[$doc:meta])* $name:ident = $status:literal;)+) => {
        $(
            $(#[$doc])*
            ///
            /// # Errors
            /// The content cannot be serialised.
            #[track_caller]
            pub fn $name(content: impl Serialize) -> Result<Self> {
                Self::new($status).json(&content)
            }
        )+
    };
}

impl HttpResponse {
    /// An answer without headers and body.
    pub fn new(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    with_content! {
        /// 200; FoalTS's `HttpResponseOK`.
        ok = 200;
        /// 201; FoalTS's `HttpResponseCreated`.
        created = 201;
        /// 400; FoalTS's `HttpResponseBadRequest`.
        bad_request = 400;
        /// 401; FoalTS's `HttpResponseUnauthorized`.
        unauthorized = 401;
        /// 403; FoalTS's `HttpResponseForbidden`.
        forbidden = 403;
        /// 404; FoalTS's `HttpResponseNotFound`.
        not_found = 404;
        /// 409; FoalTS's `HttpResponseConflict`.
        conflict = 409;
        /// 500; FoalTS's `HttpResponseInternalServerError`. Errors that are thrown become one by themselves.
        internal_error = 500;
    }

    /// 204; FoalTS's `HttpResponseNoContent`.
    ///
    /// # Errors
    /// Never; it is a `Result` because handlers return one.
    pub fn no_content() -> Result<Self> {
        Ok(Self::new(204))
    }

    /// 302 to this address; FoalTS's `HttpResponseRedirect`.
    ///
    /// # Errors
    /// Never; it is a `Result` because handlers return one.
    pub fn redirect(location: impl Into<String>) -> Result<Self> {
        Ok(Self::new(302).header("location", location))
    }

    /// With this JSON as body; `()` is no body.
    ///
    /// # Errors
    /// The content cannot be serialised.
    #[track_caller]
    pub fn json<T: Serialize>(self, content: &T) -> Result<Self> {
        let body = serde_json::to_vec(content)?;
        if is_nothing::<T>() && body == b"null" {
            return Ok(self);
        }
        Ok(self.bytes("application/json", body))
    }

    /// With this text as body.
    #[must_use]
    pub fn text(self, text: impl Into<String>) -> Self {
        self.bytes("text/plain; charset=utf-8", text.into())
    }

    /// With this page as body. What comes from users has to be escaped before.
    #[must_use]
    pub fn html(self, page: impl Into<String>) -> Self {
        self.bytes("text/html; charset=utf-8", page.into())
    }

    /// With this body of any type.
    #[must_use]
    pub fn bytes(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.headers.retain(|(name, _)| name != "content-type");
        self.body = body.into();
        self.header("content-type", content_type)
    }

    /// With another header, beside those of the same name.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_ascii_lowercase(), value.into()));
        self
    }

    /// With a cookie: `.cookie(("theme", "dark"))`, or a [`Cookie`] with attributes.
    #[must_use]
    pub fn cookie(self, cookie: impl Into<Cookie>) -> Self {
        let cookie = cookie.into().to_string();
        self.header("set-cookie", cookie)
    }
}
