//! What becomes what under `coerce-types`: AJV's table, which is JavaScript's conversions where they lose nothing.
//!
//! Two deliberate differences: integers keep their digits beyond 2^53, and a text that names a number out of range does not
//! become infinite, which JSON cannot say.

use serde_json::Number;

use super::heap::Val;
use super::number;
use super::program::Types;

/// Turns a value into the scalar type of that bit, if it can be.
pub(super) fn coerce(val: &Val, to: u8) -> Option<Val> {
    match to {
        Types::STRING => text(val),
        Types::NUMBER => number(val).map(Val::Number),
        Types::INTEGER => number(val).filter(number::is_integer).map(Val::Number),
        Types::BOOLEAN => boolean(val).map(Val::Bool),
        Types::NULL => is_nothing(val).then_some(Val::Null),
        _ => None,
    }
}

/// Whether the value becomes a list of itself.
pub(super) fn is_scalar(val: &Val) -> bool {
    !matches!(val, Val::Undefined | Val::Array(_) | Val::Object(_))
}

fn text(val: &Val) -> Option<Val> {
    Some(Val::String(match val {
        Val::Number(value) if !value.is_f64() => value.to_string().into(),
        Val::Number(value) => number::to_js(value).into(),
        Val::Bool(true) => "true".into(),
        Val::Bool(false) => "false".into(),
        Val::Null => "".into(),
        _ => return None,
    }))
}

fn number(val: &Val) -> Option<Number> {
    match val {
        Val::Bool(value) => Some(u64::from(*value).into()),
        Val::Null => Some(0.into()),
        Val::String(text) if !text.is_empty() => number::from_js(text),
        _ => None,
    }
}

fn boolean(val: &Val) -> Option<bool> {
    match val {
        Val::Null => Some(false),
        Val::String(text) => text.parse().ok(),
        Val::Number(value) if number::to_f64(value) == 0.0 => Some(false),
        Val::Number(value) if number::to_f64(value) == 1.0 => Some(true),
        _ => None,
    }
}

fn is_nothing(val: &Val) -> bool {
    match val {
        Val::String(text) => text.is_empty(),
        Val::Number(value) => number::to_f64(value) == 0.0,
        Val::Bool(value) => !value,
        _ => false,
    }
}
