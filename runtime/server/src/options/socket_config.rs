//! Socket.IO's options for the server and its engine.

use std::time::Duration;

/// Over a payload there is the event's name and the packet's own syntax.
pub const PACKET_OVERHEAD: usize = 1_024;

/// Socket.IO's settings, by its names.
#[derive(Debug, Clone)]
pub struct SocketConfig {
    /// Where clients find the server.
    pub path: String,
    /// Between two pings.
    pub ping_interval: Duration,
    /// How long a client may take to answer a ping.
    pub ping_timeout: Duration,
    /// How long a client may take to join a namespace.
    pub connect_timeout: Duration,
    /// How long an upgrade to WebSocket may take.
    pub upgrade_timeout: Duration,
    /// Which transports clients may use; at least one.
    pub transports: Transports,
    /// Bytes of one message or of one request from a client; whoever sends more is disconnected.
    pub max_http_buffer_size: usize,
    /// Whether a client that polls may change to WebSocket.
    pub allow_upgrades: bool,
    /// How packets are written.
    pub parser: Parser,
    /// Whether clients may come back as who they were; costs nothing where they may not.
    pub connection_state_recovery: Option<Recovery>,
}

/// What becomes of clients that lose their connection and come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recovery {
    /// How long they may be gone.
    pub max_disconnection_duration: Duration,
    /// Whether `on-connection` is not run for those that come back in time.
    pub skip_middlewares: bool,
}

/// How packets are written; clients must use the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parser {
    /// JSON, with binary data beside it.
    Default,
    /// MessagePack, as of `socket.io-msgpack-parser`.
    MsgPack,
}

/// Which transports clients may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transports {
    /// HTTP long-polling, with the upgrade to WebSocket.
    All,
    /// HTTP long-polling only.
    Polling,
    /// WebSocket only.
    WebSocket,
}
