//! The request that is being handled.

use std::ops::Deref;
use std::str::FromStr;
use std::sync::Arc;

use crate::host::Host;
use crate::manifest::HttpRoute;
use crate::post_hooks::{self, Waiting};
use crate::{
    BadRequest, Current, Error, Exchange, HttpRequest, HttpResponse, PayloadError, Result,
};

/// The HTTP request that is being handled; FoalTS's `Context`.
///
/// State, user, session and server are in [`Current`], to which it dereferences. There is no socket.
///
/// In unit tests, `HttpContext::new` makes one.
pub struct HttpContext {
    current: Current,
    request: Arc<HttpRequest>,
}

impl HttpContext {
    pub(crate) fn of(host: Host, request: Arc<HttpRequest>) -> Self {
        Self {
            current: Current { host },
            request,
        }
    }

    /// What the client sent.
    pub fn request(&self) -> &HttpRequest {
        &self.request
    }

    /// The method and path of the route, such as `POST /users/:id`.
    pub fn route(&self) -> String {
        self.host.event_name().unwrap_or_default()
    }

    /// A parameter of the path: what stands for `:name`, as a `T`.
    ///
    /// # Errors
    /// [`BadRequest`]: there is no such parameter, or it is not a `T`.
    #[track_caller]
    pub fn param<T: FromStr>(&self, name: &str) -> Result<T> {
        match read("path", name, self.request.param(name))? {
            Some(value) => Ok(value),
            None => Err(BadRequest::new(["the path has no parameter ", name].concat()).into()),
        }
    }

    /// The first query parameter of this name, as a `T`.
    ///
    /// # Errors
    /// [`BadRequest`]: it is not a `T`.
    #[track_caller]
    pub fn query<T: FromStr>(&self, name: &str) -> Result<Option<T>> {
        read("query", name, self.request.query(name))
    }
}

impl Deref for HttpContext {
    type Target = Current;

    fn deref(&self) -> &Current {
        &self.current
    }
}

impl Exchange for HttpContext {
    type Response = HttpResponse;
    type Route = HttpRoute;

    fn nothing() -> HttpResponse {
        HttpResponse::new(204)
    }

    fn rescue(error: Error) -> Result<HttpResponse> {
        if let Some(body) = error.downcast_ref::<PayloadError>() {
            let body = [r#"{"body":"#, &body.violations(), "}"].concat();
            return Ok(HttpResponse::new(400).bytes("application/json", body));
        }
        let Some(bad_request) = error.downcast_ref::<BadRequest>() else {
            return Err(error);
        };
        Ok(HttpResponse::new(400).bytes("application/json", bad_request.to_json()))
    }

    fn waiting<T>(visit: impl FnOnce(&mut Waiting<Self>) -> T) -> T {
        post_hooks::waiting!(HttpContext, visit)
    }
}

#[track_caller]
fn read<T: FromStr>(place: &str, name: &str, value: Option<&str>) -> Result<Option<T>> {
    let Some(value) = value else { return Ok(None) };
    let value = value.parse().map_err(|_| {
        BadRequest::new(["the parameter ", name, " of the ", place, " is invalid"].concat())
    })?;
    Ok(Some(value))
}
