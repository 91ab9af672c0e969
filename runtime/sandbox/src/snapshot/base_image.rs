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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_with_something_in_them_take_room() {
        let pages = vec![[0_u8; PAGE]; 5];
        let start = pages.as_flattened().as_ptr().align_offset(PAGE);
        let mut bytes = pages.into_flattened();
        let bytes = &mut bytes[start..][..4 * PAGE];
        bytes[PAGE] = 7;
        bytes[3 * PAGE] = 8;
        let memory = Memory::new(bytes).unwrap();
        let mut image = BaseImage::default();
        #[expect(unsafe_code, reason = "reads memory by its address")]
        // SAFETY: nothing else has access to the bytes meanwhile.
        unsafe {
            image.add(&memory, |page| page == 3);
        }
        assert_eq!(image.pages.len(), 1);
        for (number, first) in [
            (0, Some(0)),
            (1, Some(7)),
            (2, Some(0)),
            (3, None),
            (4, None),
        ] {
            let mut page = [9; PAGE];
            assert_eq!(image.restore((0, number), &mut page), first.is_some());
            assert_eq!(page[0], first.unwrap_or(9), "{number}");
        }
    }
}
