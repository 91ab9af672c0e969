//! `stockade:handler/session`: the session that the current event or request belongs to.

use std::sync::Arc;

use crate::{CallError, bindings::stockade::handler::session};
use stockade_auth::session::{MAX_SESSION, SessionData, SessionError, Sessions};

use super::{EventSource, StoreCtx, context::check_kept};

/// Bytes of a key.
const MAX_KEY: usize = 256;
/// What a session costs to read or write beside its text.
const ACCESS: usize = 1 << 10;

type Answer<T> = wasmtime::Result<Result<T, CallError>>;

impl session::Host for StoreCtx {
    fn id(&mut self) -> Answer<Option<String>> {
        Ok(self.event().map(|event| {
            let id = event.client().session_id();
            id.as_deref().map(str::to_owned)
        }))
    }

    async fn create(&mut self) -> Answer<String> {
        let (sessions, caller) = match self.sessions(0)? {
            Ok(current) => current,
            Err(error) => return Ok(Err(error)),
        };
        let created = self.wait(sessions.create()).await.map_err(refused);
        Ok(created.map(|session| {
            caller.client().change_session(Some(session.id()));
            session.id().to_owned()
        }))
    }

    async fn open(&mut self, id: String) -> Answer<bool> {
        let (sessions, caller) = match self.sessions(id.len())? {
            Ok(current) => current,
            Err(error) => return Ok(Err(error)),
        };
        let found = self.wait(sessions.read(&id)).await.map_err(refused);
        Ok(found.map(|session| {
            if session.is_some() {
                caller.client().change_session(Some(&id));
            }
            session.is_some()
        }))
    }

    async fn get(&mut self, key: String) -> Answer<Option<String>> {
        let session = match self.current_session(key.len()).await? {
            Ok(session) => session,
            Err(error) => return Ok(Err(error)),
        };
        let value = session.and_then(|session| session.get(&key).map(str::to_owned));
        self.charge(value.as_ref().map_or(0, String::len))?;
        Ok(Ok(value))
    }

    async fn set(&mut self, key: String, value: Option<String>) -> Answer<()> {
        if key.is_empty() || key.len() > MAX_KEY {
            let rule = format!("a key has 1 to {MAX_KEY} bytes, this one {}", key.len());
            return Ok(Err(CallError::InvalidArgument(rule)));
        }
        if let Err(error) = self.check(value.as_deref()) {
            return Ok(Err(error));
        }
        let bytes = key.len() + value.as_ref().map_or(0, String::len);
        self.update_session(bytes, |session| session.set(&key, value.clone()))
            .await
    }

    async fn user(&mut self) -> Answer<Option<String>> {
        let session = match self.current_session(0).await? {
            Ok(session) => session,
            Err(error) => return Ok(Err(error)),
        };
        let user = session.and_then(|session| session.user().map(str::to_owned));
        self.charge(user.as_ref().map_or(0, String::len))?;
        Ok(Ok(user))
    }

    async fn set_user(&mut self, user: Option<String>) -> Answer<()> {
        if let Err(error) = self.check(user.as_deref()) {
            return Ok(Err(error));
        }
        let bytes = user.as_ref().map_or(0, String::len);
        let set = self.update_session(bytes, |session| session.set_user(user.clone()));
        let set = set.await?;
        Ok(set.and_then(|()| {
            let client = self.event()?.client();
            client.user().set(user.as_deref());
            client.set_session_user(user.as_deref());
            Ok(())
        }))
    }

    async fn regenerate_id(&mut self) -> Answer<String> {
        let (sessions, caller) = match self.sessions(0)? {
            Ok(current) => current,
            Err(error) => return Ok(Err(error)),
        };
        let Some(id) = caller.client().session_id() else {
            return Ok(Err(none()));
        };
        Ok(match self.wait(sessions.regenerate(&id)).await {
            Ok(Some(session)) => {
                caller.client().change_session(Some(session.id()));
                Ok(session.id().to_owned())
            }
            Ok(None) => {
                caller.client().change_session(None);
                Err(none())
            }
            Err(error) => Err(refused(error)),
        })
    }

    async fn destroy(&mut self) -> Answer<()> {
        let (sessions, caller) = match self.sessions(0)? {
            Ok(current) => current,
            Err(error) => return Ok(Err(error)),
        };
        caller.client().user().set(None);
        let Some(id) = caller.client().session_id() else {
            return Ok(Ok(()));
        };
        let destroyed = self.wait(sessions.destroy(&id)).await.map_err(refused);
        Ok(destroyed.map(|()| caller.client().change_session(None)))
    }
}

impl StoreCtx {
    /// The tenant's sessions and whose event it is, once the access has been counted and paid for.
    fn sessions(&mut self, bytes: usize) -> Answer<(Arc<Sessions>, Arc<dyn EventSource>)> {
        self.charge(ACCESS + bytes)?;
        Ok(self.current().and_then(|(event, tenant)| {
            event.count_stored(1, &tenant.limits)?;
            Ok((tenant.sessions.clone(), event.caller.clone()))
        }))
    }

    /// The current session, where there is one that is still valid.
    async fn current_session(&mut self, bytes: usize) -> Answer<Option<SessionData>> {
        let (sessions, caller) = match self.sessions(bytes)? {
            Ok(current) => current,
            Err(error) => return Ok(Err(error)),
        };
        Ok(match caller.client().session_id() {
            Some(id) => self.wait(sessions.read(&id)).await.map_err(refused),
            None => Ok(None),
        })
    }

    async fn update_session(
        &mut self,
        bytes: usize,
        change: impl Fn(&mut SessionData),
    ) -> Answer<()> {
        let (sessions, caller) = match self.sessions(bytes)? {
            Ok(current) => current,
            Err(error) => return Ok(Err(error)),
        };
        let Some(id) = caller.client().session_id() else {
            return Ok(Err(none()));
        };
        Ok(match self.wait(sessions.update(&id, change)).await {
            Ok(Some(_)) => Ok(()),
            Ok(None) => Err(none()),
            Err(error) => Err(refused(error)),
        })
    }

    fn check(&mut self, json: Option<&str>) -> Result<(), CallError> {
        check_kept(self.current()?.1, json)
    }
}

fn none() -> CallError {
    CallError::Other("there is no session, or no longer".into())
}

fn refused(error: SessionError) -> CallError {
    match error {
        SessionError::TooLarge => {
            CallError::LimitExceeded(format!("{MAX_SESSION} bytes a session"))
        }
        error => CallError::Other(error.to_string()),
    }
}

#[cfg(test)]
mod tests;
