//! Hooks: what runs before a handler, and after it.

use crate::{Context, Error, Response, Result};

/// What a hook decided.
#[non_exhaustive]
pub enum HookOutcome {
    /// Go on with the next step.
    Pass,
    /// This is the response: the remaining hooks and the handler are skipped.
    Answer(Response),
    /// Go on, and run this once there is a response.
    PostHook(PostHook),
}

/// What a hook left to run after the handler.
pub type PostHook = Box<dyn FnOnce(&Context, &mut Response) -> Result<()>>;

impl HookOutcome {
    /// Goes on with the next step.
    ///
    /// # Errors
    /// Never; it is a `Result` because hooks return one.
    pub fn pass() -> Result<Self> {
        Ok(Self::Pass)
    }

    /// Answers the event: the remaining hooks and the handler are skipped.
    ///
    /// # Errors
    /// `response` is one.
    pub fn answer(response: Result<Response>) -> Result<Self> {
        response.map(Self::Answer)
    }

    /// Goes on, and runs `post_hook` once there is a response, which it may change. If it throws, the error's
    /// response takes the place.
    ///
    /// # Errors
    /// Never; it is a `Result` because hooks return one.
    pub fn post_hook<F>(post_hook: F) -> Result<Self>
    where
        F: FnOnce(&Context, &mut Response) -> Result<()> + 'static,
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
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a hook",
    label = "not a hook",
    note = "a hook is a function `fn(&Context) -> Result<HookOutcome>`, or a tuple of hooks; \
            a closure needs its argument's type: `|ctx: &Context| …`"
)]
pub trait Hook {
    /// How many steps of the pipeline it takes.
    #[doc(hidden)]
    const STEPS: u8 = 1;

    /// Runs one of its steps.
    #[doc(hidden)]
    fn run(&self, step: u8, ctx: &Context) -> Result<HookOutcome>;
}

impl<F, R> Hook for F
where
    F: Fn(&Context) -> R,
    R: IntoHookOutcome,
{
    fn run(&self, _step: u8, ctx: &Context) -> Result<HookOutcome> {
        self(ctx).into_hook_outcome()
    }
}

/// What a hook can return: a [`HookOutcome`], `()` to go on, a [`Response`] to answer, or a `Result` or `Option` of one.
#[diagnostic::on_unimplemented(
    message = "a hook cannot return `{Self}`",
    label = "not a hook's outcome",
    note = "return `Result<HookOutcome>` and end with `HookOutcome::pass()`"
)]
pub trait IntoHookOutcome {
    /// The outcome.
    ///
    /// # Errors
    /// What the hook threw.
    fn into_hook_outcome(self) -> Result<HookOutcome>;
}

impl IntoHookOutcome for HookOutcome {
    fn into_hook_outcome(self) -> Result<HookOutcome> {
        Ok(self)
    }
}

impl IntoHookOutcome for () {
    fn into_hook_outcome(self) -> Result<HookOutcome> {
        HookOutcome::pass()
    }
}

impl IntoHookOutcome for Response {
    fn into_hook_outcome(self) -> Result<HookOutcome> {
        Ok(HookOutcome::Answer(self))
    }
}

impl<T: IntoHookOutcome> IntoHookOutcome for Option<T> {
    fn into_hook_outcome(self) -> Result<HookOutcome> {
        self.map_or_else(HookOutcome::pass, T::into_hook_outcome)
    }
}

impl<T: IntoHookOutcome, E: Into<Error>> IntoHookOutcome for Result<T, E> {
    fn into_hook_outcome(self) -> Result<HookOutcome> {
        self.map_err(Into::into)?.into_hook_outcome()
    }
}

/// Merged hooks take consecutive steps: the first element's, then the next one's.
macro_rules! merge {
    ($($hook:ident $field:tt),+) => {
        impl<$($hook: Hook),+> Hook for ($($hook,)+) {
            const STEPS: u8 = 0 $(+ $hook::STEPS)+;

            fn run(&self, step: u8, ctx: &Context) -> Result<HookOutcome> {
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
