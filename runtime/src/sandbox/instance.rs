//! One live instance and the guest's functions in it.

use std::{pin::pin, sync::Arc, time::Duration};

use wasmtime::{
    Store,
    component::{ComponentExportIndex, ComponentNamedList, Lift, Lower, TypedFunc},
};

use super::{
    Engine, Fault, HookOutcome, HttpHookOutcome, HttpManifest, HttpRequest, HttpResponse, Manifest,
    Payload, Response, Thrown,
    bindings::{controller, http_controller},
    deadline::PollId,
    exports::{Exports, HttpExport},
    snapshot::{Obstacle, Snapshot},
    store::{self, Common, StoreCtx},
};
use crate::host::{ClientState, EventCtx};

/// A function of the guest that takes the id of a hook or a handler.
type ById<T> = TypedFunc<(u32,), (Result<T, Thrown>,)>;

/// An instance with an event to work on. Dropping it frees everything that it held.
///
/// After a [`Fault`] it must not be entered again; [`super::Sandbox::leave`] takes back only instances without one.
pub struct Instance {
    pub(super) store: Store<StoreCtx>,
    pub(super) instance: wasmtime::component::Instance,
    /// The guest's functions, found when they are first called.
    handle_event: Option<ById<Response>>,
    run_hook: Option<ById<HookOutcome>>,
    controller: Option<Box<controller::Guest>>,
    http: Option<Box<http_controller::Guest>>,
    pub(super) faulted: bool,
    pub(super) events: u64,
    /// By the engine's time.
    pub(super) born: Duration,
    /// Where it has been saved, what it had, or why that could not be.
    snapshot: Option<Result<Snapshot, Obstacle>>,
    /// The poll in which it was given its event.
    began: Option<PollId>,
}

impl Instance {
    /// An instance without an event.
    pub(super) async fn new(engine: &Engine, common: Arc<Common>) -> Result<Self, Fault> {
        let mut store = store::new(engine, common.clone());
        let instantiated = pin!(common.exports.instantiate(&mut store)).await;
        match instantiated {
            Ok(instance) => Ok(Self {
                store,
                instance,
                handle_event: None,
                run_hook: None,
                controller: None,
                http: None,
                faulted: false,
                events: 0,
                born: engine.time(),
                snapshot: None,
                began: None,
            }),
            Err(error) if error.is::<wasmtime::PoolConcurrencyLimitError>() => Err(Fault::host(
                "no room for another instance: raise engine.instances",
            )),
            Err(error) => Err(Fault::from_error(&error, store.data().memory_refused())),
        }
    }

    /// Notes what the instance has, for [`Instance::restore`]; it has had no event yet.
    ///
    /// # Errors
    /// A fault of the host's.
    pub(super) fn save(&mut self) -> Result<(), Fault> {
        let common = self.store.data().common.clone();
        if let Some(functions) = &common.exports.snapshot {
            let taken = functions.take(&mut self.store, &self.instance);
            self.snapshot = Some(self.checked(taken)?);
        }
        Ok(())
    }

    /// Why it could not be saved, if it could not.
    pub(super) fn obstacle(&self) -> Option<Obstacle> {
        self.snapshot.as_ref()?.as_ref().err().copied()
    }

    /// Brings the instance back to where it was when it was saved; `false` where that cannot be, and it must be dropped.
    pub(super) fn restore(&mut self) -> bool {
        let common = self.store.data().common.clone();
        let (Some(functions), Some(Ok(snapshot))) = (&common.exports.snapshot, &mut self.snapshot)
        else {
            return false;
        };
        self.store.data_mut().renew() && functions.restore(&mut self.store, snapshot, self.began)
    }

    /// Gives the instance an event.
    pub(super) fn begin(&mut self, event: Box<EventCtx>) {
        self.events += 1;
        self.began = PollId::current();
        self.store.data_mut().begin(event);
        store::arm(&mut self.store);
    }

    /// The payload of the event, for a step that may change it; none where there is no event.
    pub fn payload_mut(&mut self) -> Option<&mut Option<Payload>> {
        let event = self.store.data_mut().event.as_mut()?;
        Some(&mut event.payload)
    }

    /// The client whose event it is; none where there is no event.
    pub(crate) fn client(&self) -> Option<Arc<ClientState>> {
        Some(self.store.data().event.as_ref()?.client.clone())
    }

    /// Takes the event back.
    pub(super) fn end(&mut self) -> Option<Box<EventCtx>> {
        self.store.data_mut().end()
    }

    /// Calls `describe`.
    pub(super) async fn describe(&mut self) -> Result<Manifest, Fault> {
        let controller = self.controller()?;
        let result = controller.call_describe(&mut self.store).await;
        self.checked(result)
    }

    /// Calls `on-connection`.
    ///
    /// # Errors
    /// The fault that ended the event; the inner result is the guest's answer. The same goes for all calls here.
    pub async fn on_connection(&mut self) -> Result<Result<(), Thrown>, Fault> {
        let controller = self.controller()?;
        let result = controller.call_on_connection(&mut self.store).await;
        self.checked(result)
    }

