//! Socket.IO's `serveClient`: the browsers' client, from a folder of the operator's.
//!
//! The files are read once, at the start, so that no request reaches the file system.

use std::{
    fs::File,
    hash::{DefaultHasher, Hasher},
    io::{self, Read},
    path::Path,
};

use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Method, Response, StatusCode,
    header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH},
};
use http_body_util::Full;

/// What Socket.IO serves, all beside its own path.
const NAMES: [&str; 8] = [
    "socket.io.js",
    "socket.io.js.map",
    "socket.io.min.js",
    "socket.io.min.js.map",
    "socket.io.esm.min.js",
    "socket.io.esm.min.js.map",
    "socket.io.msgpack.min.js",
    "socket.io.msgpack.min.js.map",
];
/// Bytes of one file. The largest is a third of a megabyte.
const MAX_SIZE: u64 = 8 << 20;

/// Those of the client's files that there are.
#[derive(Debug)]
pub struct ClientFiles(Vec<ClientFile>);

#[derive(Debug)]
struct ClientFile {
    name: &'static str,
    content: Bytes,
    etag: HeaderValue,
}

impl ClientFiles {
    /// Reads the files in `folder`, such as `node_modules/socket.io-client/dist`.
    ///
    /// # Errors
    /// When the folder has none of them, or one cannot be read or has more than 8 MiB.
    pub fn read(folder: &Path) -> io::Result<Self> {
        let mut files = Vec::new();
        for name in NAMES {
            match ClientFile::read(folder, name) {
                Ok(file) => files.push(file),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        match files.is_empty() {
            true => Err(io::Error::new(
                io::ErrorKind::NotFound,
                "has no file of Socket.IO's client, such as socket.io.js",
            )),
            false => Ok(Self(files)),
        }
    }

    /// Answers a request for the file of this name; none where there is no such file.
    pub(crate) fn answer(
        &self,
        name: &str,
        method: &Method,
        headers: &HeaderMap,
    ) -> Option<Response<Full<Bytes>>> {
        let file = self.0.iter().find(|file| file.name == name)?;
        Some(match [Method::GET, Method::HEAD].contains(method) {
            true => file.response(headers),
            false => not_allowed(),
        })
    }
}

impl ClientFile {
    fn read(folder: &Path, name: &'static str) -> io::Result<Self> {
        let mut content = Vec::new();
        let file = File::open(folder.join(name))?;
        file.take(MAX_SIZE + 1).read_to_end(&mut content)?;
        if content.len() as u64 > MAX_SIZE {
            return Err(io::Error::other(format!("{name} is too large")));
        }
        Ok(Self {
            name,
            etag: etag(&content)?,
            content: content.into(),
        })
    }

    fn response(&self, headers: &HeaderMap) -> Response<Full<Bytes>> {
        let known = is_known(headers, &self.etag);
        let mut response = Response::new(match known {
            true => Full::default(),
            false => Full::new(self.content.clone()),
        });
        if known {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
        } else {
            let kind = HeaderValue::from_static(match self.name.ends_with(".map") {
                true => "application/json; charset=utf-8",
                false => "application/javascript; charset=utf-8",
            });
            response.headers_mut().insert(CONTENT_TYPE, kind);
        }
        let headers = response.headers_mut();
        // Browsers ask each time whether it is still the same, as with Socket.IO's own server.
        let caching = HeaderValue::from_static("public, max-age=0");
        headers.insert(CACHE_CONTROL, caching);
        headers.insert(ETAG, self.etag.clone());
        response
    }
}

fn not_allowed() -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
    let methods = HeaderValue::from_static("GET, HEAD");
    response.headers_mut().insert(ALLOW, methods);
    response
}

/// Tells one version of a file from another; the operator's files are nobody's to forge.
fn etag(content: &[u8]) -> io::Result<HeaderValue> {
    let mut hasher = DefaultHasher::new();
    hasher.write(content);
    HeaderValue::try_from(format!("\"{:016x}\"", hasher.finish())).map_err(io::Error::other)
}

/// Whether the client has this version already.
fn is_known(headers: &HeaderMap, etag: &HeaderValue) -> bool {
    let tags = headers.get_all(IF_NONE_MATCH).iter();
    let mut tags = tags
        .filter_map(|tags| tags.to_str().ok())
        .flat_map(|tags| tags.split(','));
    tags.any(|tag| {
        let tag = tag.trim();
        let tag = tag.strip_prefix("W/").unwrap_or(tag);
        tag == "*" || tag.as_bytes() == etag.as_bytes()
    })
}
