//! Why the host refused a call.

use std::fmt;

/// Why a call to the host failed. The instance may go on.
///
/// Functions of this crate throw it as [`Error`](crate::Error): `error.downcast_ref::<HostError>()` finds it again.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum HostError {
    /// There is no current event, or it has no socket.
    NoEvent,
    /// An argument breaks a rule; says which.
    InvalidArgument(String),
    /// A limit of the event or of the socket is used up; names it.
    LimitExceeded(String),
    /// The client is not connected, or no longer.
    Disconnected,
    /// The client did not answer in time.
    TimedOut,
    /// Anything else, in words.
    Other(String),
}

impl fmt::Display for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, detail) = match self {
            Self::NoEvent => ("there is no current event", ""),
            Self::InvalidArgument(rule) => ("invalid argument: ", rule.as_str()),
            Self::LimitExceeded(limit) => ("limit exceeded: ", limit.as_str()),
            Self::Disconnected => ("the client is not connected", ""),
            Self::TimedOut => ("the client did not answer in time", ""),
            Self::Other(message) => ("", message.as_str()),
        };
        f.write_str(what)?;
        f.write_str(detail)
    }
}

impl std::error::Error for HostError {}
