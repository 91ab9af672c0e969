//! What `#[controller]` and `#[http_controller]` implement, and how an id finds its way to a method.
//!
//! There is no table: a controller matches its own ids, and [`Controllers`] hands the others on to sub-controllers by
//! constants, which the compiler folds.

use crate::manifest::Routes;
use crate::{Context, Error, Exchange, Outcome, Result, ServerOptions};

/// A group of handlers: of events, where `#[controller]` on an `impl` block implements it, or of HTTP requests, where
/// `#[http_controller]` does. One type can be both.
///
/// A controller keeps nothing between events: its handlers are functions without `self`. What has to last goes into
/// [`set_data`](crate::Socket::set_data) and [`set_user`](crate::Current::set_user), a [session](crate::Session) or a
/// [store](crate::store).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a controller",
    label = "not a controller",
    note = "mark an `impl {Self}` block with `#[controller]`, or for HTTP requests with `#[http_controller]`"
)]
pub trait Controller<X: Exchange = Context> {
    /// How many handlers it has, those of its sub-controllers included.
    #[doc(hidden)]
    const HANDLERS: u32;
    /// How many hooks it has, those of its sub-controllers included.
    #[doc(hidden)]
    const HOOKS: u32;
    #[doc(hidden)]
    const ON_CONNECTION: bool = false;
    #[doc(hidden)]
    const ON_DISCONNECTION: bool = false;
    #[doc(hidden)]
    const HANDLE_ERROR: bool = false;
    #[doc(hidden)]
    const OPTIONS: bool = false;

    /// Adds its routes to the manifest.
    #[doc(hidden)]
    fn describe(routes: &mut Routes<'_, X>);

    /// The options of the server.
    #[doc(hidden)]
    fn options() -> ServerOptions {
        ServerOptions::default()
    }

    /// Runs the handler with this id: its own come first.
    #[doc(hidden)]
    fn handle(id: u32, ctx: &X) -> Result<X::Response>;

    /// Runs a step of the hook with this index: its own come first.
    #[doc(hidden)]
    fn hook(index: u32, step: u8, ctx: &X) -> Result<Outcome<X>>;

    #[doc(hidden)]
    fn on_connection(_ctx: &X) -> Result<()> {
        Ok(())
    }

    #[doc(hidden)]
    fn on_disconnection(_ctx: &X, _reason: &str) -> Result<()> {
        Ok(())
    }

    #[doc(hidden)]
    fn handle_error(error: Error, _ctx: &X) -> Result<X::Response> {
        Err(error)
    }
}

/// Controllers beside each other, as a list `(First, (Second, ()))`.
#[doc(hidden)]
pub trait Controllers<X: Exchange = Context> {
    const HANDLERS: u32;
    const HOOKS: u32;
    const HANDLE_ERROR: bool;

    fn handle(id: u32, ctx: &X) -> Result<X::Response>;
    fn hook(index: u32, step: u8, ctx: &X) -> Result<Outcome<X>>;
    fn on_connection(nth: usize, ctx: &X) -> Result<()>;
    fn on_disconnection(nth: usize, ctx: &X, reason: &str) -> Result<()>;
    fn handle_error(nth: usize, error: Error, ctx: &X) -> Result<X::Response>;
}

impl<X: Exchange> Controllers<X> for () {
    const HANDLERS: u32 = 0;
    const HOOKS: u32 = 0;
    const HANDLE_ERROR: bool = false;

    fn handle(_id: u32, _ctx: &X) -> Result<X::Response> {
        Err(Error::new("the component has no such handler"))
    }

    fn hook(_index: u32, _step: u8, _ctx: &X) -> Result<Outcome<X>> {
        Err(Error::new("the component has no such hook"))
    }

    fn on_connection(_nth: usize, _ctx: &X) -> Result<()> {
        Ok(())
    }

    fn on_disconnection(_nth: usize, _ctx: &X, _reason: &str) -> Result<()> {
        Ok(())
    }

    fn handle_error(_nth: usize, error: Error, _ctx: &X) -> Result<X::Response> {
        Err(error)
    }
}

impl<X: Exchange, C: Controller<X>, Rest: Controllers<X>> Controllers<X> for (C, Rest) {
    const HANDLERS: u32 = C::HANDLERS + Rest::HANDLERS;
    const HOOKS: u32 = C::HOOKS + Rest::HOOKS;
    const HANDLE_ERROR: bool = C::HANDLE_ERROR || Rest::HANDLE_ERROR;

    fn handle(id: u32, ctx: &X) -> Result<X::Response> {
        match id.checked_sub(C::HANDLERS) {
            None => C::handle(id, ctx),
            Some(id) => Rest::handle(id, ctx),
        }
    }

    fn hook(index: u32, step: u8, ctx: &X) -> Result<Outcome<X>> {
        match index.checked_sub(C::HOOKS) {
            None => C::hook(index, step, ctx),
            Some(index) => Rest::hook(index, step, ctx),
        }
    }

    fn on_connection(nth: usize, ctx: &X) -> Result<()> {
        match nth.checked_sub(1) {
            None => C::on_connection(ctx),
            Some(nth) => Rest::on_connection(nth, ctx),
        }
    }

    fn on_disconnection(nth: usize, ctx: &X, reason: &str) -> Result<()> {
        match nth.checked_sub(1) {
            None => C::on_disconnection(ctx, reason),
            Some(nth) => Rest::on_disconnection(nth, ctx, reason),
        }
    }

    fn handle_error(nth: usize, error: Error, ctx: &X) -> Result<X::Response> {
        match nth.checked_sub(1) {
            None => C::handle_error(error, ctx),
            Some(nth) => Rest::handle_error(nth, error, ctx),
        }
    }
}

/// Whether a controller has what only the controller of a namespace can have, or the outermost one of HTTP requests.
#[doc(hidden)]
pub const fn is_outermost<X: Exchange, C: Controller<X>>() -> bool {
    C::ON_CONNECTION || C::ON_DISCONNECTION || C::HANDLE_ERROR || C::OPTIONS
}

/// What `#[on_connection]` and `#[on_disconnection]` can return: nothing, or a `Result` of it.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "this method cannot return `{Self}`",
    label = "neither `()` nor `Result<()>`",
    note = "there is nobody to answer: return nothing, or `Result<()>`"
)]
pub trait IntoDone {
    fn into_done(self) -> Result<()>;
}

impl IntoDone for () {
    fn into_done(self) -> Result<()> {
        Ok(())
    }
}

impl<E: Into<Error>> IntoDone for Result<(), E> {
    #[track_caller]
    fn into_done(self) -> Result<()> {
        match self {
            Ok(()) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}
