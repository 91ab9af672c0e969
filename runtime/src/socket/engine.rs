//! What the engine calls: sessions that begin and end, and their messages, on the connection's own task and in order.

use std::{
    fmt,
    sync::{Arc, Weak, atomic::Ordering},
    time::Duration,
};

use bytes::Bytes;
use engineioxide::{DisconnectReason, handler::EngineIoHandler};
use engineioxide_core::Str;

use super::{
    Parser, Served,
    connection::{self, Connection, EngineSocket, Progress},
    msgpack,
    packet::{self, Malformed},
    unread::{TotalUnread, Unread, UnreadMap},
};

/// The handler of one tenant's sessions.
pub struct Handler(pub(super) Arc<Served>);

impl fmt::Debug for Handler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Handler").field(&self.0.tenant.name).finish()
    }
}

impl EngineIoHandler for Handler {
    type Data = Connection;

    fn on_connect(self: Arc<Self>, engine: Arc<EngineSocket>) {
        let served = &self.0;
        let unread = served.unread(&engine);
        unread.session(&engine);
        engine.data.begin(unread, served.sessions.token());
        let mut engines = served.lock_engines();
        engines.insert(engine.id, Arc::downgrade(&engine));
        drop(engines);
        // Looked at after it can be found: whoever closes all has seen it, or it sees that.
        if served.closing.load(Ordering::Relaxed) {
            engine.close(DisconnectReason::ClosingServer);
            return;
        }
        let joined = until_joined(Arc::downgrade(&engine), served.connect_timeout);
        tokio::spawn(joined);
    }

    fn on_disconnect(&self, engine: Arc<EngineSocket>, reason: DisconnectReason) {
        self.0.lock_engines().remove(&engine.id);
        connection::ended(&engine, &reason);
    }

    fn on_message(self: &Arc<Self>, text: Str, engine: Arc<EngineSocket>) {
        let received = match self.0.parser {
            Parser::Default => packet::parse(&text).and_then(|(packet, announced)| {
                connection::receive(&self.0, &engine, packet, announced)
            }),
            Parser::MsgPack => Err(Malformed("text where MessagePack belongs")),
        };
        if let Err(malformed) = received {
            connection::end_malformed(&engine, malformed);
        }
    }

    fn on_binary(self: &Arc<Self>, bytes: Bytes, engine: Arc<EngineSocket>) {
        let served = &self.0;
        let limits = &served.tenant.limits;
        let received = match served.parser {
            Parser::Default => connection::receive_attachment(served, &engine, bytes),
            Parser::MsgPack => {
                let bounds = msgpack::Bounds {
                    text: limits.payload + super::PACKET_OVERHEAD,
                    attachments: limits.attachments,
                };
                msgpack::read(&bytes, bounds)
                    .and_then(|packet| connection::receive(served, &engine, packet, 0))
            }
        };
        if let Err(malformed) = received {
            connection::end_malformed(&engine, malformed);
        }
    }
}

impl Served {
    /// The account of the client's connections. Clients that came in another way than through our listener have one
    /// that is never written off, and a limit none the less.
    fn unread(&self, engine: &EngineSocket) -> Arc<Unread> {
        let extensions = &engine.req_parts.extensions;
        let unread = extensions.get::<Arc<Unread>>().cloned().unwrap_or_else(|| {
            let limit = self.tenant.limits.unread;
            Arc::new(Unread::new(limit, Arc::new(TotalUnread::new(limit)), None))
        });
        if let Some(map) = extensions.get::<Arc<UnreadMap>>() {
            map.register(engine.id.as_str(), &unread);
        }
        unread
    }
}

/// Closes a session that joins no namespace in time.
async fn until_joined(engine: Weak<EngineSocket>, timeout: Duration) {
    // Who is being decided upon when the time is over has as long again: guests do not decide for ever.
    for patience in [Progress::Connecting, Progress::Joined] {
        tokio::time::sleep(timeout).await;
        let Some(engine) = engine.upgrade() else {
            return;
        };
        match engine.data.progress() {
            Progress::Joined => return,
            progress if progress >= patience => {}
            _ => {
                tracing::debug!(session = %engine.id, "a session has joined no namespace in time");
                return engine.close(DisconnectReason::TransportClose);
            }
        }
    }
}
