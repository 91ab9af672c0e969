//! Which pages of a memory have been written, by what the kernel knows, and what is in them.

use std::{ffi::c_void, fs::File, io, mem::MaybeUninit, ptr, slice, sync::LazyLock};

use rustix::{
    io::Errno,
    ioctl::{self, Ioctl, IoctlOutput, Opcode, ioctl},
    mm::{Advice, madvise},
};
use wasmtime::PoolingAllocationConfig;

/// Bytes of a page. Where the system has larger ones, nothing here is offered.
pub(crate) const PAGE: usize = 4096;

/// The bytes of a page.
pub(crate) type Page = [u8; PAGE];

/// A guest's memory. It does not move: it is as large as it was when it was found, and only growing moves a memory.
#[derive(Clone, Copy)]
pub(crate) struct Memory {
    address: usize,
    pages: usize,
}

/// More pages have been written than asked for, or the kernel does not say.
pub(crate) struct TooMany;

impl Memory {
    /// The memory of `bytes`; none where pages cannot be told apart, or the kernel (before Linux 6.7) does not say which of
    /// them have been written.
    pub(crate) fn new(bytes: &[u8]) -> Option<Self> {
        let address = bytes.as_ptr().expose_provenance();
        let is_whole = address.is_multiple_of(PAGE) && bytes.len().is_multiple_of(PAGE);
        (is_whole && PAGEMAP.is_some() && forbid_huge_and_merged_pages(bytes)).then_some(Self {
            address,
            pages: bytes.len() / PAGE,
        })
    }

    /// Calls `each` with the number of every page that has been written since the memory was made.
    ///
    /// # Errors
    /// [`TooMany`], perhaps after some calls, where there are more than `limit`.
    pub(crate) fn written(&self, limit: usize, mut each: impl FnMut(usize)) -> Result<(), TooMany> {
        let mut regions = [MaybeUninit::uninit(); MAX_REGIONS];
        let mut left = limit;
        for region in scan(self, limit, &mut regions)? {
            let first = (region.start as usize - self.address) / PAGE;
            let end = (region.end as usize - self.address) / PAGE;
            left = left.checked_sub(end - first).ok_or(TooMany)?;
            (first..end).for_each(&mut each);
        }
        Ok(())
    }

    /// All bytes of the memory.
    ///
    /// # Safety
    /// The memory's instance is alive, and nothing else has access to it meanwhile.
    #[expect(
        unsafe_code,
        reason = "wasmtime has no access to memories of components"
    )]
    pub(crate) unsafe fn contents(&self) -> &[Page] {
        let start = ptr::with_exposed_provenance(self.address);
        // SAFETY: the caller says that it is alive, and has it to himself; `new` has seen so many bytes there.
        unsafe { slice::from_raw_parts(start, self.pages) }
    }

    /// The bytes of a page; none beyond the end.
    ///
    /// # Safety
    /// As for [`Memory::contents`].
    #[expect(
        unsafe_code,
        reason = "wasmtime has no access to memories of components"
    )]
    #[expect(clippy::mut_from_ref, reason = "the memory is not this value's")]
    pub(crate) unsafe fn page(&self, number: usize) -> Option<&mut Page> {
        let start: *mut Page = ptr::with_exposed_provenance_mut(self.address);
        // SAFETY: as for the caller; the memory is readable and writable as a whole.
        (number < self.pages).then(|| unsafe { &mut *start.add(number) })
    }
}

/// Has the kernel leave the pages here alone. In a huge one, a page that was never written can be written without a fault; a
/// page that was merged with an equal one looks as if it had not been written.
#[expect(
    unsafe_code,
    reason = "some advice would lose what is there; this does not"
)]
fn forbid_huge_and_merged_pages(bytes: &[u8]) -> bool {
    let start = bytes.as_ptr().cast_mut().cast();
    [Advice::LinuxNoHugepage, Advice::LinuxUnmergeable]
        .into_iter()
        .all(|advice| {
            // SAFETY: this advice changes nothing of what is there.
            let advised = unsafe { madvise(start, bytes.len(), advice) };
            // A kernel that does no such thing does not know the advice.
            matches!(advised, Ok(()) | Err(Errno::INVAL))
        })
}

/// Regions of adjacent pages that one scan can tell.
pub(crate) const MAX_REGIONS: usize = 64;

