//! Limits and cores of this process.

use anyhow::{Context as _, Result, ensure};
use rustix::{
    process::{Resource, Rlimit, getrlimit, setrlimit},
    thread::{CpuSet, sched_getaffinity, sched_setaffinity},
};

/// Binds this thread to the core `core`.
pub(crate) fn to_core(core: usize) -> Result<()> {
    let allowed = sched_getaffinity(None).context("cannot see which cores there are")?;
    ensure!(
        core < CpuSet::MAX_CPU && allowed.is_set(core),
        "there is no core {core}; see --load-core and --server-core"
    );
    let mut cores = CpuSet::new();
    cores.set(core);
    sched_setaffinity(None, &cores).with_context(|| format!("cannot use core {core} alone"))
}

/// Allows this process and its children as many open files as it may, and says how many that are.
pub(crate) fn raise_open_files() -> Result<u64> {
    let limit = getrlimit(Resource::Nofile);
    setrlimit(
        Resource::Nofile,
        Rlimit {
            current: limit.maximum,
            maximum: limit.maximum,
        },
    )
    .context("cannot raise the limit on open files")?;
    Ok(limit.maximum.unwrap_or(u64::MAX))
}
