//! A host for unit tests: answers from a [`FakeServer`] and records in it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::SystemTime;

use serde::de::IgnoredAny;

use crate::target::{Delivery, Target};
use crate::testing::{
    Action, Emit, FakeServer, Identity, Recipients, RecordingSocket, SocketState,
};
use crate::{FetchedSockets, Handshake, HostError, Payload, RemoteSocket};

mod session;
pub(crate) mod store;

type Result<T> = std::result::Result<T, HostError>;

/// One event of a recorded socket, or one HTTP request.
#[derive(Clone)]
pub(crate) struct Host {
    event: Option<Arc<Event>>,
}

struct Event {
    /// The event's, or the route of the request.
    name: Mutex<String>,
    /// What the client sent, as a list.
    arguments: Payload,
    message_id: String,
    state: Mutex<HashMap<String, String>>,
    client: Client,
}

enum Client {
    Socket(RecordingSocket),
    Http(FakeServer, Mutex<Identity>),
}

thread_local! {
    /// The event that the thread made or dispatched last, for [`crate::server()`], stores and the time.
    static CURRENT: RefCell<Weak<Event>> = const { RefCell::new(Weak::new()) };
}

impl Host {
    pub(crate) fn event(name: &str, arguments: Payload, socket: RecordingSocket) -> Self {
        Self::new(name, arguments, Client::Socket(socket))
    }

    pub(crate) fn request(route: &str, server: FakeServer) -> Self {
        let nothing = Payload::of_text("[]".to_owned());
        Self::new(route, nothing, Client::Http(server, Mutex::default()))
    }

    fn new(name: &str, arguments: Payload, client: Client) -> Self {
        static EVENTS: AtomicU64 = AtomicU64::new(1);
        let host = Self {
            event: Some(Arc::new(Event {
                name: Mutex::new(name.to_owned()),
                arguments,
                message_id: format!("test-{}", EVENTS.fetch_add(1, Ordering::Relaxed)),
                state: Mutex::default(),
                client,
            })),
        };
        host.enter();
        host
    }

    pub(crate) fn current() -> Self {
        Self {
            event: CURRENT.with_borrow(Weak::upgrade),
        }
    }

    /// Makes this the current event of the thread.
    pub(crate) fn enter(&self) {
        CURRENT.set(self.event.as_ref().map(Arc::downgrade).unwrap_or_default());
    }

    fn current_event(&self) -> Result<&Event> {
        self.event.as_deref().ok_or(HostError::NoEvent)
    }

    pub(crate) fn fake_server(&self) -> Result<&FakeServer> {
        Ok(match &self.current_event()?.client {
            Client::Socket(socket) => socket.server(),
            Client::Http(server, _) => server,
        })
    }

    fn socket(&self) -> Result<&RecordingSocket> {
        match &self.current_event()?.client {
            Client::Socket(socket) => Ok(socket),
            Client::Http(..) => Err(HostError::NoEvent),
        }
    }

    /// Visits the socket.
    fn visit<T>(&self, visit: impl FnOnce(&mut SocketState) -> T) -> Result<T> {
        Ok(self.socket()?.visit(visit))
    }

    /// Visits the socket, which has to be there.
    fn visit_connected<T>(&self, visit: impl FnOnce(&mut SocketState) -> T) -> Result<T> {
        self.visit(|socket| {
            if socket.is_gone {
                Err(HostError::Disconnected)
            } else {
                Ok(visit(socket))
            }
        })?
    }

    /// Visits who the client is.
    pub(crate) fn identity<T>(&self, visit: impl FnOnce(&mut Identity) -> T) -> Result<T> {
        match &self.current_event()?.client {
            Client::Socket(socket) => Ok(socket.visit(|socket| visit(&mut socket.identity))),
            Client::Http(_, identity) => Ok(visit(&mut lock(identity))),
        }
    }

    /// Records an error that was thrown.
    pub(crate) fn add_thrown(&self, thrown: &str) {
        if let Ok(server) = self.fake_server() {
            server.add_thrown(thrown.to_owned());
        }
        if let Ok(socket) = self.socket() {
            socket.visit(|socket| socket.thrown.push(thrown.to_owned()));
        }
    }

