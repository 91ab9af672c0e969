//! Asks clients whether they are there.

use std::sync::{Arc, Weak};

use tokio::time::sleep;

use super::Session;
use crate::{CloseReason, Handler, Message};

/// Pings the client of `session`, for as long as it answers.
pub(super) fn start<H: Handler>(session: &Arc<Session<H>>) {
    session.spawn(beat(Arc::downgrade(session)));
}

/// A ping goes out every interval, as long as the last one was answered by then; if not, once it is. Who has not answered
/// within the timeout is gone.
async fn beat<H: Handler>(session: Weak<Session<H>>) {
    let settings = session.upgrade().map(|session| {
        let config = session.config();
        (config.ping_interval, config.ping_timeout)
    });
    let Some((interval, timeout)) = settings else {
        return;
    };
    let (first, rest) = (interval.min(timeout), interval.abs_diff(timeout));
    sleep(interval).await;
    loop {
        let pongs = match session.upgrade() {
            Some(session) => {
                // One that has no room for a ping has no room for anything, and is cut off.
                let _ = session.send(Message::Ping);
                session.pongs()
            }
            None => return,
        };
        let has_answered = || {
            let session = session.upgrade()?;
            Some(session.pongs() != pongs)
        };
        sleep(first).await;
        match has_answered() {
            None => return,
            Some(true) if timeout > interval => continue,
            Some(true) => sleep(rest).await,
            Some(false) => {
                if timeout > interval {
                    sleep(rest).await;
                }
                if has_answered() == Some(false)
                    && let Some(session) = session.upgrade()
                {
                    return session.close(CloseReason::PingTimeout);
                }
            }
        }
    }
}
