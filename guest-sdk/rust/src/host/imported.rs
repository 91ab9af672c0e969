//! The contract's imports. The host knows which event is current, so there is nothing to hold.

use std::time::SystemTime;

use crate::bindings::stockade::handler::{context, server, session, socket, types};
use crate::target::{Delivery, Target};
use crate::{FetchedSockets, Handshake, HostError, Payload, RemoteSocket};

pub(crate) mod store;

type Result<T> = std::result::Result<T, HostError>;

#[derive(Clone, Copy)]
pub(crate) struct Host;

impl Host {
    pub(crate) fn current() -> Self {
        Self
    }

    pub(crate) fn event_name(&self) -> Result<String> {
        Ok(context::event_name()?)
    }

    pub(crate) fn payload(&self) -> Result<Option<Payload>> {
        Ok(context::payload()?.map(Into::into))
    }

    pub(crate) fn arguments(&self) -> Result<Payload> {
        Ok(context::arguments()?.into())
    }

    pub(crate) fn message_id(&self) -> Result<String> {
        Ok(context::message_id()?)
    }

    pub(crate) fn namespace(&self) -> Result<String> {
        Ok(context::namespace()?)
    }

    /// Its name as it stands in the manifest.
    pub(crate) fn namespace_pattern(&self) -> Result<String> {
        Ok(context::namespace_pattern()?)
    }

    pub(crate) fn namespace_params(&self) -> Result<Vec<(String, String)>> {
        Ok(context::namespace_params()?)
    }

    pub(crate) fn state(&self, key: &str) -> Result<Option<String>> {
        Ok(context::state(key)?)
    }

    pub(crate) fn set_state(&self, key: &str, value: Option<String>) -> Result<()> {
        Ok(context::set_state(key, value.as_deref())?)
    }

    pub(crate) fn user(&self) -> Result<Option<String>> {
        Ok(context::user()?)
    }

    pub(crate) fn set_user(&self, user: Option<String>) -> Result<()> {
        Ok(context::set_user(user.as_deref())?)
    }

    pub(crate) fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    pub(crate) fn session_id(&self) -> Result<Option<String>> {
        Ok(session::id()?)
    }

    pub(crate) fn create_session(&self) -> Result<String> {
        Ok(session::create()?)
    }

    pub(crate) fn open_session(&self, id: &str) -> Result<bool> {
        Ok(session::open(id)?)
    }

    pub(crate) fn session_value(&self, key: &str) -> Result<Option<String>> {
        Ok(session::get(key)?)
    }

    pub(crate) fn set_session_value(&self, key: &str, value: Option<String>) -> Result<()> {
        Ok(session::set(key, value.as_deref())?)
    }

    pub(crate) fn session_user(&self) -> Result<Option<String>> {
        Ok(session::user()?)
    }

    pub(crate) fn set_session_user(&self, user: Option<String>) -> Result<()> {
        Ok(session::set_user(user.as_deref())?)
    }

    pub(crate) fn regenerate_session_id(&self) -> Result<String> {
        Ok(session::regenerate_id()?)
    }

    pub(crate) fn destroy_session(&self) -> Result<()> {
        Ok(session::destroy()?)
    }

    pub(crate) fn id(&self) -> Result<String> {
        Ok(socket::id()?)
    }

    pub(crate) fn handshake(&self) -> Result<Handshake> {
        let handshake = socket::handshake()?;
        Ok(Handshake {
            headers: handshake.headers,
            query: handshake.query,
            raw_auth: handshake.auth,
            address: handshake.address,
            time: Handshake::time_of(handshake.issued),
            url: handshake.url,
            secure: handshake.secure,
        })
    }

    pub(crate) fn data(&self) -> Result<Option<String>> {
        Ok(socket::data()?)
    }

    pub(crate) fn set_data(&self, data: Option<String>) -> Result<()> {
        Ok(socket::set_data(data.as_deref())?)
    }

    pub(crate) fn emit(&self, event: &str, arguments: Payload, delivery: Delivery) -> Result<()> {
        Ok(socket::emit(event, &arguments.into(), delivery.into())?)
    }

