//! The default rendering of errors that nobody caught.

use serde::Serialize;

use super::rejection::error;
use crate::sandbox::{Fault, Response, Thrown};

const CODE: &str = "INTERNAL_SERVER_ERROR";
const MESSAGE: &str = "An internal server error has occurred.";

/// Turns causes into the internal error, with their details where `debug` is on.
#[derive(Debug, Clone, Copy)]
pub struct Rescue {
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

impl Rescue {
    /// The response to an error that a guest raised.
    pub fn thrown(self, thrown: &Thrown) -> Response {
        self.internal(
            &thrown.message,
            Details {
                name: &thrown.name,
                stack: thrown.stack.as_deref(),
                filename: None,
                line: None,
                column: None,
            },
        )
    }

    /// The response to an event that the sandbox ended.
    pub fn fault(self, fault: &Fault) -> Response {
        let stack = fault.backtrace();
        let location = fault
            .frames
            .iter()
            .find_map(|frame| frame.location.as_ref());
        self.internal(
            &fault.message,
            Details {
                name: fault.kind.name(),
                stack: (!stack.is_empty()).then_some(&*stack),
                filename: location.map(|location| &*location.file),
                line: location.and_then(|location| location.line),
                column: location.and_then(|location| location.column),
            },
        )
    }

    /// What the client reads in `connect_error` when a fault ends `on-connection`.
    pub fn connect_error(self, fault: &Fault) -> String {
        match self.debug {
            true => fault.to_string(),
            false => MESSAGE.to_owned(),
        }
    }

    fn internal(self, message: &str, details: Details<'_>) -> Response {
        error(&Internal {
            code: CODE,
            message: if self.debug { message } else { MESSAGE },
            details: self.debug.then_some(details),
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
            json(Rescue { debug: false }.thrown(&thrown())),
            r#"{"code":"INTERNAL_SERVER_ERROR","message":"An internal server error has occurred."}"#
        );
    }

    #[test]
    fn debug_shows_the_cause() {
        assert_eq!(
            json(Rescue { debug: true }.thrown(&thrown())),
            r#"{"code":"INTERNAL_SERVER_ERROR","message":"not yours","name":"PermissionDenied"}"#
        );
    }
}
