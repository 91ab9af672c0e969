//! Makes a store for an instance, with its limits.

use std::sync::Arc;

use wasmtime::{Store, UpdateDeadline};

use crate::{
    Engine,
    host::{Common, MAX_HANDLES, StoreCtx},
};

/// A store for one instance, without an event.
pub(crate) fn new(engine: &Engine, common: Arc<Common>) -> Store<StoreCtx> {
    let ctx = StoreCtx::new(common);
    let hostcall_fuel = ctx.hostcall_fuel();
    let mut store = Store::new(engine.wasmtime(), ctx);
    store.limiter(|ctx| ctx.memory_limiter());
    store.set_hostcall_fuel(hostcall_fuel);
    store.set_max_component_handles(MAX_HANDLES);
    store.epoch_deadline_callback(|mut store| {
        store.data_mut().tick()?;
        // To the executor after each epoch, so that one guest cannot hold a worker.
        Ok(UpdateDeadline::YieldCustom(
            1,
            Box::pin(tokio::task::yield_now()),
        ))
    });
    arm(&mut store);
    store
}

/// Has the guest interrupted at the end of this epoch.
pub(crate) fn arm(store: &mut Store<StoreCtx>) {
    store.set_epoch_deadline(1);
}
