//! Why sockets go.

use stockade_engine_io::CloseReason;

/// Why a socket has gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::socketio) enum Reason {
    TransportClose,
    TransportError,
    ParseError,
    ForcedClose,
    PingTimeout,
    ClientNamespace,
    ServerNamespace,
    ShuttingDown,
}

impl Reason {
    /// By Socket.IO's name.
    pub(in crate::socketio) fn name(self) -> &'static str {
        match self {
            Self::TransportClose => "transport close",
            Self::TransportError => "transport error",
            Self::ParseError => "parse error",
            Self::ForcedClose => "forced close",
            Self::PingTimeout => "ping timeout",
            Self::ClientNamespace => "client namespace disconnect",
            Self::ServerNamespace => "server namespace disconnect",
            Self::ShuttingDown => "server shutting down",
        }
    }

    /// Whether its client may come back as who it was: by the same reasons as on Node.
    pub(super) fn is_recoverable(self) -> bool {
        match self {
            Self::TransportClose
            | Self::TransportError
            | Self::ForcedClose
            | Self::PingTimeout
            | Self::ShuttingDown => true,
            Self::ParseError | Self::ClientNamespace | Self::ServerNamespace => false,
        }
    }
}

impl From<CloseReason> for Reason {
    fn from(reason: CloseReason) -> Self {
        match reason {
            CloseReason::TransportClose => Self::TransportClose,
            CloseReason::TransportError => Self::TransportError,
            CloseReason::ParseError => Self::ParseError,
            CloseReason::ForcedClose => Self::ForcedClose,
            CloseReason::PingTimeout => Self::PingTimeout,
            CloseReason::ShuttingDown => Self::ShuttingDown,
        }
    }
}
