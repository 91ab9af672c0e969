//! What a handler throws.
//!
//! [`Error`] takes any `std::error::Error` through `?`, as `anyhow::Error` does, and remembers the original, so that
//! an error handler can recognise it.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::panic::Location;

/// What handlers, hooks and the functions of this crate answer.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error that was thrown and, so far, not caught.
///
/// `?` makes one of any [`std::error::Error`]; [`bail!`](crate::bail) and [`Error::new`] make one of a message.
pub struct Error(Box<Inner>);

struct Inner {
    name: Cow<'static, str>,
    message: String,
    stack: Option<String>,
    data: Option<String>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// An error with no more than a message; its name is `Error`.
    #[track_caller]
    pub fn new(message: impl Into<String>) -> Self {
        Self::named("Error", message)
    }

    /// An error with a name of its own, for those that deserve no type.
    #[track_caller]
    pub fn named(name: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self::build(name.into(), message.into(), None)
    }

    #[track_caller]
    fn build(
        name: Cow<'static, str>,
        message: String,
        source: Option<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        let stack = stack(
            Location::caller(),
            source.as_deref().and_then(StdError::source),
        );
        Self(Box::new(Inner {
            name,
            message,
            stack: Some(stack),
            data: None,
            source,
        }))
    }

    /// An error of which only the record is left that crossed the host.
    pub(crate) fn from_parts(
        name: String,
        message: String,
        stack: Option<String>,
        data: Option<String>,
    ) -> Self {
        Self(Box::new(Inner {
            name: Cow::Owned(name),
            message,
            stack,
            data,
            source: None,
        }))
    }

    /// The kind of the error: the name of its type, without path, such as `PermissionDenied`.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// What a person reads.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Where it was thrown, and what caused it.
    pub fn stack(&self) -> Option<&str> {
        self.0.stack.as_deref()
    }

    /// What a client whose connection is refused reads as `data` of its `connect_error`: JSON text.
    pub fn data(&self) -> Option<&str> {
        self.0.data.as_deref()
    }

    /// Adds what a client whose connection is refused reads as `data` of its `connect_error`, at most 2 KiB as JSON.
    /// Nothing reads it elsewhere.
    ///
    /// Where the data cannot be serialised, the result is the error that says so.
    ///
    /// ```
    /// # use stockade_sdk::prelude::*;
    /// # struct Chat;
    /// #[controller]
    /// impl Chat {
    ///     #[on_connection]
    ///     fn on_connection(ctx: &Context) -> Result<()> {
    ///         match ctx.socket().handshake()?.query("version") {
    ///             Some("2") => Ok(()),
    ///             _ => Err(Error::new("please reload").with_data(["2"])),
    ///         }
    ///     }
    /// }
    /// ```
    #[must_use]
    #[track_caller]
    pub fn with_data(mut self, data: impl serde::Serialize) -> Self {
        match serde_json::to_string(&data) {
            Ok(data) => {
                self.0.data = Some(data);
                self
            }
            Err(error) => error.into(),
        }
    }

    /// Whether this was an `E` before `?` took it.
    pub fn is<E: StdError + 'static>(&self) -> bool {
        self.downcast_ref::<E>().is_some()
    }

    /// The original error, if it was an `E`.
    pub fn downcast_ref<E: StdError + 'static>(&self) -> Option<&E> {
        self.0.source.as_deref()?.downcast_ref()
    }
}

impl<E: StdError + Send + Sync + 'static> From<E> for Error {
    #[track_caller]
    fn from(source: E) -> Self {
        Self::build(
            Cow::Borrowed(short_type_name::<E>()),
            source.to_string(),
            Some(Box::new(source)),
        )
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.name)?;
        f.write_str(": ")?;
        f.write_str(&self.0.message)?;
        self.0
            .stack
            .iter()
            .try_for_each(|stack| write!(f, "\n{stack}"))
    }
}

/// Leaves the function with an [`Error`] of this message: `bail!("no room called {name}")`.
#[macro_export]
macro_rules! bail {
    ($($message:tt)+) => {
        return ::core::result::Result::Err($crate::Error::new(::std::format!($($message)+)).into())
    };
}

/// Hands an error back for the default rendering, as FoalTS's `renderWebsocketError` and `renderError` do: the client reads
/// that an internal error has occurred, over HTTP with status 500, with the details where the operator has switched `debug`
/// on. A [`PayloadError`](crate::PayloadError) and a [`BadRequest`](crate::BadRequest) are rendered as the client's fault.
///
/// # Errors
/// Always: with the error it was given, which is how an error handler says "not mine".
pub fn render_error<X: crate::Exchange>(error: Error, _ctx: &X) -> Result<X::Response> {
    Err(error)
}

fn stack(location: &Location<'_>, mut cause: Option<&(dyn StdError + 'static)>) -> String {
    let mut stack = format!("    at {location}");
    // An error may name itself as its source; nobody reads past a few causes.
    for _ in 0..16 {
        let Some(error) = cause else { break };
        stack.push_str("\ncaused by: ");
        stack.push_str(&error.to_string());
        cause = error.source();
    }
    stack
}

/// `PermissionDenied` of `my_app::errors::PermissionDenied<'_, u8>`.
pub(crate) fn short_type_name<T: ?Sized>() -> &'static str {
    let path = std::any::type_name::<T>();
    let path = path.split('<').next().unwrap_or(path);
    path.rsplit("::").next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Denied<T>(T);

    impl<T: fmt::Debug> fmt::Display for Denied<T> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("permission is denied")
        }
    }

    impl<T: fmt::Debug + StdError + 'static> StdError for Denied<T> {
        fn source(&self) -> Option<&(dyn StdError + 'static)> {
            Some(&self.0)
        }
    }

    fn throw() -> Result<()> {
        Err(Denied(fmt::Error))?
    }

    #[test]
    fn error_carries_type_name_message_and_causes() {
        let error = throw().unwrap_err();
        assert_eq!(error.name(), "Denied");
        assert_eq!(error.message(), "permission is denied");
        let stack = error.stack().unwrap();
        assert!(stack.contains("src/error.rs:"), "{stack}");
        assert!(
            stack.ends_with("\ncaused by: an error occurred when formatting an argument"),
            "{stack}"
        );
    }

    #[test]
    fn original_can_be_recognised() {
        let error = throw().unwrap_err();
        assert!(error.is::<Denied<fmt::Error>>());
        assert!(!error.is::<fmt::Error>());
        assert!(!Error::new("x").is::<fmt::Error>());
    }

    #[test]
    fn bail_throws_a_message() {
        fn fail(room: &str) -> Result<()> {
            bail!("no room called {room}")
        }
        let line = line!() - 2;
        let error = fail("a").unwrap_err();
        assert_eq!(
            (error.name(), error.message()),
            ("Error", "no room called a")
        );
        // Where it is written, not where the macro is.
        let place = format!("src/error.rs:{line}:");
        let stack = error.stack().unwrap();
        assert!(stack.contains(&place), "{stack}");
    }
}
