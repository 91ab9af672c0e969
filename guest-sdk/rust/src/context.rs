//! The event that is being handled.

use std::ops::Deref;
use std::str::FromStr;

use serde::de::DeserializeOwned;

use crate::host::Host;
use crate::manifest::Route;
use crate::post_hooks::{self, Waiting};
use crate::{
    BadRequest, Current, Error, Exchange, Payload, PayloadError, Response, Result, Socket,
};

/// The event that is being handled; FoalTS's `WebsocketContext`.
///
/// It is the same for all hooks, the handler and the post-hooks of an event. State, user, session and server are in
/// [`Current`], to which it dereferences.
///
/// In unit tests, `Context::new` makes one.
pub struct Context {
    current: Current,
    /// What the client sent, where it came along; otherwise the host has it.
    payload: Option<Payload>,
}

impl Context {
    pub(crate) fn of(host: Host) -> Self {
        Self {
            current: Current { host },
            payload: None,
        }
    }

    /// With what the client sent.
    #[cfg(target_family = "wasm")]
    pub(crate) fn with_payload(self, payload: Option<Payload>) -> Self {
        Self { payload, ..self }
    }

    /// The name of the event, with all prefixes; empty in `on_connection` and `on_disconnection`. In a `#[event(any)]` handler
    /// the name that the client sent.
    pub fn event_name(&self) -> String {
        self.host.event_name().unwrap_or_default()
    }

    /// What the client sent, as a `T`. An event without payload reads as `null`.
    ///
    /// # Errors
    /// [`PayloadError`]: the payload is not a `T`.
    #[track_caller]
    pub fn payload<T: DeserializeOwned>(&self) -> Result<T> {
        match &self.payload {
            Some(payload) => payload.parse(),
            None => self.raw_payload()?.unwrap_or_else(Payload::null).parse(),
        }
    }

    /// What the client sent, unread, if anything.
    ///
    /// # Errors
    /// The host has no current event.
    #[track_caller]
    pub fn raw_payload(&self) -> Result<Option<Payload>> {
        match &self.payload {
            Some(payload) => Ok(Some(payload.clone())),
            None => Ok(self.host.payload()?),
        }
    }

    /// All arguments that the client sent, as a tuple or a list: `ctx.args::<(Product, String)>()`. The first one is what
    /// [`payload`](Self::payload) reads. A handler can also take them in its place, as [`Args`](crate::Args).
    ///
    /// `#[validate]` looks at the first one only.
    ///
    /// # Errors
    /// [`PayloadError`]: there are fewer arguments, or more, or they have other types.
    #[track_caller]
    pub fn args<T: DeserializeOwned>(&self) -> Result<T> {
        self.raw_args()?.parse()
    }

    /// All arguments that the client sent, unread: a list.
    ///
    /// # Errors
    /// The host has no current event.
    #[track_caller]
    pub fn raw_args(&self) -> Result<Payload> {
        Ok(self.host.arguments()?)
    }

    /// The namespace that the client is connected to, such as `/`.
    pub fn namespace(&self) -> String {
        self.host.namespace().unwrap_or_default()
    }

    /// The namespace's name as [`serve!`](crate::serve) has it: `/room-:id` in the namespace `/room-12`.
    pub fn namespace_pattern(&self) -> String {
        self.host.namespace_pattern().unwrap_or_default()
    }

    /// A parameter of the namespace's name, as a `T`: in `/room-12`, `ctx.param("id")` of `/room-:id` is 12.
    ///
    /// # Errors
    /// [`BadRequest`]: there is no such parameter, or it is not a `T`.
    #[track_caller]
    pub fn param<T: FromStr>(&self, name: &str) -> Result<T> {
        let params = self.host.namespace_params()?;
        let mut params = params.iter().filter(|(known, _)| known == name);
        let Some((_, value)) = params.next() else {
            let message = ["the namespace has no parameter ", name].concat();
            return Err(BadRequest::new(message).into());
        };
        match value.parse() {
            Ok(value) => Ok(value),
            Err(_) => {
                let message = ["the parameter ", name, " of the namespace is invalid"];
                Err(BadRequest::new(message.concat()).into())
            }
        }
    }

    /// The client that sent the event.
    pub fn socket(&self) -> Socket {
        Socket::new(self.host.clone())
    }
}

impl Deref for Context {
    type Target = Current;

    fn deref(&self) -> &Current {
        &self.current
    }
}

impl Exchange for Context {
    type Response = Response;
    type Route = Route;

    fn nothing() -> Response {
        Response::Ok(None)
    }

    fn rescue(error: Error) -> Result<Response> {
        let json = if let Some(payload) = error.downcast_ref::<PayloadError>() {
            let code = r#"{"code":"VALIDATION_PAYLOAD_ERROR","payload":"#;
            [code, &payload.violations(), "}"].concat()
        } else if let Some(bad_request) = error.downcast_ref::<BadRequest>() {
            bad_request.to_json()
        } else {
            return Err(error);
        };
        Ok(Response::Error(Some(Payload::of_text(json))))
    }

    fn waiting<T>(visit: impl FnOnce(&mut Waiting<Self>) -> T) -> T {
        post_hooks::waiting!(Context, visit)
    }
}
