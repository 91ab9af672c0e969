//! Post-hooks that wait for their response.
//!
//! Closures cannot cross the host, so they stay here under an id and the host says which one to run. An instance may
//! serve many events: ids are not used again before `u32` is through, so that no event can reach another's post-hook,
//! and what an event left behind (it was cut off) goes when the next one registers.

use crate::Exchange;
use crate::hook::PostHook;

/// Those of events, or those of requests.
pub struct Waiting<X: Exchange> {
    /// Which event registered them.
    message_id: String,
    next_id: u32,
    post_hooks: Vec<(u32, PostHook<X>)>,
}

impl<X: Exchange> Waiting<X> {
    pub(crate) const fn new() -> Self {
        Self {
            message_id: String::new(),
            next_id: 0,
            post_hooks: Vec::new(),
        }
    }
}

/// Visits those of one kind of context: statics cannot be generic.
macro_rules! waiting {
    ($context:ty, $visit:expr) => {{
        thread_local! {
            static WAITING: ::std::cell::RefCell<Waiting<$context>> =
                const { ::std::cell::RefCell::new(Waiting::new()) };
        }
        WAITING.with_borrow_mut($visit)
    }};
}
pub(crate) use waiting;

/// Keeps a post-hook until the host asks for it by the id returned.
pub(crate) fn keep<X: Exchange>(post_hook: PostHook<X>, ctx: &X) -> u32 {
    let message_id = ctx.message_id();
    // Dropped outside the borrow: a closure of the user's may own anything.
    let (id, _left_behind) = X::waiting(|waiting| {
        let left_behind = if waiting.message_id == message_id {
            Vec::new()
        } else {
            waiting.message_id = message_id;
            std::mem::take(&mut waiting.post_hooks)
        };
        let id = waiting.next_id;
        waiting.next_id = id.wrapping_add(1);
        waiting.post_hooks.push((id, post_hook));
        (id, left_behind)
    });
    id
}

/// Hands the post-hook out, once.
pub(crate) fn take<X: Exchange>(id: u32) -> Option<PostHook<X>> {
    X::waiting(|waiting| {
        let index = waiting
            .post_hooks
            .iter()
            .position(|(waiting_id, _)| *waiting_id == id)?;
        Some(waiting.post_hooks.swap_remove(index).1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Context;

    fn count() -> usize {
        Context::waiting(|waiting| waiting.post_hooks.len())
    }

    #[test]
    fn post_hook_is_handed_out_once() {
        let ctx = Context::new("a", ());
        let first = keep(Box::new(|_, _| Ok(())), &ctx);
        let second = keep(Box::new(|_, _| Ok(())), &ctx);
        assert_ne!(first, second);
        assert!(take::<Context>(first).is_some());
        assert!(take::<Context>(first).is_none());
        assert!(take::<Context>(second).is_some());
        assert_eq!(count(), 0);
    }

    #[test]
    fn what_an_event_left_behind_goes_with_the_next() {
        let stale = keep(Box::new(|_, _| Ok(())), &Context::new("a", ()));
        let fresh = keep(Box::new(|_, _| Ok(())), &Context::new("b", ()));
        assert_eq!(count(), 1);
        assert!(take::<Context>(stale).is_none());
        assert!(take::<Context>(fresh).is_some());
    }
}
