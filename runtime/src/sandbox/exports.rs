//! What a component exports, found once, so that an instance costs no look-up by name.

use wasmtime::{
    Store,
    component::{ComponentExportIndex, Instance, InstancePre},
};
use wasmtime_wasi_http::p2::bindings::exports::wasi::http::incoming_handler;

use super::{
    bindings::{controller, http_controller},
    snapshot,
    store::StoreCtx,
};

/// A linked component.
pub(super) struct Exports {
    pre: InstancePre<StoreCtx>,
    pub(super) controller: controller::GuestIndices,
    /// What most events call. Looked up by itself, because the whole interface takes longer than an event.
    pub(super) handle_event: ComponentExportIndex,
    pub(super) run_hook: ComponentExportIndex,
    http: HttpExport,
    /// Where its instances can be restored.
    pub(super) snapshot: Option<snapshot::Functions>,
}

/// How a component serves HTTP requests.
pub(super) enum HttpExport {
    /// Not at all.
    None,
    /// By the contract's own interface.
    Controller(http_controller::GuestIndices),
    /// By the standard one.
    IncomingHandler(incoming_handler::GuestIndices),
}

/// The same, for the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HttpKind {
    /// It does not serve any.
    None,
    /// It exports `stockade:handler/http-controller`.
    Controller,
    /// It exports `wasi:http/incoming-handler`.
    IncomingHandler,
}

impl Exports {
    /// Finds the exports of a linked component.
    ///
    /// # Errors
    /// When what the contract asks for is missing or has other types.
    pub(super) fn new(
        pre: InstancePre<StoreCtx>,
        snapshot: Option<snapshot::Functions>,
    ) -> wasmtime::Result<Self> {
        let component = pre.component();
        let has = |name: &str| component.get_export_index(None, name).is_some();
        let http = if has("stockade:handler/http-controller@0.1.0") {
            HttpExport::Controller(http_controller::GuestIndices::new(&pre)?)
        } else if component
            .component_type()
            .exports(component.engine())
            .any(|(name, _)| name.starts_with("wasi:http/incoming-handler@0.2."))
        {
            HttpExport::IncomingHandler(incoming_handler::GuestIndices::new(&pre)?)
        } else {
            HttpExport::None
        };
        let interface = component.get_export_index(None, "stockade:handler/controller@0.1.0");
        let function = |name: &str| {
            interface
                .and_then(|interface| component.get_export_index(Some(&interface), name))
                .ok_or_else(|| wasmtime::format_err!("there is no function {name}"))
        };
        Ok(Self {
            controller: controller::GuestIndices::new(&pre)?,
            handle_event: function("handle-event")?,
            run_hook: function("run-hook")?,
            http,
            snapshot,
            pre,
        })
    }

    /// Makes an instance of it.
    pub(super) async fn instantiate(
        &self,
        store: &mut Store<StoreCtx>,
    ) -> wasmtime::Result<Instance> {
        // Pinned where it is: the futures of the hot path are large, and awaiting one directly copies it.
        std::pin::pin!(self.pre.instantiate_async(store)).await
    }

    pub(super) fn http(&self) -> &HttpExport {
        &self.http
    }

    pub(super) fn http_kind(&self) -> HttpKind {
        match self.http {
            HttpExport::None => HttpKind::None,
            HttpExport::Controller(_) => HttpKind::Controller,
            HttpExport::IncomingHandler(_) => HttpKind::IncomingHandler,
        }
    }
}
