//! JSON pointers in their three spellings.

/// `/a/0`, with `~0` and `~1` for `~` and `/`.
pub(super) fn is_json_pointer(text: &str) -> bool {
    (text.is_empty() || text.starts_with('/')) && escapes_are_whole(text)
}

/// The same behind `#`, as a fragment of a URI.
pub(super) fn is_uri_fragment(text: &str) -> bool {
    let Some(pointer) = text.strip_prefix('#') else {
        return false;
    };
    (pointer.is_empty() || pointer.starts_with('/'))
        && escapes_are_whole(pointer)
        && percents_are_whole(pointer)
        && pointer
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"_-.!$&'()*+,;:=@%~/".contains(&b))
}

/// A number of levels up, then a pointer or `#`.
pub(super) fn is_relative(text: &str) -> bool {
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let levels = text.len() - rest.len();
    let plain = levels == 1 || (levels > 1 && !text.starts_with('0'));
    plain && (rest == "#" || is_json_pointer(rest))
}

fn escapes_are_whole(text: &str) -> bool {
    text.split('~')
        .skip(1)
        .all(|rest| rest.starts_with(['0', '1']))
}

fn percents_are_whole(text: &str) -> bool {
    text.split('%').skip(1).all(|rest| {
        matches!(rest.as_bytes(), [a, b, ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit())
    })
}
