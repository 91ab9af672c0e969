//! The error that is the client's fault.

use std::fmt;

/// A request that its handler cannot read. Thrown, it is answered with status 400 and
/// `{"code":"BAD_REQUEST","message":…}`, unless a `#[handle_error]` makes something else of it.
///
/// Reading parameters and bodies throws it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadRequest {
    message: String,
}

impl BadRequest {
    /// A request with this fault, which the client reads.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
        }
    }
}

impl fmt::Display for BadRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for BadRequest {}
