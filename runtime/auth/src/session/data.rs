//! The content of a session.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// One session, as it was when it was read or written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionData {
    id: String,
    record: Record,
}

/// A session as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Record {
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    content: BTreeMap<String, String>,
    created: u64,
    used: u64,
}

impl SessionData {
    pub(super) fn new(id: String, now: u64) -> Self {
        let record = Record {
            user: None,
            content: BTreeMap::new(),
            created: now,
            used: now,
        };
        Self { id, record }
    }

    pub(super) fn decode(id: &str, stored: &[u8]) -> Option<Self> {
        Some(Self {
            id: id.to_owned(),
            record: serde_json::from_slice(stored).ok()?,
        })
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        // Texts and numbers can always be written.
        serde_json::to_vec(&self.record).unwrap_or_default()
    }

    /// Returns the id, a secret of the user.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns the user, as JSON text.
    pub fn user(&self) -> Option<&str> {
        self.record.user.as_deref()
    }

    /// Sets the user, as JSON text, or removes it.
    pub fn set_user(&mut self, user: Option<String>) {
        self.record.user = user;
    }

    /// Returns all values, as JSON texts.
    pub fn content(&self) -> &BTreeMap<String, String> {
        &self.record.content
    }

    /// Returns the value of `key`, as JSON text.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.record.content.get(key).map(String::as_str)
    }

    /// Sets the value of `key`, as JSON text, or removes it.
    pub fn set(&mut self, key: &str, value: Option<String>) {
        match value {
            Some(value) => self.record.content.insert(key.to_owned(), value),
            None => self.record.content.remove(key),
        };
    }

    /// Returns when the session was created, in milliseconds since 1970.
    pub fn created(&self) -> u64 {
        self.record.created
    }

    /// Returns when the session was last used, in milliseconds since 1970. May be up to a minute too early.
    pub fn last_used(&self) -> u64 {
        self.record.used
    }

    pub(super) fn touch(&mut self, now: u64) {
        self.record.used = self.record.used.max(now);
    }

    pub(super) fn with_id(self, id: String) -> Self {
        Self { id, ..self }
    }
}
