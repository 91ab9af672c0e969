//! The wasmtime engine that all tenants share: one a process.

use std::{num::NonZeroUsize, time::Duration};

use wasmtime::{
    Config, Enabled, InstanceAllocationStrategy, PoolingAllocationConfig, WasmBacktraceDetails,
};

use super::epoch::Ticker;

/// Space for a component's own bookkeeping. Componentised Python needs several MiB.
const INSTANCE_SIZE: usize = 8 << 20;
/// Componentised Python has 38 core modules and grows with what it bundles.
const CORE_INSTANCES: u32 = 200;
const MEMORIES: u32 = 8;
const TABLES: u32 = 40;
const TABLE_ELEMENTS: usize = 100_000;
/// What an instance has written of its memory and stays mapped for the next one, because it is cheaper to clear than to
/// fault in again. An ordinary event writes four pages, one with 20 KB of payload 40 or so. The rest goes back to the
/// system, and all instances of a burst together keep little.
const MEMORY_KEEP_RESIDENT: usize = 256 << 10;
const TABLE_KEEP_RESIDENT: usize = 64 << 10;
/// Room to grow in that a memory gets where address space is short.
const GROWTH: u64 = 1 << 20;
const STACK: usize = 1 << 20;
const WASM_STACK: usize = 512 << 10;
/// Frames of a backtrace: endless recursion has thousands.
const MAX_FRAMES: usize = 32;

/// A compiler and an allocator of instances, with the thread that advances its epoch.
#[derive(Clone)]
pub struct Engine {
    engine: wasmtime::Engine,
    space: AddressSpace,
    ticker: std::sync::Arc<Ticker>,
}

/// How much address space there is; code is compiled for one or the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressSpace {
    /// Each memory can have 4 GiB reserved, so that addresses need no checks.
    Ample,
    /// Memories get what they use, and each access is checked.
    Short,
}

/// The engine cannot be built on this machine.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// wasmtime refused the settings, or the machine has no room for them.
    #[error("cannot set up the WebAssembly engine: {0:#}")]
    Engine(wasmtime::Error),
    /// The thread that advances the epoch did not start.
    #[error("cannot start the epoch thread: {0}")]
    Ticker(std::io::Error),
}

impl Engine {
    /// An engine with room for `instances` instances at once of at most `memory` bytes each.
    ///
    /// Where address space is too short to reserve them in advance it allocates on demand, slower, and says so in
    /// the log.
    ///
    /// # Errors
    /// When this machine cannot run WebAssembly at all.
    pub fn new(instances: u32, memory: usize) -> Result<Self, EngineError> {
        if !PoolingAllocationConfig::is_pagemap_scan_available() {
            tracing::info!("the kernel has no pagemap_scan (Linux 6.7): clearing whole memories");
        }
        let mut config = config(AddressSpace::Ample);
        config.allocation_strategy(pooling(instances, memory));
        let (engine, space) = match wasmtime::Engine::new(&config) {
            Ok(engine) => (engine, AddressSpace::Ample),
            Err(error) => {
                tracing::warn!(
                    %error,
                    instances,
                    "cannot reserve memory for instances in advance: allocating each on demand, which is slower; \
                     raise the limit on address space (ulimit -v) or lower engine.instances"
                );
                (
                    compiler(AddressSpace::Short).map_err(EngineError::Engine)?,
                    AddressSpace::Short,
                )
            }
        };
        let ticker = Ticker::start(engine.clone()).map_err(EngineError::Ticker)?;
        Ok(Self {
            engine,
            space,
            ticker: std::sync::Arc::new(ticker),
        })
    }

    pub(super) fn address_space(&self) -> AddressSpace {
        self.space
    }

    /// The time since the engine was made, to an epoch or so.
    pub(super) fn time(&self) -> Duration {
        self.ticker.time()
    }

    pub(super) fn wasmtime(&self) -> &wasmtime::Engine {
        &self.engine
    }
}

/// An engine that allocates on demand, or compiles for [`Engine::new`]'s.
pub(super) fn compiler(space: AddressSpace) -> wasmtime::Result<wasmtime::Engine> {
    wasmtime::Engine::new(&config(space))
}

fn config(space: AddressSpace) -> Config {
    let mut config = Config::new();
    if space == AddressSpace::Short {
        config
            .memory_reservation(0)
            .memory_reservation_for_growth(GROWTH)
            .memory_guard_size(0);
    }
    config
        .epoch_interruption(true)
        .wasm_component_model(true)
        // One event at a time an instance: the bookkeeping for concurrent calls costs a third of an instantiation.
        .concurrency_support(false)
        // They would be read in this process at each trap, with nothing to limit that. Said here, no variable of the
        // environment says otherwise.
        .wasm_backtrace_details(WasmBacktraceDetails::Disable)
        .wasm_backtrace_max_frames(NonZeroUsize::new(MAX_FRAMES))
        // The unwinder of native code would sort tables of all functions of guests at its first use. wasmtime walks its
        // stacks by frame pointers.
        .native_unwind_info(false)
        .memory_init_cow(true)
        .max_wasm_stack(WASM_STACK)
        .async_stack_size(STACK)
        // Compiled in because 48 can abort without them, but off: no guest language here needs them.
        .wasm_gc(false)
        .wasm_function_references(false)
        .wasm_exceptions(false)
        .wasm_threads(false);
    config
}

fn pooling(instances: u32, memory: usize) -> InstanceAllocationStrategy {
    let mut pool = PoolingAllocationConfig::default();
    pool.total_component_instances(instances)
        // Only counted, so there may as well be enough for the heaviest guest language in all instances.
        .total_core_instances(instances.saturating_mul(40).max(CORE_INSTANCES))
        .total_memories(instances.saturating_mul(3).max(MEMORIES))
        .total_tables(instances.saturating_mul(4).max(TABLES))
        .total_stacks(instances)
        .max_component_instance_size(INSTANCE_SIZE)
        .max_core_instance_size(INSTANCE_SIZE)
        .max_core_instances_per_component(CORE_INSTANCES)
        .max_memories_per_component(MEMORIES)
        .max_tables_per_component(TABLES)
        .max_memories_per_module(MEMORIES)
        .max_tables_per_module(TABLES)
        .table_elements(TABLE_ELEMENTS)
        .max_memory_size(memory)
        .linear_memory_keep_resident(MEMORY_KEEP_RESIDENT)
        .table_keep_resident(TABLE_KEEP_RESIDENT)
        .pagemap_scan(Enabled::Auto);
    InstanceAllocationStrategy::Pooling(pool)
}
