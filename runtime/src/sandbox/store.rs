//! What a store carries: the current event, and the host's side of an instance.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use wasmtime::{
    Store, UpdateDeadline,
    component::{HasData, ResourceTable},
};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use super::{
    Engine,
    fault::OutOfCpu,
    limits::{CpuBudget, Limits, MemoryLimiter, TenantMemory},
};
use crate::{
    host::{EventCtx, GuestLog, Keyvalue, stdio},
    store::MAX_BATCH_BYTES,
};

/// Handles of WASI resources that one instance may hold at once.
const MAX_HANDLES: usize = 1_000;
/// Random bytes that a guest may ask for in one call.
const MAX_RANDOM: u64 = 64 << 10;
/// Over a guest's strings and lists there is what the canonical ABI needs to describe them.
const HOSTCALL_OVERHEAD: usize = 64 << 10;

/// The data of a store. Host functions see it as `&mut self`.
pub struct StoreCtx {
    /// The event that the guest is working on; none during `describe`.
    pub(crate) event: Option<EventCtx>,
    /// Where the guest's output goes, outlives the event that it is lent to.
    pub(crate) log: GuestLog,
    /// What the guest may store.
    pub(crate) keyvalue: Keyvalue,
    /// Made when the guest first asks for something of WASI, which many events never do.
    wasi: Option<Box<WasiCtx>>,
    pub(crate) table: ResourceTable,
    memory: MemoryLimiter,
    cpu: CpuBudget,
}

impl StoreCtx {
    /// Charges the guest for what the host does with `bytes` for it.
    ///
    /// # Errors
    /// Ends the guest when its CPU time is used up.
    pub(crate) fn charge(&mut self, bytes: usize) -> wasmtime::Result<()> {
        match self.cpu.work(bytes) {
            true => Ok(()),
            false => Err(OutOfCpu.into()),
        }
    }

    /// Charges the guest for time that the host worked for it.
    ///
    /// # Errors
    /// As for [`StoreCtx::charge`].
    pub(crate) fn charge_time(&mut self, time: Duration) -> wasmtime::Result<()> {
        match self.cpu.time(time) {
            true => Ok(()),
            false => Err(OutOfCpu.into()),
        }
    }

    /// Waits at nobody's expense: what is done meanwhile is done elsewhere.
    pub(crate) async fn wait<T>(&mut self, call: impl Future<Output = T>) -> T {
        let started = Instant::now();
        let answer = call.await;
        self.cpu.waited(started.elapsed());
        answer
    }

    /// Counts what the host keeps for the guest as memory of its instance; `false` where that would be too much.
    pub(crate) fn keep(&mut self, bytes: usize) -> bool {
        self.memory.grow(bytes)
    }

    /// Takes that off again.
    pub(crate) fn release(&mut self, bytes: usize) {
        self.memory.shrink(bytes);
    }

    pub(super) fn memory_refused(&self) -> bool {
        self.memory.refused()
    }
}

impl WasiView for StoreCtx {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        let log = &self.log;
        WasiCtxView {
            ctx: self.wasi.get_or_insert_with(|| Box::new(wasi(log))),
            table: &mut self.table,
        }
    }
}

/// The data that the contract's own interfaces work on: all of it.
pub(super) struct Contract;

impl HasData for Contract {
    type Data<'a> = &'a mut StoreCtx;
}

/// A store for one instance. Nothing may run in it before [`arm`].
pub(super) fn new(
    engine: &Engine,
    limits: &Limits,
    tenant: Arc<TenantMemory>,
    log: GuestLog,
    keyvalue: Keyvalue,
) -> Store<StoreCtx> {
    let mut table = ResourceTable::new();
    table.set_max_capacity(MAX_HANDLES);
    let ctx = StoreCtx {
        event: None,
        log,
        keyvalue,
        wasi: None,
        table,
        memory: MemoryLimiter::new(limits, tenant),
        cpu: CpuBudget::new(limits.cpu),
    };
    let mut store = Store::new(engine.wasmtime(), ctx);
    store.limiter(|ctx| &mut ctx.memory);
    let stored = limits.store.key.saturating_add(limits.store.value);
    let largest = limits.payload.max(limits.log).max(stored);
    store.set_hostcall_fuel(
        largest
            .max(MAX_BATCH_BYTES)
            .saturating_add(HOSTCALL_OVERHEAD),
    );
    store.set_max_component_handles(MAX_HANDLES);
    store.epoch_deadline_callback(|mut store| {
        if !store.data_mut().cpu.tick() {
            return Err(OutOfCpu.into());
        }
        // To the executor after each epoch, so that one guest cannot hold a worker.
        Ok(UpdateDeadline::YieldCustom(
            1,
            Box::pin(tokio::task::yield_now()),
        ))
    });
    store
}

/// Gives the store the CPU time of a new event.
pub(super) fn arm(store: &mut Store<StoreCtx>, limits: &Limits) {
    let ctx = store.data_mut();
    ctx.cpu = CpuBudget::new(limits.cpu);
    ctx.memory.begin();
    store.set_epoch_deadline(1);
}

/// Clocks, randomness and output; no files, no network, no environment.
fn wasi(log: &GuestLog) -> WasiCtx {
    let mut wasi = WasiCtx::builder();
    wasi.max_random_size(MAX_RANDOM)
        .allow_tcp(false)
        .allow_udp(false)
        .allow_ip_name_lookup(false)
        .stdout(stdio::Output::stdout(log.clone()))
        .stderr(stdio::Output::stderr(log.clone()));
    wasi.build()
}
