//! An HTTP request to a component's controllers, or to its incoming handler.

use std::{ops::RangeInclusive, sync::Arc};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, header};

use super::{
    NoAnswer, in_instance,
    log::Log,
    native,
    pipeline::{self, HookResult, Invocation, Plan},
};
use crate::{
    manifest::{HttpApi, HttpRoute},
    response::{Rejection, http as answers},
    tenant::{Release, Tenant},
    validate,
};
use stockade_json_schema::Schema;
use stockade_json_schema::text;
use stockade_sandbox::{
    Called, Fault, HttpHookOutcome, HttpRequest, HttpResponse, Instance, Payload, Thrown,
    host::{Adapter, ClientSocket, ClientState, EventCtx, EventSource},
};

/// Who sends a request, and what it reaches.
pub struct HttpRequestContext {
    /// What the host keeps for the client until it is answered.
    pub client: ClientState,
    /// All sockets of the tenant.
    pub server: Arc<dyn Adapter>,
}

/// Headers that belong to the connection, which is the host's.
const FORBIDDEN: [HeaderName; 7] = [
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    header::TRAILER,
    header::TE,
    HeaderName::from_static("keep-alive"),
];
/// What a guest may answer with: what comes before is between the connection and the host.
const STATUSES: RangeInclusive<u16> = 200..=599;
/// Bytes of an answer's headers.
const MAX_HEADERS: usize = 32 << 10;

/// Runs a request to its answer. Never fails: what goes wrong is the answer, and in the log.
pub async fn request(
    tenant: &Tenant,
    release: &Release,
    api: &HttpApi,
    route: &HttpRoute,
    visit: &Arc<HttpRequestContext>,
    request: HttpRequest,
) -> HttpResponse {
    let event = event(visit, &route.name);
    let log = Log {
        tenant,
        release,
        event: &route.name,
        message_id: event.message_id,
    };
    let mut invocation = Request { request };
    let validate = |schema: &Schema| invocation.validate(tenant, &mut None, schema);
    let next_step = match native::run(tenant, &visit.client, &route.steps, validate).await {
        Ok(count) => count,
        Err(rejection) => {
            log.rejected(&rejection);
            return answers::rejected(&rejection);
        }
    };
    let plan = Plan {
        steps: &route.steps,
        next_step,
        handler: &route.handler,
        handle_error: api.handle_error,
    };
    let (answer, _) = pipeline::run(tenant, plan, invocation, event, &log).await;
    release.sandbox.forget(visit.client.id());
    answer
}

/// Hands a request to the component's `wasi:http/incoming-handler`.
///
/// # Errors
/// The answer to what went wrong, which is in the log.
pub async fn incoming(
    tenant: &Tenant,
    release: &Release,
    visit: &Arc<HttpRequestContext>,
    request: http::Request<Bytes>,
) -> Result<http::Response<Bytes>, HttpResponse> {
    let name = format!("{} {}", request.method(), request.uri().path());
    let event = event(visit, &name);
    let log = Log {
        tenant,
        release,
        event: &name,
        message_id: event.message_id,
    };
    let limit = tenant.limits.payload;
    let done = in_instance(tenant, release, event, async |guest| {
        guests_part(guest.handle_incoming(request, limit).await?)
    });
    let done = done.await.map(|(answer, _)| answer);
    release.sandbox.forget(visit.client.id());
    done.map_err(|failure| match failure {
        NoAnswer::Rejected(rejection) => {
            log.rejected(&rejection);
            answers::rejected(&rejection)
        }
        NoAnswer::Fault(fault) => {
            log.fault(&fault, None);
            answers::internal(tenant.error_renderer.fault(&fault))
        }
    })
}

/// What is the guest's of an answer of its incoming handler.
fn guests_part(mut answer: http::Response<Bytes>) -> Result<http::Response<Bytes>, Fault> {
    let status = answer.status().as_u16();
    if !STATUSES.contains(&status) {
        return Err(Fault::broken_promise(broken_status(status)));
    }
    // Other hosts let guests say how long a body is; here only the host does.
    for name in FORBIDDEN {
        answer.headers_mut().remove(name);
    }
    Ok(answer)
}

/// Which promise of the contract an answer with at most `limit` bytes breaks, if any.
fn broken_promise(response: &HttpResponse, limit: usize) -> Option<String> {
    let HttpResponse {
        status,
        headers,
        body,
    } = response;
    if !STATUSES.contains(status) {
        return Some(broken_status(*status));
    }
    if body.len() > limit {
        return Some(format!(
            "the body has {} bytes, the limit is {limit}",
            body.len()
        ));
    }
    let bytes = headers.iter().map(|(name, value)| name.len() + value.len());
    if bytes.sum::<usize>() > MAX_HEADERS {
        return Some(format!("the headers have more than {MAX_HEADERS} bytes"));
    }
    headers.iter().find_map(
        |(name, value)| match HeaderName::from_bytes(name.as_bytes()) {
            Ok(known) if FORBIDDEN.contains(&known) => {
                Some(format!("the header {known} belongs to the host"))
            }
            Ok(_) if HeaderValue::from_str(value).is_ok() => None,
            _ => Some(format!(
                "{name:?} is not a header, or its value cannot be one"
            )),
        },
    )
}

