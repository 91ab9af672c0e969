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

/// Allows this process and its children as many open files as they may have.
pub(crate) fn raise_open_files() -> Result<()> {
    let maximum = getrlimit(Resource::Nofile).maximum;
    let limit = Rlimit {
        current: maximum,
        maximum,
    };
    setrlimit(Resource::Nofile, limit).context("cannot raise the limit on open files")
}
