//! Acknowledgements that a client owes.

use parking_lot::Mutex;
use tokio::sync::oneshot;

use stockade_sandbox::Payload;

/// What one socket has been asked and has not answered: one question for each event under way, so a list.
#[derive(Default)]
pub(super) struct Acks(Mutex<Asked>);

#[derive(Default)]
struct Asked {
    next: u64,
    waiting: Vec<(u64, oneshot::Sender<Payload>)>,
}

/// A question; forgotten when dropped.
pub(super) struct Question<'a> {
    acks: &'a Acks,
    pub(super) id: u64,
    pub(super) answer: oneshot::Receiver<Payload>,
}

impl Acks {
    /// A question with an id of its own.
    pub(super) fn ask(&self) -> Question<'_> {
        let (sender, answer) = oneshot::channel();
        let mut asked = self.0.lock();
        let id = asked.next;
        asked.next += 1;
        asked.waiting.push((id, sender));
        Question {
            acks: self,
            id,
            answer,
        }
    }

    /// Whoever waits for the answer to question `id`; nobody where it is an answer to nothing.
    pub(super) fn take(&self, id: u64) -> Option<oneshot::Sender<Payload>> {
        let mut asked = self.0.lock();
        let at = asked.waiting.iter().position(|(known, _)| *known == id)?;
        Some(asked.waiting.swap_remove(at).1)
    }

    /// Nothing will be answered any more.
    pub(super) fn give_up(&self) {
        let mut asked = self.0.lock();
        asked.waiting = Vec::new();
    }
}

impl Drop for Question<'_> {
    fn drop(&mut self) {
        self.acks.take(self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn question_is_answered_once() {
        let acks = Acks::default();
        let (one, mut two) = (acks.ask(), acks.ask());
        assert_ne!(one.id, two.id);
        let payload = Payload {
            json: "[]".into(),
            attachments: Vec::new(),
        };
        acks.take(two.id).unwrap().send(payload).unwrap();
        assert!(acks.take(two.id).is_none());
        assert_eq!(two.answer.try_recv().unwrap().json, "[]");
    }

    #[test]
    fn question_that_nobody_waits_for_is_forgotten() {
        let acks = Acks::default();
        let id = acks.ask().id;
        assert!(acks.take(id).is_none());
    }
}
