//! What is in the memories of a component's instances when they have started, where all of them have the same.

use crate::pages::{Memory, PAGE, Page};

/// The pages of all memories that start with something in them. Shared by the instances of a component.
#[derive(Default)]
pub(crate) struct BaseImage {
    memories: Vec<Vec<Start>>,
    pages: Vec<Page>,
}

/// What a page has at the start.
#[derive(Clone, Copy)]
enum Start {
    Zeros,
    /// Bytes of the component, at this place among the pages.
    Bytes(usize),
    /// The instance that the image was made of had written there, so another one may have something else.
    Unknown,
}

impl BaseImage {
    /// Adds the next memory; `is_written` tells of a page whether the instance's start has written it.
    ///
    /// # Safety
    /// The memory's instance is alive, and nothing else has access to it meanwhile.
    #[expect(unsafe_code, reason = "reads memory by its address")]
    pub(super) unsafe fn add(&mut self, memory: &Memory, is_written: impl Fn(usize) -> bool) {
        // SAFETY: the caller's promise.
        let contents = unsafe { memory.contents() };
        let starts = contents.iter().enumerate().map(|(number, page)| {
            if is_written(number) {
                Start::Unknown
            } else if *page == [0; PAGE] {
                Start::Zeros
            } else {
                self.pages.push(*page);
                Start::Bytes(self.pages.len() - 1)
            }
        });
        let starts = starts.collect();
        self.memories.push(starts);
    }

    /// Writes what a page has at the start; `false` where that is not known.
    pub(super) fn restore(&self, (memory, number): (usize, usize), page: &mut Page) -> bool {
        let starts = self.memories.get(memory);
        let start = starts.and_then(|starts| starts.get(number));
        match start {
            Some(Start::Zeros) => page.fill(0),
            Some(Start::Bytes(place)) => match self.pages.get(*place) {
                Some(bytes) => page.copy_from_slice(bytes),
                None => return false,
            },
            Some(Start::Unknown) | None => return false,
        }
        true
    }
}
