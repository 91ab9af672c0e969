//! Components for tests of what the host does for guests.

use std::sync::Arc;

use wasmtime::Store;

use stockade_auth::session::{SessionConfig, Sessions};
use stockade_store::Store as Kept;

use crate::{
    Engine, compile_own,
    exports::Exports,
    host::{Common, EventCtx, Keyvalue, LogSource, StoreCtx, TenantCtx},
    limits::Limits,
    linker::link,
    store,
};

/// Exports what the host asks for by name, and no more.
const CONTROLLER: &str = r#"
  (core module $nothing (func (export "nothing")))
  (core instance $nothing (instantiate $nothing))
  (func $nothing (canon lift (core func $nothing "nothing")))
  (instance $controller
    (export "describe" (func $nothing))
    (export "on-connection" (func $nothing))
    (export "run-hook" (func $nothing))
    (export "handle-event" (func $nothing))
    (export "run-post-hook" (func $nothing))
    (export "handle-error" (func $nothing))
    (export "on-disconnection" (func $nothing)))
  (export "stockade:handler/controller@0.1.0" (instance $controller))"#;

/// Bytes that an instance may have.
const MEMORY: usize = 300 << 20;

/// A component with an engine of its own: in one that is shared, an instance's memory may have pages that are taken for written
/// because instances before it had written them.
pub(crate) struct Component {
    pub(crate) engine: Engine,
    pub(crate) exports: Arc<Exports>,
    pub(crate) common: Arc<Common>,
}

impl Component {
    /// A component with these contents, besides what the host asks for.
    pub(crate) fn new(contents: &str, change: impl FnOnce(&mut Limits)) -> Self {
        let wasm = wat::parse_str(format!("(component {contents} {CONTROLLER})")).unwrap();
        let engine = Engine::new(2, MEMORY).unwrap();
        let code = compile_own(&engine, &wasm).unwrap();
        assert_eq!(code.obstacle, None);
        let mut limits = Limits {
            memory: MEMORY,
            ..Limits::default()
        };
        change(&mut limits);
        let store = Kept::memory(limits.store);
        let tenant = TenantCtx {
            log: LogSource::new("test", limits.log_rate),
            keyvalue: Keyvalue::new(&store, "test"),
            sessions: Arc::new(Sessions::new(&store, "test", &SessionConfig::default())),
            limits: Arc::new(limits),
        };
        Self {
            exports: Arc::new(link(&engine, &code).unwrap()),
            engine,
            common: Arc::new(Common::new(tenant)),
        }
    }

    /// What its functions work on when they call the host for an event.
    pub(crate) fn during(&self, event: Box<EventCtx>) -> Store<StoreCtx> {
        let mut store = store::new(&self.engine, self.common.clone());
        store.data_mut().begin(event);
        store
    }

    /// Where its sessions are.
    pub(crate) fn sessions(&self) -> &Sessions {
        &self.common.tenant.sessions
    }
}
