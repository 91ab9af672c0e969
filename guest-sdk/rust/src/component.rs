//! The functions that the host calls, still in the types of this crate.
//!
//! On wasm, [`crate::exports`] translates them to the contract; in unit tests, [`crate::testing`] calls them as the
//! host would.

use crate::controller::Controllers;
use crate::manifest::{HookId, Ids};
use crate::{
    Context, Controller, Error, HookOutcome, Manifest, Response, Result, post_hooks, thrown,
};

/// What [`serve!`](crate::serve) makes a component of: a controller, or controllers and their namespaces.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a controller",
    label = "not a controller",
    note = "mark an `impl {Self}` block with `#[controller]`"
)]
pub trait Component {
    /// The names of the namespaces, one for each of `Roots`.
    #[doc(hidden)]
    const NAMESPACES: &'static [&'static str];
    #[doc(hidden)]
    type Roots: Controllers + Roots;
}

/// What [`serve!`](crate::serve) says on every target, so that a controller counts as used, and is one.
#[doc(hidden)]
pub const fn serves<C: Component>() {}

/// A controller serves the default namespace.
impl<C: Controller> Component for C {
    const NAMESPACES: &'static [&'static str] = &["/"];
    type Roots = (C, ());
}

/// The controllers of the namespaces, as a list `(First, (Second, ()))`.
#[doc(hidden)]
pub trait Roots {
    fn describe<'n>(names: impl Iterator<Item = &'n str>, manifest: &mut Manifest, next: &mut Ids);
}

impl Roots for () {
    fn describe<'n>(_: impl Iterator<Item = &'n str>, _: &mut Manifest, _: &mut Ids) {}
}

impl<C: Controller, Rest: Roots> Roots for (C, Rest) {
    fn describe<'n>(
        mut names: impl Iterator<Item = &'n str>,
        manifest: &mut Manifest,
        next: &mut Ids,
    ) {
        if let Some(name) = names.next() {
            manifest.namespace::<C>(name, next);
        }
        Rest::describe(names, manifest, next);
    }
}

/// A hook's outcome, its post-hook kept in this instance.
pub(crate) enum HookStep {
    Pass,
    Answer(Response),
    PostHook(u32),
}

pub(crate) fn describe<C: Component>() -> Manifest {
    let mut manifest = Manifest::default();
    C::Roots::describe(
        C::NAMESPACES.iter().copied(),
        &mut manifest,
        &mut Ids::default(),
    );
    manifest
}

pub(crate) fn on_connection<C: Component>(ctx: &Context) -> Result<()> {
    C::Roots::on_connection(root::<C>(ctx), ctx)
}

pub(crate) fn run_hook<C: Component>(hook: u32, ctx: &Context) -> Result<HookStep> {
    // Without this, a guest without hooks would link all that post-hooks need.
    if C::Roots::HOOKS == 0 {
        return Ok(HookStep::Pass);
    }
    let id = HookId::from(hook);
    let outcome = C::Roots::hook(id.index, id.step, ctx).map_err(remember::<C>)?;
    Ok(match outcome {
        HookOutcome::Pass => HookStep::Pass,
        HookOutcome::Answer(response) => HookStep::Answer(response),
        HookOutcome::PostHook(post_hook) => HookStep::PostHook(post_hooks::keep(post_hook, ctx)),
    })
}

pub(crate) fn handle_event<C: Component>(handler: u32, ctx: &Context) -> Result<Response> {
    C::Roots::handle(handler, ctx).map_err(remember::<C>)
}

pub(crate) fn run_post_hook<C: Component>(
    id: u32,
    mut response: Response,
    ctx: &Context,
) -> Result<Response> {
    if C::Roots::HOOKS > 0
        && let Some(post_hook) = post_hooks::take(id)
    {
        post_hook(ctx, &mut response).map_err(remember::<C>)?;
    }
    Ok(response)
}

pub(crate) fn handle_error<C: Component>(error: Error, ctx: &Context) -> Result<Response> {
    C::Roots::handle_error(root::<C>(ctx), thrown::recall(error), ctx)
}

pub(crate) fn on_disconnection<C: Component>(reason: &str, ctx: &Context) -> Result<()> {
    C::Roots::on_disconnection(root::<C>(ctx), ctx, reason)
}

/// Which of the controllers serves the current namespace. Where there is one only, the host is not asked.
fn root<C: Component>(ctx: &Context) -> usize {
    match C::NAMESPACES {
        [_] => 0,
        names => {
            let namespace = ctx.namespace();
            names
                .iter()
                .position(|name| *name == namespace)
                .unwrap_or(usize::MAX)
        }
    }
}

/// Keeps an error for the error handler, if there is one.
fn remember<C: Component>(error: Error) -> Error {
    if C::Roots::HANDLE_ERROR {
        thrown::remember(error)
    } else {
        error
    }
}
