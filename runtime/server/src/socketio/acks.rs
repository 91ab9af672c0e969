//! Acknowledgements that a client owes.

use std::time::Duration;

use parking_lot::Mutex;

use tokio::sync::oneshot;

use stockade_sandbox::{CallError, Payload};

/// What one socket has been asked and has not answered: one question for each event under way, so a list.
#[derive(Default)]
pub(super) struct Acks(Mutex<Asked>);

#[derive(Default)]
struct Asked {
    next: u64,
    waiting: Vec<Waiting>,
}

/// Whoever waits for an answer.
struct Waiting {
    id: u64,
    patience: Duration,
    sender: oneshot::Sender<Answer>,
}

/// What the client has answered, or why there is no answer.
type Answer = Result<Payload, CallError>;

/// A question; forgotten when dropped.
pub(super) struct Question<'a> {
    acks: &'a Acks,
    pub(super) id: u64,
    pub(super) answer: oneshot::Receiver<Answer>,
}

impl Acks {
    /// A question with an id of its own, whose answer is waited for no longer than `patience`.
    pub(super) fn ask(&self, patience: Duration) -> Question<'_> {
        let (sender, answer) = oneshot::channel();
        let mut asked = self.0.lock();
        let id = asked.next;
        asked.next += 1;
        asked.waiting.push(Waiting {
            id,
            patience,
            sender,
        });
        Question {
            acks: self,
            id,
            answer,
        }
    }

    /// Whoever waits for the answer to question `id`; nobody where it is an answer to nothing.
    pub(super) fn take(&self, id: u64) -> Option<oneshot::Sender<Answer>> {
        Some(self.remove(id)?.sender)
    }

    /// Ends the wait for the answer to question `id` as if its time were over. Returns how long that is, or `None` if nobody
    /// waits for it.
    pub(super) fn time_out(&self, id: u64) -> Option<Duration> {
        let Waiting {
            patience, sender, ..
        } = self.remove(id)?;
        // Whoever waited may have lost patience just now.
        let _ = sender.send(Err(CallError::TimedOut));
        Some(patience)
    }

    fn remove(&self, id: u64) -> Option<Waiting> {
        let mut asked = self.0.lock();
        let at = asked.waiting.iter().position(|known| known.id == id)?;
        Some(asked.waiting.swap_remove(at))
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

    const PATIENCE: Duration = Duration::from_secs(3);

    #[test]
    fn question_is_answered_once() {
        let acks = Acks::default();
        let (one, mut two) = (acks.ask(PATIENCE), acks.ask(PATIENCE));
        assert_ne!(one.id, two.id);
        let payload = Payload {
            json: "[]".into(),
            attachments: Vec::new(),
        };
        acks.take(two.id).unwrap().send(Ok(payload)).unwrap();
        assert!(acks.take(two.id).is_none());
        assert_eq!(two.answer.try_recv().unwrap().unwrap().json, "[]");
    }

    #[test]
    fn question_that_nobody_waits_for_is_forgotten() {
        let acks = Acks::default();
        let id = acks.ask(PATIENCE).id;
        assert!(acks.take(id).is_none());
    }

    #[test]
    fn question_can_be_timed_out() {
        let acks = Acks::default();
        let mut question = acks.ask(PATIENCE);
        assert_eq!(acks.time_out(question.id), Some(PATIENCE));
        let answer = question.answer.try_recv().unwrap();
        assert!(matches!(answer, Err(CallError::TimedOut)));
        assert_eq!(acks.time_out(question.id), None);
    }
}