    /// Sets the route of a request, once it is known.
    pub(crate) fn set_route(&self, route: &str) {
        if let Ok(event) = self.current_event() {
            route.clone_into(&mut lock(&event.name));
        }
    }

    pub(crate) fn event_name(&self) -> Result<String> {
        Ok(lock(&self.current_event()?.name).clone())
    }

    pub(crate) fn payload(&self) -> Result<Option<Payload>> {
        let Payload { json, attachments } = &self.current_event()?.arguments;
        // Reads one value and looks where it ends.
        let list = json.trim_start().strip_prefix('[').unwrap_or_default();
        let mut values = serde_json::Deserializer::from_str(list).into_iter::<IgnoredAny>();
        let first = values.next().is_some_and(|value| value.is_ok());
        let text = list.get(..values.byte_offset()).unwrap_or_default();
        Ok(first.then(|| Payload {
            json: text.trim().to_owned(),
            attachments: attachments.clone(),
        }))
    }

    pub(crate) fn arguments(&self) -> Result<Payload> {
        Ok(self.current_event()?.arguments.clone())
    }

    pub(crate) fn message_id(&self) -> Result<String> {
        Ok(self.current_event()?.message_id.clone())
    }

    pub(crate) fn namespace(&self) -> Result<String> {
        self.visit(|socket| socket.namespace.clone())
    }

    /// Its name as it stands in the manifest.
    pub(crate) fn namespace_pattern(&self) -> Result<String> {
        self.visit(|socket| {
            let pattern = socket.pattern.as_ref();
            pattern.map_or_else(|| socket.namespace.clone(), |(name, _)| name.clone())
        })
    }

    pub(crate) fn namespace_params(&self) -> Result<Vec<(String, String)>> {
        self.visit(|socket| {
            let pattern = socket.pattern.as_ref();
            pattern.map_or_else(Vec::new, |(_, params)| params.clone())
        })
    }

    pub(crate) fn state(&self, key: &str) -> Result<Option<String>> {
        Ok(lock(&self.current_event()?.state).get(key).cloned())
    }

    pub(crate) fn set_state(&self, key: &str, value: Option<String>) -> Result<()> {
        let mut state = lock(&self.current_event()?.state);
        match value {
            Some(value) => state.insert(key.to_owned(), value),
            None => state.remove(key),
        };
        Ok(())
    }

    pub(crate) fn user(&self) -> Result<Option<String>> {
        self.identity(|identity| identity.user.clone())
    }

    pub(crate) fn set_user(&self, user: Option<String>) -> Result<()> {
        self.identity(|identity| identity.user = user)
    }

    pub(crate) fn now(&self) -> SystemTime {
        self.fake_server()
            .map_or_else(|_| SystemTime::now(), FakeServer::now)
    }

    pub(crate) fn id(&self) -> Result<String> {
        self.visit(|socket| socket.id.clone())
    }

    pub(crate) fn handshake(&self) -> Result<Handshake> {
        self.visit(|socket| socket.handshake.clone())
    }

    pub(crate) fn data(&self) -> Result<Option<String>> {
        self.visit(|socket| socket.data.clone())
    }

    pub(crate) fn set_data(&self, data: Option<String>) -> Result<()> {
        self.visit(|socket| socket.data = data)
    }

    pub(crate) fn emit(&self, event: &str, arguments: Payload, delivery: Delivery) -> Result<()> {
        check_event_name(event)?;
        self.visit_connected(|_| ())?;
        let emit = Emit::recorded(Recipients::Client, event, arguments, delivery);
        self.record(emit)
    }

    pub(crate) fn emit_with_ack(
        &self,
        event: &str,
        arguments: Payload,
        _timeout: u32,
    ) -> Result<Payload> {
        self.emit(event, arguments, Delivery::default())?;
        self.visit(|socket| {
            let answer = socket
                .acks
                .iter()
                .position(|(expected, _)| expected == event)
                .ok_or(HostError::TimedOut)?;
            Ok(socket.acks.remove(answer).1)
        })?
    }

