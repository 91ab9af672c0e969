//! Stands in socket_io_layer of the engine and does what Socket.IO adds to it: serves the client's files, and puts the cookie on the
//! answer that opens a session.

use std::{
    convert::Infallible,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{Request, Response, header::SET_COOKIE};
use http_body_util::{BodyExt, Full, combinators::UnsyncBoxBody};
use hyper::body::Body;
use tower::{BoxError, Service};

use crate::{
    client_files::ClientFiles,
    options::{CookieConfig, ServerOptions},
};
use stockade_engine_io::Opened;

/// The service around the engine's.
#[derive(Clone)]
pub(super) struct SocketIoLayer<S> {
    engine: S,
    rules: Arc<Rules>,
}

struct Rules {
    path: String,
    cookie: Option<CookieConfig>,
    client_files: Option<Arc<ClientFiles>>,
}

impl<S> SocketIoLayer<S> {
    pub(super) fn new(engine: S, options: &ServerOptions) -> Self {
        let rules = Rules {
            path: options.socket.path.clone(),
            cookie: options.cookie.clone(),
            client_files: options.client_files.clone(),
        };
        Self {
            engine,
            rules: Arc::new(rules),
        }
    }
}

/// The engine's bodies and our own in one type that has a default, which the CORS layer asks for.
pub type ResponseBody = UnsyncBoxBody<Bytes, BoxError>;

impl<S, A, B> Service<Request<A>> for SocketIoLayer<S>
where
    S: Service<Request<A>, Response = Response<B>, Error = Infallible>,
    S::Future: Send + 'static,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response<ResponseBody>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.engine.poll_ready(context)
    }

    fn call(&mut self, request: Request<A>) -> Self::Future {
        if let Some(response) = self.rules.file(&request) {
            return Box::pin(async { Ok(response.map(boxed)) });
        }
        let response = self.engine.call(request);
        let rules = self.rules.clone();
        Box::pin(async move {
            let Ok(mut response) = response.await;
            rules.set_cookie(&mut response);
            Ok(response.map(boxed))
        })
    }
}

impl Rules {
    /// A file of the client's, if that is what is asked for.
    fn file<A>(&self, request: &Request<A>) -> Option<Response<Full<Bytes>>> {
        let files = self.client_files.as_ref()?;
        let below = request.uri().path().strip_prefix(&*self.path)?;
        files.answer(
            below.strip_prefix('/')?,
            request.method(),
            request.headers(),
        )
    }

    fn set_cookie<B>(&self, response: &mut Response<B>) {
        if let Some(cookie) = &self.cookie
            && let Some(Opened(sid)) = response.extensions().get()
            && let Some(value) = cookie.header(sid)
        {
            response.headers_mut().append(SET_COOKIE, value);
        }
    }
}

fn boxed<B>(body: B) -> ResponseBody
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    body.map_err(Into::into).boxed_unsync()
}
