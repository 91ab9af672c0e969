//! HTTP requests that are not Socket.IO's: the component's own, then files.
//!
//! A request goes to the first of these that there is:
//!
//! 1. a route of the component's HTTP controllers,
//! 2. a file, where the operator has named a folder,
//! 3. the component's `wasi:http/incoming-handler`,
//! 4. 405 for another method's path, or 404.
//!
//! # Invariants
//! - A body is held in memory only within `limits.payload`, and all of them within `limits.total-queue`.
//!
//! Start at [`HttpService::answer`].

mod answer;
mod body;
mod files;
mod record;

pub use answer::SiteBody;

use std::{
    convert::Infallible,
    path::PathBuf,
    sync::{Arc, OnceLock},
    task::{Context, Poll},
};

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{Method, Request, Response, header};
use hyper::body::Body;
use tokio::sync::Semaphore;

use self::files::Files;
use crate::{
    dispatch::{self, HttpRequestContext},
    manifest::Found,
    response::{Rejection, http as answers},
    tenant::{Release, Tenant},
};
use stockade_sandbox::{
    HttpKind, HttpResponse,
    host::{Adapter, ClientState},
};

/// What a tenant serves beside Socket.IO.
#[derive(Clone)]
pub struct HttpService(Arc<Served>);

struct Served {
    tenant: Arc<Tenant>,
    /// The tenant's sockets, once their server is there.
    server: OnceLock<Arc<dyn Adapter>>,
    files: Option<Files>,
    /// Bytes of bodies that may be held at once.
    bodies: Arc<Semaphore>,
    /// Where Socket.IO is, for those who look for it.
    socket_path: String,
}

impl HttpService {
    /// The site of `tenant`, with the files of a folder.
    pub fn new(tenant: Arc<Tenant>, files: Option<PathBuf>, socket_path: &str) -> Self {
        let bodies = tenant.limits.total_queue.min(Semaphore::MAX_PERMITS);
        Self(Arc::new(Served {
            tenant,
            server: OnceLock::new(),
            files: files.map(Files::new),
            bodies: Arc::new(Semaphore::new(bodies)),
            socket_path: socket_path.to_owned(),
        }))
    }

    /// Lets handlers reach the tenant's sockets.
    pub fn connect(&self, server: Arc<dyn Adapter>) {
        // There is one server a tenant, so a second call would bring the same.
        let _ = self.0.server.set(server);
    }

    /// Answers one request.
    async fn answer<B>(self, request: Request<B>) -> Response<SiteBody>
    where
        B: Body<Data = Bytes> + Send,
        B::Error: std::fmt::Display,
    {
        let (parts, body) = request.into_parts();
        let Served { tenant, files, .. } = &*self.0;
        // The request keeps it to its end.
        let release = tenant.release();
        let found = match &release.http {
            Some(api) => api.find(parts.method.as_str(), parts.uri.path()),
            None => Found::Nothing,
        };
        if let (Some(api), Found::Route(route, params)) = (&release.http, &found) {
            let visit = match self.visit(&parts) {
                Ok(visit) => visit,
                Err(unavailable) => return answer::of_record(unavailable),
            };
            let held = match body::collect(body, &parts, &tenant.limits, &self.0.bodies).await {
                Ok(held) => held,
                Err(refused) => return answer::of_record(refused),
            };
            let (body, _held) = held;
            let request = record::request(&parts, params, body);
            let mut response =
                dispatch::request(tenant, &release, api, route, &visit, request).await;
            tenant.session_cookie(&mut response, &visit.client);
            return answer::of_record(response);
        }
        if let Some(files) = files
            && [Method::GET, Method::HEAD].contains(&parts.method)
            && let Some(file) = files.find(&parts).await
        {
            return file;
        }
        if release.sandbox.http() == HttpKind::IncomingHandler {
            return self.incoming(&release, parts, body).await;
        }
        answer::of_record(match found {
            Found::OtherMethods(methods) => answers::with_header(
                answers::error(405, "METHOD_NOT_ALLOWED", "this path has other methods"),
                header::ALLOW.as_str(),
                &methods,
            ),
            _ => self.nothing(),
        })
    }

    async fn incoming<B>(
        &self,
        release: &Release,
        parts: http::request::Parts,
        body: B,
    ) -> Response<SiteBody>
    where
        B: Body<Data = Bytes> + Send,
        B::Error: std::fmt::Display,
    {
        let tenant = &self.0.tenant;
        let visit = match self.visit(&parts) {
            Ok(visit) => visit,
            Err(unavailable) => return answer::of_record(unavailable),
        };
        if !record::has_authority(&parts) {
            let reason = "the request does not say to which host it is".to_owned();
            return answer::of_record(answers::rejected(&Rejection::BadRequest(reason)));
        }
        match body::collect(body, &parts, &tenant.limits, &self.0.bodies).await {
            Err(refused) => answer::of_record(refused),
            Ok((body, _held)) => {
                let request = Request::from_parts(parts, body);
                match dispatch::incoming(tenant, release, &visit, request).await {
                    Ok(response) => response.map(answer::whole),
                    Err(failed) => answer::of_record(failed),
                }
            }
        }
    }

    fn visit(&self, parts: &http::request::Parts) -> Result<Arc<HttpRequestContext>, HttpResponse> {
        match self.0.server.get() {
            Some(server) => Ok(Arc::new(HttpRequestContext {
                client: ClientState::new(record::handshake(parts, &self.0.tenant)),
                server: server.clone(),
            })),
            None => Err(answers::rejected(&Rejection::ServiceUnavailable)),
        }
    }

    fn nothing(&self) -> HttpResponse {
        let path = &self.0.socket_path;
        answers::error(
            404,
            "NOT_FOUND",
            &format!("nothing is here; this server speaks Socket.IO at {path}/"),
        )
    }
}

impl<B> tower::Service<Request<B>> for HttpService
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: std::fmt::Display,
{
    type Response = Response<SiteBody>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let site = self.clone();
        Box::pin(async move { Ok(site.answer(request).await) })
    }
}
