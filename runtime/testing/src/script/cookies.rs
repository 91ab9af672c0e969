//! The cookies of a script's client: those that responses have set go with what it sends later.

use std::{collections::BTreeMap, time::SystemTime};

use cookie::{Cookie, Expiration};
use http::{HeaderMap, header};

/// By their names. Paths and domains are left aside: a case has one server.
#[derive(Default)]
pub(super) struct Cookies(BTreeMap<String, String>);

impl Cookies {
    /// Keeps those that a response sets, and forgets those that it takes away.
    pub(super) fn keep(&mut self, headers: &HeaderMap, now: SystemTime) {
        let set = headers.get_all(header::SET_COOKIE).into_iter();
        let set = set.filter_map(|value| Cookie::parse(value.to_str().ok()?).ok());
        for cookie in set {
            match has_ended(&cookie, now) {
                true => self.0.remove(cookie.name()),
                false => self
                    .0
                    .insert(cookie.name().to_owned(), cookie.value().to_owned()),
            };
        }
    }

    /// The header that carries them; none where there are none.
    pub(super) fn header(&self) -> Option<String> {
        let pairs = self.0.iter().map(|(name, value)| format!("{name}={value}"));
        let pairs: Vec<_> = pairs.collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }
}

fn has_ended(cookie: &Cookie<'_>, now: SystemTime) -> bool {
    if let Some(age) = cookie.max_age() {
        return !age.is_positive();
    }
    match cookie.expires() {
        Some(Expiration::DateTime(end)) => SystemTime::from(end) <= now,
        _ => false,
    }
}
