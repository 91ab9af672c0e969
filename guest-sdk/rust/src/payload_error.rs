//! What a client sent that is not of the type that a handler takes.

use std::fmt;

use crate::error::short_type_name;
use crate::placeholder::string_length;

/// Bytes of serde's words that a client reads; they may quote what it sent.
const MAX_MESSAGE: usize = 1_000;

/// A payload, or the body of a request, that is not of the type that was asked for. Thrown, it is answered as
/// `VALIDATION_PAYLOAD_ERROR`, over HTTP with status 400 and `{"body":[…]}`, unless a `#[handle_error]` makes something
/// else of it.
///
/// Reading payloads and bodies throws it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayloadError {
    what: &'static str,
    expected: &'static str,
    instance_path: String,
    message: String,
}

impl PayloadError {
    /// Why JSON text is not a `T`.
    pub(crate) fn of<T>(what: &'static str, json: &[u8], cause: &serde_json::Error) -> Self {
        let (line, column) = (cause.line(), cause.column());
        let message = cause.to_string();
        let place = format!(" at line {line} column {column}");
        let message = message.strip_suffix(&place).unwrap_or(&message);
        let shown = message.get(..message.floor_char_boundary(MAX_MESSAGE));
        Self {
            what,
            expected: short_type_name::<T>(),
            instance_path: path(read_so_far(json, line, column)),
            message: shown.unwrap_or(message).to_owned(),
        }
    }

    /// The part that is wrong, as a JSON pointer: `/products/0/name`, or empty for the whole.
    pub fn instance_path(&self) -> &str {
        &self.instance_path
    }

    /// What is wrong with it, in serde's words.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The JSON text of a list with this error, in the form of AJV's errors.
    pub(crate) fn violations(&self) -> String {
        let violation = serde_json::json!({
            "instancePath": self.instance_path,
            "schemaPath": "#/type",
            "keyword": "type",
            "params": {},
            "message": self.message,
        });
        format!("[{violation}]")
    }
}

impl fmt::Display for PayloadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, expected) = (self.what, self.expected);
        write!(f, "the {what} is not of type {expected}: {}", self.message)?;
        match self.instance_path.as_str() {
            "" => Ok(()),
            path => write!(f, ", at {path}"),
        }
    }
}

impl std::error::Error for PayloadError {}

/// The text up to the place that serde names; nothing where it names none.
fn read_so_far(json: &[u8], line: usize, column: usize) -> &[u8] {
    let mut rest = json;
    for _ in 1..line {
        let end = rest.iter().position(|byte| *byte == b'\n');
        rest = end.and_then(|end| rest.get(end + 1..)).unwrap_or_default();
    }
    let end = json.len() - rest.len() + column.min(rest.len());
    match line {
        0 => &[],
        _ => json.get(..end).unwrap_or_default(),
    }
}

/// Where in a value its text has been read up to.
enum Level<'t> {
    /// In a list, at this index.
    Array(usize),
    /// In an object: at the member of this name, still escaped, where one has begun.
    Object(Option<&'t [u8]>),
}

/// The path to what was read last: serde only tells how far it had read when it found the mistake. Following its types would
/// take a second deserialiser for each of them in every component.
fn path(read: &[u8]) -> String {
    let mut levels = Vec::new();
    let mut is_name = false;
    let mut at = 0;
    while let Some(byte) = read.get(at) {
        let mut end = at + 1;
        match byte {
            b'"' => {
                end = at + string_length(read.get(at..).unwrap_or_default());
                if let Some(Level::Object(name @ None)) = levels.last_mut() {
                    *name = read.get(at..end);
                    is_name = true;
                }
            }
            b':' => is_name = false,
            b'[' => levels.push(Level::Array(0)),
            b'{' => levels.push(Level::Object(None)),
            b']' | b'}' => drop(levels.pop()),
            b',' => match levels.last_mut() {
                Some(Level::Array(index)) => *index += 1,
                Some(Level::Object(name)) => *name = None,
                None => {}
            },
            _ => {}
        }
        at = end;
    }
    // A name that is wrong is the object's fault.
    if is_name {
        levels.pop();
        levels.push(Level::Object(None));
    }
    let mut path = String::new();
    for level in levels {
        match level {
            Level::Array(index) => path.push_str(&format!("/{index}")),
            Level::Object(None) => {}
            Level::Object(Some(name)) => {
                let name: String = serde_json::from_slice(name).unwrap_or_default();
                path.push('/');
                path.push_str(&name.replace('~', "~0").replace('/', "~1"));
            }
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde::de::DeserializeOwned;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only the errors matter")]
    struct Order {
        id: u8,
        #[serde(default)]
        lines: Vec<Line>,
        #[serde(default, rename = "a/b")]
        kind: Option<Kind>,
    }

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only the errors matter")]
    struct Line {
        name: String,
        at: (u8, u8),
    }

    #[derive(Debug, Deserialize)]
    enum Kind {
        New,
    }

    #[track_caller]
    fn assert_at<T: DeserializeOwned + fmt::Debug>(json: &str, path: &str, message: &str) {
        let cause = serde_json::from_str::<T>(json).unwrap_err();
        let error = PayloadError::of::<T>("payload", json.as_bytes(), &cause);
        assert_eq!((error.instance_path(), error.message()), (path, message));
    }

    #[test]
    fn path_leads_to_what_is_wrong() {
        let expected = "invalid type: string \"x\", expected u8";
        assert_at::<u8>(r#""x""#, "", expected);
        assert_at::<Order>(r#"{"id":"x","lines":[]}"#, "/id", expected);
        assert_at::<Order>("{ \"lines\" : [],\n \"id\": \"x\" }", "/id", expected);
        assert_at::<Order>(r#"{"id":{"a":1}}"#, "/id", "invalid type: map, expected u8");
        assert_at::<Order>(
            r#"{"id":300}"#,
            "/id",
            "invalid value: integer `300`, expected u8",
        );
        assert_at::<Order>(r#"{"lines":[]}"#, "", "missing field `id`");
        let name = r#"{"name":"a\"]{","at":[1,2]}"#;
        assert_at::<Order>(
            &format!(r#"{{"lines":[{name},{{"at":[1,2]}}],"id":1}}"#),
            "/lines/1",
            "missing field `name`",
        );
        assert_at::<Order>(
            &format!(r#"{{"lines":[{name},{{"at":[1,"x"]}}],"id":1}}"#),
            "/lines/1/at/1",
            expected,
        );
        assert_at::<Order>(
            r#"{"id":1,"a/b":"Old"}"#,
            "/a~1b",
            "unknown variant `Old`, expected `New`",
        );
        assert_at::<Order>(
            r#"{"id":1,"other":2}"#,
            "",
            "unknown field `other`, expected one of `id`, `lines`, `a/b`",
        );
        assert_at::<Vec<u8>>("[1,[]]", "/1", "invalid type: sequence, expected u8");
    }

    #[test]
    fn message_is_bounded() {
        let json = format!("\"{}\"", "ü".repeat(100_000));
        let cause = serde_json::from_str::<u8>(&json).unwrap_err();
        let error = PayloadError::of::<u8>("payload", json.as_bytes(), &cause);
        assert!(error.message().len() <= MAX_MESSAGE);
    }
}
