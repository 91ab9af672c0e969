//! One live instance and the guest's functions in it.

use std::{pin::pin, sync::Arc, time::Duration};

use wasmtime::Store;

use super::{
    Engine, Fault, HookOutcome, HttpHookOutcome, HttpManifest, HttpRequest, HttpResponse, Manifest,
    Response, Thrown,
    bindings::{controller, http_controller},
    deadline::PollId,
    exports::{Exports, HttpExport, OTHER_VERSION},
    snapshot::Snapshot,
    store,
};
use crate::host::{Common, EventCtx, StoreCtx};
use stockade_instrument::NotRestorable;

/// Bytes of a payload's text that handlers get without asking. A handler that wants none should not have to find room for a
/// megabyte, and who wants it does not notice one call of the host more.
const MAX_HANDED_OVER: usize = 64 << 10;

/// What a call of the guest came to: its answer, or what it threw. The latter is on the heap: what might be one is handed on many
/// times, and hardly ever is.
pub type Called<T> = Result<Result<T, Box<Thrown>>, Fault>;

/// An instance with an event to work on. Dropping it frees everything that it held.
///
/// After a [`Fault`] it must not be entered again; [`super::Sandbox::leave`] takes back only instances without one.
pub struct Instance {
    pub(super) store: Store<StoreCtx>,
    pub(super) instance: wasmtime::component::Instance,
    pub(super) exports: Arc<Exports>,
    /// The guest's functions, found when the first of them is called.
    controller: Option<controller::Guest>,
    http: Option<http_controller::Guest>,
    pub(super) faulted: bool,
    pub(super) events: u64,
    /// By the engine's time.
    pub(super) born: Duration,
    /// Where it has been saved, what it had, or why that could not be.
    snapshot: Option<Result<Snapshot, NotRestorable>>,
    /// The poll in which it was given its event.
    began: Option<PollId>,
}

