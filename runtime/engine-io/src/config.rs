//! Settings of the engine.

use std::time::Duration;

/// Settings of an [`Engine`](super::Engine), by Engine.IO's names.
#[derive(Debug, Clone)]
pub struct Config {
    /// Path of the server. Everything below it belongs to the server, too.
    pub path: String,
    /// Time between two pings.
    pub ping_interval: Duration,
    /// Time that a client has to answer a ping.
    pub ping_timeout: Duration,
    /// Time that an upgrade to WebSocket may take.
    pub upgrade_timeout: Duration,
    /// Whether clients may use long-polling.
    pub polling: bool,
    /// Whether clients may use WebSocket.
    pub websocket: bool,
    /// Whether clients may upgrade from long-polling to WebSocket, if both are allowed.
    pub upgrades: bool,
    /// Maximum bytes of a message, and of a request's body.
    pub max_payload: usize,
    /// Maximum number of messages that wait for a client.
    pub max_packets: usize,
}

/// How a session's messages are carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// HTTP requests. One of them waits for messages from the server.
    Polling,
    /// A WebSocket.
    WebSocket,
}

impl Config {
    /// Returns whether sessions may use this transport.
    pub(super) fn allows(&self, transport: Transport) -> bool {
        match transport {
            Transport::Polling => self.polling,
            Transport::WebSocket => self.websocket,
        }
    }

    /// Returns the packet that opens a session.
    pub(super) fn open(&self, sid: &str, transport: Transport) -> String {
        let upgrades = match transport == Transport::Polling && self.upgrades {
            true => "\"websocket\"",
            false => "",
        };
        format!(
            r#"0{{"sid":"{sid}","upgrades":[{upgrades}],"pingInterval":{},"pingTimeout":{},"maxPayload":{}}}"#,
            self.ping_interval.as_millis(),
            self.ping_timeout.as_millis(),
            self.max_payload,
        )
    }
}