/// What the kernel knows of this process's pages.
static PAGEMAP: LazyLock<Option<File>> = LazyLock::new(|| {
    let is_possible =
        page_size() == Some(PAGE) && PoolingAllocationConfig::is_pagemap_scan_available();
    is_possible.then(|| File::open("/proc/self/pagemap").ok())?
});

#[expect(
    unsafe_code,
    reason = "rustix's way fails where valgrind counts instructions"
)]
fn page_size() -> Option<usize> {
    // SAFETY: the call only answers.
    let size = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    usize::try_from(size).ok()
}

/// Whether pages that have been written can be found on this machine, and so instances can be restored.
pub(crate) fn are_known() -> bool {
    PAGEMAP.is_some()
}

/// `PAGEMAP_SCAN`'s argument, `struct pm_scan_arg` of `linux/fs.h`.
#[repr(C)]
struct Scan {
    size: u64,
    flags: u64,
    start: u64,
    end: u64,
    walk_end: u64,
    regions: u64,
    regions_len: u64,
    max_pages: u64,
    inverted: u64,
    all_of: u64,
    any_of: u64,
    returned: u64,
}

/// `struct page_region`.
#[derive(Clone, Copy)]
#[repr(C)]
struct Region {
    start: u64,
    end: u64,
    categories: u64,
}

const PAGE_IS_FILE: u64 = 1 << 2;
const PAGE_IS_PRESENT: u64 = 1 << 3;
const PAGE_IS_SWAPPED: u64 = 1 << 4;
const PAGE_IS_PFNZERO: u64 = 1 << 5;

impl Scan {
    /// Looks for private pages, in memory or swapped out: those that have only been read are the file's or the one of zeros.
    fn of(start: usize, end: usize, limit: usize, regions: &mut [MaybeUninit<Region>]) -> Self {
        Self {
            size: size_of::<Self>() as u64,
            flags: 0,
            start: start as u64,
            end: end as u64,
            walk_end: 0,
            regions: regions.as_mut_ptr().expose_provenance() as u64,
            regions_len: regions.len() as u64,
            max_pages: limit as u64,
            inverted: PAGE_IS_PFNZERO | PAGE_IS_FILE,
            all_of: PAGE_IS_PFNZERO | PAGE_IS_FILE,
            any_of: PAGE_IS_PRESENT | PAGE_IS_SWAPPED,
            returned: 0,
        }
    }
}

fn scan<'r>(
    memory: &Memory,
    limit: usize,
    regions: &'r mut [MaybeUninit<Region>],
) -> Result<&'r [Region], TooMany> {
    let file = PAGEMAP.as_ref().ok_or(TooMany)?;
    let end = memory.address + memory.pages * PAGE;
    // One more than may be: a scan that stops at its limit does not say whether there was another.
    let mut scan = Scan::of(memory.address, end, limit + 1, regions);
    let found = scan_ioctl(file, &mut scan).map_err(|_| TooMany)?;
    if scan.walk_end != end as u64 {
        return Err(TooMany);
    }
    let found = regions.get(..found).ok_or(TooMany)?;
    #[expect(unsafe_code, reason = "the kernel has written them")]
    // SAFETY: the kernel says that it has written so many.
    Ok(unsafe { slice::from_raw_parts(found.as_ptr().cast(), found.len()) })
}

/// The number of regions found.
#[expect(unsafe_code, reason = "rustix does not know this call")]
fn scan_ioctl(file: &File, scan: &mut Scan) -> io::Result<usize> {
    // SAFETY: the argument is this call's, and its regions are valid for as many as it says.
    Ok(unsafe { ioctl(file, PageMapScan(scan)) }?)
}

struct PageMapScan<'a>(&'a mut Scan);

#[expect(unsafe_code, reason = "rustix does not know this call")]
// SAFETY: the call of this number reads and writes such an argument.
unsafe impl Ioctl for PageMapScan<'_> {
    type Output = usize;

    const IS_MUTATING: bool = true;

    fn opcode(&self) -> Opcode {
        ioctl::opcode::read_write::<Scan>(b'f', 16)
    }

    fn as_ptr(&mut self) -> *mut c_void {
        ptr::from_mut(self.0).cast()
    }

    unsafe fn output_from_ptr(found: IoctlOutput, _: *mut c_void) -> rustix::io::Result<usize> {
        usize::try_from(found).map_err(|_| Errno::INVAL)
    }
}
