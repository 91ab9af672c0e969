//! Pings clients, and closes the sessions of those that do not answer.

use std::sync::{Arc, Weak};

use tokio::time::sleep;

use super::Session;
use crate::{CloseReason, Handler, Message};

/// Pings the client of `session` until it does not answer in time.
pub(super) fn start<H: Handler>(session: &Arc<Session<H>>) {
    session.spawn(beat(Arc::downgrade(session)));
}

async fn beat<H: Handler>(session: Weak<Session<H>>) {
    let settings = session.upgrade().map(|session| {
        let config = session.config();
        (config.ping_interval, config.ping_timeout)
    });
    let Some((interval, timeout)) = settings else {
        return;
    };
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
        sleep(timeout).await;
        if let Some(session) = session.upgrade()
            && session.pongs() == pongs
        {
            return session.close(CloseReason::PingTimeout);
        }
        sleep(interval.saturating_sub(timeout)).await;
    }
}