    /// Calls `run-hook`.
    pub async fn run_hook(&mut self, hook: u32) -> Result<Result<HookOutcome, Thrown>, Fault> {
        let function = match self.run_hook {
            Some(function) => function,
            None => {
                let found = self.find(|exports| exports.run_hook)?;
                *self.run_hook.insert(found)
            }
        };
        let result = pin!(function.call_async(&mut self.store, (hook,))).await;
        self.checked(result).map(|(outcome,)| outcome)
    }

    /// Calls `handle-event`.
    pub async fn handle_event(&mut self, handler: u32) -> Result<Result<Response, Thrown>, Fault> {
        let function = match self.handle_event {
            Some(function) => function,
            None => {
                let found = self.find(|exports| exports.handle_event)?;
                *self.handle_event.insert(found)
            }
        };
        let result = pin!(function.call_async(&mut self.store, (handler,))).await;
        self.checked(result).map(|(answer,)| answer)
    }

    /// Calls `run-post-hook`.
    pub async fn run_post_hook(
        &mut self,
        post_hook: u32,
        response: &Response,
    ) -> Result<Result<Option<Response>, Thrown>, Fault> {
        let controller = self.controller()?;
        let call = controller.call_run_post_hook(&mut self.store, post_hook, response);
        let result = call.await;
        self.checked(result)
    }

    /// Calls `handle-error`.
    pub async fn handle_error(
        &mut self,
        error: &Thrown,
    ) -> Result<Result<Response, Thrown>, Fault> {
        let controller = self.controller()?;
        let result = controller.call_handle_error(&mut self.store, error).await;
        self.checked(result)
    }

    /// Calls `on-disconnection`.
    pub async fn on_disconnection(&mut self, reason: &str) -> Result<Result<(), Thrown>, Fault> {
        let controller = self.controller()?;
        let call = controller.call_on_disconnection(&mut self.store, reason);
        let result = call.await;
        self.checked(result)
    }

    /// Calls `http-controller.describe`.
    pub(super) async fn describe_http(&mut self) -> Result<HttpManifest, Fault> {
        let http = self.http()?;
        let result = http.call_describe(&mut self.store).await;
        self.checked(result)
    }

    /// Calls `http-controller.run-hook`.
    pub async fn run_http_hook(
        &mut self,
        hook: u32,
        request: &HttpRequest,
    ) -> Result<Result<HttpHookOutcome, Thrown>, Fault> {
        let http = self.http()?;
        let result = http.call_run_hook(&mut self.store, hook, request).await;
        self.checked(result)
    }

    /// Calls `http-controller.handle-request`.
    pub async fn handle_request(
        &mut self,
        handler: u32,
        request: &HttpRequest,
    ) -> Result<Result<HttpResponse, Thrown>, Fault> {
        let http = self.http()?;
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
        let http = self.http()?;
        let call = http.call_run_post_hook(&mut self.store, post_hook, response);
        let result = call.await;
        self.checked(result)
    }

    /// Calls `http-controller.handle-error`.
    pub async fn handle_http_error(
        &mut self,
        error: &Thrown,
    ) -> Result<Result<HttpResponse, Thrown>, Fault> {
        let http = self.http()?;
        let result = http.call_handle_error(&mut self.store, error).await;
        self.checked(result)
    }

    fn find<Params, Return>(
        &mut self,
        export: impl FnOnce(&Exports) -> ComponentExportIndex,
    ) -> Result<TypedFunc<Params, Return>, Fault>
    where
        Params: ComponentNamedList + Lower,
        Return: ComponentNamedList + Lift,
    {
        let index = export(&self.store.data().common.exports);
        let found = self.instance.get_typed_func(&mut self.store, index);
        self.checked(found)
    }

    /// The functions of the contract that most events do not call.
    fn controller(&mut self) -> Result<Box<controller::Guest>, Fault> {
        if let Some(controller) = &self.controller {
            return Ok(controller.clone());
        }
        let common = self.store.data().common.clone();
        let loaded = common
            .exports
            .controller
            .load(&mut self.store, &self.instance);
        let loaded = self.checked(loaded)?;
        Ok(self.controller.insert(Box::new(loaded)).clone())
    }

    fn http(&mut self) -> Result<Box<http_controller::Guest>, Fault> {
        if let Some(http) = &self.http {
            return Ok(http.clone());
        }
        let common = self.store.data().common.clone();
        let HttpExport::Controller(indices) = common.exports.http() else {
            // Only what a manifest promises is asked for, so nobody should see this.
            return Err(Fault::host("the component has no HTTP controllers"));
        };
        let loaded = indices.load(&mut self.store, &self.instance);
        let loaded = self.checked(loaded)?;
        Ok(self.http.insert(Box::new(loaded)).clone())
    }

    pub(super) fn checked<T>(&mut self, result: wasmtime::Result<T>) -> Result<T, Fault> {
        result.map_err(|error| {
            self.faulted = true;
            Fault::from_error(&error, self.store.data().memory_refused())
        })
    }
}
