//! Which of the routes for any event takes an event.

use std::{
    collections::BTreeMap,
    ops::Bound::{Included, Unbounded},
    sync::Arc,
};

/// The value of the longest key that `text` begins with.
///
/// The last key not greater than `text` is usually the one. If it is not a prefix, the search goes on with what both share.
pub(super) fn longest_start<'m, T>(keys: &'m BTreeMap<Arc<str>, T>, text: &str) -> Option<&'m T> {
    let mut text = text;
    loop {
        let (key, value) = keys
            .range::<str, _>((Unbounded, Included(text)))
            .next_back()?;
        if text.starts_with(&**key) {
            return Some(value);
        }
        let both = text.bytes().zip(key.bytes());
        let shared = both.take_while(|(one, other)| one == other).count();
        text = text.get(..text.floor_char_boundary(shared))?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longest_key_is_found_among_those_that_sort_between() {
        let words = [
            "", "a", "ab", "ab c", "abd", "b", "ba", "é", "éa", "\u{20ac}",
        ];
        for chosen in 0..1_usize << words.len() {
            let keys: BTreeMap<Arc<str>, &str> = words
                .iter()
                .enumerate()
                .filter(|(place, _)| chosen & (1 << place) != 0)
                .map(|(_, word)| (Arc::from(*word), *word))
                .collect();
            for text in [
                "", "a", "aa", "ab", "ab ", "ab c", "ab cd", "abz", "b", "bb", "baa", "c", "é",
                "éb", "è", "\u{20ad}",
            ] {
                let starts = keys.values().filter(|key| text.starts_with(**key));
                let longest = starts.max_by_key(|key| key.len());
                assert_eq!(longest_start(&keys, text), longest, "{text:?} in {keys:?}");
            }
        }
    }
}
