//! The option `cors`, in the words of the npm package `cors`, to which Socket.IO hands it.

use std::time::Duration;

use http::{HeaderName, HeaderValue, Method};
use serde_json::Value;

use super::{
    CorsConfig, OptionError, Origins,
    value::{Field, Members},
};
use stockade_text::shorten;

const MEMBERS: [&str; 8] = [
    "origin",
    "methods",
    "allowedHeaders",
    "exposedHeaders",
    "credentials",
    "maxAge",
    "preflightContinue",
    "optionsSuccessStatus",
];
/// What `methods` is where it is not written.
const METHODS: [Method; 6] = [
    Method::GET,
    Method::HEAD,
    Method::PUT,
    Method::PATCH,
    Method::POST,
    Method::DELETE,
];
/// Seconds that `maxAge` may be. No browser remembers longer than a day.
const MAX_AGE: u64 = 86_400;
/// The status of a preflight's answer.
const PREFLIGHT_STATUS: u64 = 200;

pub(super) fn read(field: &Field) -> Result<CorsConfig, OptionError> {
    let members = match field.value {
        Value::Bool(false) => return Ok(CorsConfig::same_origin()),
        Value::Object(_) => field.members(&MEMBERS)?,
        _ => {
            return Err(field.wrong(
                "must be `false`, or an object such as {\"origin\": \"https://example.org\"}",
            ));
        }
    };
    refuse_what_is_fixed(&members)?;
    let config = CorsConfig {
        origins: members.read_or("origin", Origins::Any, origins)?,
        methods: members.read_or("methods", METHODS.into(), |field| {
            each(field, "a method", |word| {
                Method::from_bytes(word.as_bytes()).ok()
            })
        })?,
        headers: members.read_or("allowedHeaders", Vec::new(), header_names)?,
        exposed_headers: members.read_or("exposedHeaders", Vec::new(), header_names)?,
        credentials: members.read_or("credentials", false, Field::boolean)?,
        max_age: members.read_or("maxAge", None, |field| {
            let seconds = field.whole(0..=MAX_AGE, "seconds")?;
            Ok(Some(Duration::from_secs(seconds)))
        })?,
    };
    if config.credentials && config.origins == Origins::Any {
        return Err(field.wrong(
            "with `credentials`, browsers want `origin` to be more than \"*\": name the origins, or write `true` for all",
        ));
    }
    match config.wildcard_with_credentials() {
        true => {
            Err(field
                .wrong("with `credentials`, \"*\" is not a wildcard: name methods and headers"))
        }
        false => Ok(config),
    }
}

/// How preflights are answered is not for components to choose.
fn refuse_what_is_fixed(members: &Members) -> Result<(), OptionError> {
    if let Some(field) = members.get("preflightContinue")
        && field.boolean()?
    {
        return Err(field.wrong(
            "is not served: no handler of the component sees a preflight, so the host has to answer it",
        ));
    }
    if let Some(field) = members.get("optionsSuccessStatus")
        && field
            .whole(PREFLIGHT_STATUS..=PREFLIGHT_STATUS, "")
            .is_err()
    {
        return Err(field.wrong(format!(
            "is not served: preflights are answered with {PREFLIGHT_STATUS}, which every browser takes"
        )));
    }
    Ok(())
}

fn origins(field: &Field) -> Result<Origins, OptionError> {
    match field.value {
        Value::Bool(false) => Ok(Origins::Same),
        Value::Bool(true) => Ok(Origins::Mirror),
        Value::String(any) if any == "*" => Ok(Origins::Any),
        Value::String(_) => Ok(Origins::List(vec![origin(field)?])),
        Value::Array(_) => {
            let origins: Result<_, _> = field.items()?.map(|item| origin(&item)).collect();
            origins.map(Origins::List)
        }
        _ => Err(field.wrong("must be a boolean, a string or an array of strings")),
    }
}

/// One origin as browsers write it. Another spelling would never match, which is hard to find out.
fn origin(field: &Field) -> Result<HeaderValue, OptionError> {
    let text = field.text()?;
    let is_origin = text == "null"
        || text.split_once("://").is_some_and(|(scheme, host)| {
            let odd =
                |c: char| !c.is_ascii_graphic() || c.is_ascii_uppercase() || "/*?#@".contains(c);
            !scheme.is_empty() && !host.is_empty() && !scheme.contains(odd) && !host.contains(odd)
        });
    let value = is_origin
        .then(|| HeaderValue::from_str(text).ok())
        .flatten();
    value.ok_or_else(|| {
        field.wrong(format!(
            "{:?} is not an origin as browsers write it, such as https://example.org or http://localhost:8080; patterns cannot \
             be written in JSON",
            shorten(text)
        ))
    })
}

fn header_names(field: &Field) -> Result<Vec<HeaderName>, OptionError> {
    each(field, "the name of a header", |word| {
        HeaderName::from_bytes(word.as_bytes()).ok()
    })
}

fn each<T>(
    field: &Field,
    what: &str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<Vec<T>, OptionError> {
    let parse = |word: &str| {
        parse(word).ok_or_else(|| field.wrong(format!("{:?} is not {what}", shorten(word))))
    };
    field.words()?.into_iter().map(parse).collect()
}
