//! What a store carries: the current event, and the host's side of an instance.

use std::{
    future::poll_fn,
    pin::pin,
    sync::Arc,
    task::Poll,
    time::{Duration, Instant, UNIX_EPOCH},
};

use stockade_store::{MAX_BATCH_BYTES, clock::Clock};
use wasmtime::component::ResourceTable;
use wasmtime_wasi::{HostWallClock, WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use super::{EventCtx, GuestLog, Lines, TenantCtx, outgoing_http::NoOutgoingHttp, stdio};
use crate::{
    CallError,
    limits::{CpuBudget, Limits, MemoryLimiter, OutOfCpu, TenantMemory},
    pages::Memory,
};

/// Handles of WASI resources that one instance may hold at once.
pub(crate) const MAX_HANDLES: usize = 1_000;
/// Random bytes that a guest may ask for in one call.
const MAX_RANDOM: u64 = 64 << 10;
/// Bytes of the headers that a guest may build.
const MAX_FIELDS: usize = 64 << 10;
/// Over a guest's strings and lists there is what the canonical ABI needs to describe them.
const HOSTCALL_OVERHEAD: usize = 64 << 10;

/// What all stores of a tenant have in common.
pub(crate) struct Common {
    pub(crate) tenant: TenantCtx,
    pub(crate) memory: Arc<TenantMemory>,
    /// CPU time of an event, in epochs.
    ticks: u64,
    /// Bytes that may cross between guest and host in one call.
    hostcall_fuel: usize,
}

impl Common {
    pub(crate) fn new(tenant: TenantCtx) -> Self {
        let limits = &tenant.limits;
        let stored = limits.store.key.saturating_add(limits.store.value);
        let largest = limits.payload.max(limits.log).max(stored);
        Self {
            memory: Arc::default(),
            ticks: CpuBudget::ticks(limits.cpu),
            hostcall_fuel: largest
                .max(MAX_BATCH_BYTES)
                .saturating_add(HOSTCALL_OVERHEAD),
            tenant,
        }
    }

    /// What the instances may use.
    pub(crate) fn limits(&self) -> &Limits {
        &self.tenant.limits
    }
}

/// The data of a store. Host functions see it as `&mut self`.
pub struct StoreCtx {
    /// The event that the guest is working on; none during `describe`.
    pub(crate) event: Option<Box<EventCtx>>,
    pub(crate) common: Arc<Common>,
    /// Where the guest's output goes, outlives the event that it is lent to.
    log: GuestLog,
    /// Made when the guest first asks for something of WASI, which many events never do.
    wasi: Option<Box<WasiCtx>>,
    http: WasiHttpCtx,
    outgoing_http: NoOutgoingHttp,
    pub(crate) table: ResourceTable,
    /// Whether WASI has had the table, whose handles may come and go in any order.
    wasi_had_table: bool,
    /// Bytes that were counted for the guest when it had started.
    memory_at_start: usize,
    /// The memories of the instance, while they are being looked for.
    pub(crate) found_memories: Option<Vec<Option<Memory>>>,
    memory: MemoryLimiter,
    cpu: CpuBudget,
}

impl StoreCtx {
    /// What a store begins with: no event.
    pub(crate) fn new(common: Arc<Common>) -> Self {
        let mut http = WasiHttpCtx::new();
        http.set_field_size_limit(MAX_FIELDS);
        Self {
            log: GuestLog::default(),
            event: None,
            wasi: None,
            http,
            outgoing_http: NoOutgoingHttp,
            table: table(),
            wasi_had_table: false,
            memory_at_start: 0,
            found_memories: None,
            memory: MemoryLimiter::new(common.limits(), common.memory.clone()),
            cpu: CpuBudget::new(common.ticks),
            common,
        }
    }

    /// Counts the memories and tables of the instance.
    pub(crate) fn memory_limiter(&mut self) -> &mut MemoryLimiter {
        &mut self.memory
    }

    /// Takes the epoch that has just ended off the guest's CPU time.
    ///
    /// # Errors
    /// Ends the guest when that was the last.
    pub(crate) fn tick(&mut self) -> wasmtime::Result<()> {
        match self.cpu.tick() {
            true => Ok(()),
            false => Err(OutOfCpu.into()),
        }
    }

    /// Bytes that may cross between guest and host in one call.
    pub(crate) fn hostcall_fuel(&self) -> usize {
        self.common.hostcall_fuel
    }

    /// Where the guest's output goes.
    pub(crate) fn lines(&mut self) -> &Lines {
        let TenantCtx { log, limits, .. } = &self.common.tenant;
        self.log.lines(log, limits.log)
    }

    /// Whose guest it is.
    pub(crate) fn tenant(&self) -> &TenantCtx {
        &self.common.tenant
    }

    /// The event that the guest works on, and whose guest it is.
    ///
    /// # Errors
    /// There is no event.
    pub(crate) fn current(&mut self) -> Result<(&mut EventCtx, &TenantCtx), CallError> {
        let event = self.event.as_deref_mut().ok_or(CallError::NoEvent)?;
        Ok((event, &self.common.tenant))
    }

    /// Gives the guest an event, and the CPU time for it.
    pub(crate) fn begin(&mut self, event: Box<EventCtx>) {
        self.log.begin(event.message_id);
        self.event = Some(event);
        self.cpu = CpuBudget::new(self.common.ticks);
        self.memory.begin();
    }

    /// Takes the event back.
    pub(crate) fn end(&mut self) -> Option<Box<EventCtx>> {
        self.log.flush();
        self.event.take()
    }

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
        let mut call = pin!(call);
        let polled = poll_fn(|cx| Poll::Ready(call.as_mut().poll(cx))).await;
        if let Poll::Ready(answer) = polled {
            return answer;
        }
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

    /// Whether the guest has asked WASI for something.
    pub(crate) fn has_asked_wasi(&self) -> bool {
        self.wasi.is_some()
    }

    /// Notes how much memory is counted for the guest, which is to be the same after each event.
    pub(crate) fn note_memory(&mut self) {
        self.memory_at_start = self.memory.used();
    }

    /// Forgets what is the guest's, as if its instance were new; `false` where that cannot be, because it would notice.
    pub(crate) fn renew(&mut self) -> bool {
        let has_no_traces = self.table.is_empty()
            && self.handles_begin_anew()
            && self.memory.used() == self.memory_at_start;
        self.table = table();
        self.wasi_had_table = false;
        self.wasi = None;
        has_no_traces
    }

    /// Whether the next handles of the guest will have the numbers of the first ones.
    ///
    /// wasmtime keeps a list of free numbers for the guest, and this table one of its own. Both are used last in, first out,
    /// so while they are used at the same moments they agree, and whether the one here is in order tells of the other. WASI
    /// uses them at other moments, which cannot matter as long as there was no more than one handle.
    fn handles_begin_anew(&mut self) -> bool {
        self.table.set_max_capacity(0);
        for expected in 0..MAX_HANDLES {
            match self.table.push(()) {
                Ok(_) if self.wasi_had_table && expected > 0 => return false,
                Ok(handle) if handle.rep() as usize == expected => {}
                Ok(_) => return false,
                // None is left that has been used before.
                Err(_) => return true,
            }
        }
        false
    }

    pub(crate) fn memory_refused(&self) -> bool {
        self.memory.refused()
    }
}

impl WasiView for StoreCtx {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        self.wasi_had_table = true;
        let TenantCtx {
            log,
            limits,
            keyvalue,
            ..
        } = &self.common.tenant;
        WasiCtxView {
            ctx: self.wasi.get_or_insert_with(|| {
                let lines = self.log.lines(log, limits.log);
                Box::new(wasi(lines, keyvalue.clock()))
            }),
            table: &mut self.table,
        }
    }
}

impl WasiHttpView for StoreCtx {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        self.wasi_had_table = true;
        WasiHttpCtxView {
            hooks: &mut self.outgoing_http,
            table: &mut self.table,
            ctx: &mut self.http,
        }
    }
}

fn table() -> ResourceTable {
    let mut table = ResourceTable::new();
    table.set_max_capacity(MAX_HANDLES);
    table
}

/// The clock on the wall as guests see it.
struct GuestClock(Clock);

impl HostWallClock for GuestClock {
    fn resolution(&self) -> Duration {
        self.0.resolution()
    }

    fn now(&self) -> Duration {
        self.0.now().duration_since(UNIX_EPOCH).unwrap_or_default()
    }
}

/// Clocks, randomness and output; no files, no network, no environment.
fn wasi(lines: &Lines, clock: &Clock) -> WasiCtx {
    let mut wasi = WasiCtx::builder();
    wasi.max_random_size(MAX_RANDOM)
        .wall_clock(GuestClock(clock.clone()))
        .allow_tcp(false)
        .allow_udp(false)
        .allow_ip_name_lookup(false)
        .stdout(stdio::Output::stdout(lines.clone()))
        .stderr(stdio::Output::stderr(lines.clone()));
    wasi.build()
}
