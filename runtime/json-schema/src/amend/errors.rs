//! The list of errors, of which only the start is kept.

use super::super::violation::Violation;
use super::super::{explain::MAX_WRITTEN, limits::MAX_VIOLATIONS};

/// As AJV's list, with as many errors, but only the first ones in full.
#[derive(Debug, Default)]
pub(super) struct Errors {
    /// The first ones, with the bytes of JSON that each has.
    kept: Vec<(Violation, usize)>,
    /// How many AJV has in its list.
    count: usize,
    written: usize,
    hushed: bool,
}

/// What to go back to after a hush.
#[derive(Debug, Clone, Copy)]
pub(super) struct Before {
    mark: Mark,
    hushed: bool,
}

/// An earlier length of the list.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark(usize);

impl Errors {
    /// Adds one, which is made only if it is kept.
    pub(super) fn add(&mut self, violation: impl FnOnce() -> Violation) {
        if !self.hushed && self.count == self.kept.len() && !self.is_full() {
            let violation = violation();
            let bytes = serde_json::to_string(&violation).map_or(0, |text| text.len());
            self.written += bytes;
            self.kept.push((violation, bytes));
        }
        self.count += 1;
    }

    /// Whether nothing that is added now would be kept.
    pub(super) fn is_full(&self) -> bool {
        self.kept.len() >= MAX_VIOLATIONS || self.written >= MAX_WRITTEN
    }

    pub(super) fn mark(&self) -> Mark {
        Mark(self.count)
    }

    /// Takes back all since then.
    pub(super) fn reset(&mut self, Mark(count): Mark) {
        self.count = count;
        while self.kept.len() > count {
            self.written -= self.kept.pop().map_or(0, |(_, bytes)| bytes);
        }
    }

    /// From now on errors are counted and no more.
    pub(super) fn hush(&mut self) -> Before {
        let hushed = std::mem::replace(&mut self.hushed, true);
        Before {
            mark: self.mark(),
            hushed,
        }
    }

    /// Ends that, and takes back what was counted.
    pub(super) fn restore(&mut self, before: Before) {
        self.reset(before.mark);
        self.hushed = before.hushed;
    }

    pub(super) fn into_list(self) -> Vec<Violation> {
        self.kept
            .into_iter()
            .map(|(violation, _)| violation)
            .collect()
    }
}
