//! Engine.IO: sessions of clients, over long-polling or WebSocket, which carry messages in both directions and in order.
//!
//! Speaks protocol 4 of <https://github.com/socketio/engine.io-protocol>, and WebSocket of RFC 6455 without extensions.
//!
//! Each WebSocket has one task. It reads, hands each message to the [`Handler`], and writes all messages that wait at once. A
//! message that is sent to the client wakes the task. An idle connection has no buffers.
//!
//! A client in the same process needs no connection: [`Engine::open_in_memory`] gives it a session that it carries itself.
//!
//! # Invariants
//! - Messages of a session reach the handler one at a time, in order.
//! - Messages to a client are sent in order, over both transports and across the upgrade.
//! - A session ends once. The handler is told once, after the session's last message.
//! - A message from a client is compared with [`Config::max_payload`] before it is kept. Messages that wait for a client are
//!   bounded by [`Config::max_packets`].

mod config;
mod frame;
mod id;
mod memory;
mod outgoing;
mod payload;
mod polling;
mod refusal;
mod service;
mod session;
mod websocket;

pub use config::{Config, Transport};
pub use id::Id;
pub use memory::{Delivered, Memory};
pub use outgoing::{Message, Unsent};
pub use service::{EngineService, Opened, Superfluous};
pub use session::{Engine, Session};

use std::sync::Arc;

use bytes::Bytes;
use http::request::Parts;

/// Handles sessions and their messages. Its functions run on the session's own task and must return quickly.
pub trait Handler: Send + Sync + Sized + 'static {
    /// Data that the handler keeps for each session.
    type Data: Default + Send + Sync;

    /// Called with the request that begins a session.
    fn on_connect(&self, session: &Arc<Session<Self>>, request: &Parts);

    /// Called with each text message.
    fn on_text(&self, session: &Arc<Session<Self>>, text: &str);

    /// Called with each binary message.
    fn on_binary(&self, session: &Arc<Session<Self>>, data: Bytes);

    /// Called when a session has ended.
    fn on_disconnect(&self, session: &Arc<Session<Self>>, reason: CloseReason);
}

/// Why a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CloseReason {
    /// The client closed it.
    TransportClose,
    /// The connection failed, or the client broke a rule of HTTP or WebSocket.
    TransportError,
    /// The client sent something that is not a packet.
    ParseError,
    /// The server closed it.
    ForcedClose,
    /// The client did not answer a ping.
    PingTimeout,
    /// The server is stopping.
    ShuttingDown,
}
