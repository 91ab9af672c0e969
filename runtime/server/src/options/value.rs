//! Reads values strictly, and says where something is wrong.

use std::{ops::RangeInclusive, time::Duration};

use serde_json::{Map, Value};

use stockade_text::{nearest, shorten, suggestion};

use super::OptionError;

/// Values that a list may have.
const MAX_ITEMS: usize = 256;

/// An option, or a member of one.
pub(super) struct Field<'a> {
    /// Such as `cors.origin`.
    name: String,
    pub(super) value: &'a Value,
}

impl<'a> Field<'a> {
    pub(super) fn new(name: &str, value: &'a Value) -> Self {
        Self {
            name: name.to_owned(),
            value,
        }
    }

    pub(super) fn wrong(&self, reason: impl Into<String>) -> OptionError {
        OptionError::Value {
            name: self.name.clone(),
            reason: reason.into(),
        }
    }

    pub(super) fn boolean(&self) -> Result<bool, OptionError> {
        let boolean = self.value.as_bool();
        boolean.ok_or_else(|| self.wrong("must be `true` or `false`"))
    }

    pub(super) fn text(&self) -> Result<&'a str, OptionError> {
        let text = self.value.as_str();
        text.ok_or_else(|| self.wrong("must be a string"))
    }

    /// A whole number; JavaScript's `25000.0` and `1e6` are some.
    pub(super) fn whole(&self, range: RangeInclusive<u64>, unit: &str) -> Result<u64, OptionError> {
        let number = match self.value.as_u64() {
            Some(number) => Some(number),
            None => self.value.as_f64().and_then(whole),
        };
        number
            .filter(|number| range.contains(number))
            .ok_or_else(|| {
                let (from, to) = (range.start(), range.end());
                self.wrong(format!(
                    "must be a whole number of {unit} from {from} to {to}"
                ))
            })
    }

    pub(super) fn milliseconds(&self, range: RangeInclusive<u64>) -> Result<Duration, OptionError> {
        self.whole(range, "milliseconds").map(Duration::from_millis)
    }

    /// Each value of a list.
    pub(super) fn items(
        &self,
    ) -> Result<impl Iterator<Item = Field<'a>> + use<'_, 'a>, OptionError> {
        let Some(items) = self.value.as_array() else {
            return Err(self.wrong("must be an array"));
        };
        if items.len() > MAX_ITEMS {
            return Err(self.wrong(format!("has more than {MAX_ITEMS} values")));
        }
        let fields = items.iter().enumerate();
        Ok(fields.map(|(index, value)| Field {
            name: format!("{}[{index}]", self.name),
            value,
        }))
    }

    /// The words of a list, which may also be written as one string with commas.
    pub(super) fn words(&self) -> Result<Vec<&'a str>, OptionError> {
        match self.value {
            Value::String(text) => {
                let words = text.split(',').map(str::trim);
                let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
                match words.len() <= MAX_ITEMS {
                    true => Ok(words),
                    false => Err(self.wrong(format!("has more than {MAX_ITEMS} values"))),
                }
            }
            Value::Array(_) => self.items()?.map(|item| item.text()).collect(),
            _ => Err(self.wrong("must be an array of strings, or a string with commas")),
        }
    }

    /// The members of an object, all of which must be in `known`.
    pub(super) fn members(&self, known: &[&'static str]) -> Result<Members<'a>, OptionError> {
        let Some(members) = self.value.as_object() else {
            return Err(self.wrong("must be an object"));
        };
        match members.keys().find(|key| !known.contains(&key.as_str())) {
            None => Ok(Members {
                of: self.name.clone(),
                members,
            }),
            Some(stranger) => {
                let nearest = suggestion(nearest(stranger, known.iter().copied()));
                Err(self.wrong(format!("has no member {:?}{nearest}", shorten(stranger))))
            }
        }
    }
}

/// The members of an option that is an object.
pub(super) struct Members<'a> {
    of: String,
    members: &'a Map<String, Value>,
}

impl<'a> Members<'a> {
    pub(super) fn get(&self, name: &str) -> Option<Field<'a>> {
        let value = self.members.get(name)?;
        Some(Field {
            name: format!("{}.{name}", self.of),
            value,
        })
    }

    /// What `read` makes of a member; `default` where it is not there.
    pub(super) fn read_or<T>(
        &self,
        name: &str,
        default: T,
        read: impl FnOnce(&Field<'a>) -> Result<T, OptionError>,
    ) -> Result<T, OptionError> {
        match self.get(name) {
            Some(field) => read(&field),
            None => Ok(default),
        }
    }
}

/// The number, where nothing is lost.
fn whole(number: f64) -> Option<u64> {
    /// Beyond it, not every whole number has a float.
    const EXACT: f64 = (1_u64 << 53) as f64;
    let whole = number.fract() == 0.0 && (0.0..=EXACT).contains(&number);
    whole.then_some(number as u64)
}
