//! One live instance and the guest's functions in it.

use std::{sync::Arc, time::Instant};

use wasmtime::Store;

use super::{
    Engine, Fault, HookOutcome, HttpHookOutcome, HttpManifest, HttpRequest, HttpResponse, Manifest,
    Payload, Response, Thrown,
    bindings::{controller, http_controller},
    exports::{Exports, HttpExport},
    limits::{Limits, TenantMemory},
    store::{self, StoreCtx},
};
use crate::host::{EventCtx, GuestLog};

/// An instance with an event to work on. Dropping it frees everything that it held.
///
/// After a [`Fault`] it must not be entered again; [`super::Sandbox::leave`] takes back only instances without one.
pub struct Instance {
    pub(super) store: Store<StoreCtx>,
    pub(super) exports: Arc<Exports>,
    pub(super) instance: wasmtime::component::Instance,
    controller: controller::Guest,
    /// Looked up when a request first needs it.
    http: Option<http_controller::Guest>,
    pub(super) faulted: bool,
    pub(super) events: u64,
    pub(super) born: Instant,
}

impl Instance {
    pub(super) async fn new(
        engine: &Engine,
        exports: Arc<Exports>,
        limits: &Limits,
        tenant: Arc<TenantMemory>,
        log: GuestLog,
    ) -> Result<Self, Fault> {
        let mut store = store::new(engine, limits, tenant, log);
        store::arm(&mut store, limits);
        match exports.instantiate(&mut store).await {
            Ok((instance, controller)) => Ok(Self {
                store,
                exports,
                instance,
                controller,
                http: None,
                faulted: false,
                events: 0,
                born: Instant::now(),
            }),
            Err(error) if error.is::<wasmtime::PoolConcurrencyLimitError>() => Err(Fault::host(
                "no room for another instance: raise engine.instances",
            )),
            Err(error) => Err(Fault::from_error(&error, store.data().memory_refused())),
        }
    }

    /// Gives the instance an event and the CPU time for it.
    pub(super) fn begin(&mut self, event: EventCtx, limits: &Limits) {
        self.events += 1;
        self.store.data().log.begin(event.message_id);
        self.store.data_mut().event = Some(event);
        store::arm(&mut self.store, limits);
    }

    /// The payload of the event, for a step that may change it; none where there is no event.
    pub fn payload_mut(&mut self) -> Option<&mut Option<Payload>> {
        let event = self.store.data_mut().event.as_mut()?;
        Some(&mut event.payload)
    }

    /// Takes the event back.
    pub(crate) fn end(&mut self) -> Option<EventCtx> {
        let ctx = self.store.data_mut();
        ctx.log.flush();
        ctx.event.take()
    }

    /// Calls `describe`.
    pub(super) async fn describe(&mut self) -> Result<Manifest, Fault> {
        let result = self.controller.call_describe(&mut self.store).await;
        self.checked(result)
    }

    /// Calls `on-connection`.
    ///
    /// # Errors
    /// The fault that ended the event; the inner result is the guest's answer. The same goes for all calls here.
    pub async fn on_connection(&mut self) -> Result<Result<(), Thrown>, Fault> {
        let result = self.controller.call_on_connection(&mut self.store).await;
        self.checked(result)
    }

    /// Calls `run-hook`.
    pub async fn run_hook(&mut self, hook: u32) -> Result<Result<HookOutcome, Thrown>, Fault> {
        let result = self.controller.call_run_hook(&mut self.store, hook).await;
        self.checked(result)
    }

    /// Calls `handle-event`.
    pub async fn handle_event(&mut self, handler: u32) -> Result<Result<Response, Thrown>, Fault> {
        let call = self.controller.call_handle_event(&mut self.store, handler);
        let result = call.await;
        self.checked(result)
    }

    /// Calls `run-post-hook`.
    pub async fn run_post_hook(
        &mut self,
        post_hook: u32,
        response: &Response,
    ) -> Result<Result<Option<Response>, Thrown>, Fault> {
        let call = self
            .controller
            .call_run_post_hook(&mut self.store, post_hook, response);
        let result = call.await;
        self.checked(result)
    }

    /// Calls `handle-error`.
    pub async fn handle_error(
        &mut self,
        error: &Thrown,
    ) -> Result<Result<Response, Thrown>, Fault> {
        let call = self.controller.call_handle_error(&mut self.store, error);
        let result = call.await;
        self.checked(result)
    }

    /// Calls `on-disconnection`.
    pub async fn on_disconnection(&mut self, reason: &str) -> Result<Result<(), Thrown>, Fault> {
        let call = self
            .controller
            .call_on_disconnection(&mut self.store, reason);
        let result = call.await;
        self.checked(result)
    }

    /// Calls `http-controller.describe`.
    pub(super) async fn describe_http(&mut self) -> Result<HttpManifest, Fault> {
        self.load_http()?;
        let http = self.http.as_ref().ok_or_else(no_http)?;
        let result = http.call_describe(&mut self.store).await;
        self.checked(result)
    }

    /// Calls `http-controller.run-hook`.
    pub async fn run_http_hook(
        &mut self,
        hook: u32,
        request: &HttpRequest,
    ) -> Result<Result<HttpHookOutcome, Thrown>, Fault> {
        self.load_http()?;
        let http = self.http.as_ref().ok_or_else(no_http)?;
        let result = http.call_run_hook(&mut self.store, hook, request).await;
        self.checked(result)
    }

    /// Calls `http-controller.handle-request`.
    pub async fn handle_request(
        &mut self,
        handler: u32,
        request: &HttpRequest,
    ) -> Result<Result<HttpResponse, Thrown>, Fault> {
        self.load_http()?;
        let http = self.http.as_ref().ok_or_else(no_http)?;
        let call = http.call_handle_request(&mut self.store, handler, request);
        let result = call.await;
        self.checked(result)
    }

    /// Calls `http-controller.run-post-hook`.
    pub async fn run_http_post_hook(
        &mut self,
        post_hook: u32,
        response: &HttpResponse,
    ) -> Result<Result<Option<HttpResponse>, Thrown>, Fault> {
        self.load_http()?;
        let http = self.http.as_ref().ok_or_else(no_http)?;
        let call = http.call_run_post_hook(&mut self.store, post_hook, response);
        let result = call.await;
        self.checked(result)
    }

    /// Calls `http-controller.handle-error`.
    pub async fn handle_http_error(
        &mut self,
        error: &Thrown,
    ) -> Result<Result<HttpResponse, Thrown>, Fault> {
        self.load_http()?;
        let http = self.http.as_ref().ok_or_else(no_http)?;
        let result = http.call_handle_error(&mut self.store, error).await;
        self.checked(result)
    }

    fn load_http(&mut self) -> Result<(), Fault> {
        if self.http.is_none()
            && let HttpExport::Controller(indices) = self.exports.http()
        {
            let loaded = indices.load(&mut self.store, &self.instance);
            self.http = Some(self.checked(loaded)?);
        }
        Ok(())
    }

    pub(super) fn checked<T>(&mut self, result: wasmtime::Result<T>) -> Result<T, Fault> {
        result.map_err(|error| {
            self.faulted = true;
            Fault::from_error(&error, self.store.data().memory_refused())
        })
    }
}

/// Only what a manifest promises is asked for, so nobody should see this.
fn no_http() -> Fault {
    Fault::host("the component has no HTTP controllers")
}
