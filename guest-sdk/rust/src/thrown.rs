//! The last error that was thrown, kept while its record crosses the host.
//!
//! The host hands an error to `handle-error` as name, message and stack. The original stays here meanwhile, so that
//! the error handler can ask of which type it was. At most one is kept; another one with the same record would tell
//! the handler the same, and one with a different record is let go.

use std::cell::RefCell;

use crate::Error;

thread_local! {
    static LAST: RefCell<Option<Error>> = const { RefCell::new(None) };
}

/// Keeps the error and returns what crosses the host.
pub(crate) fn remember(error: Error) -> Error {
    let record = Error::from_parts(
        error.name().to_owned(),
        error.message().to_owned(),
        error.stack().map(ToOwned::to_owned),
        error.data().map(ToOwned::to_owned),
    );
    // The one before is dropped outside the borrow: it may own anything of the user's.
    drop(LAST.replace(Some(error)));
    record
}

/// The original of an error that came back from the host, or the error itself where it is not from here.
pub(crate) fn recall(record: Error) -> Error {
    LAST.take()
        .filter(|original| is_same(original, &record))
        .unwrap_or(record)
}

fn is_same(a: &Error, b: &Error) -> bool {
    (a.name(), a.message(), a.stack()) == (b.name(), b.message(), b.stack())
}

#[cfg(test)]
mod tests {
    use std::fmt;

    use super::*;

    #[test]
    fn original_survives_the_way_through_the_host() {
        let record = remember(fmt::Error.into());
        assert!(!record.is::<fmt::Error>());
        assert!(recall(record).is::<fmt::Error>());
    }

    #[test]
    fn foreign_error_is_not_mistaken() {
        let record = remember(fmt::Error.into());
        assert!(!recall(Error::new("another")).is::<fmt::Error>());
        assert!(!recall(record).is::<fmt::Error>());
    }
}
