//! Who else is there, and what they were asked.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use parking_lot::{Mutex, MutexGuard};
use tokio::{sync::Notify, time::Instant};

use super::message::NodeId;

/// Who has not been heard of for so long is not waited for.
const DEAD: Duration = Duration::from_millis(3_500);
/// How long it takes, after joining, to hear of all others.
const SETTLING: Duration = Duration::from_millis(300);
/// Others that are counted. Far more than there are; somebody may publish what looks like them.
const MAX_NODES: usize = 1_024;
/// Bytes of an answer beside the sockets in it.
const ANSWER: usize = 64;

/// The other nodes.
#[derive(Default)]
pub(super) struct Nodes(Mutex<State>);

#[derive(Default)]
struct State {
    /// When this node knows of all others; none while it is cut off.
    settled: Option<Instant>,
    /// When each was last heard of.
    alive: HashMap<NodeId, Instant>,
    asked: HashMap<u64, Asked>,
    next: u64,
}

/// A question that is not answered yet by all.
struct Asked {
    settled: Instant,
    waiting: HashSet<NodeId>,
    answers: Vec<Vec<u8>>,
    /// Bytes of answers that there is room for.
    room: usize,
    /// Somebody does not answer any more, or has too much to say.
    missed: bool,
    changed: Arc<Notify>,
}

/// What becomes of a question.
pub(super) enum Asking<'a> {
    Pending(Pending<'a>),
    /// There are no other nodes.
    NobodyElse,
    /// There may be, but this node does not reach them.
    CutOff,
}

/// A question under way; forgotten when dropped.
pub(super) struct Pending<'a> {
    nodes: &'a Nodes,
    /// For the answers to refer to.
    pub(super) id: u64,
    changed: Arc<Notify>,
}

impl Nodes {
    /// This node can be heard and hears.
    pub(super) fn joined(&self) {
        self.state().settled = Some(Instant::now() + SETTLING);
    }

    /// This node is cut off: nobody will answer.
    pub(super) fn lost(&self) {
        let mut state = self.state();
        state.settled = None;
        state.alive.clear();
        for asked in state.asked.values_mut() {
            asked.waiting.clear();
            asked.missed = true;
            asked.settled = Instant::now();
            asked.changed.notify_one();
        }
    }

    /// Somebody said something; answers whether for the first time.
    pub(super) fn heard(&self, node: NodeId) -> bool {
        let mut state = self.state();
        let known = state.alive.contains_key(&node);
        if !known && state.alive.len() >= MAX_NODES {
            return false;
        }
        state.alive.insert(node, Instant::now());
        !known
    }

    /// Somebody stopped.
    pub(super) fn left(&self, node: NodeId) {
        let mut state = self.state();
        state.alive.remove(&node);
        // Its sockets go with it, so nothing is missing.
        state.stop_waiting(|waiting| *waiting == node, false);
    }

    /// Forgets those that, by `now`, have not been heard of for long.
    pub(super) fn forget_dead(&self, now: Instant) {
        let mut state = self.state();
        let silence = |heard| now.saturating_duration_since(heard);
        state.alive.retain(|_, heard| silence(*heard) < DEAD);
        let alive: HashSet<_> = state.alive.keys().copied().collect();
        state.stop_waiting(|node| !alive.contains(node), true);
    }

    /// Prepares a question to all others, whose answers have `max_bytes` in all.
    pub(super) fn ask(&self, max_bytes: usize) -> Asking<'_> {
        let mut state = self.state();
        let Some(settled) = state.settled else {
            return Asking::CutOff;
        };
        if state.alive.is_empty() && settled <= Instant::now() {
            return Asking::NobodyElse;
        }
        let id = state.next;
        state.next += 1;
        let changed = Arc::new(Notify::new());
        let asked = Asked {
            settled,
            waiting: state.alive.keys().copied().collect(),
            answers: Vec::new(),
            room: max_bytes,
            missed: false,
            changed: changed.clone(),
        };
        state.asked.insert(id, asked);
        Asking::Pending(Pending {
            nodes: self,
            id,
            changed,
        })
    }

    /// Keeps an answer for whoever asked, if somebody still waits for it.
    pub(super) fn answered(&self, node: NodeId, question: u64, answer: Vec<u8>) {
        let mut state = self.state();
        let unsettled = state
            .settled
            .is_some_and(|settled| settled > Instant::now());
        let Some(asked) = state.asked.get_mut(&question) else {
            return;
        };
        // In its first moments a node may be answered by others before it has heard of them.
        if !asked.waiting.remove(&node) && !unsettled {
            return;
        }
        match asked.room.checked_sub(answer.len().saturating_sub(ANSWER)) {
            Some(room) => {
                asked.room = room;
                asked.answers.push(answer);
            }
            None => asked.missed = true,
        }
        asked.changed.notify_one();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock()
    }
}

impl State {
    fn stop_waiting(&mut self, gone: impl Fn(&NodeId) -> bool, missed: bool) {
        for asked in self.asked.values_mut() {
            let waiting = asked.waiting.len();
            asked.waiting.retain(|node| !gone(node));
            asked.missed |= missed && asked.waiting.len() < waiting;
            asked.changed.notify_one();
        }
    }
}

impl Pending<'_> {
    /// What came until all had answered, or until `patience` ran out; and whether all have.
    pub(super) async fn answers(self, patience: Duration) -> (Vec<Vec<u8>>, bool) {
        let deadline = Instant::now() + patience;
        while let Some(until) = self.waits_until(deadline) {
            // Late or not, the state says how it goes on.
            let _ = tokio::time::timeout_at(until, self.changed.notified()).await;
        }
        let mut state = self.nodes.state();
        match state.asked.get_mut(&self.id) {
            Some(asked) => {
                let complete = asked.waiting.is_empty() && !asked.missed;
                (std::mem::take(&mut asked.answers), complete)
            }
            None => (Vec::new(), false),
        }
    }

    /// Until when there is something to wait for, if there is.
    fn waits_until(&self, deadline: Instant) -> Option<Instant> {
        let state = self.nodes.state();
        let asked = state.asked.get(&self.id)?;
        let until = match asked.waiting.is_empty() {
            true => asked.settled.min(deadline),
            false => deadline,
        };
        (until > Instant::now()).then_some(until)
    }
}

impl Drop for Pending<'_> {
    fn drop(&mut self) {
        self.nodes.state().asked.remove(&self.id);
    }
}

#[cfg(test)]
mod tests;
