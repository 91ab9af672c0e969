//! The option `cookie`, in the words of the npm package of that name, to which Engine.IO hands it.

use cookie::SameSite;
use http::HeaderName;
use serde_json::Value;

use super::{
    CookieConfig, CookiePriority, OptionError,
    value::{Field, Members},
};
use stockade_text::shorten;

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
/// What `name` is if it is not written.
const NAME: &str = "io";
/// Seconds that `maxAge` may be. Browsers forget after 400 days at the latest.
pub const MAX_AGE: u64 = 400 * 86_400;
/// Bytes of a name, a path or a domain.
const MAX_LENGTH: usize = 256;

pub(super) fn read(field: &Field) -> Result<Option<CookieConfig>, OptionError> {
    match field.value {
        Value::Bool(false) => Ok(None),
        Value::Bool(true) => Ok(Some(CookieConfig::new(NAME))),
        Value::Object(_) => described(&field.members(&MEMBERS)?).map(Some),
        _ => Err(field.wrong("must be a boolean, or an object such as {\"name\": \"io\"}")),
    }
}

fn described(members: &Members) -> Result<CookieConfig, OptionError> {
    if let Some(expires) = members.get("expires") {
        return Err(expires.wrong("is not served: JSON has no dates; use `maxAge`, in seconds"));
    }
    let base = CookieConfig::new(members.read_or("name", NAME, name)?);
    Ok(CookieConfig {
        max_age: members.read_or("maxAge", base.max_age, |field| {
            field.whole(0..=MAX_AGE, "seconds").map(Some)
        })?,
        domain: members.read_or("domain", base.domain, |field| {
            attribute(field).map(|domain| Some(domain.to_owned()))
        })?,
        path: members.read_or("path", base.path, |field| {
            attribute(field).map(ToOwned::to_owned)
        })?,
        http_only: members.read_or("httpOnly", base.http_only, Field::boolean)?,
        secure: members.read_or("secure", base.secure, |field| field.boolean().map(Some))?,
        partitioned: members.read_or("partitioned", base.partitioned, Field::boolean)?,
        priority: members.read_or("priority", base.priority, priority)?,
        same_site: members.read_or("sameSite", base.same_site, same_site)?,
        name: base.name,
    })
}

/// Whether a cookie can have this name: a token, as a header's name is one, but of any case (RFC 6265, 4.1.1).
pub fn is_cookie_name(text: &str) -> bool {
    HeaderName::from_bytes(text.as_bytes()).is_ok()
}

/// Whether this can be a cookie's domain or path, or be left out.
pub fn is_cookie_attribute(text: &str) -> bool {
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
