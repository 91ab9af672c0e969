//! One live instance and the guest's functions in it.

use std::time::Instant;

use wasmtime::Store;

use super::{
    Engine, Fault, HookOutcome, Manifest, Payload, Response, Thrown,
    bindings::{Handler, HandlerPre},
    limits::{Limits, TenantMemory},
    store::{self, StoreCtx},
};
use crate::host::{EventCtx, GuestLog, Keyvalue};

/// An instance with an event to work on. Dropping it frees everything that it held.
///
/// After a [`Fault`] it must not be entered again; [`super::Sandbox::leave`] takes back only instances without one.
pub struct Instance {
    store: Store<StoreCtx>,
    handler: Handler,
    pub(super) faulted: bool,
    pub(super) events: u64,
    pub(super) born: Instant,
}

impl Instance {
    pub(super) async fn new(
        engine: &Engine,
        pre: &HandlerPre<StoreCtx>,
        limits: &Limits,
        tenant: std::sync::Arc<TenantMemory>,
        log: GuestLog,
        keyvalue: Keyvalue,
    ) -> Result<Self, Fault> {
        let mut store = store::new(engine, limits, tenant, log, keyvalue);
        store::arm(&mut store, limits);
        match pre.instantiate_async(&mut store).await {
            Ok(handler) => Ok(Self {
                store,
                handler,
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

    /// The payload of the event.
    pub fn payload(&self) -> Option<&Payload> {
        self.store.data().event.as_ref()?.payload.as_ref()
    }

    /// Takes the event back.
    pub(crate) fn end(&mut self) -> Option<EventCtx> {
        let ctx = self.store.data_mut();
        ctx.log.flush();
        ctx.event.take()
    }

    /// Calls `describe`.
    pub(super) async fn describe(&mut self) -> Result<Manifest, Fault> {
        let result = self
            .handler
            .stockade_handler_controller()
            .call_describe(&mut self.store)
            .await;
        self.checked(result)
    }

    /// Calls `on-connection`.
    ///
    /// # Errors
    /// The fault that ended the event; the inner result is the guest's answer. The same goes for all calls here.
    pub async fn on_connection(&mut self) -> Result<Result<(), Thrown>, Fault> {
        let result = self
            .handler
            .stockade_handler_controller()
            .call_on_connection(&mut self.store)
            .await;
        self.checked(result)
    }

    /// Calls `run-hook`.
    pub async fn run_hook(&mut self, hook: u32) -> Result<Result<HookOutcome, Thrown>, Fault> {
        let result = self
            .handler
            .stockade_handler_controller()
            .call_run_hook(&mut self.store, hook)
            .await;
        self.checked(result)
    }

    /// Calls `handle-event`.
    pub async fn handle_event(&mut self, handler: u32) -> Result<Result<Response, Thrown>, Fault> {
        let result = self
            .handler
            .stockade_handler_controller()
            .call_handle_event(&mut self.store, handler)
            .await;
        self.checked(result)
    }

    /// Calls `run-post-hook`.
    pub async fn run_post_hook(
        &mut self,
        post_hook: u32,
        response: &Response,
    ) -> Result<Result<Option<Response>, Thrown>, Fault> {
        let result = self
            .handler
            .stockade_handler_controller()
            .call_run_post_hook(&mut self.store, post_hook, response)
            .await;
        self.checked(result)
    }

    /// Calls `handle-error`.
    pub async fn handle_error(
        &mut self,
        error: &Thrown,
    ) -> Result<Result<Response, Thrown>, Fault> {
        let result = self
            .handler
            .stockade_handler_controller()
            .call_handle_error(&mut self.store, error)
            .await;
        self.checked(result)
    }

    /// Calls `on-disconnection`.
    pub async fn on_disconnection(&mut self, reason: &str) -> Result<Result<(), Thrown>, Fault> {
        let result = self
            .handler
            .stockade_handler_controller()
            .call_on_disconnection(&mut self.store, reason)
            .await;
        self.checked(result)
    }

    fn checked<T>(&mut self, result: wasmtime::Result<T>) -> Result<T, Fault> {
        result.map_err(|error| {
            self.faulted = true;
            Fault::from_error(&error, self.store.data().memory_refused())
        })
    }
}