    pub(crate) fn emit_with_ack(
        &self,
        event: &str,
        arguments: Payload,
        timeout: u32,
    ) -> Result<Payload> {
        Ok(socket::emit_with_ack(event, &arguments.into(), timeout)?.into())
    }

    pub(crate) fn emit_to(
        &self,
        target: &Target,
        event: &str,
        arguments: Payload,
        delivery: Delivery,
    ) -> Result<()> {
        Ok(socket::emit_to(
            &target.into(),
            event,
            &arguments.into(),
            delivery.into(),
        )?)
    }

    pub(crate) fn join(&self, rooms: Vec<String>) -> Result<()> {
        Ok(socket::join(&rooms)?)
    }

    pub(crate) fn leave(&self, rooms: Vec<String>) -> Result<()> {
        Ok(socket::leave(&rooms)?)
    }

    pub(crate) fn rooms(&self) -> Result<Vec<String>> {
        Ok(socket::rooms()?)
    }

    pub(crate) fn disconnect(&self, close: bool) -> Result<()> {
        Ok(socket::disconnect(close)?)
    }

    pub(crate) fn server_emit(
        &self,
        namespace: &str,
        target: &Target,
        event: &str,
        arguments: Payload,
        delivery: Delivery,
    ) -> Result<()> {
        Ok(server::emit(
            namespace,
            &target.into(),
            event,
            &arguments.into(),
            delivery.into(),
        )?)
    }

    pub(crate) fn fetch_sockets(&self, namespace: &str, target: &Target) -> Result<FetchedSockets> {
        let found = server::fetch_sockets(namespace, &target.into())?;
        let sockets = found.sockets.into_iter().map(|socket| RemoteSocket {
            id: socket.id,
            rooms: socket.rooms,
            data: socket.data,
            user: socket.user,
            address: socket.address,
            issued: Handshake::time_of(socket.issued),
        });
        Ok(FetchedSockets {
            sockets: sockets.collect(),
            is_complete: found.complete,
        })
    }

    pub(crate) fn sockets_join(
        &self,
        namespace: &str,
        target: &Target,
        rooms: Vec<String>,
    ) -> Result<()> {
        Ok(server::sockets_join(namespace, &target.into(), &rooms)?)
    }

    pub(crate) fn sockets_leave(
        &self,
        namespace: &str,
        target: &Target,
        rooms: Vec<String>,
    ) -> Result<()> {
        Ok(server::sockets_leave(namespace, &target.into(), &rooms)?)
    }

    pub(crate) fn disconnect_sockets(
        &self,
        namespace: &str,
        target: &Target,
        close: bool,
    ) -> Result<()> {
        Ok(server::disconnect_sockets(
            namespace,
            &target.into(),
            close,
        )?)
    }
}

impl From<types::Payload> for Payload {
    fn from(payload: types::Payload) -> Self {
        Self {
            json: payload.json,
            attachments: payload.attachments,
        }
    }
}

impl From<Payload> for types::Payload {
    fn from(payload: Payload) -> Self {
        Self {
            json: payload.json,
            attachments: payload.attachments,
        }
    }
}

impl From<&Target> for socket::Target {
    fn from(target: &Target) -> Self {
        Self {
            rooms: target.rooms.clone(),
            except: target.except.clone(),
        }
    }
}

impl From<Delivery> for socket::Delivery {
    fn from(delivery: Delivery) -> Self {
        let mut flags = Self::empty();
        flags.set(Self::VOLATILE, delivery.volatile);
        flags.set(Self::LOCAL, delivery.local);
        flags
    }
}

impl From<types::Error> for HostError {
    fn from(error: types::Error) -> Self {
        match error {
            types::Error::NoEvent => Self::NoEvent,
            types::Error::InvalidArgument(rule) => Self::InvalidArgument(rule),
            types::Error::LimitExceeded(limit) => Self::LimitExceeded(limit),
            types::Error::Disconnected => Self::Disconnected,
            types::Error::TimedOut => Self::TimedOut,
            types::Error::Other(message) => Self::Other(message),
        }
    }
}
