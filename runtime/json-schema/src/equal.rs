//! Equality of JSON values, and a hash that agrees with it.
//!
//! `1` and `1.0` are one value, as in JavaScript; `Value`'s own equality tells them apart.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, Hasher, RandomState};

use serde_json::Value;

use super::number;

/// Whether two values are the same JSON value.
pub(super) fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => number::compare(a, b) == Ordering::Equal,
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(key, a)| b.get(key).is_some_and(|b| equal(a, b)))
        }
        (a, b) => a == b,
    }
}

/// A pair of equal items: `earlier < later`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Duplicate {
    pub(super) earlier: usize,
    pub(super) later: usize,
}

/// Which of several duplicate pairs to name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Search {
    /// The last item that repeats an earlier one, with the nearest such.
    LastRepeat,
    /// The last item that is repeated by a later one, with the nearest such.
    LastRepeated,
}

/// Below this many items comparing all pairs is quicker than hashing.
const FEW: usize = 8;

/// Finds equal items among those that `counts` accepts, in time linear in their size.
pub(super) fn duplicate(
    items: &[Value],
    search: Search,
    counts: impl Fn(&Value) -> bool,
) -> Option<Duplicate> {
    let found = if items.len() < FEW {
        by_pairs(items, &counts)
    } else {
        by_hash(items, &counts)
    };
    match search {
        Search::LastRepeat => found.into_iter().max_by_key(|pair| pair.later),
        Search::LastRepeated => found.into_iter().max_by_key(|pair| pair.earlier),
    }
}

/// Each repeating item with the nearest earlier equal.
fn by_pairs(items: &[Value], counts: &impl Fn(&Value) -> bool) -> Vec<Duplicate> {
    let mut pairs = Vec::new();
    for (later, item) in items.iter().enumerate().filter(|(_, item)| counts(item)) {
        let equals = items
            .iter()
            .take(later)
            .rposition(|earlier| equal(earlier, item));
        pairs.extend(equals.map(|earlier| Duplicate { earlier, later }));
    }
    pairs
}

/// The same through a table of the distinct values. The hash is keyed per call, so nobody can
/// prepare items that all collide.
fn by_hash(items: &[Value], counts: &impl Fn(&Value) -> bool) -> Vec<Duplicate> {
    let keys = RandomState::new();
    let mut distinct: HashMap<u64, Vec<(&Value, usize)>> = HashMap::with_capacity(items.len());
    let mut pairs = Vec::new();
    for (later, item) in items.iter().enumerate().filter(|(_, item)| counts(item)) {
        let alike = distinct.entry(hash(item, &keys)).or_default();
        match alike.iter_mut().find(|(value, _)| equal(value, item)) {
            Some((_, last)) => {
                pairs.push(Duplicate {
                    earlier: *last,
                    later,
                });
                *last = later;
            }
            None => alike.push((item, later)),
        }
    }
    pairs
}

fn hash(value: &Value, keys: &RandomState) -> u64 {
    let mut hasher = keys.build_hasher();
    feed(value, keys, &mut hasher);
    hasher.finish()
}

fn feed(value: &Value, keys: &RandomState, hasher: &mut impl Hasher) {
    match value {
        Value::Null => hasher.write_u8(0),
        Value::Bool(value) => hasher.write_u8(1 + u8::from(*value)),
        // Adding zero makes the two zeros one.
        Value::Number(value) => (3u8, (number::to_f64(value) + 0.0).to_bits()).hash(hasher),
        Value::String(text) => (4u8, text).hash(hasher),
        Value::Array(items) => {
            (5u8, items.len()).hash(hasher);
            items.iter().for_each(|item| feed(item, keys, hasher));
        }
        Value::Object(members) => {
            (6u8, members.len()).hash(hasher);
            // A sum, because members have no order.
            let sum = members.iter().fold(0u64, |sum, (key, member)| {
                let mut hasher = keys.build_hasher();
                key.hash(&mut hasher);
                feed(member, keys, &mut hasher);
                sum.wrapping_add(hasher.finish())
            });
            hasher.write_u64(sum);
        }
    }
}
