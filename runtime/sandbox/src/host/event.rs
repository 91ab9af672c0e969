//! The event that an instance is working on.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize};

use super::{ClientSocket, ClientState, EventSource, Keyvalue, LogSource};
use crate::{CallError, Payload, limits::Limits, payload};
use stockade_auth::session::Sessions;

use stockade_json_schema::text::elements;

/// Bytes of keys and values in an event's state.
const MAX_STATE: usize = 1 << 20;
/// What an entry of the state costs beside its key and value.
const ENTRY: usize = 64;

/// Identifies an event in logs; unique on this host while it runs.
#[derive(Debug, Clone, Copy)]
pub struct MessageId(u64);

/// One event, as the functions of the contract see it.
pub struct EventCtx {
    /// Its name; empty for connections and disconnections.
    pub name: Arc<str>,
    /// The client's first argument.
    pub payload: Option<Arc<Payload>>,
    /// Its other arguments as the text of a list, where there are any. Their attachments are with the payload.
    pub more_arguments: Option<Box<str>>,
    /// Its id.
    pub message_id: MessageId,
    /// Whose it is.
    pub caller: Arc<dyn EventSource>,
    /// Whether the guest asked to disconnect the client, and how.
    pub disconnect: Option<Disconnect>,
    pub(super) state: State,
    pub(super) emitted: Emitted,
    /// Calls to the store so far.
    pub(super) stored: usize,
}

/// What all events of a tenant have in common, for the functions that guests call.
pub struct TenantCtx {
    /// What they may use.
    pub limits: Arc<Limits>,
    /// Where lines by the guest go.
    pub log: LogSource,
    /// What the guest may store.
    pub keyvalue: Keyvalue,
    /// Where sessions are.
    pub sessions: Arc<Sessions>,
}

/// How a guest wants a client disconnected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Disconnect {
    /// From the namespace.
    Namespace,
    /// From the server.
    Server,
}

/// What hooks hand to the handler.
#[derive(Default)]
pub(super) struct State {
    values: BTreeMap<String, String>,
    bytes: usize,
}

/// What the event has emitted so far.
#[derive(Default)]
pub(super) struct Emitted {
    count: usize,
    bytes: usize,
}

impl EventCtx {
    /// An event that has not emitted anything yet. On the heap, for it is handed on many times.
    pub fn new(
        name: Arc<str>,
        payload: Option<Arc<Payload>>,
        caller: Arc<dyn EventSource>,
    ) -> Box<Self> {
        Box::new(Self {
            name,
            payload,
            more_arguments: None,
            message_id: MessageId::next(),
            caller,
            disconnect: None,
            state: State::default(),
            emitted: Emitted::default(),
            stored: 0,
        })
    }
}

impl EventCtx {
    /// Counts calls to the store, if they are within the limit.
    pub(super) fn count_stored(&mut self, calls: usize, limits: &Limits) -> Result<(), CallError> {
        let limit = limits.store_operations;
        let stored = self.stored.saturating_add(calls.max(1));
        if stored > limit {
            let exceeded = format!("store-operations: {limit} an event");
            return Err(CallError::LimitExceeded(exceeded));
        }
        self.stored = stored;
        Ok(())
    }

    /// All arguments of the client, as a list.
    pub(super) fn arguments(&self) -> Payload {
        let Some(payload) = &self.payload else {
            return Payload {
                json: "[]".into(),
                attachments: Vec::new(),
            };
        };
        let json = match &self.more_arguments {
            None => ["[", &payload.json, "]"].concat(),
            Some(more_arguments) => {
                ["[", &payload.json, ",", elements(more_arguments), "]"].concat()
            }
        };
        Payload {
            json,
            attachments: payload.attachments.clone(),
        }
    }

    /// Bytes of them.
    pub(super) fn arguments_size(&self) -> usize {
        let payload = self.payload.as_deref().map_or(0, payload::size);
        payload + payload::size_of_more_arguments(self.more_arguments.as_deref())
    }

    /// The client's socket.
    pub(super) fn socket(&self) -> Result<&dyn ClientSocket, CallError> {
        self.caller.socket().ok_or(CallError::NoEvent)
    }

    /// What the host keeps for the client.
    pub(super) fn client(&self) -> &ClientState {
        self.caller.client()
    }
}

impl Disconnect {
    /// From the server with `close`, else from the namespace.
    pub(super) fn with(close: bool) -> Self {
        match close {
            true => Self::Server,
            false => Self::Namespace,
        }
    }
}

impl MessageId {
    fn next() -> Self {
        // Starts at the time, so that ids of two runs of the host do not meet in one log.
        static NEXT: LazyLock<AtomicU64> = LazyLock::new(|| {
            let now = SystemTime::now().duration_since(UNIX_EPOCH);
            AtomicU64::new(now.map_or(0, |now| now.as_secs() << 24))
        });
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl State {
    pub(super) fn get(&self, key: &str) -> Option<String> {
        self.values.get(key).cloned()
    }

    pub(super) fn set(&mut self, key: String, value: Option<String>) -> Result<(), CallError> {
        let size = |value: &String| key.len() + value.len() + ENTRY;
        let old = self.values.get(&key).map_or(0, size);
        let new = value.as_ref().map_or(0, size);
        let bytes = self.bytes - old + new;
        if bytes > MAX_STATE {
            return Err(CallError::LimitExceeded("state: 1 MiB an event".into()));
        }
        self.bytes = bytes;
        match value {
            Some(value) => self.values.insert(key, value),
            None => self.values.remove(&key),
        };
        Ok(())
    }
}

impl Emitted {
    /// Counts one more emit of `bytes`, if it is within the limits.
    pub(super) fn add(&mut self, bytes: usize, limits: &Limits) -> Result<(), CallError> {
        let exceeded = |limit| Err(CallError::LimitExceeded(limit));
        if self.count >= limits.emits {
            return exceeded(format!("emits: {} an event", limits.emits));
        }
        if self.bytes.saturating_add(bytes) > limits.emit_bytes {
            return exceeded(format!("emit-bytes: {} an event", limits.emit_bytes));
        }
        self.count += 1;
        self.bytes += bytes;
        Ok(())
    }
}
