//! The default rendering of errors that nobody caught.

use serde::Serialize;

use super::{rejection::error, source_location::SourceLocation};
use stockade_sandbox::{Fault, Response, Thrown};

const CODE: &str = "INTERNAL_SERVER_ERROR";
const MESSAGE: &str = "An internal server error has occurred.";

/// Turns causes into the internal error, with their details where `debug` is on.
#[derive(Debug, Clone, Copy)]
pub struct ErrorRenderer {
    /// Whether clients see causes.
    pub debug: bool,
}

#[derive(Serialize)]
struct Internal<'a> {
    code: &'static str,
    message: &'a str,
    #[serde(flatten)]
    details: Option<Details<'a>>,
}

#[derive(Serialize)]
struct Details<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    stack: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    filename: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<u32>,
}

impl ErrorRenderer {
    /// The response to an error that a guest raised.
    pub fn thrown(self, thrown: &Thrown) -> Response {
        let Thrown {
            name,
            message,
            stack,
            ..
        } = thrown;
        self.internal(message, name, stack.as_deref())
    }

    /// The response to an event that the sandbox ended.
    pub fn fault(self, fault: &Fault) -> Response {
        let stack = fault.backtrace();
        let stack = (!stack.is_empty()).then_some(&*stack);
        self.internal(&fault.message, fault.kind.name(), stack)
    }

    /// What the client reads in `connect_error` when a fault ends `on-connection`.
    pub fn connect_error(self, fault: &Fault) -> String {
        match self.debug {
            true => fault.to_string(),
            false => MESSAGE.to_owned(),
        }
    }

    fn internal(self, message: &str, name: &str, stack: Option<&str>) -> Response {
        let details = self.debug.then(|| {
            let place = stack.and_then(SourceLocation::innermost);
            Details {
                name,
                stack,
                filename: place.map(|place| place.file),
                line: place.map(|place| place.line),
                column: place.and_then(|place| place.column),
            }
        });
        error(&Internal {
            code: CODE,
            message: if self.debug { message } else { MESSAGE },
            details,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(response: Response) -> String {
        let Response::Error(Some(payload)) = response else {
            panic!("{response:?}");
        };
        payload.json
    }

    fn thrown() -> Thrown {
        Thrown {
            name: "PermissionDenied".into(),
            message: "not yours".into(),
            stack: None,
            data: None,
        }
    }

    #[test]
    fn cause_stays_inside() {
        assert_eq!(
            json(ErrorRenderer { debug: false }.thrown(&thrown())),
            r#"{"code":"INTERNAL_SERVER_ERROR","message":"An internal server error has occurred."}"#
        );
    }

    #[test]
    fn debug_shows_the_cause() {
        assert_eq!(
            json(ErrorRenderer { debug: true }.thrown(&thrown())),
            r#"{"code":"INTERNAL_SERVER_ERROR","message":"not yours","name":"PermissionDenied"}"#
        );
    }

    #[test]
    fn debug_shows_where_it_was_thrown() {
        let thrown = Thrown {
            stack: Some("    at src/shop.rs:12:5".into()),
            ..thrown()
        };
        let shown = json(ErrorRenderer { debug: true }.thrown(&thrown));
        let place =
            r#""stack":"    at src/shop.rs:12:5","filename":"shop.rs","line":12,"column":5}"#;
        assert!(shown.ends_with(place), "{shown}");
        assert!(!json(ErrorRenderer { debug: false }.thrown(&thrown)).contains("shop.rs"));
    }
}
