//! Bodies of requests, as handlers take them.

use serde::de::DeserializeOwned;

use crate::{HttpContext, Result};

/// What a handler of HTTP requests can take as its second argument: anything that [`serde`] deserialises from JSON.
///
/// A request without body reads as `null`, so `Option<T>` is `None` there. Bodies that are not JSON come with
/// [`ctx.request().body`](crate::HttpRequest::body).
#[diagnostic::on_unimplemented(
    message = "a handler cannot take `{Self}` as the body of a request",
    label = "not a body",
    note = "a body is any type that derives `serde::Deserialize`, or an `Option` of one; \
            the bytes themselves are in `ctx.request().body`"
)]
pub trait FromBody: Sized {
    /// Reads the current request's body.
    ///
    /// # Errors
    /// [`BadRequest`](crate::BadRequest): it is not JSON. [`PayloadError`](crate::PayloadError): it is none of this type.
    fn from_body(ctx: &HttpContext) -> Result<Self>;
}

impl<T: DeserializeOwned> FromBody for T {
    #[track_caller]
    fn from_body(ctx: &HttpContext) -> Result<Self> {
        ctx.request().json()
    }
}
