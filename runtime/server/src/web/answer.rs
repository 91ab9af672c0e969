//! Answers as hyper sends them.

use std::io;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode};
use http_body_util::{BodyExt, Full, combinators::UnsyncBoxBody};

use stockade_sandbox::HttpResponse;

/// The body of an answer: a whole one, or that of a file.
pub type SiteBody = UnsyncBoxBody<Bytes, io::Error>;

/// A record of the contract. What it has been checked for is not checked again, only left out.
pub(super) fn of_record(record: HttpResponse) -> Response<SiteBody> {
    let mut response = Response::new(whole(record.body.into()));
    *response.status_mut() =
        StatusCode::from_u16(record.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in record.headers {
        if let (Ok(name), Ok(value)) = (
            HeaderName::from_bytes(name.as_bytes()),
            HeaderValue::from_str(&value),
        ) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

/// A body that is there already.
pub(super) fn whole(bytes: Bytes) -> SiteBody {
    Full::new(bytes)
        .map_err(|never| match never {})
        .boxed_unsync()
}
