//! Child namespaces: those that patterns of the manifest match. One is made when the first client asks for it, and is gone
//! when its last socket is.
//!
//! # Invariants
//! - A child is here for as long as somebody holds it: its sockets, clients on their way in, and [`Kept`] for those that may
//!   come back. So nobody is ever in a namespace that others do not find.
//! - There are no more of them than the limit, kept ones included.
//! - No child is dropped while the lock is held: dropping one takes it.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Weak},
    time::Instant,
};

use parking_lot::{RwLock, RwLockReadGuard, RwLockWriteGuard};

/// What children are told apart by.
pub(super) trait Named {
    /// The name that clients ask for.
    fn name(&self) -> &Arc<str>;
}

/// The child namespaces of a tenant at this node.
pub(super) struct Children<N> {
    limit: usize,
    state: RwLock<State<N>>,
}

struct State<N> {
    live: HashMap<Arc<str>, Weak<N>>,
    kept: HashMap<Arc<str>, Kept<N>>,
    /// The kept ones, those first whose time is over first, as far as it has not been extended.
    order: VecDeque<(Instant, Arc<str>)>,
}

/// A child whose clients may come back.
struct Kept<N> {
    until: Instant,
    namespace: Arc<N>,
}

/// There are too many namespaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooManyChildren;

impl<N: Named> Children<N> {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            state: RwLock::new(State {
                live: HashMap::new(),
                kept: HashMap::new(),
                order: VecDeque::new(),
            }),
        }
    }

    /// The child of this name, if there is one.
    pub(super) fn get(&self, name: &str) -> Option<Arc<N>> {
        self.read().live.get(name)?.upgrade()
    }

    /// All of them.
    pub(super) fn all(&self) -> Vec<Arc<N>> {
        let state = self.read();
        state.live.values().filter_map(Weak::upgrade).collect()
    }

    /// The child of this name, which is made if there is none.
    ///
    /// # Errors
    /// There are too many already.
    pub(super) fn enter(
        &self,
        name: &str,
        make: impl FnOnce(Arc<str>) -> N,
    ) -> Result<Arc<N>, TooManyChildren> {
        let mut dropped = Vec::new();
        let mut state = self.write();
        if let Some(namespace) = state.live.get(name).and_then(Weak::upgrade) {
            return Ok(namespace);
        }
        state.forget_old(Instant::now(), &mut dropped);
        while state.live.len() >= self.limit && state.forget_oldest(&mut dropped) {}
        let entered = match state.live.len() < self.limit {
            true => {
                let name: Arc<str> = name.into();
                let namespace = Arc::new(make(name.clone()));
                state.live.insert(name, Arc::downgrade(&namespace));
                Ok(namespace)
            }
            false => Err(TooManyChildren),
        };
        drop(state);
        drop(dropped);
        entered
    }

    /// Keeps a child until then, whoever leaves it: a client may come back.
    pub(super) fn keep(&self, namespace: &Arc<N>, until: Instant) {
        let mut dropped = Vec::new();
        let mut state = self.write();
        state.forget_old(Instant::now(), &mut dropped);
        match state.kept.get_mut(namespace.name()) {
            Some(kept) => kept.until = kept.until.max(until),
            None => {
                let (name, namespace) = (namespace.name().clone(), namespace.clone());
                state.order.push_back((until, name.clone()));
                state.kept.insert(name, Kept { until, namespace });
            }
        }
        drop(state);
        drop(dropped);
    }

    /// A child is being dropped.
    pub(super) fn forget(&self, namespace: &N) {
        let mut state = self.write();
        let known = state.live.get(namespace.name());
        // Another one may have taken its place.
        if known.is_some_and(|known| std::ptr::eq(known.as_ptr(), namespace)) {
            state.live.remove(namespace.name());
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, State<N>> {
        self.state.read()
    }

    fn write(&self) -> RwLockWriteGuard<'_, State<N>> {
        self.state.write()
    }
}

impl<N> State<N> {
    /// Keeps no longer what need not be kept by `now`. Whoever calls drops what is `dropped` without the lock.
    fn forget_old(&mut self, now: Instant, dropped: &mut Vec<Arc<N>>) {
        while let Some((until, _)) = self.order.front()
            && *until <= now
        {
            let Some((_, name)) = self.order.pop_front() else {
                return;
            };
            match self.kept.get(&name) {
                Some(kept) if kept.until > now => self.order.push_back((kept.until, name)),
                _ => dropped.extend(self.let_go(&name)),
            }
        }
    }

    /// The same for the one that has been kept longest; `false` where none is kept.
    fn forget_oldest(&mut self, dropped: &mut Vec<Arc<N>>) -> bool {
        let Some((_, name)) = self.order.pop_front() else {
            return false;
        };
        dropped.extend(self.let_go(&name));
        true
    }

    fn let_go(&mut self, name: &str) -> Option<Arc<N>> {
        let Kept { namespace, .. } = self.kept.remove(name)?;
        // Nobody can get hold of it meanwhile: that takes the lock.
        if Arc::strong_count(&namespace) == 1 {
            self.live.remove(name);
        }
        Some(namespace)
    }
}

#[cfg(test)]
mod tests;
