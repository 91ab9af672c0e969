//! The option `cookie`, in the words of the npm package of that name, to which Engine.IO hands it.

use cookie::{Cookie, CookieBuilder, SameSite, time};
use http::HeaderName;
use serde_json::Value;

use super::{
    OptionError,
    value::{Field, Members, shorten},
};
use crate::server::{CookieConfig, CookiePriority};

const MEMBERS: [&str; 10] = [
    "name",
    "path",
    "domain",
    "maxAge",
    "expires",
    "httpOnly",
    "sameSite",
    "secure",
    "partitioned",
    "priority",
];
/// Seconds that `maxAge` may be. Browsers forget after 400 days at the latest.
const MAX_AGE: u64 = 400 * 86_400;
/// Bytes of a name, a path or a domain.
const MAX_LENGTH: usize = 256;

pub(super) fn read(field: &Field) -> Result<Option<CookieConfig>, OptionError> {
    match field.value {
        Value::Bool(false) => Ok(None),
        Value::Bool(true) => Ok(Some(CookieConfig::new(base("io").build(), None))),
        Value::Object(_) => described(&field.members(&MEMBERS)?).map(Some),
        _ => Err(field.wrong("must be a boolean, or an object such as {\"name\": \"io\"}")),
    }
}

/// Engine.IO's defaults.
fn base(name: &str) -> CookieBuilder<'static> {
    Cookie::build((name.to_owned(), ""))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
}

fn described(members: &Members) -> Result<CookieConfig, OptionError> {
    if let Some(expires) = members.get("expires") {
        return Err(expires.wrong("is not served: JSON has no dates; use `maxAge`, in seconds"));
    }
    let mut cookie = base(members.read_or("name", "io", name)?).build();
    if let Some(field) = members.get("path") {
        cookie.set_path(attribute(&field)?.to_owned());
    }
    if let Some(field) = members.get("domain") {
        cookie.set_domain(attribute(&field)?.to_owned());
    }
    if let Some(field) = members.get("maxAge") {
        let seconds = field.whole(0..=MAX_AGE, "seconds")?;
        cookie.set_max_age(time::Duration::seconds(seconds.cast_signed()));
    }
    if let Some(field) = members.get("sameSite") {
        cookie.set_same_site(same_site(&field)?);
    }
    cookie.set_http_only(members.read_or("httpOnly", true, Field::boolean)?);
    if let Some(field) = members.get("secure") {
        cookie.set_secure(field.boolean()?);
    }
    cookie.set_partitioned(members.read_or("partitioned", false, Field::boolean)?);
    let priority = members.read_or("priority", None, priority)?;
    Ok(CookieConfig::new(cookie, priority))
}

/// Whether a cookie can have this name: a token, as a header's name is one, but of any case (RFC 6265, 4.1.1).
pub(crate) fn is_cookie_name(text: &str) -> bool {
    HeaderName::from_bytes(text.as_bytes()).is_ok()
}

/// Whether this can be a cookie's domain or path, or be left out.
pub(crate) fn is_cookie_attribute(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii_graphic() && byte != b';')
}

fn name<'a>(field: &Field<'a>) -> Result<&'a str, OptionError> {
    let name = field.text()?;
    match name.len() <= MAX_LENGTH && is_cookie_name(name) {
        true => Ok(name),
        false => Err(field.wrong(format!(
            "{:?} is not a name for a cookie: letters, digits and some signs, but no spaces or separators",
            shorten(name)
        ))),
    }
}

fn attribute<'a>(field: &Field<'a>) -> Result<&'a str, OptionError> {
    let text = field.text()?;
    match !text.is_empty() && text.len() <= MAX_LENGTH && is_cookie_attribute(text) {
        true => Ok(text),
        false => Err(field.wrong(format!("{:?} cannot stand in a cookie", shorten(text)))),
    }
}

fn same_site(field: &Field) -> Result<Option<SameSite>, OptionError> {
    match field.value {
        Value::Bool(true) => return Ok(Some(SameSite::Strict)),
        Value::Bool(false) => return Ok(None),
        Value::String(text) => match text.to_ascii_lowercase().as_str() {
            "strict" => return Ok(Some(SameSite::Strict)),
            "lax" => return Ok(Some(SameSite::Lax)),
            "none" => return Ok(Some(SameSite::None)),
            _ => {}
        },
        _ => {}
    }
    Err(field.wrong("must be a boolean, \"strict\", \"lax\" or \"none\""))
}

fn priority(field: &Field) -> Result<Option<CookiePriority>, OptionError> {
    match field.text()?.to_ascii_lowercase().as_str() {
        "low" => Ok(Some(CookiePriority::Low)),
        "medium" => Ok(Some(CookiePriority::Medium)),
        "high" => Ok(Some(CookiePriority::High)),
        _ => Err(field.wrong("must be \"low\", \"medium\" or \"high\"")),
    }
}
