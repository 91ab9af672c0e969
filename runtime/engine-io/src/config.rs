//! How sessions are served.

use std::time::Duration;

/// Settings of an [`Engine`](super::Engine), by Engine.IO's names.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where clients find the server; all below it belongs to it as well.
    pub path: String,
    /// Between two pings.
    pub ping_interval: Duration,
    /// How long a client may take to answer a ping.
    pub ping_timeout: Duration,
    /// How long the change to WebSocket may take.
    pub upgrade_timeout: Duration,
    /// Whether long-polling may be used.
    pub polling: bool,
    /// Whether WebSocket may be used.
    pub websocket: bool,
    /// Whether sessions may change from long-polling to WebSocket, where both may be used.
    pub upgrades: bool,
    /// Bytes of one message, or of the body of one request.
    pub max_payload: usize,
    /// Messages that may wait for a client.
    pub max_packets: usize,
}

/// How a session's messages travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// HTTP requests, of which one waits for what the server has to say.
    Polling,
    /// A WebSocket.
    WebSocket,
}

impl Config {
    /// Whether a session may travel so.
    pub(super) fn allows(&self, transport: Transport) -> bool {
        match transport {
            Transport::Polling => self.polling,
            Transport::WebSocket => self.websocket,
        }
    }

    /// The packet that opens a session.
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