fn broken_status(status: u16) -> String {
    format!("the status {status} is not between 200 and 599")
}

/// The body is not the event's payload: it comes with the request.
fn event(visit: &Arc<HttpRequestContext>, name: &str) -> Box<EventCtx> {
    EventCtx::new(name.into(), None, visit.clone())
}

impl EventSource for HttpRequestContext {
    fn socket(&self) -> Option<&dyn ClientSocket> {
        None
    }

    fn client(&self) -> &ClientState {
        &self.client
    }

    fn server(&self) -> &dyn Adapter {
        &*self.server
    }
}

struct Request {
    request: HttpRequest,
}

impl Invocation for Request {
    type Answer = HttpResponse;

    /// The body is what is validated; the event itself has no payload.
    fn validate(
        &mut self,
        tenant: &Tenant,
        _: &mut Option<Arc<Payload>>,
        schema: &Schema,
    ) -> Result<(), Rejection> {
        let body = std::mem::take(&mut self.request.body);
        let mut json = String::from_utf8(body)
            .map_err(|_| Rejection::BadRequest("the body is not UTF-8".into()))?;
        text::receive(&mut json, tenant.limits.depth)
            .map_err(|error| Rejection::BadRequest(format!("the body: {error}")))?;
        let mut body = Some(Arc::new(Payload {
            json,
            attachments: Vec::new(),
        }));
        validate::against_schema(&mut body, 0, schema, &tenant.limits)?;
        let body = body.map(Arc::unwrap_or_clone);
        self.request.body = body.map_or_else(Vec::new, |body| body.json.into_bytes());
        Ok(())
    }

    async fn run_hook(&self, guest: &mut Instance, hook: u32) -> Called<HookResult<HttpResponse>> {
        let outcome = guest.run_http_hook(hook, &self.request).await?;
        Ok(outcome.map(|outcome| match outcome {
            HttpHookOutcome::Pass => HookResult::Pass,
            HttpHookOutcome::Answer(response) => HookResult::Answer(response),
            HttpHookOutcome::PostHook(id) => HookResult::PostHook(id),
        }))
    }

    async fn handle(&self, guest: &mut Instance, handler: u32) -> Called<HttpResponse> {
        guest.handle_request(handler, &self.request).await
    }

    async fn run_post_hook(
        &self,
        guest: &mut Instance,
        post_hook: u32,
        response: &HttpResponse,
    ) -> Called<Option<HttpResponse>> {
        guest.run_http_post_hook(post_hook, response).await
    }

    async fn handle_error(&self, guest: &mut Instance, error: &Thrown) -> Called<HttpResponse> {
        guest.handle_http_error(error).await
    }

    fn broken_promise(&self, tenant: &Tenant, response: &HttpResponse) -> Option<String> {
        broken_promise(response, tenant.limits.payload)
    }

    fn rejected(&self, rejection: &Rejection) -> HttpResponse {
        answers::rejected(rejection)
    }

    fn uncaught(&self, tenant: &Tenant, thrown: &Thrown) -> HttpResponse {
        answers::internal(tenant.error_renderer.thrown(thrown))
    }

    fn ended(&self, tenant: &Tenant, fault: &Fault) -> HttpResponse {
        answers::internal(tenant.error_renderer.fault(fault))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: usize = 10;

    fn response(status: u16, name: &str, value: &str, bytes: usize) -> HttpResponse {
        HttpResponse {
            status,
            headers: vec![(name.to_owned(), value.to_owned())],
            body: vec![0; bytes],
        }
    }

    #[test]
    fn answers_keep_what_the_contract_promises() {
        let room = MAX_HEADERS - "x".len();
        for (status, name, value, bytes, broken) in [
            (200, "x", "1", LIMIT, None),
            (599, "x", &*"1".repeat(room), 0, None),
            (199, "x", "1", 0, Some("the status 199 is not between")),
            (600, "x", "1", 0, Some("the status 600 is not between")),
            (200, "x", "1", LIMIT + 1, Some("the body has 11 bytes")),
            (200, "x", &"1".repeat(room + 1), 0, Some("the headers have")),
            (200, "Upgrade", "1", 0, Some("belongs to the host")),
            (200, "x", "1\n2", 0, Some("is not a header")),
            (200, "x y", "1", 0, Some("is not a header")),
        ] {
            let found = broken_promise(&response(status, name, value, bytes), LIMIT);
            match broken {
                None => assert_eq!(found, None),
                Some(broken) => assert!(found.unwrap().contains(broken), "{broken}"),
            }
        }
    }

    #[test]
    fn incoming_handlers_do_not_answer_for_the_connection() {
        let answer = |status| {
            http::Response::builder()
                .status(status)
                .header("content-length", "7")
                .header("x", "1")
                .body(Bytes::new())
                .unwrap()
        };
        let good = guests_part(answer(200)).unwrap();
        assert_eq!(good.headers().len(), 1);
        assert_eq!(good.headers()["x"], "1");
        assert!(guests_part(answer(199)).is_err());
    }
}
