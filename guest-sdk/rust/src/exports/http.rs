//! The export of components with HTTP.

use std::cell::RefCell;
use std::sync::Arc;

use super::{Exports, convert, hook_names, host, steps};
use crate::bindings::http::exports::stockade::handler::http_controller::{self as wit, Thrown};
use crate::bindings::http::steps as wit_steps;
use crate::component::{self, Component, HookStep, HttpComponent, Only};
use crate::manifest::{HookName, HttpManifest, Requirement, Step};
use crate::{Error, HttpContext, HttpRequest, HttpResponse, Result};

type Controllers<H> = Only<<H as HttpComponent>::Controller>;

impl<C: Component, H: HttpComponent> wit::Guest for Exports<C, H> {
    fn describe() -> wit::Manifest {
        component::describe_http::<H>().into()
    }

    fn run_hook(hook: u32, request: wit::Request) -> Result<wit::HookOutcome, Thrown> {
        let step = component::run_hook::<_, Controllers<H>>(hook, &begin(request))?;
        Ok(match step {
            HookStep::Pass => wit::HookOutcome::Pass,
            HookStep::Answer(response) => wit::HookOutcome::Answer(response.into()),
            HookStep::PostHook(id) => wit::HookOutcome::PostHook(id),
        })
    }

    fn handle_request(handler: u32, request: wit::Request) -> Result<wit::Response, Thrown> {
        Ok(component::handle::<_, Controllers<H>>(handler, &begin(request))?.into())
    }

    fn run_post_hook(
        post_hook: u32,
        response: wit::Response,
    ) -> Result<Option<wit::Response>, Thrown> {
        let ctx = current();
        let response =
            component::run_post_hook::<_, Controllers<H>>(post_hook, response.into(), &ctx)?;
        Ok(Some(response.into()))
    }

    fn handle_error(error: Thrown) -> Result<wit::Response, Thrown> {
        let error = Error::from_parts(error.name, error.message, error.stack, error.data);
        Ok(component::handle_http_error::<H>(error, &current())?.into())
    }
}

thread_local! {
    /// The request that is being handled: post-hooks and the error handler want to see it, too. All calls for a request
    /// go to one instance, a hook or the handler first, and no other request comes between them.
    static CURRENT: RefCell<Option<Arc<HttpRequest>>> = const { RefCell::new(None) };
}

fn begin(request: wit::Request) -> HttpContext {
    let request = Arc::new(HttpRequest {
        method: request.http_method,
        path: request.path,
        params: request.params,
        query: request.query,
        headers: request.headers,
        body: request.body,
        address: request.address,
    });
    CURRENT.set(Some(request.clone()));
    HttpContext::of(host(), request)
}

fn current() -> HttpContext {
    let request = CURRENT.with_borrow(|request| request.clone());
    HttpContext::of(host(), request.unwrap_or_default())
}

impl From<HttpResponse> for wit::Response {
    fn from(response: HttpResponse) -> Self {
        Self {
            status: response.status,
            headers: response.headers,
            body: response.body,
        }
    }
}

impl From<wit::Response> for HttpResponse {
    fn from(response: wit::Response) -> Self {
        Self {
            status: response.status,
            headers: response.headers,
            body: response.body,
        }
    }
}

impl From<HttpManifest> for wit::Manifest {
    fn from(manifest: HttpManifest) -> Self {
        let routes = manifest.routes.into_iter().map(|route| wit::Route {
            http_method: route.method,
            path: route.path,
            steps: steps(route.steps),
            handler: route.handler,
            handler_name: route.handler_name,
        });
        Self {
            routes: routes.collect(),
            schemas: manifest.schemas,
            hook_names: hook_names(manifest.hook_names),
            handle_error: manifest.handle_error,
        }
    }
}

convert!(Thrown, wit_steps);