impl Instance {
    /// An instance without an event.
    pub(super) async fn new(
        engine: &Engine,
        exports: Arc<Exports>,
        common: Arc<Common>,
    ) -> Result<Self, Fault> {
        let mut store = store::new(engine, common);
        let instantiated = pin!(exports.instantiate(&mut store)).await;
        match instantiated {
            Ok(instance) => Ok(Self {
                store,
                instance,
                exports,
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
        if let Some(functions) = &self.exports.snapshot {
            let taken = functions.take(&mut self.store, &self.instance);
            self.snapshot = Some(self.checked(taken)?);
        }
        Ok(())
    }

    /// Why it could not be saved, if it could not.
    pub(super) fn obstacle(&self) -> Option<NotRestorable> {
        self.snapshot.as_ref()?.as_ref().err().copied()
    }

    /// Brings the instance back to where it was when it was saved; `false` where that cannot be, and it must be dropped.
    pub(super) fn restore(&mut self) -> bool {
        let (Some(functions), Some(Ok(snapshot))) = (&self.exports.snapshot, &mut self.snapshot)
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

    /// The event that it works on; none where there is none.
    pub fn event_mut(&mut self) -> Option<&mut EventCtx> {
        self.store.data_mut().event.as_deref_mut()
    }

    /// Takes the event back.
    pub(super) fn end(&mut self) -> Option<Box<EventCtx>> {
        self.store.data_mut().end()
    }

    /// Calls `describe`.
    pub(super) async fn describe(&mut self) -> Result<Manifest, Fault> {
        let (controller, store) = self.controller()?;
        let result = controller.call_describe(store).await;
        self.checked(result)
    }

    /// Calls `on-connection`.
    ///
    /// # Errors
    /// The fault that ended the event; the inner result is the guest's answer. The same goes for all calls here.
    pub async fn on_connection(&mut self) -> Called<()> {
        let (controller, store) = self.controller()?;
        let result = controller.call_on_connection(store).await;
        self.called(result)
    }

    /// Calls `run-hook`.
    pub async fn run_hook(&mut self, hook: u32) -> Called<HookOutcome> {
        let (controller, store) = self.controller()?;
        let result = pin!(controller.call_run_hook(store, hook)).await;
        self.called(result)
    }

    /// Calls `handle-event`, with the text of the payload where that is all of it, and not large.
    pub async fn handle_event(&mut self, handler: u32) -> Called<Response> {
        let ctx = self.store.data_mut();
        let payload = ctx.event.as_ref().and_then(|event| event.payload.clone());
        let plain = payload.as_ref().filter(|payload| {
            payload.attachments.is_empty() && payload.json.len() <= MAX_HANDED_OVER
        });
        let json = plain.map(|payload| &*payload.json);
        let charged = ctx.charge(json.map_or(0, str::len));
        self.checked(charged)?;
        let (controller, store) = self.controller()?;
        let result = pin!(controller.call_handle_event(store, handler, json)).await;
        self.called(result)
    }

    /// Calls `run-post-hook`.
    pub async fn run_post_hook(
        &mut self,
        post_hook: u32,
        response: &Response,
    ) -> Called<Option<Response>> {
        let (controller, store) = self.controller()?;
        let call = controller.call_run_post_hook(store, post_hook, response);
        let result = call.await;
        self.called(result)
    }

    /// Calls `handle-error`.
    pub async fn handle_error(&mut self, error: &Thrown) -> Called<Response> {
        let (controller, store) = self.controller()?;
        let result = controller.call_handle_error(store, error).await;
        self.called(result)
    }

    /// Calls `on-disconnection`.
    pub async fn on_disconnection(&mut self, reason: &str) -> Called<()> {
        let (controller, store) = self.controller()?;
        let call = controller.call_on_disconnection(store, reason);
        let result = call.await;
        self.called(result)
    }

    /// Calls `http-controller.describe`.
    pub(super) async fn describe_http(&mut self) -> Result<HttpManifest, Fault> {
        let (http, store) = self.http()?;
        let result = http.call_describe(store).await;
        self.checked(result)
    }

    /// Calls `http-controller.run-hook`.
    pub async fn run_http_hook(
        &mut self,
        hook: u32,
        request: &HttpRequest,
    ) -> Called<HttpHookOutcome> {
        let (http, store) = self.http()?;
        let result = http.call_run_hook(store, hook, request).await;
        self.called(result)
    }

    /// Calls `http-controller.handle-request`.
    pub async fn handle_request(
        &mut self,
        handler: u32,
        request: &HttpRequest,
    ) -> Called<HttpResponse> {
        let (http, store) = self.http()?;
        let call = http.call_handle_request(store, handler, request);
        let result = call.await;
        self.called(result)
    }

    /// Calls `http-controller.run-post-hook`.
    pub async fn run_http_post_hook(
        &mut self,
        post_hook: u32,
        response: &HttpResponse,
    ) -> Called<Option<HttpResponse>> {
        let (http, store) = self.http()?;
        let call = http.call_run_post_hook(store, post_hook, response);
        let result = call.await;
        self.called(result)
    }

    /// Calls `http-controller.handle-error`.
    pub async fn handle_http_error(&mut self, error: &Thrown) -> Called<HttpResponse> {
        let (http, store) = self.http()?;
        let result = http.call_handle_error(store, error).await;
        self.called(result)
    }

    /// The functions of `controller`, and what they are called on.
    fn controller(&mut self) -> Result<(&controller::Guest, &mut Store<StoreCtx>), Fault> {
        let found = match &mut self.controller {
            Some(found) => found,
            none => {
                let loaded = self
                    .exports
                    .controller
                    .load(&mut self.store, &self.instance);
                none.insert(loaded.map_err(|error| other_types(&mut self.faulted, &error))?)
            }
        };
        Ok((found, &mut self.store))
    }

    /// The functions of `http-controller`, and what they are called on.
    fn http(&mut self) -> Result<(&http_controller::Guest, &mut Store<StoreCtx>), Fault> {
        let HttpExport::Controller(indices) = self.exports.http() else {
            // Only what a manifest promises is asked for, so nobody should see this.
            return Err(Fault::host("the component has no HTTP controllers"));
        };
        let found = match &mut self.http {
            Some(found) => found,
            none => {
                let loaded = indices.load(&mut self.store, &self.instance);
                none.insert(loaded.map_err(|error| other_types(&mut self.faulted, &error))?)
            }
        };
        Ok((found, &mut self.store))
    }

    fn called<T>(&mut self, result: wasmtime::Result<Result<T, Thrown>>) -> Called<T> {
        let answer = self.checked(result)?;
        Ok(answer.map_err(Box::new))
    }

    pub(super) fn checked<T>(&mut self, result: wasmtime::Result<T>) -> Result<T, Fault> {
        result.map_err(|error| ended(&self.store, &mut self.faulted, &error))
    }
}

/// Notes that an instance must not be entered again, and says why.
fn ended(store: &Store<StoreCtx>, faulted: &mut bool, error: &wasmtime::Error) -> Fault {
    *faulted = true;
    Fault::from_error(error, store.data().memory_refused())
}

/// Refuses functions that have the names of the contract's, and other types. Linking looks at names only.
fn other_types(faulted: &mut bool, error: &wasmtime::Error) -> Fault {
    *faulted = true;
    let cause = error.root_cause();
    Fault::broken_promise(format!("{OTHER_VERSION} ({cause})"))
}
