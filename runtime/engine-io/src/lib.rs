//! Engine.IO: sessions of clients, over long-polling or WebSocket, that carry messages in both directions and in order.
//!
//! Protocol 4, as of <https://github.com/socketio/engine.io-protocol>; WebSocket as of RFC 6455, without extensions.
//!
//! A WebSocket has one task, which reads, hands each message to the [`Handler`], and writes whatever has come together
//! meanwhile in one go. What others send to the client wakes it. An idle connection has no buffers.
//!
//! # Invariants
//! - Messages of a session reach the handler one after another, in order.
//! - What goes out, goes out in order, over both transports and the change between them.
//! - A session ends once, and the handler hears of it once, after its last message.
//! - What a client sends is bounded by [`Config::max_payload`] before it is kept; what waits for it, by
//!   [`Config::max_packets`].

mod config;
mod frame;
mod id;
mod outgoing;
mod payload;
mod polling;
mod refusal;
mod service;
mod session;
mod websocket;

pub use config::{Config, Transport};
pub use id::Id;
pub use outgoing::{Message, Unsent};
pub use service::{EngineService, Opened, Superfluous};
pub use session::{Engine, Session};

use std::sync::Arc;

use bytes::Bytes;
use http::request::Parts;

/// What is done with sessions and their messages. Called on the task that carries the session: nothing may take long.
pub trait Handler: Send + Sync + Sized + 'static {
    /// What the handler keeps for a session.
    type Data: Default + Send + Sync;

    /// A session begins, with this request.
    fn on_connect(&self, session: &Arc<Session<Self>>, request: &Parts);

    /// A text has come.
    fn on_text(&self, session: &Arc<Session<Self>>, text: &str);

    /// Binary data has come.
    fn on_binary(&self, session: &Arc<Session<Self>>, data: Bytes);

    /// A session has ended.
    fn on_disconnect(&self, session: &Arc<Session<Self>>, reason: CloseReason);
}

/// Why a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CloseReason {
    /// The client, or whoever called [`Session::close`], wanted it to.
    TransportClose,
    /// The connection failed, or was used against the rules of HTTP or WebSocket.
    TransportError,
    /// What came was no packet.
    ParseError,
    /// The server does not want the client any more.
    ForcedClose,
    /// The client did not answer a ping.
    PingTimeout,
    /// The server stops.
    ShuttingDown,
}
