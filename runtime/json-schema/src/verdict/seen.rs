//! Which members and items a schema looked at, for `unevaluatedProperties` and
//! `unevaluatedItems`.

use std::collections::BTreeSet;

/// What was looked at in one value, or that nobody asks.
#[derive(Debug, Default)]
pub(in super::super) struct Seen<'v> {
    ignored: bool,
    all_members: bool,
    members: BTreeSet<&'v str>,
    all_items: bool,
    items: usize,
}

impl<'v> Seen<'v> {
    /// Nobody asks: costs nothing.
    pub(in super::super) fn ignored() -> Self {
        Self {
            ignored: true,
            ..Self::default()
        }
    }

    pub(in super::super) fn is_ignored(&self) -> bool {
        self.ignored
    }

    pub(in super::super) fn member(&mut self, name: &'v str) {
        if !self.ignored {
            self.members.insert(name);
        }
    }

    pub(in super::super) fn every_member(&mut self) {
        self.all_members = true;
    }

    /// The first `count` items.
    pub(in super::super) fn items(&mut self, count: usize) {
        self.items = self.items.max(count);
    }

    pub(in super::super) fn every_item(&mut self) {
        self.all_items = true;
    }

    pub(in super::super) fn has_member(&self, name: &str) -> bool {
        self.all_members || self.members.contains(name)
    }

    /// How many items from the first on were seen, or nothing if all were.
    pub(in super::super) fn first_items(&self) -> Option<usize> {
        (!self.all_items).then_some(self.items)
    }

    /// How many members there are by name.
    pub(in super::super) fn len(&self) -> usize {
        self.members.len()
    }

    pub(in super::super) fn merge(&mut self, other: Self) {
        if !self.ignored {
            self.all_members |= other.all_members;
            self.members.extend(other.members);
            self.all_items |= other.all_items;
            self.items(other.items);
        }
    }
}
