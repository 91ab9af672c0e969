//! What a component exports, found once, so that an instance costs no look-up by name.

use wasmtime::{
    Store,
    component::{Instance, InstancePre},
};
use wasmtime_wasi_http::p2::bindings::exports::wasi::http::incoming_handler;

use super::{
    bindings::{controller, http_controller},
    snapshot,
};
use crate::host::StoreCtx;

/// A linked component.
pub(super) struct Exports {
    pre: InstancePre<StoreCtx>,
    pub(super) controller: controller::GuestIndices,
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
    /// When what the contract asks for is missing. Types are compared when the functions are first looked up in an instance.
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
        Ok(Self {
            controller: controller::GuestIndices::new(&pre)?,
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

/// What is wrong with a component whose functions have other types.
pub(super) const OTHER_VERSION: &str = "its functions have other types than in this version of the contract: \
     build the component again, with an SDK of this version";
