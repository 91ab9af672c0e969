//! Where an event is, for the log: which of the guest's functions runs, or ran last.

use std::fmt;

use crate::manifest::GuestFunction;

#[derive(Clone, Copy)]
pub(super) struct Stage<'a> {
    function: Function<'a>,
    in_handle_error: bool,
}

#[derive(Clone, Copy)]
enum Function<'a> {
    /// A hook, or the handler.
    Own(&'a GuestFunction),
    /// A post-hook, which has no name but that of the hook that registered it.
    PostHookOf(&'a GuestFunction),
}

impl<'a> Stage<'a> {
    pub(super) fn hook(hook: &'a GuestFunction) -> Self {
        Function::Own(hook).into()
    }

    pub(super) fn handler(handler: &'a GuestFunction) -> Self {
        Function::Own(handler).into()
    }

    /// A post-hook that `hook` registered.
    pub(super) fn post_hook(hook: &'a GuestFunction) -> Self {
        Function::PostHookOf(hook).into()
    }

    /// `handle-error` gets an error of this stage.
    pub(super) fn handle_error(self) -> Self {
        Self {
            in_handle_error: true,
            ..self
        }
    }
}

impl<'a> From<Function<'a>> for Stage<'a> {
    fn from(function: Function<'a>) -> Self {
        Self {
            function,
            in_handle_error: false,
        }
    }
}

impl fmt::Display for Stage<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.in_handle_error {
            f.write_str("handle-error for ")?;
        }
        match self.function {
            Function::Own(function) => function.fmt(f),
            Function::PostHookOf(hook) => write!(f, "post-hook of {hook}"),
        }
    }
}
