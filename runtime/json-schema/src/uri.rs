//! As much of URIs and JSON pointers as references within a document need.

use std::borrow::Cow;

/// Splits `a#b` into `a` and `b`.
pub(super) fn split_fragment(uri: &str) -> (&str, &str) {
    uri.split_once('#').unwrap_or((uri, ""))
}

/// Resolves `reference` against `base` (which has no fragment), RFC 3986 without dot segments.
pub(super) fn resolve(base: &str, reference: &str) -> String {
    let (path, fragment) = split_fragment(reference);
    let absolute = if path.is_empty() {
        Cow::Borrowed(base)
    } else if has_scheme(path) || base.is_empty() {
        Cow::Borrowed(path)
    } else {
        Cow::Owned(merge(base, path))
    };
    match fragment {
        "" => absolute.into_owned(),
        fragment => format!("{absolute}#{fragment}"),
    }
}

fn has_scheme(path: &str) -> bool {
    path.split_once(':').is_some_and(|(scheme, _)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
    })
}

fn merge(base: &str, path: &str) -> String {
    let scheme = base.find("//").map_or(0, |slashes| slashes + 2);
    let authority = base.get(scheme..).unwrap_or("");
    let root = scheme + authority.find('/').unwrap_or(authority.len());
    let keep = if path.starts_with('/') {
        base.get(..root)
    } else {
        base.get(..base.rfind('/').map_or(0, |slash| slash + 1).max(root))
    };
    let keep = keep.unwrap_or("");
    let slash = if keep.len() == root && !path.starts_with('/') && root > 0 {
        "/"
    } else {
        ""
    };
    format!("{keep}{slash}{path}")
}

/// A reference token of a JSON pointer: `~` and `/` escaped.
pub(super) fn escape_token(token: &str) -> Cow<'_, str> {
    if token.contains(['~', '/']) {
        Cow::Owned(token.replace('~', "~0").replace('/', "~1"))
    } else {
        Cow::Borrowed(token)
    }
}

/// The token that a part of a URI fragment stands for, if that is well-formed.
pub(super) fn unescape_token(part: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'%' => bytes.push(hex(rest.next()?)? * 16 + hex(rest.next()?)?),
            byte => bytes.push(byte),
        }
    }
    Some(
        String::from_utf8(bytes)
            .ok()?
            .replace("~1", "/")
            .replace("~0", "~"),
    )
}

/// A reference token as AJV writes it in schema paths: escaped, then `encodeURIComponent`.
pub(super) fn encode_token(token: &str) -> String {
    let mut encoded = String::with_capacity(token.len());
    for byte in escape_token(token).bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}
