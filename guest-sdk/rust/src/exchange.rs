//! What events and HTTP requests have in common: both are answered by the same pipeline.
//!
//! Controllers, hooks and post-hooks are written once, for any [`Exchange`]; [`Context`](crate::Context) and
//! [`HttpContext`](crate::HttpContext) are the two that there are.

use std::ops::Deref;

use crate::post_hooks::Waiting;
use crate::{Current, Error, Result};

/// What a client asks and is answered: an event ([`Context`](crate::Context)) or an HTTP request
/// ([`HttpContext`](crate::HttpContext)).
///
/// Both offer what is in [`Current`], so a hook for both can be a generic function:
///
/// ```
/// use stockade_sdk::{Exchange, Outcome, Result, bail};
///
/// fn logged_in<X: Exchange>(ctx: &X) -> Result<Outcome<X>> {
///     match ctx.user::<String>()? {
///         Some(_) => Outcome::pass(),
///         None => bail!("log in first"),
///     }
/// }
/// ```
pub trait Exchange: Deref<Target = Current> + Sized + 'static {
    /// What its handlers answer.
    type Response;

    /// How the manifest describes one.
    #[doc(hidden)]
    type Route;

    /// The response of a handler that returned nothing.
    #[doc(hidden)]
    fn nothing() -> Self::Response;

    /// The response to an error that is the client's fault; others are handed back.
    #[doc(hidden)]
    fn rescue(error: Error) -> Result<Self::Response>;

    /// The post-hooks that wait for their response.
    #[doc(hidden)]
    fn waiting<T>(visit: impl FnOnce(&mut Waiting<Self>) -> T) -> T;
}
