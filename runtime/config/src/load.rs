//! Reads the file and the environment, and names the key that was meant.

use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::{Config, raw::RawConfig, redact};

/// Before the name of a key in the environment: `STOCKADE_LIMITS_CPU` is `limits.cpu`.
const PREFIX: &str = "STOCKADE_";
/// Variables with that prefix that mean something else.
const NOT_KEYS: [&str; 1] = ["STOCKADE_CONFIG"];

/// The configuration is wrong. Says where, and what to write instead.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{}: {error}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The file is not TOML, or a value has the wrong type.
    #[error("{}: {error}", source_name(path))]
    Syntax {
        /// The file; none for the environment.
        path: Option<PathBuf>,
        /// Where and why.
        error: toml::de::Error,
    },
    /// A key that does not exist.
    #[error(
        "{}: there is no key `{key}`{}",
        source_name(path),
        stockade_text::suggestion(nearest.as_deref())
    )]
    UnknownKey {
        /// The file; none for the environment.
        path: Option<PathBuf>,
        /// As written.
        key: String,
        /// The one that may be meant.
        nearest: Option<String>,
    },
    /// A value that does not make sense.
    #[error("`{key}`: {reason}")]
    Value {
        /// The key.
        key: &'static str,
        /// What to write instead.
        reason: String,
    },
}

/// Reads `path`, where it is given, and lays the variables of `environment` over it.
///
/// # Errors
/// The first thing that is wrong.
pub fn load(
    path: Option<&Path>,
    environment: impl IntoIterator<Item = (String, String)>,
) -> Result<Config, ConfigError> {
    let known = known();
    let mut table = match path {
        Some(path) => read(path, &known)?,
        None => Table::new(),
    };
    for (name, value) in environment {
        if let Some(key) = name.strip_prefix(PREFIX)
            && !NOT_KEYS.contains(&&*name)
        {
            overlay(&mut table, &known, &name, key, &value)?;
        }
    }
    let raw = RawConfig::deserialize_from(table, path)?;
    Config::try_from(raw)
}

impl RawConfig {
    fn deserialize_from(table: Table, path: Option<&Path>) -> Result<Self, ConfigError> {
        table.try_into().map_err(|error| ConfigError::Syntax {
            path: path.map(Path::to_owned),
            error,
        })
    }
}

/// All keys there are, with their defaults.
fn known() -> Table {
    Table::try_from(RawConfig::default()).unwrap_or_default()
}

fn read(path: &Path, known: &Table) -> Result<Table, ConfigError> {
    let text = std::fs::read_to_string(path).map_err(|error| ConfigError::Read {
        path: path.to_owned(),
        error,
    })?;
    let syntax = |mut error: toml::de::Error| {
        error.set_input(Some(&redact::secrets(&text)));
        ConfigError::Syntax {
            path: Some(path.to_owned()),
            error,
        }
    };
    let table: Table = toml::from_str(&text).map_err(syntax)?;
    check_keys(&table, known, "", path)?;
    // Once more from the text, for errors that show the line.
    toml::from_str::<RawConfig>(&text).map_err(syntax)?;
    Ok(table)
}

fn check_keys(table: &Table, known: &Table, prefix: &str, path: &Path) -> Result<(), ConfigError> {
    for (key, value) in table {
        match (known.get(key), value) {
            (None, _) => {
                return Err(ConfigError::UnknownKey {
                    path: Some(path.to_owned()),
                    key: format!("{prefix}{key}"),
                    nearest: nearest(key, known).map(|key| format!("{prefix}{key}")),
                });
            }
            (Some(Value::Table(known)), Value::Table(table)) => {
                check_keys(table, known, &format!("{prefix}{key}."), path)?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// Sets the key that `name` stands for.
fn overlay(
    table: &mut Table,
    known: &Table,
    name: &str,
    key: &str,
    text: &str,
) -> Result<(), ConfigError> {
    for (section, default) in known {
        let variable = variable(section);
        if let Value::Table(fields) = default {
            for (field, default) in fields {
                if key == format!("{variable}_{}", self::variable(field)) {
                    let value = value(default, text);
                    let section = table
                        .entry(section.clone())
                        .or_insert_with(|| Table::new().into());
                    if let Value::Table(section) = section {
                        section.insert(field.clone(), value);
                    }
                    return Ok(());
                }
            }
        } else if key == variable {
            table.insert(section.clone(), value(default, text));
            return Ok(());
        }
    }
    let variables = known.iter().flat_map(|(section, default)| match default {
        Value::Table(fields) => fields
            .keys()
            .map(|field| format!("{PREFIX}{}_{}", variable(section), variable(field)))
            .collect(),
        _ => vec![format!("{PREFIX}{}", variable(section))],
    });
    Err(ConfigError::UnknownKey {
        path: None,
        key: name.to_owned(),
        nearest: stockade_text::nearest(name, variables),
    })
}

fn variable(key: &str) -> String {
    key.replace('-', "_").to_uppercase()
}

/// The text as a value of the kind that the key has; what does not fit stays text, for the type error to name.
fn value(default: &Value, text: &str) -> Value {
    let parsed = match default {
        Value::Boolean(_) => text.parse().ok().map(Value::Boolean),
        Value::Integer(_) => text.parse().ok().map(Value::Integer),
        Value::Array(_) => {
            let items = text.split(',').map(str::trim);
            let items = items.filter(|item| !item.is_empty());
            Some(Value::Array(
                items.map(|item| Value::String(item.to_owned())).collect(),
            ))
        }
        _ => None,
    };
    parsed.unwrap_or_else(|| Value::String(text.to_owned()))
}

fn nearest(key: &str, known: &Table) -> Option<String> {
    stockade_text::nearest(key, known.keys().cloned())
}

fn source_name(path: &Option<PathBuf>) -> String {
    match path {
        Some(path) => path.display().to_string(),
        None => "environment".into(),
    }
}

#[cfg(test)]
mod tests;