    pub(crate) fn emit_to(
        &self,
        target: &Target,
        event: &str,
        arguments: Payload,
        delivery: Delivery,
    ) -> Result<()> {
        check_event_name(event)?;
        let Target { rooms, except } = target.clone();
        let to = Recipients::Others { rooms, except };
        self.record(Emit::recorded(to, event, arguments, delivery))
    }

    pub(crate) fn join(&self, rooms: Vec<String>) -> Result<()> {
        self.visit_connected(|socket| {
            socket.join(&rooms);
            socket.actions.push(Action::Join(rooms));
        })
    }

    pub(crate) fn leave(&self, rooms: Vec<String>) -> Result<()> {
        self.visit(|socket| {
            socket.leave(&rooms);
            socket.actions.push(Action::Leave(rooms));
        })
    }

    pub(crate) fn rooms(&self) -> Result<Vec<String>> {
        self.visit(|socket| socket.all_rooms())
    }

    pub(crate) fn disconnect(&self, close: bool) -> Result<()> {
        let action = if close {
            Action::Close
        } else {
            Action::Disconnect
        };
        self.visit_connected(|socket| socket.actions.push(action))
    }

    pub(crate) fn server_emit(
        &self,
        namespace: &str,
        target: &Target,
        event: &str,
        arguments: Payload,
        delivery: Delivery,
    ) -> Result<()> {
        check_event_name(event)?;
        let Target { rooms, except } = target.clone();
        let to = Recipients::All {
            namespace: namespace.to_owned(),
            rooms,
            except,
        };
        self.record(Emit::recorded(to, event, arguments, delivery))
    }

    pub(crate) fn fetch_sockets(&self, namespace: &str, target: &Target) -> Result<FetchedSockets> {
        let server = self.fake_server()?;
        let sockets = server.for_each(namespace, target, |socket| RemoteSocket {
            id: socket.id.clone(),
            rooms: socket.all_rooms(),
            data: socket.data.clone(),
            user: socket.identity.user.clone(),
            address: socket.handshake.address.clone(),
            issued: socket.handshake.time,
        });
        Ok(FetchedSockets {
            sockets,
            is_complete: server.is_complete(),
        })
    }

    pub(crate) fn sockets_join(
        &self,
        namespace: &str,
        target: &Target,
        rooms: Vec<String>,
    ) -> Result<()> {
        let sockets = self.fake_server()?.for_each(namespace, target, |socket| {
            socket.join(&rooms);
            socket.id.clone()
        });
        self.act(Action::SocketsJoin { sockets, rooms })
    }

    pub(crate) fn sockets_leave(
        &self,
        namespace: &str,
        target: &Target,
        rooms: Vec<String>,
    ) -> Result<()> {
        let sockets = self.fake_server()?.for_each(namespace, target, |socket| {
            socket.leave(&rooms);
            socket.id.clone()
        });
        self.act(Action::SocketsLeave { sockets, rooms })
    }

    pub(crate) fn disconnect_sockets(
        &self,
        namespace: &str,
        target: &Target,
        close: bool,
    ) -> Result<()> {
        let sockets = self.fake_server()?.for_each(namespace, target, |socket| {
            socket.is_gone = true;
            socket.id.clone()
        });
        self.act(if close {
            Action::CloseSockets { sockets }
        } else {
            Action::DisconnectSockets { sockets }
        })
    }

    /// Records an emit with its socket, if it has one, and delivers it.
    fn record(&self, emit: Emit) -> Result<()> {
        let sender = self.socket().ok();
        self.fake_server()?.deliver(sender, &emit);
        Ok(())
    }

    /// Records an action with the socket whose event it belongs to; that of a request is seen in the sockets.
    fn act(&self, action: Action) -> Result<()> {
        if let Ok(socket) = self.socket() {
            socket.visit(|socket| socket.actions.push(action));
        }
        Ok(())
    }
}

/// Refuses a name that the host refuses, in the same words.
fn check_event_name(name: &str) -> Result<()> {
    const RESERVED: [&str; 6] = [
        "connect",
        "connect_error",
        "disconnect",
        "disconnecting",
        "newListener",
        "removeListener",
    ];
    if RESERVED.contains(&name) {
        let rule = format!("{name:?} is a reserved event name");
        return Err(HostError::InvalidArgument(rule));
    }
    Ok(())
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
