//! Emitted events, as a test reads them.

use serde_json::Value;

use crate::target::Delivery;
use crate::{IntoArguments, IntoRooms, Payload};

/// An event that was emitted, or that a test expects.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Emit {
    /// Whom it was sent to.
    pub to: Recipients,
    /// Its name.
    pub event: String,
    /// Its arguments, placeholders where binary data stands.
    pub arguments: Vec<Value>,
    /// The binary data.
    pub attachments: Vec<Vec<u8>>,
    /// Whether it may be lost.
    pub volatile: bool,
    /// Whether it goes only to clients of this node.
    pub local: bool,
}

/// Whom an event was sent to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Recipients {
    /// The client whose event was handled: `ctx.socket().emit(…)`.
    Client,
    /// Others: `ctx.socket().broadcast().emit(…)`.
    Others {
        /// In any of these rooms; all others where there are none.
        rooms: Vec<String>,
        /// But in none of these.
        except: Vec<String>,
    },
    /// All: `ctx.server().emit(…)`.
    All {
        /// In this namespace.
        namespace: String,
        /// In any of these rooms; all where there are none.
        rooms: Vec<String>,
        /// But in none of these.
        except: Vec<String>,
    },
}

/// An event as a client got it, or as a test expects it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Received {
    /// Its name.
    pub event: String,
    /// Its arguments, placeholders where binary data stands.
    pub arguments: Vec<Value>,
    /// The binary data.
    pub attachments: Vec<Vec<u8>>,
}

impl Received {
    /// An event with these arguments.
    #[track_caller]
    pub fn new(event: &str, arguments: impl IntoArguments) -> Self {
        Self::of(&Emit::to_client(event, arguments))
    }

    pub(crate) fn of(emit: &Emit) -> Self {
        Self {
            event: emit.event.clone(),
            arguments: emit.arguments.clone(),
            attachments: emit.attachments.clone(),
        }
    }
}

impl Emit {
    /// An event for the client whose event was handled.
    #[track_caller]
    pub fn to_client(event: &str, arguments: impl IntoArguments) -> Self {
        Self::expected(Recipients::Client, event, arguments)
    }

    /// An event for the others.
    #[track_caller]
    pub fn to_others(event: &str, arguments: impl IntoArguments) -> Self {
        Self::expected(
            Recipients::Others {
                rooms: Vec::new(),
                except: Vec::new(),
            },
            event,
            arguments,
        )
    }

    /// An event for all clients of a namespace.
    #[track_caller]
    pub fn to_all(namespace: &str, event: &str, arguments: impl IntoArguments) -> Self {
        let namespace = namespace.to_owned();
        Self::expected(
            Recipients::All {
                namespace,
                rooms: Vec::new(),
                except: Vec::new(),
            },
            event,
            arguments,
        )
    }

    /// Only for those in these rooms.
    #[must_use]
    pub fn r#in(mut self, rooms: impl IntoRooms) -> Self {
        match &mut self.to {
            Recipients::Client => panic!("an event for one client has no rooms"),
            Recipients::Others { rooms: known, .. } | Recipients::All { rooms: known, .. } => {
                known.extend(rooms.into_rooms());
            }
        }
        self
    }

    /// Not for those in these rooms.
    #[must_use]
    pub fn except(mut self, rooms: impl IntoRooms) -> Self {
        match &mut self.to {
            Recipients::Client => panic!("an event for one client has no rooms"),
            Recipients::Others { except, .. } | Recipients::All { except, .. } => {
                except.extend(rooms.into_rooms())
            }
        }
        self
    }

    /// It may be lost.
    #[must_use]
    pub fn volatile(mut self) -> Self {
        self.volatile = true;
        self
    }

    /// It goes only to clients of this node.
    #[must_use]
    pub fn local(mut self) -> Self {
        self.local = true;
        self
    }

    #[track_caller]
    fn expected(to: Recipients, event: &str, arguments: impl IntoArguments) -> Self {
        let arguments = arguments
            .into_arguments()
            .expect("the arguments are serialisable");
        Self::recorded(to, event, arguments, Delivery::default())
    }

    pub(crate) fn recorded(
        to: Recipients,
        event: &str,
        arguments: Payload,
        delivery: Delivery,
    ) -> Self {
        Self {
            to,
            event: event.to_owned(),
            arguments: serde_json::from_str(&arguments.json)
                .expect("this crate wrote the arguments"),
            attachments: arguments.attachments,
            volatile: delivery.volatile,
            local: delivery.local,
        }
    }
}
