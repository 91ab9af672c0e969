//! Names and addresses of the Internet.
//!
//! The long expressions are those of `ajv-formats`, matched on bytes so that ignoring case does
//! not drag Unicode in.

use std::sync::LazyLock;

use regex_automata::meta::{Builder, Regex};
use regex_automata::util::syntax;

use super::is_space;

static URI: LazyLock<Option<Regex>> = LazyLock::new(|| ascii(URI_TEXT));
static URI_REFERENCE: LazyLock<Option<Regex>> = LazyLock::new(|| ascii(URI_REFERENCE_TEXT));
static URI_TEMPLATE: LazyLock<Option<Regex>> = LazyLock::new(|| ascii(URI_TEMPLATE_TEXT));
static IPV6: LazyLock<Option<Regex>> = LazyLock::new(|| ascii(IPV6_TEXT));
static URL_HOST: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(URL_HOST_TEXT).ok());

/// An absolute URI.
pub(super) fn is_uri(text: &str) -> bool {
    text.contains(['/', ':']) && is_match(&URI, text)
}

/// A URI or a path, query or fragment alone.
pub(super) fn is_uri_reference(text: &str) -> bool {
    is_match(&URI_REFERENCE, text)
}

/// A template of RFC 6570.
pub(super) fn is_uri_template(text: &str) -> bool {
    is_match(&URI_TEMPLATE, text)
}

/// A public web or FTP address: hosts of private networks are not.
pub(super) fn is_url(text: &str) -> bool {
    let schemes = ["http://", "https://", "ftp://"];
    let rest = schemes
        .iter()
        .find_map(|scheme| match text.get(..scheme.len()) {
            Some(start) if start.eq_ignore_ascii_case(scheme) => text.get(scheme.len()..),
            _ => None,
        });
    let Some(rest) = rest.filter(|rest| !rest.contains(is_space)) else {
        return false;
    };
    hosts(rest).any(|host| is_match(&URL_HOST, host))
}

/// Where the host may start: behind every `@` with something before it. Those in private networks are sorted out here, by their
/// name alone. What follows a host reaches to the end of the text, and would be read for each of them; one that is public ends
/// the search.
fn hosts(rest: &str) -> impl Iterator<Item = &str> {
    let behind = rest.match_indices('@').filter(|(at, _)| *at > 0);
    let behind = behind.filter_map(|(at, _)| rest.get(at + 1..));
    std::iter::once(rest).chain(behind).filter(|rest| {
        let host = rest.split([':', '/', '@']).next().unwrap_or(rest);
        !is_private(host)
    })
}

/// Whether a host is an address of a private network.
fn is_private(host: &str) -> bool {
    let mut labels = host.split('.').map(str::parse::<u8>);
    match (
        labels.next(),
        labels.next(),
        labels.next(),
        labels.next(),
        labels.next(),
    ) {
        (Some(Ok(a)), Some(Ok(b)), Some(Ok(_)), Some(Ok(_)), None) => matches!(
            (a, b),
            (10 | 127, _) | (169, 254) | (192, 168) | (172, 16..=31)
        ),
        _ => false,
    }
}

/// `user@example.org`; the domain needs a dot.
pub(super) fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    local.split('.').all(is_atom) && domain.contains('.') && domain.split('.').all(is_label)
}

