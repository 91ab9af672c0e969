//! Dates, times and durations, as loose as `ajv-formats` 2.1.1.

use super::is_space;

/// `2024-02-29`, a day that exists.
pub(super) fn is_date(text: &str) -> bool {
    let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text.as_bytes() else {
        return false;
    };
    let (Some(century), Some(years), Some(month), Some(day)) =
        (two(y1, y2), two(y3, y4), two(m1, m2), two(d1, d2))
    else {
        return false;
    };
    (1..=days(century * 100 + years, month)).contains(&day)
}

/// `12:00:00`, perhaps with a fraction and a time zone.
pub(super) fn is_time(text: &str) -> bool {
    let Some((&[h1, h2, b':', m1, m2, b':', s1, s2], rest)) = text.as_bytes().split_first_chunk()
    else {
        return false;
    };
    let (Some(hour), Some(minute), Some(second)) = (two(h1, h2), two(m1, m2), two(s1, s2)) else {
        return false;
    };
    let on_the_clock = hour <= 23 && minute <= 59 && second <= 59;
    let leap = (hour, minute, second) == (23, 59, 60);
    (on_the_clock || leap) && after_fraction(rest).is_some_and(is_zone)
}

/// A date and a time with `t` or one white space between.
pub(super) fn is_date_time(text: &str) -> bool {
    let Some((date, rest)) = text.split_at_checked(10) else {
        return false;
    };
    let mut rest = rest.chars();
    let between = rest
        .next()
        .is_some_and(|c| matches!(c, 't' | 'T') || is_space(c));
    between && is_date(date) && is_time(rest.as_str())
}

/// `P1DT12H`, ISO 8601 without fractions.
pub(super) fn is_duration(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('P').filter(|rest| !rest.is_empty()) else {
        return false;
    };
    if after_unit(rest, 'W').is_empty() {
        return true;
    }
    let days = ['Y', 'M', 'D'].into_iter().fold(rest, after_unit);
    match days.strip_prefix('T') {
        None => days.is_empty(),
        Some(clock) => {
            clock.starts_with(|c: char| c.is_ascii_digit())
                && ['H', 'M', 'S']
                    .into_iter()
                    .fold(clock, after_unit)
                    .is_empty()
        }
    }
}

/// Drops digits followed by `unit`, if they are there.
fn after_unit(text: &str, unit: char) -> &str {
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
    if rest.len() == text.len() {
        return text;
    }
    rest.strip_prefix(unit).unwrap_or(text)
}

/// Drops `.123`; a point needs at least one digit.
fn after_fraction(rest: &[u8]) -> Option<&[u8]> {
    let Some((b'.', fraction)) = rest.split_first() else {
        return Some(rest);
    };
    let digits = fraction
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    (digits > 0).then(|| fraction.get(digits..)).flatten()
}

/// Nothing, `Z`, `+01`, `+0100` or `+01:00`.
fn is_zone(rest: &[u8]) -> bool {
    match rest {
        [] | [b'z' | b'Z'] => true,
        [b'+' | b'-', digits @ ..] => match digits {
            [a, b] => two(*a, *b).is_some(),
            [a, b, c, d] | [a, b, b':', c, d] => two(*a, *b).and(two(*c, *d)).is_some(),
            _ => false,
        },
        _ => false,
    }
}

fn two(tens: u8, ones: u8) -> Option<u32> {
    let digit = |byte: u8| byte.is_ascii_digit().then(|| u32::from(byte - b'0'));
    Some(digit(tens)? * 10 + digit(ones)?)
}

fn days(year: u32, month: u32) -> u32 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 0,
    }
}
