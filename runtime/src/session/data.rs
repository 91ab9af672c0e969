//! What a session has in it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// One session, as it was read, with what has been changed since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionData {
    id: String,
    record: Record,
    /// Keys whose values have been set or removed since the session was read.
    changed: BTreeMap<String, Option<String>>,
    /// The user, where it has been changed.
    new_user: Option<Option<String>>,
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
        Self::unchanged(id, record)
    }

    pub(super) fn decode(id: &str, stored: &[u8]) -> Option<Self> {
        let record = serde_json::from_slice(stored).ok()?;
        Some(Self::unchanged(id.to_owned(), record))
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        // Texts and numbers can always be written.
        serde_json::to_vec(&self.record).unwrap_or_default()
    }

    fn unchanged(id: String, record: Record) -> Self {
        Self {
            id,
            record,
            changed: BTreeMap::new(),
            new_user: None,
        }
    }

    /// The id: a secret of the user.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The user, as JSON text.
    pub fn user(&self) -> Option<&str> {
        self.record.user.as_deref()
    }

    /// Sets the user, as JSON text, or none.
    pub fn set_user(&mut self, user: Option<String>) {
        self.record.user.clone_from(&user);
        self.new_user = Some(user);
    }

    /// All values, as JSON texts.
    pub fn content(&self) -> &BTreeMap<String, String> {
        &self.record.content
    }

    /// The value of `key`, as JSON text.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.record.content.get(key).map(String::as_str)
    }

    /// Sets the value of `key`, as JSON text, or removes it.
    pub fn set(&mut self, key: &str, value: Option<String>) {
        match &value {
            Some(value) => self.record.content.insert(key.to_owned(), value.clone()),
            None => self.record.content.remove(key),
        };
        self.changed.insert(key.to_owned(), value);
    }

    /// When it was created, in milliseconds since 1970.
    pub fn created(&self) -> u64 {
        self.record.created
    }

    /// When it was last known to be in use, in milliseconds since 1970; up to a minute may be missing.
    pub fn last_used(&self) -> u64 {
        self.record.used
    }

    /// Whether there is anything that has not been written yet.
    pub fn is_changed(&self) -> bool {
        self.new_user.is_some() || !self.changed.is_empty()
    }

    pub(super) fn touch(&mut self, now: u64) {
        self.record.used = self.record.used.max(now);
        self.changed.clear();
        self.new_user = None;
    }

    pub(super) fn with_id(self, id: String) -> Self {
        Self { id, ..self }
    }

    pub(super) fn take_changes_of(&mut self, other: &Self) {
        for (key, value) in &other.changed {
            self.set(key, value.clone());
        }
        if let Some(user) = &other.new_user {
            self.set_user(user.clone());
        }
    }
}