fn is_atom(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+/=?^_`{|}~-".contains(&b);
    !text.is_empty() && text.bytes().all(allowed)
}

/// Letters, digits and inner hyphens.
fn is_label(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with('-')
        && !text.ends_with('-')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// A host name, perhaps with the root's dot.
pub(super) fn is_hostname(text: &str) -> bool {
    let name = text.strip_suffix('.').unwrap_or(text);
    name.len() <= 253
        && name
            .split('.')
            .all(|label| label.len() <= 63 && is_label(label))
}

/// Four numbers; leading zeros are allowed as far as three digits go.
pub(super) fn is_ipv4(text: &str) -> bool {
    let is_octet = |part: &str| {
        (1..=3).contains(&part.len())
            && part.bytes().all(|b| b.is_ascii_digit())
            && part.parse::<u8>().is_ok()
    };
    text.split('.').count() == 4 && text.split('.').all(is_octet)
}

/// An address of eight groups, perhaps shortened.
pub(super) fn is_ipv6(text: &str) -> bool {
    is_match(&IPV6, text)
}

/// The expressions are constants that a test compiles; were one wrong, nothing would match.
fn is_match(regex: &LazyLock<Option<Regex>>, text: &str) -> bool {
    regex.as_ref().is_some_and(|regex| regex.is_match(text))
}

fn ascii(text: &str) -> Option<Regex> {
    let bytes = syntax::Config::new()
        .unicode(false)
        .utf8(false)
        .case_insensitive(true);
    Builder::new().syntax(bytes).build(text).ok()
}

/// RFC 3986, by Jeff Roberson.
const URI_TEXT: &str = concat!(
    r#"^(?:[a-z][a-z0-9+\-.]*:)(?:/?/(?:(?:[a-z0-9\-._~!$&'()*+,;=:]|%[0-9a-f]{2})*@)?(?:\[(?:("#,
    r#"?:(?:(?:[0-9a-f]{1,4}:){6}|::(?:[0-9a-f]{1,4}:){5}|(?:[0-9a-f]{1,4})?::(?:[0-9a-f]{1,4}:"#,
    r#"){4}|(?:(?:[0-9a-f]{1,4}:){0,1}[0-9a-f]{1,4})?::(?:[0-9a-f]{1,4}:){3}|(?:(?:[0-9a-f]{1,4"#,
    r#"}:){0,2}[0-9a-f]{1,4})?::(?:[0-9a-f]{1,4}:){2}|(?:(?:[0-9a-f]{1,4}:){0,3}[0-9a-f]{1,4})?"#,
    r#"::[0-9a-f]{1,4}:|(?:(?:[0-9a-f]{1,4}:){0,4}[0-9a-f]{1,4})?::)(?:[0-9a-f]{1,4}:[0-9a-f]{1"#,
    r#",4}|(?:(?:25[0-5]|2[0-4]\d|[01]?\d\d?)\.){3}(?:25[0-5]|2[0-4]\d|[01]?\d\d?))|(?:(?:[0-9a"#,
    r#"-f]{1,4}:){0,5}[0-9a-f]{1,4})?::[0-9a-f]{1,4}|(?:(?:[0-9a-f]{1,4}:){0,6}[0-9a-f]{1,4})?:"#,
    r#":)|[Vv][0-9a-f]+\.[a-z0-9\-._~!$&'()*+,;=:]+)\]|(?:(?:25[0-5]|2[0-4]\d|[01]?\d\d?)\.){3}"#,
    r#"(?:25[0-5]|2[0-4]\d|[01]?\d\d?)|(?:[a-z0-9\-._~!$&'()*+,;=]|%[0-9a-f]{2})*)(?::\d*)?(?:/"#,
    r#"(?:[a-z0-9\-._~!$&'()*+,;=:@]|%[0-9a-f]{2})*)*|/(?:(?:[a-z0-9\-._~!$&'()*+,;=:@]|%[0-9a-"#,
    r#"f]{2})+(?:/(?:[a-z0-9\-._~!$&'()*+,;=:@]|%[0-9a-f]{2})*)*)?|(?:[a-z0-9\-._~!$&'()*+,;=:@"#,
    r#"]|%[0-9a-f]{2})+(?:/(?:[a-z0-9\-._~!$&'()*+,;=:@]|%[0-9a-f]{2})*)*)(?:\?(?:[a-z0-9\-._~!"#,
    r#"$&'()*+,;=:@/?]|%[0-9a-f]{2})*)?(?:#(?:[a-z0-9\-._~!$&'()*+,;=:@/?]|%[0-9a-f]{2})*)?$"#,
);

/// The same without a scheme.
const URI_REFERENCE_TEXT: &str = concat!(
    r#"^(?:[a-z][a-z0-9+\-.]*:)?(?:/?/(?:(?:[a-z0-9\-._~!$&'()*+,;=:]|%[0-9a-f]{2})*@)?(?:\[(?:"#,
    r#"(?:(?:(?:[0-9a-f]{1,4}:){6}|::(?:[0-9a-f]{1,4}:){5}|(?:[0-9a-f]{1,4})?::(?:[0-9a-f]{1,4}"#,
    r#":){4}|(?:(?:[0-9a-f]{1,4}:){0,1}[0-9a-f]{1,4})?::(?:[0-9a-f]{1,4}:){3}|(?:(?:[0-9a-f]{1,"#,
    r#"4}:){0,2}[0-9a-f]{1,4})?::(?:[0-9a-f]{1,4}:){2}|(?:(?:[0-9a-f]{1,4}:){0,3}[0-9a-f]{1,4})"#,
    r#"?::[0-9a-f]{1,4}:|(?:(?:[0-9a-f]{1,4}:){0,4}[0-9a-f]{1,4})?::)(?:[0-9a-f]{1,4}:[0-9a-f]{"#,
    r#"1,4}|(?:(?:25[0-5]|2[0-4]\d|[01]?\d\d?)\.){3}(?:25[0-5]|2[0-4]\d|[01]?\d\d?))|(?:(?:[0-9"#,
    r#"a-f]{1,4}:){0,5}[0-9a-f]{1,4})?::[0-9a-f]{1,4}|(?:(?:[0-9a-f]{1,4}:){0,6}[0-9a-f]{1,4})?"#,
    r#"::)|[Vv][0-9a-f]+\.[a-z0-9\-._~!$&'()*+,;=:]+)\]|(?:(?:25[0-5]|2[0-4]\d|[01]?\d\d?)\.){3"#,
    r#"}(?:25[0-5]|2[0-4]\d|[01]?\d\d?)|(?:[a-z0-9\-._~!$&'"()*+,;=]|%[0-9a-f]{2})*)(?::\d*)?(?"#,
    r#":/(?:[a-z0-9\-._~!$&'"()*+,;=:@]|%[0-9a-f]{2})*)*|/(?:(?:[a-z0-9\-._~!$&'"()*+,;=:@]|%[0"#,
    r#"-9a-f]{2})+(?:/(?:[a-z0-9\-._~!$&'"()*+,;=:@]|%[0-9a-f]{2})*)*)?|(?:[a-z0-9\-._~!$&'"()*"#,
    r#"+,;=:@]|%[0-9a-f]{2})+(?:/(?:[a-z0-9\-._~!$&'"()*+,;=:@]|%[0-9a-f]{2})*)*)?(?:\?(?:[a-z0"#,
    r#"-9\-._~!$&'"()*+,;=:@/?]|%[0-9a-f]{2})*)?(?:#(?:[a-z0-9\-._~!$&'"()*+,;=:@/?]|%[0-9a-f]{"#,
    r#"2})*)?$"#,
);

/// RFC 6570.
const URI_TEMPLATE_TEXT: &str = concat!(
    r#"^(?:(?:[^\x00-\x20"'<>%\\^`{|}]|%[0-9a-f]{2})|\{[+#./;?&=,!@|]?(?:[a-z0-9_]|%[0-9a-f]{2}"#,
    r#")+(?::[1-9][0-9]{0,3}|\*)?(?:,(?:[a-z0-9_]|%[0-9a-f]{2})+(?::[1-9][0-9]{0,3}|\*)?)*\})*$"#,
);

/// RFC 4291.
const IPV6_TEXT: &str = concat!(
    r#"^((([0-9a-f]{1,4}:){7}([0-9a-f]{1,4}|:))|(([0-9a-f]{1,4}:){6}(:[0-9a-f]{1,4}|((25[0-5]|2"#,
    r#"[0-4]\d|1\d\d|[1-9]?\d)(\.(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3})|:))|(([0-9a-f]{1,4}:){5"#,
    r#"}(((:[0-9a-f]{1,4}){1,2})|:((25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(\.(25[0-5]|2[0-4]\d|1\d\d|"#,
    r#"[1-9]?\d)){3})|:))|(([0-9a-f]{1,4}:){4}(((:[0-9a-f]{1,4}){1,3})|((:[0-9a-f]{1,4})?:((25["#,
    r#"0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(\.(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3}))|:))|(([0-9a-f]{1"#,
    r#",4}:){3}(((:[0-9a-f]{1,4}){1,4})|((:[0-9a-f]{1,4}){0,2}:((25[0-5]|2[0-4]\d|1\d\d|[1-9]?\"#,
    r#"d)(\.(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3}))|:))|(([0-9a-f]{1,4}:){2}(((:[0-9a-f]{1,4}){"#,
    r#"1,5})|((:[0-9a-f]{1,4}){0,3}:((25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(\.(25[0-5]|2[0-4]\d|1\d\"#,
    r#"d|[1-9]?\d)){3}))|:))|(([0-9a-f]{1,4}:){1}(((:[0-9a-f]{1,4}){1,6})|((:[0-9a-f]{1,4}){0,4"#,
    r#"}:((25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(\.(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3}))|:))|(:((("#,
    r#":[0-9a-f]{1,4}){1,7})|((:[0-9a-f]{1,4}){0,5}:((25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(\.(25[0-"#,
    r#"5]|2[0-4]\d|1\d\d|[1-9]?\d)){3}))|:)))$"#,
);

/// Host, port and path, by Diego Perini, without the look-aheads for private networks.
const URL_HOST_TEXT: &str = concat!(
    r#"(?i)^(?:(?:[1-9][0-9]?|1[0-9][0-9]|2[01][0-9]|22[0-3])(?:\.(?:1?[0-9]{1,2}|2[0-4][0-9]|2"#,
    r#"5[0-5])){2}(?:\.(?:[1-9][0-9]?|1[0-9][0-9]|2[0-4][0-9]|25[0-4]))|(?:(?:[a-z0-9\u{00a1}-\"#,
    r#"u{ffff}]+-)*[a-z0-9\u{00a1}-\u{ffff}]+)(?:\.(?:[a-z0-9\u{00a1}-\u{ffff}]+-)*[a-z0-9\u{00"#,
    r#"a1}-\u{ffff}]+)*(?:\.(?:[a-z\u{00a1}-\u{ffff}]{2,})))(?::[0-9]{2,5})?(?:/[^\s]*)?$"#,
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_private_hosts_is_not_read_for_each() {
        let private = "10.0.0.1/@".repeat(10_000);
        assert_eq!(hosts(&private).count(), 1, "only the empty one at the end");
        assert!(!is_url(&format!("http://{private}")));
        assert!(is_url(&format!("http://{private}example.com")));
        assert!(is_url("http://a:b@example.com/@10.0.0.1"));
        for host in [
            "10.1.2.3",
            "127.0.0.1",
            "169.254.1.1",
            "192.168.0.1",
            "172.16.0.1",
        ] {
            assert!(!is_url(&format!("http://{host}:80/x")), "{host}");
            assert!(!is_url(&format!("http://u@{host}/")), "{host}");
        }
        assert!(is_url("http://172.32.0.1/") && is_url("http://11.0.0.1"));
    }
}
