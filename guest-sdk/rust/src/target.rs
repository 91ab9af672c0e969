//! Whom an operation reaches, and how.

/// Which sockets of a namespace an operation reaches.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Target {
    /// Sockets in any of these rooms; all where there are none.
    pub(crate) rooms: Vec<String>,
    /// But none that is in one of these.
    pub(crate) except: Vec<String>,
}

#[cfg(not(target_family = "wasm"))]
impl Target {
    pub(crate) fn of(rooms: &[String], except: &[String]) -> Self {
        Self {
            rooms: rooms.to_vec(),
            except: except.to_vec(),
        }
    }
}

/// How an event goes out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Delivery {
    /// It may be lost where the client cannot take it at once.
    pub(crate) volatile: bool,
    /// Only to clients of this node.
    pub(crate) local: bool,
}
