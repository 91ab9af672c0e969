//! Hooks: what runs before a handler, and after it.

use crate::{Context, Error, Exchange, HttpContext, HttpResponse, Response, Result};

/// What a hook of events decided.
pub type HookOutcome = Outcome<Context>;

/// What a hook of HTTP requests decided.
pub type HttpHookOutcome = Outcome<HttpContext>;

/// What a hook decided: [`HookOutcome`] where events are handled, [`HttpHookOutcome`] where HTTP requests are.
#[non_exhaustive]
pub enum Outcome<X: Exchange> {
    /// Go on with the next step.
    Pass,
    /// This is the response: the remaining hooks and the handler are skipped.
    Answer(X::Response),
    /// Go on, and run this once there is a response.
    PostHook(PostHook<X>),
}

/// What a hook left to run after the handler.
pub type PostHook<X = Context> = Box<dyn FnOnce(&X, &mut <X as Exchange>::Response) -> Result<()>>;

impl<X: Exchange> Outcome<X> {
    /// Goes on with the next step.
    ///
    /// # Errors
    /// Never; it is a `Result` because hooks return one.
    pub fn pass() -> Result<Self> {
        Ok(Self::Pass)
    }

    /// Answers: the remaining hooks and the handler are skipped.
    ///
    /// # Errors
    /// `response` is one.
    pub fn answer(response: Result<X::Response>) -> Result<Self> {
        response.map(Self::Answer)
    }

    /// Goes on, and runs `post_hook` once there is a response, which it may change. If it throws, the error's
    /// response takes the place.
    ///
    /// # Errors
    /// Never; it is a `Result` because hooks return one.
    pub fn post_hook<F>(post_hook: F) -> Result<Self>
    where
        F: FnOnce(&X, &mut X::Response) -> Result<()> + 'static,
    {
        Ok(Self::PostHook(Box::new(post_hook)))
    }
}

/// What `#[hook(…)]` takes: a function of the context, or a tuple of hooks, which is FoalTS's `MergeHooks`.
///
/// ```
/// # use stockade_sdk::prelude::*;
/// fn logged_in(ctx: &Context) -> Result<HookOutcome> {
///     match ctx.user::<String>()? {
///         Some(_) => HookOutcome::pass(),
///         None => HookOutcome::answer(Response::error("log in first")),
///     }
/// }
///
/// /// A hook with a setting is a function that returns a hook.
/// fn only(name: &'static str) -> impl Hook {
///     move |ctx: &Context| match ctx.user::<String>()? {
///         Some(user) if user == name => HookOutcome::pass(),
///         _ => HookOutcome::answer(Response::error("not for you")),
///     }
/// }
///
/// /// Several hooks merged into one.
/// fn admin() -> impl Hook {
///     (logged_in, only("admin"))
/// }
///
/// /// A hook of HTTP requests.
/// fn only_json(ctx: &HttpContext) -> Result<HttpHookOutcome> {
///     match ctx.request().header("content-type") {
///         Some("application/json") => HttpHookOutcome::pass(),
///         _ => HttpHookOutcome::answer(HttpResponse::bad_request("JSON only")),
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a hook",
    label = "not a hook",
    note = "a hook is a function `fn(&Context) -> Result<HookOutcome>`, or a tuple of hooks; \
            a closure needs its argument's type: `|ctx: &Context| …`",
    note = "hooks of HTTP requests are of the form `fn(&HttpContext) -> Result<HttpHookOutcome>`"
)]
pub trait Hook<X: Exchange = Context> {
    /// How many steps of the pipeline it takes.
    #[doc(hidden)]
    const STEPS: u8 = 1;

    /// Runs one of its steps.
    #[doc(hidden)]
    fn run(&self, step: u8, ctx: &X) -> Result<Outcome<X>>;
}

impl<X, F, R> Hook<X> for F
where
    X: Exchange,
    F: Fn(&X) -> R,
    R: IntoHookOutcome<X>,
{
    fn run(&self, _step: u8, ctx: &X) -> Result<Outcome<X>> {
        self(ctx).into_hook_outcome()
    }
}

/// What a hook can return: an [`Outcome`], `()` to go on, a [`Response`] or [`HttpResponse`] to answer, or a `Result` or
/// `Option` of one.
#[diagnostic::on_unimplemented(
    message = "a hook cannot return `{Self}`",
    label = "not a hook's outcome",
    note = "return `Result<HookOutcome>` and end with `HookOutcome::pass()`; over HTTP, `Result<HttpHookOutcome>`"
)]
pub trait IntoHookOutcome<X: Exchange = Context> {
    /// The outcome.
    ///
    /// # Errors
    /// What the hook threw.
    fn into_hook_outcome(self) -> Result<Outcome<X>>;
}

impl<X: Exchange> IntoHookOutcome<X> for Outcome<X> {
    fn into_hook_outcome(self) -> Result<Self> {
        Ok(self)
    }
}

impl<X: Exchange> IntoHookOutcome<X> for () {
    fn into_hook_outcome(self) -> Result<Outcome<X>> {
        Outcome::pass()
    }
}

impl IntoHookOutcome for Response {
    fn into_hook_outcome(self) -> Result<HookOutcome> {
        Ok(Outcome::Answer(self))
    }
}

impl IntoHookOutcome<HttpContext> for HttpResponse {
    fn into_hook_outcome(self) -> Result<HttpHookOutcome> {
        Ok(Outcome::Answer(self))
    }
}

impl<X: Exchange, T: IntoHookOutcome<X>> IntoHookOutcome<X> for Option<T> {
    fn into_hook_outcome(self) -> Result<Outcome<X>> {
        self.map_or_else(Outcome::pass, T::into_hook_outcome)
    }
}

impl<X: Exchange, T: IntoHookOutcome<X>, E: Into<Error>> IntoHookOutcome<X> for Result<T, E> {
    #[track_caller]
    fn into_hook_outcome(self) -> Result<Outcome<X>> {
        match self {
            Ok(outcome) => outcome.into_hook_outcome(),
            Err(error) => Err(error.into()),
        }
    }
}

/// Merged hooks take consecutive steps: the first element's, then the next one's.
macro_rules! merge {
    ($($hook:ident $field:tt),+) => {
        impl<X: Exchange, $($hook: Hook<X>),+> Hook<X> for ($($hook,)+) {
            const STEPS: u8 = 0 $(+ $hook::STEPS)+;

            fn run(&self, step: u8, ctx: &X) -> Result<Outcome<X>> {
                let mut step = step;
                $(
                    if step < $hook::STEPS {
                        return self.$field.run(step, ctx);
                    }
                    step -= $hook::STEPS;
                )+
                let _ = step;
                Err(Error::new("a merged hook has no such step"))
            }
        }
    };
}

merge!(A 0);
merge!(A 0, B 1);
merge!(A 0, B 1, C 2);
merge!(A 0, B 1, C 2, D 3);
merge!(A 0, B 1, C 2, D 3, E 4);
merge!(A 0, B 1, C 2, D 3, E 4, F 5);
