//! Files of a folder, for examples and small sites.

use std::path::PathBuf;

use bytes::Bytes;
use http::{Request, Response, StatusCode, request::Parts};
use http_body_util::{BodyExt, Empty};
use tower::ServiceExt;
use tower_http::services::ServeDir;

use super::SiteBody;

/// The folder; `index.html` stands for the folder that it is in.
#[derive(Debug, Clone)]
pub(super) struct Files(ServeDir);

impl Files {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self(ServeDir::new(folder))
    }

    /// The file that a GET or HEAD request is about, or none.
    pub(super) async fn find(&self, parts: &Parts) -> Option<Response<SiteBody>> {
        // No file system has such names, and it would be asked for them.
        let path = parts.uri.path();
        if !path.starts_with('/') || path.contains("%00") {
            return None;
        }
        let mut request = Request::new(Empty::<Bytes>::new());
        *request.method_mut() = parts.method.clone();
        *request.uri_mut() = parts.uri.clone();
        *request.headers_mut() = parts.headers.clone();
        let Ok(response) = self.0.clone().oneshot(request).await;
        (response.status() != StatusCode::NOT_FOUND)
            .then(|| response.map(|body| body.boxed_unsync()))
    }
}
