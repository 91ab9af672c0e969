//! A host for unit tests: answers from a [`RecordingSocket`] and records in it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use crate::target::{Delivery, Target};
use crate::testing::{Action, Emit, Recipients, RecordingSocket};
use crate::{Handshake, HostError, Payload};

type Result<T> = std::result::Result<T, HostError>;

/// One event of a recorded socket.
#[derive(Clone)]
pub(crate) struct Host {
    event: Option<Arc<Event>>,
}

struct Event {
    name: String,
    payload: Option<Payload>,
    message_id: String,
    state: Mutex<HashMap<String, String>>,
    socket: RecordingSocket,
}

thread_local! {
    /// The event that the thread made last, for [`crate::server()`].
    static CURRENT: RefCell<Weak<Event>> = const { RefCell::new(Weak::new()) };
}

impl Host {
    pub(crate) fn new(name: &str, payload: Option<Payload>, socket: RecordingSocket) -> Self {
        static EVENTS: AtomicU64 = AtomicU64::new(1);
        let event = Arc::new(Event {
            name: name.to_owned(),
            payload,
            message_id: format!("test-{}", EVENTS.fetch_add(1, Ordering::Relaxed)),
            state: Mutex::default(),
            socket,
        });
        CURRENT.set(Arc::downgrade(&event));
        Self { event: Some(event) }
    }

    pub(crate) fn current() -> Self {
        Self {
            event: CURRENT.with_borrow(Weak::upgrade),
        }
    }

    fn event(&self) -> Result<&Event> {
        self.event.as_deref().ok_or(HostError::NoEvent)
    }

    pub(crate) fn socket(&self) -> Result<&RecordingSocket> {
        Ok(&self.event()?.socket)
    }

    pub(crate) fn event_name(&self) -> Result<String> {
        Ok(self.event()?.name.clone())
    }

    pub(crate) fn payload(&self) -> Result<Option<Payload>> {
        Ok(self.event()?.payload.clone())
    }

    pub(crate) fn message_id(&self) -> Result<String> {
        Ok(self.event()?.message_id.clone())
    }

    pub(crate) fn namespace(&self) -> Result<String> {
        Ok(self.socket()?.state().namespace.clone())
    }

    pub(crate) fn state(&self, key: &str) -> Result<Option<String>> {
        let state = self
            .event()?
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        Ok(state.get(key).cloned())
    }

    pub(crate) fn set_state(&self, key: &str, value: Option<String>) -> Result<()> {
        let mut state = self
            .event()?
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        match value {
            Some(value) => state.insert(key.to_owned(), value),
            None => state.remove(key),
        };
        Ok(())
    }

    pub(crate) fn user(&self) -> Result<Option<String>> {
        Ok(self.socket()?.state().user.clone())
    }

    pub(crate) fn set_user(&self, user: Option<String>) -> Result<()> {
        self.socket()?.state().user = user;
        Ok(())
    }

    pub(crate) fn id(&self) -> Result<String> {
        Ok(self.socket()?.state().id.clone())
    }

    pub(crate) fn handshake(&self) -> Result<Handshake> {
        Ok(self.socket()?.state().handshake.clone())
    }

    pub(crate) fn data(&self) -> Result<Option<String>> {
        Ok(self.socket()?.state().data.clone())
    }

    pub(crate) fn set_data(&self, data: Option<String>) -> Result<()> {
        self.socket()?.state().data = data;
        Ok(())
    }

    pub(crate) fn emit(&self, event: &str, arguments: Payload, delivery: Delivery) -> Result<()> {
        self.socket()?.connected()?.emits.push(Emit::recorded(
            Recipients::Client,
            event,
            arguments,
            delivery,
        ));
        Ok(())
    }

    pub(crate) fn emit_with_ack(
        &self,
        event: &str,
        arguments: Payload,
        _timeout: u32,
    ) -> Result<Payload> {
        let mut socket = self.socket()?.connected()?;
        socket.emits.push(Emit::recorded(
            Recipients::Client,
            event,
            arguments,
            Delivery::default(),
        ));
        let answer = socket
            .acks
            .iter()
            .position(|(expected, _)| expected == event)
            .ok_or(HostError::TimedOut)?;
        Ok(socket.acks.remove(answer).1)
    }

    pub(crate) fn emit_to(
        &self,
        target: &Target,
        event: &str,
        arguments: Payload,
        delivery: Delivery,
    ) -> Result<()> {
        let Target { rooms, except } = target.clone();
        let emit = Emit::recorded(
            Recipients::Others { rooms, except },
            event,
            arguments,
            delivery,
        );
        self.socket()?.state().emits.push(emit);
        Ok(())
    }

    pub(crate) fn join(&self, rooms: Vec<String>) -> Result<()> {
        let mut socket = self.socket()?.connected()?;
        socket.join(&rooms);
        socket.actions.push(Action::Join(rooms));
        Ok(())
    }

    pub(crate) fn leave(&self, rooms: Vec<String>) -> Result<()> {
        let mut socket = self.socket()?.state();
        socket.rooms.retain(|room| !rooms.contains(room));
        socket.actions.push(Action::Leave(rooms));
        Ok(())
    }

    pub(crate) fn rooms(&self) -> Result<Vec<String>> {
        let socket = self.socket()?.state();
        Ok(std::iter::once(&socket.id)
            .chain(&socket.rooms)
            .cloned()
            .collect())
    }

    pub(crate) fn disconnect(&self, close: bool) -> Result<()> {
        let action = if close {
            Action::Close
        } else {
            Action::Disconnect
        };
        self.socket()?.connected()?.actions.push(action);
        Ok(())
    }

    pub(crate) fn server_emit(
        &self,
        namespace: &str,
        target: &Target,
        event: &str,
        arguments: Payload,
        delivery: Delivery,
    ) -> Result<()> {
        let Target { rooms, except } = target.clone();
        let to = Recipients::All {
            namespace: namespace.to_owned(),
            rooms,
            except,
        };
        self.socket()?
            .state()
            .emits
            .push(Emit::recorded(to, event, arguments, delivery));
        Ok(())
    }

    pub(crate) fn fetch_sockets(&self, namespace: &str, target: &Target) -> Result<Vec<String>> {
        Ok(self.socket()?.state().reached(namespace, target))
    }

    pub(crate) fn sockets_join(
        &self,
        namespace: &str,
        target: &Target,
        rooms: Vec<String>,
    ) -> Result<()> {
        let mut socket = self.socket()?.state();
        let sockets = socket.reached(namespace, target);
        socket.actions.push(Action::SocketsJoin { sockets, rooms });
        Ok(())
    }

    pub(crate) fn sockets_leave(
        &self,
        namespace: &str,
        target: &Target,
        rooms: Vec<String>,
    ) -> Result<()> {
        let mut socket = self.socket()?.state();
        let sockets = socket.reached(namespace, target);
        socket.actions.push(Action::SocketsLeave { sockets, rooms });
        Ok(())
    }

    pub(crate) fn disconnect_sockets(&self, namespace: &str, target: &Target) -> Result<()> {
        let mut socket = self.socket()?.state();
        let sockets = socket.reached(namespace, target);
        socket.actions.push(Action::DisconnectSockets { sockets });
        Ok(())
    }
}
