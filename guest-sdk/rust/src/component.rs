//! The functions that the host calls, still in the types of this crate.
//!
//! On wasm, [`crate::exports`] translates them to the contract; in unit tests, [`crate::testing`] calls them as the
//! host would. Events and requests take the same way: what is said here of `X` and its controllers `L` holds for both.

use crate::controller::Controllers;
use crate::manifest::{HookId, HttpManifest, Ids, NameMatching};
use crate::{
    Context, Controller, Error, Exchange, HttpContext, HttpResponse, Manifest, Outcome, Response,
    Result, post_hooks, thrown,
};

/// What [`serve!`](crate::serve) makes a component of: a controller, or controllers and their namespaces.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a controller",
    label = "not a controller",
    note = "mark an `impl {Self}` block with `#[controller]`"
)]
pub trait Component {
    /// The names of the namespaces and how they are read, one for each of `Roots`.
    #[doc(hidden)]
    const NAMESPACES: &'static [(&'static str, NameMatching)];
    #[doc(hidden)]
    type Roots: Controllers + Roots;
}

/// The side of a component that answers HTTP requests: an HTTP controller, or what `serve! { …, http = … }` made.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an HTTP controller",
    label = "not an HTTP controller",
    note = "mark an `impl {Self}` block with `#[http_controller]`"
)]
pub trait HttpComponent {
    #[doc(hidden)]
    type Controller: Controller<HttpContext>;
}

/// An HTTP controller serves from the root of all paths.
impl<C: Controller<HttpContext>> HttpComponent for C {
    type Controller = C;
}

/// What [`serve!`](crate::serve) says on every target, so that a controller counts as used, and is one.
#[doc(hidden)]
pub const fn serves<C: Component>() {
    assert!(
        C::Roots::OPTIONS < 2,
        "a component has one server: `#[options]` belongs to the controller of one namespace only"
    );
}

/// The same of the controller of HTTP requests.
#[doc(hidden)]
pub const fn serves_http<C: HttpComponent>() {}

/// A controller serves the default namespace.
impl<C: Controller> Component for C {
    const NAMESPACES: &'static [(&'static str, NameMatching)] = &[("/", NameMatching::Exact)];
    type Roots = (C, ());
}

/// The controllers of the namespaces, as a list `(First, (Second, ()))`.
#[doc(hidden)]
pub trait Roots {
    /// How many of them ask something of the server.
    const OPTIONS: usize;

    fn describe<'n>(
        names: impl Iterator<Item = (&'n str, NameMatching)>,
        manifest: &mut Manifest,
        next: &mut Ids,
    );
}

impl Roots for () {
    const OPTIONS: usize = 0;

    fn describe<'n>(
        _: impl Iterator<Item = (&'n str, NameMatching)>,
        _: &mut Manifest,
        _: &mut Ids,
    ) {
    }
}

impl<C: Controller, Rest: Roots> Roots for (C, Rest) {
    const OPTIONS: usize = C::OPTIONS as usize + Rest::OPTIONS;

    fn describe<'n>(
        mut names: impl Iterator<Item = (&'n str, NameMatching)>,
        manifest: &mut Manifest,
        next: &mut Ids,
    ) {
        if let Some(name) = names.next() {
            manifest.namespace::<C>(name, next);
        }
        Rest::describe(names, manifest, next);
    }
}

/// The only controller of a list.
pub(crate) type Only<C> = (C, ());

/// A hook's outcome, its post-hook kept in this instance.
pub(crate) enum HookStep<X: Exchange> {
    Pass,
    Answer(X::Response),
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

pub(crate) fn describe_http<C: HttpComponent>() -> HttpManifest {
    HttpManifest::of::<C::Controller>()
}

pub(crate) fn on_connection<C: Component>(ctx: &Context) -> Result<()> {
    C::Roots::on_connection(root::<C>(ctx), ctx)
}

pub(crate) fn run_hook<X: Exchange, L: Controllers<X>>(hook: u32, ctx: &X) -> Result<HookStep<X>> {
    // Without this, a guest without hooks would link all that post-hooks need.
    if L::HOOKS == 0 {
        return Ok(HookStep::Pass);
    }
    let id = HookId::from(hook);
    let outcome = L::hook(id.index, id.step, ctx)
        .or_else(|error| raise::<X, L>(error).map(Outcome::Answer))?;
    Ok(match outcome {
        Outcome::Pass => HookStep::Pass,
        Outcome::Answer(response) => HookStep::Answer(response),
        Outcome::PostHook(post_hook) => HookStep::PostHook(post_hooks::keep(post_hook, ctx)),
    })
}

pub(crate) fn handle<X: Exchange, L: Controllers<X>>(handler: u32, ctx: &X) -> Result<X::Response> {
    L::handle(handler, ctx).or_else(raise::<X, L>)
}

pub(crate) fn run_post_hook<X: Exchange, L: Controllers<X>>(
    id: u32,
    mut response: X::Response,
    ctx: &X,
) -> Result<X::Response> {
    if L::HOOKS > 0
        && let Some(post_hook) = post_hooks::take::<X>(id)
        && let Err(error) = post_hook(ctx, &mut response)
    {
        return raise::<X, L>(error);
    }
    Ok(response)
}

pub(crate) fn handle_error<C: Component>(error: Error, ctx: &Context) -> Result<Response> {
    C::Roots::handle_error(root::<C>(ctx), thrown::recall(error), ctx).or_else(Context::rescue)
}

pub(crate) fn handle_http_error<C: HttpComponent>(
    error: Error,
    ctx: &HttpContext,
) -> Result<HttpResponse> {
    C::Controller::handle_error(thrown::recall(error), ctx).or_else(HttpContext::rescue)
}

pub(crate) fn on_disconnection<C: Component>(reason: &str, ctx: &Context) -> Result<()> {
    C::Roots::on_disconnection(root::<C>(ctx), ctx, reason)
}

/// Which of the controllers serves the current namespace. Where there is one only, the host is not asked.
fn root<C: Component>(ctx: &Context) -> usize {
    match C::NAMESPACES {
        [_] => 0,
        names => {
            let namespace = ctx.namespace_pattern();
            names
                .iter()
                .position(|(name, _)| *name == namespace)
                .unwrap_or(usize::MAX)
        }
    }
}

/// What becomes of an error: the error handler gets it, if there is one. Otherwise what is the client's fault is answered,
/// and the rest is the host's affair.
fn raise<X: Exchange, L: Controllers<X>>(error: Error) -> Result<X::Response> {
    if L::HANDLE_ERROR {
        Err(thrown::remember(error))
    } else {
        X::rescue(error)
    }
}
