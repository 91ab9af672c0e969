//! What `#[controller]` implements, and how an id finds its way to a method.
//!
//! There is no table: a controller matches its own ids, and [`Controllers`] hands the others on to sub-controllers by
//! constants, which the compiler folds.

use crate::manifest::Routes;
use crate::{Context, Error, HookOutcome, Response, Result};

/// A group of event handlers. `#[controller]` on an `impl` block implements it.
///
/// A controller keeps nothing between events: its handlers are functions without `self`. What has to last goes into
/// [`set_data`](crate::Socket::set_data) and [`set_user`](crate::Context::set_user), or a store.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a controller",
    label = "not a controller",
    note = "mark an `impl {Self}` block with `#[controller]`"
)]
pub trait Controller {
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

    /// Adds its routes to the manifest.
    #[doc(hidden)]
    fn describe(routes: &mut Routes<'_>);

    /// Runs the handler with this id: its own come first.
    #[doc(hidden)]
    fn handle(id: u32, ctx: &Context) -> Result<Response>;

    /// Runs a step of the hook with this index: its own come first.
    #[doc(hidden)]
    fn hook(index: u32, step: u8, ctx: &Context) -> Result<HookOutcome>;

    #[doc(hidden)]
    fn on_connection(_ctx: &Context) -> Result<()> {
        Ok(())
    }

    #[doc(hidden)]
    fn on_disconnection(_ctx: &Context, _reason: &str) -> Result<()> {
        Ok(())
    }

    #[doc(hidden)]
    fn handle_error(error: Error, _ctx: &Context) -> Result<Response> {
        Err(error)
    }
}

/// Controllers beside each other, as a list `(First, (Second, ()))`.
#[doc(hidden)]
pub trait Controllers {
    const HANDLERS: u32;
    const HOOKS: u32;
    const HANDLE_ERROR: bool;

    fn handle(id: u32, ctx: &Context) -> Result<Response>;
    fn hook(index: u32, step: u8, ctx: &Context) -> Result<HookOutcome>;
    fn on_connection(nth: usize, ctx: &Context) -> Result<()>;
    fn on_disconnection(nth: usize, ctx: &Context, reason: &str) -> Result<()>;
    fn handle_error(nth: usize, error: Error, ctx: &Context) -> Result<Response>;
}

impl Controllers for () {
    const HANDLERS: u32 = 0;
    const HOOKS: u32 = 0;
    const HANDLE_ERROR: bool = false;

    fn handle(_id: u32, _ctx: &Context) -> Result<Response> {
        Err(Error::new("the component has no such handler"))
    }

    fn hook(_index: u32, _step: u8, _ctx: &Context) -> Result<HookOutcome> {
        Err(Error::new("the component has no such hook"))
    }

    fn on_connection(_nth: usize, _ctx: &Context) -> Result<()> {
        Ok(())
    }

    fn on_disconnection(_nth: usize, _ctx: &Context, _reason: &str) -> Result<()> {
        Ok(())
    }

    fn handle_error(_nth: usize, error: Error, _ctx: &Context) -> Result<Response> {
        Err(error)
    }
}

impl<C: Controller, Rest: Controllers> Controllers for (C, Rest) {
    const HANDLERS: u32 = C::HANDLERS + Rest::HANDLERS;
    const HOOKS: u32 = C::HOOKS + Rest::HOOKS;
    const HANDLE_ERROR: bool = C::HANDLE_ERROR || Rest::HANDLE_ERROR;

    fn handle(id: u32, ctx: &Context) -> Result<Response> {
        match id.checked_sub(C::HANDLERS) {
            None => C::handle(id, ctx),
            Some(id) => Rest::handle(id, ctx),
        }
    }

    fn hook(index: u32, step: u8, ctx: &Context) -> Result<HookOutcome> {
        match index.checked_sub(C::HOOKS) {
            None => C::hook(index, step, ctx),
            Some(index) => Rest::hook(index, step, ctx),
        }
    }

    fn on_connection(nth: usize, ctx: &Context) -> Result<()> {
        match nth.checked_sub(1) {
            None => C::on_connection(ctx),
            Some(nth) => Rest::on_connection(nth, ctx),
        }
    }

    fn on_disconnection(nth: usize, ctx: &Context, reason: &str) -> Result<()> {
        match nth.checked_sub(1) {
            None => C::on_disconnection(ctx, reason),
            Some(nth) => Rest::on_disconnection(nth, ctx, reason),
        }
    }

    fn handle_error(nth: usize, error: Error, ctx: &Context) -> Result<Response> {
        match nth.checked_sub(1) {
            None => C::handle_error(error, ctx),
            Some(nth) => Rest::handle_error(nth, error, ctx),
        }
    }
}

/// Whether a controller has what only the controller of a namespace can have.
#[doc(hidden)]
pub const fn serves_a_namespace<C: Controller>() -> bool {
    C::ON_CONNECTION || C::ON_DISCONNECTION || C::HANDLE_ERROR
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
    fn into_done(self) -> Result<()> {
        self.map_err(Into::into)
    }
}
