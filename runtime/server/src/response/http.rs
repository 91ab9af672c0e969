//! The host's own answers to HTTP requests: FoalTS's where it has them.

use serde::Serialize;

use super::{Rejection, Response};
use stockade_json_schema::Violation;
use stockade_sandbox::HttpResponse;

#[derive(Serialize)]
struct InvalidBody<'a> {
    body: &'a [Violation],
}

/// The answer to what the host refuses.
pub fn rejected(rejection: &Rejection) -> HttpResponse {
    match rejection {
        Rejection::InvalidPayload(violations) => {
            let body = InvalidBody { body: violations };
            json(400, serde_json::to_vec(&body).unwrap_or_default())
        }
        Rejection::BadRequest(_) => coded(400, rejection),
        Rejection::Unauthorized(_) => {
            let answer = coded(401, rejection);
            with_header(answer, "www-authenticate", "Bearer")
        }
        Rejection::EventNotFound => coded(404, rejection),
        Rejection::TooManyRequests => with_header(coded(429, rejection), "retry-after", "1"),
        Rejection::ServiceUnavailable => with_header(coded(503, rejection), "retry-after", "5"),
    }
}

/// Status 500 with the error of `response`, as an event would get it.
pub fn internal(response: Response) -> HttpResponse {
    json(500, error_of(response))
}

/// An answer with `code` and `message`.
pub fn error(status: u16, code: &str, message: &str) -> HttpResponse {
    let body = serde_json::json!({ "code": code, "message": message });
    json(status, body.to_string().into_bytes())
}

/// The answer with one more header.
pub fn with_header(mut answer: HttpResponse, name: &str, value: &str) -> HttpResponse {
    answer.headers.push((name.to_owned(), value.to_owned()));
    answer
}

fn coded(status: u16, rejection: &Rejection) -> HttpResponse {
    json(status, error_of(rejection.response()))
}

fn error_of(response: Response) -> Vec<u8> {
    match response {
        Response::Error(Some(error)) => error.json.into_bytes(),
        Response::Error(None) | Response::Ok(_) | Response::Raw(_) => Vec::new(),
    }
}

fn json(status: u16, body: Vec<u8>) -> HttpResponse {
    let content_type = (
        "content-type".into(),
        "application/json; charset=utf-8".into(),
    );
    HttpResponse {
        status,
        headers: vec![content_type],
        body,
    }
}
