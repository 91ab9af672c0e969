//! What the client sent.

use serde::de::DeserializeOwned;
use serde_json::error::Category;

use super::cookie;
use crate::{BadRequest, PayloadError, Result};

/// An HTTP request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct HttpRequest {
    /// In capitals, such as `GET`.
    pub method: String,
    /// As sent, percent-encoded, without the query.
    pub path: String,
    /// The parameters of the path, decoded.
    pub params: Vec<(String, String)>,
    /// Decoded query parameters in their order.
    pub query: Vec<(String, String)>,
    /// Names in lower case; one entry for each time a header was sent.
    pub headers: Vec<(String, String)>,
    /// What followed the headers.
    pub body: Vec<u8>,
    /// The client's IP address, as the server sees it.
    pub address: String,
}

impl HttpRequest {
    /// A parameter of the path: what stands for `:name`.
    pub fn param(&self, name: &str) -> Option<&str> {
        first(&self.params, |key| key == name)
    }

    /// The first query parameter of this name.
    pub fn query(&self, name: &str) -> Option<&str> {
        first(&self.query, |key| key == name)
    }

    /// The first header of this name, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        first(&self.headers, |key| key.eq_ignore_ascii_case(name))
    }

    /// A cookie, decoded.
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.headers
            .iter()
            .filter(|(key, _)| key.eq_ignore_ascii_case("cookie"))
            .find_map(|(_, header)| cookie::find(header, name))
    }

    /// The body, which is JSON, as a `T`. An empty one reads as `null`.
    ///
    /// # Errors
    /// [`BadRequest`]: it is not JSON. [`PayloadError`]: it is not a `T`.
    #[track_caller]
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        let json = if self.body.is_empty() {
            b"null".as_slice()
        } else {
            &self.body
        };
        match serde_json::from_slice(json) {
            Ok(value) => Ok(value),
            Err(cause) if cause.classify() == Category::Data => {
                Err(PayloadError::of::<T>("body", json, &cause).into())
            }
            Err(cause) => Err(BadRequest::new(format!("the body is not JSON: {cause}")).into()),
        }
    }
}

fn first(list: &[(String, String)], is_it: impl Fn(&str) -> bool) -> Option<&str> {
    list.iter()
        .find(|(key, _)| is_it(key))
        .map(|(_, value)| value.as_str())
}
