//! What one event and one tenant may use. Whoever enforces a limit names it in an error; the numbers come from `config`.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use wasmtime::ResourceLimiter;

use super::epoch::TICK;
use stockade_store::StoreLimits;

/// Limits of one tenant. Sizes in bytes.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Time that the guest may run in one event, waiting not counted.
    pub cpu: Duration,
    /// Time from the start of an event to its answer, waiting counted.
    pub wall: Duration,
    /// Memories and tables of one instance.
    pub memory: usize,
    /// Memories and tables of all instances of the tenant.
    pub total_memory: usize,
    /// Instances at once.
    pub instances: usize,
    /// Events that may wait for an instance.
    pub waiting: usize,
    /// Events of one socket that may wait for their turn.
    pub queue: usize,
    /// Bytes of the events of one socket that wait for their turn.
    pub queue_bytes: usize,
    /// Bytes of the events of all sockets that wait: for their turn, for their attachments, or in a guest.
    pub total_queue: usize,
    /// Events of one socket that may run at once, where their routes are concurrent.
    pub concurrent: usize,
    /// One payload, attachments included, in either direction.
    pub payload: usize,
    /// Nesting of a payload in either direction.
    pub depth: usize,
    /// Attachments of one payload.
    pub attachments: usize,
    /// TCP connections.
    pub connections: usize,
    /// How long a client may take to send the head of a request.
    pub header_timeout: Duration,
    /// How long it may take to send the body.
    pub body_timeout: Duration,
    /// Rooms of one socket.
    pub rooms: usize,
    /// Child namespaces at once.
    pub child_namespaces: usize,
    /// Child namespaces of one connection at once.
    pub connection_child_namespaces: usize,
    /// Calls to emit in one event.
    pub emits: usize,
    /// Bytes emitted in one event.
    pub emit_bytes: usize,
    /// Bytes of the sockets that one call of `fetch-sockets` answers.
    pub fetch_bytes: usize,
    /// Bytes sent to a client that it has not read yet.
    pub unread: usize,
    /// The same of all clients.
    pub total_unread: usize,
    /// Log lines of one event, in bytes.
    pub log: usize,
    /// Log lines of the tenant, in bytes per second.
    pub log_rate: usize,
    /// Calls to the store in one event, each key of those that are about many counted.
    pub store_operations: usize,
    /// What it may store.
    pub store: StoreLimits,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            cpu: Duration::from_millis(100),
            wall: Duration::from_secs(5),
            memory: 64 << 20,
            total_memory: 512 << 20,
            instances: 64,
            waiting: 1_024,
            queue: 64,
            queue_bytes: 4_000_000,
            total_queue: 128 << 20,
            concurrent: 8,
            payload: 1_000_000,
            depth: 64,
            attachments: 64,
            connections: 10_000,
            header_timeout: Duration::from_secs(30),
            body_timeout: Duration::from_secs(30),
            rooms: 256,
            child_namespaces: 10_000,
            connection_child_namespaces: 32,
            emits: 1_000,
            emit_bytes: 4_000_000,
            fetch_bytes: 2_000_000,
            unread: 8 << 20,
            total_unread: 256 << 20,
            log: 64 << 10,
            log_rate: 1 << 20,
            store_operations: 1_000,
            store: StoreLimits::default(),
        }
    }
}

/// What the host copies, checks and passes on in one epoch, at the least.
const BYTES_A_TICK: usize = 512 << 10;
/// What a call of the host costs beside the bytes that it is about.
const CALL: usize = 64;

/// What the epoch callback ends a guest with.
#[derive(Debug, thiserror::Error)]
#[error("the CPU time of the event is used up")]
pub(crate) struct OutOfCpu;

/// The CPU time that is left for the current event, in epochs.
pub(crate) struct CpuBudget {
    ticks: u64,
    /// Bytes that the host has worked on for the guest since the last epoch that it was charged for them.
    bytes: usize,
    /// Time in epochs that the guest will be charged for although it has waited.
    waited: Duration,
}

impl CpuBudget {
    /// How many epochs `cpu` is.
    pub(crate) fn ticks(cpu: Duration) -> u64 {
        let ticks = cpu.as_micros().div_ceil(TICK.as_micros());
        u64::try_from(ticks).unwrap_or(u64::MAX).max(1)
    }

