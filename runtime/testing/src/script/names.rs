//! What stands for something else in a script's values: `$json`, `$id`, `$saved`; and in what is expected, `$any`,
//! `$contains` and `$save`.

use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::payload;

pub(super) const ANY: &str = "$any";
pub(super) const CONTAINS: &str = "$contains";
pub(super) const SAVE: &str = "$save";
const ID: &str = "$id";
const JSON: &str = "$json";
const SAVED: &str = "$saved";

/// The types that `$any` may name.
pub(super) const TYPES: [&str; 6] = ["string", "number", "boolean", "array", "object", "null"];

/// What has been given a name while a case runs.
#[derive(Default)]
pub(super) struct Names {
    /// The ids of sockets, by the clients' names.
    pub(super) ids: HashMap<String, String>,
    /// What `$save` has kept.
    pub(super) saved: HashMap<String, Value>,
}

/// The only member of `value`, where its key begins with a dollar.
pub(super) fn special(value: &Value) -> Option<(&str, &Value)> {
    let mut members = value.as_object()?.iter();
    match (members.next(), members.next()) {
        (Some((key, value)), None) if key.starts_with('$') => Some((key, value)),
        _ => None,
    }
}

/// Whether what begins with a dollar is known; nothing below `value` is looked at.
pub(super) fn check(value: &Value) -> Result<(), String> {
    let Some((key, inner)) = special(value) else {
        return Ok(());
    };
    match (key, inner) {
        (CONTAINS, _) | (ANY, Value::Bool(true)) | (SAVE | SAVED | ID, Value::String(_)) => Ok(()),
        (ANY, Value::String(name)) if TYPES.contains(&&**name) => Ok(()),
        (ANY, _) => Err(format!("`{ANY}` is true, or one of {}", TYPES.join(", "))),
        (JSON, Value::String(text)) => serde_json::from_str::<Value>(text)
            .map(drop)
            .map_err(|error| format!("`{JSON}`: {error}")),
        (payload::BASE64, Value::String(_)) => match value.as_object().and_then(payload::binary) {
            Some(_) => Ok(()),
            None => Err(format!("`{}` is not base64", payload::BASE64)),
        },
        (SAVE | SAVED | ID | JSON | payload::BASE64, _) => Err(format!("`{key}` is a text")),
        _ => {
            let known = [ANY, CONTAINS, SAVE, SAVED, ID, JSON, payload::BASE64];
            let nearest = stockade_text::nearest(key, known.iter().map(|&key| key.to_owned()));
            let hint = nearest.map(|nearest| format!("; did you mean `{nearest}`?"));
            Err(format!("there is no `{key}`{}", hint.unwrap_or_default()))
        }
    }
}

impl Names {
    /// `value` with everything in it that stands for something else, except for what says how to compare.
    pub(super) fn resolve(&self, value: &Value) -> Result<Value, String> {
        match special(value) {
            Some((ID, Value::String(client))) => match self.ids.get(client) {
                Some(id) => Ok(Value::from(&**id)),
                None => Err(format!("no client {client:?} has connected")),
            },
            Some((SAVED, Value::String(name))) => match self.saved.get(name) {
                Some(saved) => Ok(saved.clone()),
                None => Err(format!("nothing has been saved as {name:?}")),
            },
            Some((JSON, Value::String(text))) => {
                serde_json::from_str(text).map_err(|error| error.to_string())
            }
            _ => match value {
                Value::Array(items) => items.iter().map(|item| self.resolve(item)).collect(),
                Value::Object(object) => {
                    let members = object.iter();
                    let members =
                        members.map(|(key, value)| Ok((key.clone(), self.resolve(value)?)));
                    Ok(Value::Object(
                        members.collect::<Result<Map<_, _>, String>>()?,
                    ))
                }
                value => Ok(value.clone()),
            },
        }
    }

    /// The same as text, for headers and the like.
    pub(super) fn text(&self, value: &Value) -> Result<String, String> {
        Ok(match self.resolve(value)? {
            Value::String(text) => text,
            other => other.to_string(),
        })
    }
}
