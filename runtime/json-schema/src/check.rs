//! Keywords that look at one value and no further: shared by `verdict` and `explain`.

use std::cmp::Ordering;

use serde_json::{Map, Number, Value};

use super::equal::{Duplicate, Search, duplicate};
use super::number;
use super::program::{Bound, Need, Numeric, Text, Types};

impl Numeric {
    /// Whether the keyword accepts the number.
    pub(super) fn holds(&self, value: &Number) -> bool {
        match self {
            Self::Bound { bound, limit } => bound.accepts(number::compare(value, limit)),
            Self::MultipleOf(divisor) => number::is_multiple(value, divisor),
            Self::Format { check, .. } => check(value),
        }
    }
}

impl Bound {
    fn accepts(self, order: Ordering) -> bool {
        match self {
            Self::Maximum => order.is_le(),
            Self::Minimum => order.is_ge(),
            Self::ExclusiveMaximum => order.is_lt(),
            Self::ExclusiveMinimum => order.is_gt(),
        }
    }
}

impl Text {
    /// Whether the keyword accepts the string.
    pub(super) fn holds(&self, text: &str) -> bool {
        match self {
            Self::MaxLength(limit) => !longer_than(text, limit),
            Self::MinLength(limit) => !shorter_than(text, limit),
            Self::Pattern(pattern) => pattern.matches(text),
            Self::Format { check, .. } => check(text),
        }
    }

    /// Steps to charge for that.
    pub(super) fn cost(&self, text: &str) -> usize {
        match self {
            Self::MaxLength(_) | Self::MinLength(_) => 1 + text.len() / 256,
            Self::Pattern(pattern) => pattern.cost(text),
            Self::Format {
                half_steps_per_byte,
                ..
            } => 1 + text.len().saturating_mul(*half_steps_per_byte) / 2,
        }
    }
}

/// Whether `count` is above `limit`.
pub(super) fn above(count: usize, limit: &Number) -> bool {
    order(count, limit) == Ordering::Greater
}

/// Whether `count` is below `limit`.
pub(super) fn below(count: usize, limit: &Number) -> bool {
    order(count, limit) == Ordering::Less
}

fn order(count: usize, limit: &Number) -> Ordering {
    number::compare(&count.into(), limit)
}

/// The members that `need` misses in an object that has its property.
pub(super) fn missing<'a>(
    need: &'a Need,
    object: &'a Map<String, Value>,
) -> impl Iterator<Item = &'a std::sync::Arc<str>> {
    let applies = object.contains_key(&*need.property);
    need.missing
        .iter()
        .filter(move |name| applies && !object.contains_key(&***name))
}

/// The pair of equal items that `uniqueItems` names.
pub(super) fn repeated(items: &[Value], search: Search, types: Option<u8>) -> Option<Duplicate> {
    duplicate(items, search, |item| {
        types.is_none_or(|mask| Types::admit(mask, item))
    })
}

/// Characters are code points, as in AJV; a byte count settles most cases.
fn longer_than(text: &str, limit: &Number) -> bool {
    above(text.len(), limit) && above(text.chars().count(), limit)
}

fn shorter_than(text: &str, limit: &Number) -> bool {
    below(text.len(), limit) || below(text.chars().count(), limit)
}
