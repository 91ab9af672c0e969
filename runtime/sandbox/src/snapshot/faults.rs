//! How often the kernel has had to give this thread a page.

use std::mem::MaybeUninit;

/// Counts of this thread's page faults, those that needed a disk being the second.
///
/// The first write to a page is one. A thread that has had none has written only pages that had been written before, and
/// asking for this takes a tenth of looking for them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Faults(i64, i64);

impl Faults {
    /// Those of the calling thread, so far; none where the kernel does not say.
    #[expect(unsafe_code, reason = "rustix does not have getrusage")]
    pub(super) fn of_thread() -> Option<Self> {
        let mut usage = MaybeUninit::<libc::rusage>::uninit();
        // SAFETY: the kernel writes such a value there, or says that it has not.
        let usage = unsafe {
            match libc::getrusage(libc::RUSAGE_THREAD, usage.as_mut_ptr()) {
                0 => usage.assume_init(),
                _ => return None,
            }
        };
        Some(Self(usage.ru_minflt, usage.ru_majflt))
    }
}
