//! Sessions: what a person's requests and sockets share.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Result;
use crate::current::read;
use crate::host::Host;

/// The current session, kept by the host under an id that is hard to guess.
///
/// It stays with the socket for later events, or with the HTTP request until it is answered; answers to HTTP requests set
/// and clear its cookie by themselves. It ends when it is [destroyed](Self::destroy), or has not been used for a while
/// (15 minutes unless the operator says otherwise).
///
/// ```
/// # use stockade_sdk::prelude::*;
/// # #[derive(serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
/// # struct Credentials { name: String }
/// # struct Auth;
/// #[http_controller]
/// impl Auth {
///     #[post("/login")]
///     #[validate]
///     fn log_in(ctx: &HttpContext, credentials: Credentials) -> Result<HttpResponse> {
///         // … the password is checked here …
///         let session = ctx.create_session()?;
///         session.set_user(&credentials.name)?;
///         HttpResponse::ok(session.id())
///     }
///
///     #[post("/logout")]
///     #[session]
///     fn log_out(ctx: &HttpContext) -> Result<HttpResponse> {
///         if let Some(session) = ctx.session()? {
///             session.destroy()?;
///         }
///         HttpResponse::no_content()
///     }
/// }
/// ```
#[derive(Clone)]
pub struct Session {
    host: Host,
}

impl Session {
    pub(crate) fn new(host: Host) -> Self {
        Self { host }
    }

    /// Its id, which is all that a client needs to use it: a secret. Empty once it has ended.
    pub fn id(&self) -> String {
        self.host.session_id().ok().flatten().unwrap_or_default()
    }

    /// What it keeps under `key`.
    ///
    /// # Errors
    /// What is there is not a `T`.
    #[track_caller]
    pub fn get<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>> {
        read(self.host.session_value(key)?)
    }

    /// Keeps `value` under `key`.
    ///
    /// # Errors
    /// The value cannot be serialised, the session has ended, or would exceed its limit (64 KiB).
    #[track_caller]
    pub fn set(&self, key: &str, value: &impl Serialize) -> Result<()> {
        let value = serde_json::to_string(value)?;
        Ok(self.host.set_session_value(key, Some(value))?)
    }

    /// Forgets what is under `key`.
    ///
    /// # Errors
    /// The session has ended.
    #[track_caller]
    pub fn remove(&self, key: &str) -> Result<()> {
        Ok(self.host.set_session_value(key, None)?)
    }

    /// Its user.
    ///
    /// # Errors
    /// The user is not a `T`.
    #[track_caller]
    pub fn user<T: DeserializeOwned>(&self) -> Result<Option<T>> {
        read(self.host.session_user()?)
    }

    /// Sets its user, who becomes that of this event, and of the socket, too.
    ///
    /// # Errors
    /// The user cannot be serialised, the session has ended, or would exceed its limit.
    #[track_caller]
    pub fn set_user(&self, user: &impl Serialize) -> Result<()> {
        let user = serde_json::to_string(user)?;
        Ok(self.host.set_session_user(Some(user))?)
    }

    /// Forgets its user.
    ///
    /// # Errors
    /// The session has ended.
    #[track_caller]
    pub fn clear_user(&self) -> Result<()> {
        Ok(self.host.set_session_user(None)?)
    }

    /// Gives it another id, which is answered; the old one is worth nothing from then on. To be done when somebody logs
    /// in, so that nobody has planted the id.
    ///
    /// # Errors
    /// The session has ended.
    #[track_caller]
    pub fn regenerate_id(&self) -> Result<String> {
        Ok(self.host.regenerate_session_id()?)
    }

    /// Ends it, for all who use it, and forgets the current user.
    ///
    /// # Errors
    /// The host cannot reach its sessions.
    #[track_caller]
    pub fn destroy(self) -> Result<()> {
        Ok(self.host.destroy_session()?)
    }
}
