//! Names of entries, which cannot collide whatever the names of tenants, buckets and keys are.

use std::sync::OnceLock;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Bytes of the length that precedes the names of tenant and bucket.
const LENGTH: usize = size_of::<u32>();

/// Characters that are escaped in Redis's keys, braces and colons among them.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');

/// One bucket of one tenant, as a part of names.
#[derive(Debug)]
pub(super) struct Space {
    tenant: String,
    bucket: String,
    /// Prefix of keys in a map that all tenants share.
    prefix: Vec<u8>,
    /// Made at the first use.
    names: OnceLock<RedisNames>,
}

/// Names of keys in Redis. All keys of a tenant have the same hash tag, so a cluster keeps them on one node, where scripts can use
/// them together.
#[derive(Debug)]
pub(super) struct RedisNames {
    /// Sorted set of the bucket's keys. With a colon after it, the prefix of each entry.
    pub(super) index: String,
    /// Bytes that the tenant stores.
    pub(super) used: String,
    /// Sorted set of the tenant's entries that expire, by time of expiry.
    pub(super) expiries: String,
    /// Hash of the bytes that those entries count.
    pub(super) sizes: String,
}

impl Space {
    pub(super) fn new(tenant: &str, bucket: &str) -> Self {
        let mut prefix = Vec::with_capacity(2 * LENGTH + tenant.len() + bucket.len());
        for name in [tenant, bucket] {
            let length = u32::try_from(name.len()).unwrap_or(u32::MAX);
            prefix.extend(length.to_be_bytes());
            prefix.extend(name.as_bytes());
        }
        Self {
            tenant: tenant.to_owned(),
            bucket: bucket.to_owned(),
            prefix,
            names: OnceLock::new(),
        }
    }

    pub(super) fn tenant(&self) -> &str {
        &self.tenant
    }

    pub(super) fn prefix(&self) -> &[u8] {
        &self.prefix
    }

    /// Returns the name of an entry in a map that all tenants share.
    pub(super) fn name(&self, key: &str) -> Vec<u8> {
        [&self.prefix, key.as_bytes()].concat()
    }

    pub(super) fn redis(&self) -> &RedisNames {
        self.names
            .get_or_init(|| RedisNames::new(&self.tenant, &self.bucket))
    }
}

impl RedisNames {
    fn new(tenant: &str, bucket: &str) -> Self {
        let used = format!("stockade:{{{}}}", utf8_percent_encode(tenant, ESCAPED));
        Self {
            index: format!("{used}:{}", utf8_percent_encode(bucket, ESCAPED)),
            expiries: format!("{used}/expiries"),
            sizes: format!("{used}/sizes"),
            used,
        }
    }

    /// Returns the name of an entry in Redis.
    pub(super) fn entry(&self, key: &str) -> String {
        format!("{}:{key}", self.index)
    }
}

/// Returns the tenant of an entry, and the length of its key.
pub(super) fn parse(name: &[u8]) -> Option<(&str, usize)> {
    let (tenant, rest) = part(name)?;
    let (_, key) = part(rest)?;
    Some((str::from_utf8(tenant).ok()?, key.len()))
}

fn part(name: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = name.split_first_chunk::<LENGTH>()?;
    rest.split_at_checked(u32::from_be_bytes(*length).try_into().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_different_entries_differ() {
        let spaces = [
            ("a", "b", "c"),
            ("ab", "", "c"),
            ("", "ab", "c"),
            ("a", "", "bc"),
            ("a}", "b", "c"),
            ("a", "}:b", "c"),
            ("a:b", "", "c"),
            ("a", "b:c", ""),
            ("a", "b", ":c"),
            ("a/sizes", "b", "c"),
            ("a%7D", "b", "c"),
        ];
        for (at, (tenant, bucket, key)) in spaces.iter().enumerate() {
            let space = Space::new(tenant, bucket);
            assert_eq!(parse(&space.name(key)), Some((*tenant, key.len())));
            for (tenant, bucket, other) in spaces.iter().skip(at + 1) {
                let other_space = Space::new(tenant, bucket);
                assert_ne!(space.name(key), other_space.name(other));
                let names = [&space, &other_space].map(Space::redis);
                assert_ne!(names[0].entry(key), names[1].entry(other));
                assert_ne!(names[0].entry(key), names[1].index);
                assert_ne!(names[0].entry(key), names[1].used);
                assert_ne!(names[0].entry(key), names[1].sizes);
            }
        }
    }
}
