//! The members of an object, in order and quick to find.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::document::array_index;
use super::Val;
use crate::text::PLACEHOLDER;

/// Up to this many members looking at all is quicker than an index.
const FEW: usize = 8;

/// A map that remembers the order in which members were added.
#[derive(Debug, Default)]
pub(in super::super) struct Members {
    /// In the order in which they were added; nothing where one was removed.
    entries: Vec<Option<(Arc<str>, Val)>>,
    /// The places of the members, once there have been more than a few.
    places: BTreeMap<Arc<str>, usize>,
    removed: usize,
    /// Whether a name is an array index, which JavaScript enumerates out of turn.
    indices: bool,
}

impl Members {
    pub(super) const fn new() -> Self {
        Self {
            entries: Vec::new(),
            places: BTreeMap::new(),
            removed: 0,
            indices: false,
        }
    }

    /// How many there are.
    pub(in super::super) fn len(&self) -> usize {
        self.entries.len() - self.removed
    }

    pub(in super::super) fn get(&self, name: &str) -> Option<&Val> {
        let (_, value) = self.entries.get(self.place(name)?)?.as_ref()?;
        Some(value)
    }

    pub(in super::super) fn contains(&self, name: &str) -> bool {
        self.place(name).is_some()
    }

    /// All of them, in JavaScript's order.
    pub(in super::super) fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &Val)> {
        let mut all: Vec<_> = self.entries.iter().flatten().collect();
        if self.indices {
            all.sort_by_key(|(name, _)| array_index(name).map_or((1, 0), |index| (0, index)));
        }
        all.into_iter().map(|(name, value)| (name, value))
    }

    /// The names, for loops that change the object.
    pub(in super::super) fn names(&self) -> Vec<Arc<str>> {
        self.iter().map(|(name, _)| Arc::clone(name)).collect()
    }

    /// Changes a member where it is, or adds it behind the others.
    pub(super) fn set(&mut self, name: Arc<str>, value: Val) {
        let place = self.place(&name);
        if let Some(Some(entry)) = place.and_then(|place| self.entries.get_mut(place)) {
            entry.1 = value;
            return;
        }
        self.indices |= array_index(&name).is_some();
        if self.entries.len() == FEW {
            let places = self.entries.iter().enumerate();
            self.places = places
                .filter_map(|(place, entry)| Some((Arc::clone(&entry.as_ref()?.0), place)))
                .collect();
        }
        if self.entries.len() >= FEW {
            self.places.insert(Arc::clone(&name), self.entries.len());
        }
        self.entries.push(Some((name, value)));
    }

    /// Says whether there was one.
    pub(super) fn remove(&mut self, name: &str) -> bool {
        let Some(place) = self.place(name) else {
            return false;
        };
        if let Some(entry) = self.entries.get_mut(place) {
            *entry = None;
        }
        self.places.remove(name);
        self.removed += 1;
        true
    }

    /// Whether this is the placeholder of an attachment.
    pub(in super::super) fn is_opaque(&self) -> bool {
        matches!(self.get(PLACEHOLDER), Some(Val::Bool(true)))
    }

    fn place(&self, name: &str) -> Option<usize> {
        if self.entries.len() > FEW {
            return self.places.get(name).copied();
        }
        let named =
            |entry: &Option<(Arc<str>, Val)>| entry.as_ref().is_some_and(|(n, _)| **n == *name);
        self.entries.iter().position(named)
    }
}
