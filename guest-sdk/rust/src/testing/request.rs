//! Requests of unit tests, and finding the route that they take.

use serde::Serialize;

use super::socket::write;
use crate::HttpRequest;
use crate::http::percent;
use crate::manifest::HttpRoute;

/// For unit tests.
impl HttpRequest {
    /// A request: `HttpRequest::new("GET", "/users/1?q=ann")`. A query is decoded.
    pub fn new(method: &str, target: &str) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        let query = pairs.map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (
                decode(&name.replace('+', " ")),
                decode(&value.replace('+', " ")),
            )
        });
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            params: Vec::new(),
            query: query.collect(),
            headers: Vec::new(),
            body: Vec::new(),
            address: "127.0.0.1".to_owned(),
        }
    }

    /// A `GET` request.
    pub fn get(target: &str) -> Self {
        Self::new("GET", target)
    }

    /// A `POST` request with this JSON; `()` is no body.
    ///
    /// # Panics
    /// The body cannot be serialised.
    #[track_caller]
    pub fn post<T: Serialize>(target: &str, body: T) -> Self {
        Self::new("POST", target).with_json(body)
    }

    /// With this JSON as body; `()` is no body.
    ///
    /// # Panics
    /// The body cannot be serialised.
    #[must_use]
    #[track_caller]
    pub fn with_json<T: Serialize>(self, body: T) -> Self {
        let json = write(&body);
        if crate::payload::is_nothing::<T>() && json == "null" {
            return self;
        }
        self.with_header("content-type", "application/json")
            .with_body(json)
    }

    /// With this body.
    #[must_use]
    pub fn with_body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// With another header.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers
            .push((name.to_ascii_lowercase(), value.to_owned()));
        self
    }

    /// With a cookie.
    #[must_use]
    pub fn with_cookie(self, name: &str, value: &str) -> Self {
        self.with_header("cookie", &[name, "=", value].concat())
    }

    /// With a parameter of its path, where a handler is called directly; [`dispatch_http`](super::dispatch_http) finds
    /// them itself.
    #[must_use]
    pub fn with_param(mut self, name: &str, value: &str) -> Self {
        self.params.push((name.to_owned(), value.to_owned()));
        self
    }

    /// From this IP address.
    #[must_use]
    pub fn with_address(mut self, address: &str) -> Self {
        address.clone_into(&mut self.address);
        self
    }
}

/// The route that a request takes, and the parameters of its path.
pub(super) fn find<'r>(
    routes: &'r [HttpRoute],
    request: &HttpRequest,
) -> Option<(&'r HttpRoute, Vec<(String, String)>)> {
    let of_method = |method: &str| {
        let mut found: Vec<_> = routes
            .iter()
            .filter(|route| route.method == method)
            .filter_map(|route| Some((route, params(&route.path, &request.path)?)))
            .collect();
        // A segment that is written out goes before one that any would match, as in the host's router.
        found.sort_by_key(|(route, _)| specificity(&route.path));
        found.into_iter().next()
    };
    of_method(&request.method).or_else(|| match request.method.as_str() {
        "HEAD" => of_method("GET"),
        _ => None,
    })
}

/// Less is more specific, segment by segment.
fn specificity(path: &str) -> Vec<u8> {
    let rank = |segment: &str| match segment.bytes().next() {
        Some(b'*') => 2,
        Some(b':') => 1,
        _ => 0,
    };
    path.split('/').map(rank).collect()
}

fn params(pattern: &str, path: &str) -> Option<Vec<(String, String)>> {
    let mut params = Vec::new();
    let mut rest = path.strip_prefix('/')?;
    let mut segments = pattern.strip_prefix('/')?.split('/').peekable();
    while let Some(segment) = segments.next() {
        if let Some(name) = segment.strip_prefix('*') {
            params.push((name.to_owned(), decode(rest)));
            return (!rest.is_empty()).then_some(params);
        }
        let (first, others) = match rest.split_once('/') {
            Some((first, others)) => (first, Some(others)),
            None => (rest, None),
        };
        match segment.strip_prefix(':') {
            Some(name) if !first.is_empty() => params.push((name.to_owned(), decode(first))),
            None if segment == first => {}
            _ => return None,
        }
        match (others, segments.peek()) {
            (Some(others), Some(_)) => rest = others,
            (None, None) => return Some(params),
            _ => return None,
        }
    }
    None
}

fn decode(text: &str) -> String {
    percent::decode(text).unwrap_or_else(|| text.to_owned())
}