    /// A budget of so many epochs.
    pub(crate) fn new(ticks: u64) -> Self {
        Self {
            ticks,
            bytes: 0,
            waited: Duration::ZERO,
        }
    }

    /// Takes the epoch that has just ended; `false` when that was the last.
    pub(crate) fn tick(&mut self) -> bool {
        match self.waited.checked_sub(TICK) {
            Some(left) => {
                self.waited = left;
                true
            }
            None => self.take(1),
        }
    }

    /// Notes that the guest has waited. Epochs end meanwhile, and it is charged one for all that did: with this it gets back
    /// as much as such a wait costs on average, so that many short ones do not use up its time.
    pub(crate) fn waited(&mut self, time: Duration) {
        self.waited += time.min(TICK);
    }

    /// Takes the time in which the host worked on `bytes` for the guest. Epochs do not see it, however long it was: the
    /// guest is charged one for all that passed in a call.
    pub(crate) fn work(&mut self, bytes: usize) -> bool {
        self.bytes = self.bytes.saturating_add(bytes).saturating_add(CALL);
        let ticks = self.bytes / BYTES_A_TICK;
        self.bytes %= BYTES_A_TICK;
        self.take(ticks as u64)
    }

    /// Takes the time that the host took for the guest.
    pub(crate) fn time(&mut self, time: Duration) -> bool {
        let ticks = time.as_micros() / TICK.as_micros();
        self.take(u64::try_from(ticks).unwrap_or(u64::MAX))
    }

    fn take(&mut self, ticks: u64) -> bool {
        self.ticks = self.ticks.saturating_sub(ticks);
        self.ticks > 0
    }
}

/// Memory of all instances of one tenant, in bytes.
#[derive(Debug, Default)]
pub(crate) struct TenantMemory(AtomicUsize);

impl TenantMemory {
    pub(crate) fn used(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// Refuses what would take an instance, or its tenant, over its memory.
pub(crate) struct MemoryLimiter {
    used: usize,
    limit: usize,
    tenant: Arc<TenantMemory>,
    tenant_limit: usize,
    refused: bool,
}

impl MemoryLimiter {
    pub(crate) fn new(limits: &Limits, tenant: Arc<TenantMemory>) -> Self {
        Self {
            used: 0,
            limit: limits.memory,
            tenant,
            tenant_limit: limits.total_memory,
            refused: false,
        }
    }

    /// Forgets that the guest was refused memory: it has another event.
    pub(crate) fn begin(&mut self) {
        self.refused = false;
    }

    /// Bytes that are counted for the instance.
    pub(crate) fn used(&self) -> usize {
        self.used
    }

    /// Whether the guest was refused memory: most guests trap on that, for no other visible reason.
    pub(crate) fn refused(&self) -> bool {
        self.refused
    }

    pub(crate) fn grow(&mut self, by: usize) -> bool {
        let granted = self
            .used
            .checked_add(by)
            .is_some_and(|used| used <= self.limit)
            && self
                .tenant
                .0
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |all| {
                    all.checked_add(by).filter(|all| *all <= self.tenant_limit)
                })
                .is_ok();
        if granted {
            self.used += by;
        } else {
            self.refused = true;
        }
        granted
    }

    /// Gives back what [`MemoryLimiter::grow`] has granted.
    pub(crate) fn shrink(&mut self, by: usize) {
        let by = by.min(self.used);
        self.used -= by;
        self.tenant.0.fetch_sub(by, Ordering::Relaxed);
    }
}

impl Drop for MemoryLimiter {
    fn drop(&mut self) {
        self.tenant.0.fetch_sub(self.used, Ordering::Relaxed);
    }
}

impl ResourceLimiter for MemoryLimiter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        Ok(self.grow(desired.saturating_sub(current)))
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        let elements = desired.saturating_sub(current);
        Ok(self.grow(elements.saturating_mul(size_of::<usize>())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_costs_no_time_and_earns_none() {
        let mut cpu = CpuBudget::new(CpuBudget::ticks(3 * TICK));
        for _ in 0..100 {
            cpu.waited(Duration::from_secs(5));
            assert!(cpu.tick());
        }
        for _ in 0..2 {
            cpu.waited(TICK / 2);
        }
        assert!(cpu.tick(), "two halves are one");
        assert!(cpu.tick() && cpu.tick() && !cpu.tick());
    }
}
