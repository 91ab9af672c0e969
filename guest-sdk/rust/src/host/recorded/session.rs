//! Sessions of unit tests.

use super::{Host, Result};
use crate::HostError;
use crate::testing::SessionState;

impl Host {
    pub(crate) fn session_id(&self) -> Result<Option<String>> {
        let id = self.identity(|identity| identity.session.clone())?;
        let sessions = self.fake_server()?;
        Ok(id.filter(|id| sessions.session(id, |_| ()).is_some()))
    }

    pub(crate) fn create_session(&self) -> Result<String> {
        let id = self.fake_server()?.new_session(SessionState::default());
        self.identity(|identity| identity.session = Some(id.clone()))?;
        Ok(id)
    }

    pub(crate) fn open_session(&self, id: &str) -> Result<bool> {
        let user = self
            .fake_server()?
            .session(id, |session| session.user.clone());
        let Some(user) = user else { return Ok(false) };
        self.identity(|identity| {
            identity.session = Some(id.to_owned());
            if user.is_some() {
                identity.user = user;
            }
        })?;
        Ok(true)
    }

    pub(crate) fn session_value(&self, key: &str) -> Result<Option<String>> {
        let value = self.with_session(|session| session.content.get(key).cloned());
        Ok(value?.flatten())
    }

    pub(crate) fn set_session_value(&self, key: &str, value: Option<String>) -> Result<()> {
        self.with_session(|session| {
            match value {
                Some(value) => session.content.insert(key.to_owned(), value),
                None => session.content.remove(key),
            };
        })?
        .ok_or_else(no_session)
    }

    pub(crate) fn session_user(&self) -> Result<Option<String>> {
        Ok(self.with_session(|session| session.user.clone())?.flatten())
    }

    pub(crate) fn set_session_user(&self, user: Option<String>) -> Result<()> {
        self.with_session(|session| session.user.clone_from(&user))?
            .ok_or_else(no_session)?;
        self.set_user(user)
    }

    pub(crate) fn regenerate_session_id(&self) -> Result<String> {
        let server = self.fake_server()?;
        let old = self.session_id()?.ok_or_else(no_session)?;
        let content = server.end_session(&old).ok_or_else(no_session)?;
        let id = server.new_session(content);
        self.identity(|identity| identity.session = Some(id.clone()))?;
        Ok(id)
    }

    pub(crate) fn destroy_session(&self) -> Result<()> {
        if let Some(id) = self.session_id()? {
            self.fake_server()?.end_session(&id);
            self.identity(|identity| {
                identity.session = None;
                identity.user = None;
            })?;
        }
        Ok(())
    }

    /// Visits the current session, if there is one.
    fn with_session<T>(&self, visit: impl FnOnce(&mut SessionState) -> T) -> Result<Option<T>> {
        let id = self.identity(|identity| identity.session.clone())?;
        let server = self.fake_server()?;
        Ok(id.and_then(|id| server.session(&id, visit)))
    }
}

fn no_session() -> HostError {
    HostError::Other("there is no session".to_owned())
}
