//! What hooks decide, and post-hooks.

use stockade_sdk::prelude::*;
use stockade_sdk::testing::{RecordingSocket, dispatch};

struct Hooks;

fn answers(_ctx: &Context) -> Result<HookOutcome> {
    HookOutcome::answer(Response::error("Invalid name type"))
}

fn answers_sometimes(ctx: &Context) -> Option<Response> {
    ctx.user::<String>()
        .ok()
        .flatten()
        .is_none()
        .then_some(Response::Error(None))
}

fn appends(word: &'static str) -> impl Hook {
    move |_ctx: &Context| {
        HookOutcome::post_hook(move |_ctx, response| {
            let mut words: Vec<String> = match response.payload() {
                Some(payload) => payload.parse()?,
                None => Vec::new(),
            };
            words.push(word.to_owned());
            *response = Response::ok(words)?;
            Ok(())
        })
    }
}

fn throws(_ctx: &Context) -> Result<()> {
    bail!("hook failed")
}

fn throws_afterwards(_ctx: &Context) -> Result<HookOutcome> {
    HookOutcome::post_hook(|_ctx, _response| bail!("post-hook failed"))
}

fn sees_error(_ctx: &Context) -> Result<HookOutcome> {
    HookOutcome::post_hook(|_ctx, response| {
        *response = Response::error(("seen", response.is_ok()))?;
        Ok(())
    })
}

#[controller]
impl Hooks {
    #[event("answered")]
    #[hook(appends("before"))]
    #[hook(answers_sometimes)]
    #[hook(appends("after"))]
    fn answered(ctx: &Context) -> Result<Response> {
        ctx.socket().emit("handler ran", ())?;
        Response::ok(["handler"])
    }

    #[event("always answered")]
    #[hook(answers)]
    fn always_answered() -> Result<Response> {
        bail!("the handler ran")
    }

    #[event("reversed")]
    #[hook(appends("1"))]
    #[hook((appends("2"), appends("3")))]
    fn reversed() -> Result<Response> {
        Response::ok(["handler"])
    }

    #[event("hook throws")]
    #[hook(sees_error)]
    #[hook(throws)]
    #[hook(appends("never"))]
    fn hook_throws() {}

    #[event("post-hook throws")]
    #[hook(sees_error)]
    #[hook(throws_afterwards)]
    #[hook(appends("first"))]
    fn post_hook_throws() {}
}

#[test]
fn answer_skips_the_rest_but_not_earlier_post_hooks() {
    let socket = RecordingSocket::new();
    let response = dispatch::<Hooks>(&Context::with_socket("answered", (), &socket));
    assert_eq!(response, Response::ok(["before"]).unwrap());
    assert!(socket.emits().is_empty());

    let socket = RecordingSocket::new().with_user("ann");
    let response = dispatch::<Hooks>(&Context::with_socket("answered", (), &socket));
    assert_eq!(
        response,
        Response::ok(["handler", "after", "before"]).unwrap()
    );
    assert_eq!(socket.emits().len(), 1);
}

#[test]
fn hook_answers_with_an_error() {
    let response = dispatch::<Hooks>(&Context::new("always answered", ()));
    assert_eq!(response, Response::error("Invalid name type").unwrap());
}

#[test]
fn post_hooks_run_last_registered_first() {
    let response = dispatch::<Hooks>(&Context::new("reversed", ()));
    assert_eq!(response, Response::ok(["handler", "3", "2", "1"]).unwrap());
}

#[test]
fn thrown_error_reaches_earlier_post_hooks_as_a_response() {
    let socket = RecordingSocket::new();
    let response = dispatch::<Hooks>(&Context::with_socket("hook throws", (), &socket));
    assert_eq!(response, Response::error(("seen", false)).unwrap());
    assert_eq!(socket.thrown(), ["Error: hook failed"]);
}

#[test]
fn post_hook_that_throws_replaces_the_response() {
    let socket = RecordingSocket::new();
    let response = dispatch::<Hooks>(&Context::with_socket("post-hook throws", (), &socket));
    assert_eq!(response, Response::error(("seen", false)).unwrap());
    assert_eq!(socket.thrown(), ["Error: post-hook failed"]);
}

#[test]
fn events_that_share_an_instance_do_not_share_post_hooks() {
    for _ in 0..3 {
        let response = dispatch::<Hooks>(&Context::new("reversed", ()));
        assert_eq!(response, Response::ok(["handler", "3", "2", "1"]).unwrap());
    }
}
