//! The allocator of a component: an instance lives for an event, and most events need little.
//!
//! Memory is handed out from a static arena, one block after the other. So an ordinary event never grows its memory, which
//! would cost more than all of its own work: the host has to change the protection of pages, and to change it back for the
//! next instance. Where the arena is full, the standard library's allocator goes on.
//!
//! Instances may be reused. What is freed last is free again, and once nothing is left the arena is empty again, so the
//! events of a reused instance begin where the first one did.

#![allow(unsafe_code, reason = "an allocator hands out raw memory")]

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::{Cell, UnsafeCell},
    ptr,
};

/// Bytes. Pages that nobody touches cost nothing.
const SIZE: usize = 256 << 10;

#[global_allocator]
static ALLOCATOR: Arena = Arena::new();

/// In this order, so that what every allocation writes is in the page that the first ones get.
#[repr(C)]
struct Arena {
    /// Where the free part begins.
    next: Cell<usize>,
    /// Blocks that have been handed out and not freed.
    blocks: Cell<usize>,
    memory: UnsafeCell<Memory>,
}

#[repr(align(16))]
#[expect(dead_code, reason = "what is in it is reached by its address")]
struct Memory([u8; SIZE]);

// SAFETY: components have no threads.
unsafe impl Sync for Arena {}

impl Arena {
    const fn new() -> Self {
        Self {
            next: Cell::new(0),
            blocks: Cell::new(0),
            memory: UnsafeCell::new(Memory([0; SIZE])),
        }
    }

    fn start(&self) -> *mut u8 {
        self.memory.get().cast()
    }

    /// Where `block` begins in the arena, if that is where it comes from.
    fn offset(&self, block: *mut u8) -> Option<usize> {
        let offset = block.addr().wrapping_sub(self.start().addr());
        (offset < SIZE).then_some(offset)
    }

    /// The next block, where there is room for it.
    fn take(&self, layout: Layout) -> Option<*mut u8> {
        // The arena itself is aligned to 16 bytes, which is enough for what is in practice.
        let start = self.next.get().next_multiple_of(layout.align());
        let end = start.checked_add(layout.size())?;
        if end > SIZE || layout.align() > align_of::<Memory>() {
            return None;
        }
        self.next.set(end);
        self.blocks.set(self.blocks.get() + 1);
        // SAFETY: it is within the arena.
        Some(unsafe { self.start().add(start) })
    }
}

// SAFETY: blocks of the arena do not overlap, as each begins where the last one ended; all others are the system's.
unsafe impl GlobalAlloc for Arena {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        match self.take(layout) {
            Some(block) => block,
            // SAFETY: the caller's promises are the same.
            None => unsafe { System.alloc(layout) },
        }
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let Some(offset) = self.offset(block) else {
            // SAFETY: it is not the arena's, so it is the system's.
            return unsafe { System.dealloc(block, layout) };
        };
        let blocks = self.blocks.get() - 1;
        self.blocks.set(blocks);
        if blocks == 0 {
            self.next.set(0);
        } else if offset + layout.size() == self.next.get() {
            self.next.set(offset);
        }
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let Some(offset) = self.offset(block) else {
            // SAFETY: as in `dealloc`.
            return unsafe { System.realloc(block, layout, size) };
        };
        let last = offset + layout.size() == self.next.get();
        if last && size <= SIZE - offset {
            self.next.set(offset + size);
            return block;
        }
        if size <= layout.size() {
            return block;
        }
        // SAFETY: the caller promises that `size` makes a layout.
        let new = unsafe { self.alloc(Layout::from_size_align_unchecked(size, layout.align())) };
        if !new.is_null() {
            // SAFETY: both have at least the old size, and do not overlap.
            unsafe {
                ptr::copy_nonoverlapping(block, new, layout.size());
                self.dealloc(block, layout);
            }
        }
        new
    }
}
