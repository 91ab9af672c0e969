//! All sessions of one server.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use http::Request;
use parking_lot::RwLock;

use super::{Session, heartbeat};
use crate::{CloseReason, Config, Handler, Id, outgoing::Carrier, refusal::Refusal};

/// All sessions of one server.
pub struct Engine<H: Handler> {
    handler: H,
    config: Config,
    sessions: RwLock<HashMap<Id, Arc<Session<H>>>>,
    closing: AtomicBool,
}

impl<H: Handler> Engine<H> {
    /// Creates an engine without sessions.
    pub fn new(handler: H, config: Config) -> Arc<Self> {
        Arc::new(Self {
            handler,
            config,
            sessions: RwLock::default(),
            closing: AtomicBool::new(false),
        })
    }

    /// Closes all sessions, and every session that begins later.
    pub fn close(&self) {
        self.closing.store(true, Ordering::SeqCst);
        let all = self.sessions.read();
        let sessions: Vec<_> = all.values().cloned().collect();
        // A session that is closed removes itself.
        drop(all);
        for session in sessions {
            session.close(CloseReason::ShuttingDown);
        }
    }

    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    pub(crate) fn handler(&self) -> &H {
        &self.handler
    }

    pub(crate) fn remove(&self, id: Id) {
        let mut sessions = self.sessions.write();
        sessions.remove(&id);
    }

    pub(crate) fn session(&self, sid: &str) -> Option<Arc<Session<H>>> {
        let id = Id::parse(sid)?;
        let sessions = self.sessions.read();
        sessions.get(&id).cloned()
    }

    /// Begins a session with this request.
    pub(crate) fn begin<B>(
        self: &Arc<Self>,
        request: Request<B>,
        carrier: Carrier,
    ) -> Result<Arc<Session<H>>, Refusal> {
        let id = Id::random().map_err(|error| {
            tracing::error!(%error, "no randomness for a session's id");
            Refusal::Unavailable
        })?;
        let (parts, _) = request.into_parts();
        let session = Arc::new(Session::new(self.clone(), id, carrier));
        let mut sessions = self.sessions.write();
        sessions.insert(id, session.clone());
        drop(sessions);
        self.handler.on_connect(&session, &parts);
        // A client in this process does not vanish unnoticed.
        if carrier != Carrier::Memory {
            heartbeat::start(&session);
        }
        // Checked after the session is in the table: either `close` has found it there, or it is closed here.
        if self.closing.load(Ordering::SeqCst) {
            session.close(CloseReason::ShuttingDown);
        }
        Ok(session)
    }
}
