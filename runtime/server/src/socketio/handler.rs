//! What the engine calls: sessions that begin and end, and their messages, on the connection's own task and in order.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use bytes::Bytes;
use http::request::Parts;

use super::{
    Parser, Served,
    connection::{self, Connection, EngineSocket, Progress},
    handshake, msgpack,
    packet::{self, Malformed},
    unread::{TotalUnread, Unread, UnreadMap},
};
use crate::options::PACKET_OVERHEAD;
use stockade_engine_io::CloseReason;

/// The handler of one tenant's sessions.
pub struct Handler(pub(super) Arc<Served>);

impl stockade_engine_io::Handler for Handler {
    type Data = Connection;

    fn on_connect(&self, engine: &Arc<EngineSocket>, request: &Parts) {
        let served = &self.0;
        let unread = served.unread(engine, request);
        unread.session(engine);
        let request = Arc::new(handshake::first_request(request));
        engine.data.begin(unread, request, served.sessions.token());
        engine.spawn(until_joined(Arc::downgrade(engine), served.connect_timeout));
    }

    fn on_disconnect(&self, engine: &Arc<EngineSocket>, reason: CloseReason) {
        connection::ended(engine, reason);
    }

    fn on_text(&self, engine: &Arc<EngineSocket>, text: &str) {
        let received = match self.0.parser {
            Parser::Default => packet::parse(text).and_then(|(packet, announced)| {
                connection::receive(&self.0, engine, packet, announced)
            }),
            Parser::MsgPack => Err(Malformed("text where MessagePack belongs")),
        };
        if let Err(malformed) = received {
            connection::end_malformed(engine, malformed);
        }
    }

    fn on_binary(&self, engine: &Arc<EngineSocket>, bytes: Bytes) {
        let served = &self.0;
        let limits = &served.tenant.limits;
        let received = match served.parser {
            Parser::Default => connection::receive_attachment(served, engine, bytes),
            Parser::MsgPack => {
                let bounds = msgpack::Bounds {
                    text: limits.payload + PACKET_OVERHEAD,
                    attachments: limits.attachments,
                };
                msgpack::read(&bytes, bounds)
                    .and_then(|packet| connection::receive(served, engine, packet, 0))
            }
        };
        if let Err(malformed) = received {
            connection::end_malformed(engine, malformed);
        }
    }
}

impl Served {
    /// The account of the client's connections. Clients that came in another way than through our listener have one
    /// that is never written off, and a limit none the less.
    fn unread(&self, engine: &EngineSocket, request: &Parts) -> Arc<Unread> {
        let extensions = &request.extensions;
        let unread = extensions.get::<Arc<Unread>>().cloned().unwrap_or_else(|| {
            let limit = self.tenant.limits.unread;
            Arc::new(Unread::new(limit, Arc::new(TotalUnread::new(limit)), None))
        });
        if let Some(map) = extensions.get::<Arc<UnreadMap>>() {
            map.register(engine.id(), &unread);
        }
        unread
    }
}

/// Closes a session that joins no namespace in time.
async fn until_joined(engine: Weak<EngineSocket>, timeout: Duration) {
    // Who is being decided upon when the time is over has as long again: guests do not decide for ever.
    for patience in [Progress::DeferredSocket, Progress::Joined] {
        tokio::time::sleep(timeout).await;
        let Some(engine) = engine.upgrade() else {
            return;
        };
        match engine.data.progress() {
            Progress::Joined => return,
            progress if progress >= patience => {}
            _ => {
                tracing::debug!(
                    session = engine.id(),
                    "a session has joined no namespace in time"
                );
                return engine.close_when_sent(CloseReason::ForcedClose, connection::LAST_PACKETS);
            }
        }
    }
}
