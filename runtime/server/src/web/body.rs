//! Bodies of requests, within limits.

use std::{pin::pin, sync::Arc};

use bytes::{Bytes, BytesMut};
use http::{header, request::Parts};
use http_body_util::BodyExt;
use hyper::body::Body;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::response::{Rejection, http as answers};
use stockade_sandbox::{HttpResponse, limits::Limits};

/// Reads a body. The bytes stay counted for as long as what comes with them is kept.
///
/// # Errors
/// The answer to a client that sends too much, too slowly, or breaks off.
pub(super) async fn collect<B>(
    body: B,
    parts: &Parts,
    limits: &Limits,
    bodies: &Arc<Semaphore>,
) -> Result<(Bytes, Option<OwnedSemaphorePermit>), HttpResponse>
where
    B: Body<Data = Bytes>,
    B::Error: std::fmt::Display,
{
    let length = parts.headers.get(header::CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if length.is_some_and(|length| length > limits.payload) {
        return Err(too_large(limits.payload));
    }
    let read = read(body, limits.payload, bodies);
    match tokio::time::timeout(limits.body_timeout, read).await {
        Ok(read) => read,
        Err(_) => Err(answers::error(
            408,
            "REQUEST_TIMEOUT",
            "the body took too long",
        )),
    }
}

async fn read<B>(
    body: B,
    limit: usize,
    bodies: &Arc<Semaphore>,
) -> Result<(Bytes, Option<OwnedSemaphorePermit>), HttpResponse>
where
    B: Body<Data = Bytes>,
    B::Error: std::fmt::Display,
{
    let mut body = pin!(body);
    let mut bytes = BytesMut::new();
    let mut held: Option<OwnedSemaphorePermit> = None;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| {
            let reason = format!("the body cannot be read: {error}");
            answers::rejected(&Rejection::BadRequest(reason))
        })?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        if bytes.len() + data.len() > limit {
            return Err(too_large(limit));
        }
        let count = u32::try_from(data.len()).unwrap_or(u32::MAX);
        let more = bodies.clone().try_acquire_many_owned(count);
        let more = more.map_err(|_| answers::rejected(&Rejection::TooManyRequests))?;
        match &mut held {
            Some(held) => held.merge(more),
            none => *none = Some(more),
        }
        bytes.extend_from_slice(&data);
    }
    Ok((bytes.freeze(), held))
}

fn too_large(limit: usize) -> HttpResponse {
    let message = format!("the body has more than {limit} bytes");
    answers::error(413, "PAYLOAD_TOO_LARGE", &message)
}
