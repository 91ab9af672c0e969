//! Numbers as JavaScript sees and writes them.
//!
//! One deliberate difference: integers compare exactly, where AJV rounds those beyond 2^53.

use std::cmp::Ordering;

use serde_json::Number;

/// 2^53: from here on doubles skip integers.
const SAFE: f64 = 9_007_199_254_740_992.0;

/// A finite double as a JSON number, integral ones as integers: `5.0` is written `5`.
pub(super) fn from_f64(value: f64) -> Option<Number> {
    match as_safe_integer(value) {
        Some(integer) => Some(integer.into()),
        None => Number::from_f64(value),
    }
}

/// The nearest double.
pub(super) fn to_f64(number: &Number) -> f64 {
    number.as_f64().unwrap_or(f64::NAN)
}

/// Whether the number has no fraction, however it is written.
pub(super) fn is_integer(number: &Number) -> bool {
    !number.is_f64() || to_f64(number).fract() == 0.0
}

/// Orders two numbers: integers exactly, others as doubles.
pub(super) fn compare(a: &Number, b: &Number) -> Ordering {
    if let (Some(a), Some(b)) = (a.as_i64(), b.as_i64()) {
        return a.cmp(&b);
    }
    match (a.as_i128(), b.as_i128()) {
        (Some(a), Some(b)) => a.cmp(&b),
        _ => to_f64(a).partial_cmp(&to_f64(b)).unwrap_or(Ordering::Equal),
    }
}

/// AJV's test: the quotient of the doubles is an integer that JavaScript writes without an
/// exponent (it reads the quotient back with `parseInt`).
pub(super) fn is_multiple(number: &Number, divisor: &Number) -> bool {
    let quotient = to_f64(number) / to_f64(divisor);
    quotient.fract() == 0.0 && quotient.abs() < 1e21
}

/// The text that JavaScript's `String(number)` gives, for messages, and for names of events.
pub fn to_js(number: &Number) -> String {
    let value = to_f64(number);
    if let Some(integer) = as_safe_integer(value) {
        return integer.to_string();
    }
    // Rust and JavaScript agree on the shortest digits, not on how to lay them out.
    let scientific = format!("{:e}", value.abs());
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let sign = if value < 0.0 { "-" } else { "" };
    match exponent {
        -6..=20 => format!("{sign}{}", value.abs()),
        21.. => format!("{sign}{mantissa}e+{exponent}"),
        _ => format!("{sign}{mantissa}e{exponent}"),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "integral and below 2^53, so exact"
)]
fn as_safe_integer(value: f64) -> Option<i64> {
    (value.fract() == 0.0 && value.abs() < SAFE).then_some(value as i64)
}

/// What JavaScript's `Number(text)` gives, if that is finite.
pub(super) fn from_js(text: &str) -> Option<Number> {
    let text = text.trim_matches(is_space);
    if let Ok(integer) = text.parse::<i64>() {
        return Some(integer.into());
    }
    if let Ok(integer) = text.parse::<u64>() {
        return Some(integer.into());
    }
    let value = match text.get(..2) {
        None if text.is_empty() => 0.0,
        Some("0x" | "0X") => digits(text, 16)?,
        Some("0o" | "0O") => digits(text, 8)?,
        Some("0b" | "0B") => digits(text, 2)?,
        // What is left of Rust's own names, such as `inf`, is kept out.
        _ if text.bytes().all(|byte| b"0123456789+-.eE".contains(&byte)) => text.parse().ok()?,
        _ => return None,
    };
    value.is_finite().then(|| from_f64(value)).flatten()
}

/// The number after a prefix of two characters.
fn digits(text: &str, radix: u32) -> Option<f64> {
    let digits = text.get(2..).filter(|digits| !digits.is_empty())?;
    digits.chars().try_fold(0.0, |sum, digit| {
        Some(sum * f64::from(radix) + f64::from(digit.to_digit(radix)?))
    })
}

/// White space and line ends, to JavaScript.
fn is_space(c: char) -> bool {
    c == '\u{feff}' || (c.is_whitespace() && c != '\u{85}')
}
