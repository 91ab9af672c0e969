//! Sub-controllers: prefixes, ids, and the order of hooks.

use stockade_sdk::manifest::Step;
use stockade_sdk::prelude::*;
use stockade_sdk::testing::{dispatch, manifest};

/// More visible than its sub-controllers.
pub(crate) struct Root;
struct Users;
struct Friends;

fn note(ctx: &Context, word: &str) -> Result<()> {
    let mut words: Vec<String> = ctx.state("words")?.unwrap_or_default();
    words.push(word.to_owned());
    ctx.set_state("words", &words)
}

fn noting(word: &'static str) -> impl Hook {
    move |ctx: &Context| note(ctx, word)
}

fn words(ctx: &Context, handler: &str) -> Result<Response> {
    note(ctx, handler)?;
    Response::ok(ctx.state::<Vec<String>>("words")?)
}

#[controller]
#[hook(noting("root"))]
#[sub_controller("users ", Users)]
#[sub_controller("people ", Users)]
#[sub_controller("", Friends)]
impl Root {
    #[event("ping")]
    fn ping(ctx: &Context) -> Result<Response> {
        words(ctx, "ping")
    }

    #[event("merged then one more")]
    #[hook((noting("merged 1"), noting("merged 2")))]
    #[hook(noting("one more"))]
    fn merged(ctx: &Context) -> Result<Response> {
        words(ctx, "handler")
    }

    #[event("merged with an answer")]
    #[hook((noting("merged 1"), answering, noting("merged 3")))]
    fn answered(ctx: &Context) -> Result<Response> {
        words(ctx, "handler")
    }

    #[event("merged by a function")]
    #[hook((answering, both()))]
    fn by_function() {}
}

fn both() -> impl Hook {
    (noting("one"), noting("two"))
}

fn answering(ctx: &Context) -> Result<HookOutcome> {
    HookOutcome::answer(Response::ok(ctx.state::<Vec<String>>("words")?))
}

#[controller]
#[hook(noting("users"))]
#[hook(noting("users again"))]
#[sub_controller("friends ", Friends)]
impl Users {
    #[event("create")]
    #[hook((noting("merged 1"), noting("merged 2")))]
    #[hook(noting("last"))]
    fn create(ctx: &Context) -> Result<Response> {
        words(ctx, "create")
    }

    #[event("delete")]
    fn delete(ctx: &Context) -> Result<Response> {
        words(ctx, "delete")
    }
}

#[controller]
impl Friends {
    #[event("add")]
    #[hook(|ctx: &Context| note(ctx, "closure"))]
    fn add(ctx: &Context) -> Result<Response> {
        words(ctx, "add")
    }
}

#[track_caller]
fn assert_words(event: &str, expected: &[&str]) {
    assert_eq!(
        dispatch::<Root>(&Context::new(event, ())),
        Response::ok(expected).unwrap()
    );
}

#[test]
fn event_names_are_concatenated() {
    let manifest = manifest::<Root>();
    let events: Vec<_> = manifest.namespaces[0]
        .routes
        .iter()
        .map(|route| route.event.as_str())
        .collect();
    assert_eq!(
        events,
        [
            "ping",
            "merged then one more",
            "merged with an answer",
            "merged by a function",
            "users create",
            "users delete",
            "users friends add",
            "people create",
            "people delete",
            "people friends add",
            "add",
        ]
    );
}

#[test]
fn outermost_hooks_run_first() {
    assert_words("ping", &["root", "ping"]);
    assert_words(
        "users create",
        &[
            "root",
            "users",
            "users again",
            "merged 1",
            "merged 2",
            "last",
            "create",
        ],
    );
    assert_words("users delete", &["root", "users", "users again", "delete"]);
    assert_words(
        "users friends add",
        &["root", "users", "users again", "closure", "add"],
    );
}

#[test]
fn controller_can_be_mounted_twice() {
    assert_words(
        "people create",
        &[
            "root",
            "users",
            "users again",
            "merged 1",
            "merged 2",
            "last",
            "create",
        ],
    );
    assert_words(
        "people friends add",
        &["root", "users", "users again", "closure", "add"],
    );
    assert_words("add", &["root", "closure", "add"]);
}

#[test]
fn merged_hooks_are_consecutive_steps() {
    let manifest = manifest::<Root>();
    let create = &manifest.namespaces[0].routes[4];
    assert_eq!(create.event, "users create");
    assert_eq!(create.steps.len(), 6);
    assert_words(
        "merged then one more",
        &["root", "merged 1", "merged 2", "one more", "handler"],
    );
}

/// What people call the steps and the handler of an event.
fn names(event: &str) -> (Vec<String>, String) {
    let manifest = manifest::<Root>();
    let mut routes = manifest.namespaces[0].routes.iter();
    let route = routes.find(|route| route.event == event).unwrap();
    let name = |step: &Step| {
        let mut names = manifest.hook_names.iter();
        let name = names.find(|name| Step::Hook(name.hook) == *step);
        name.unwrap().name.clone()
    };
    let steps = route.steps.iter().map(name).collect();
    (steps, route.handler_name.clone())
}

#[test]
fn hooks_and_handlers_are_called_as_in_the_source() {
    let named = |steps: &[&str], handler: &str| {
        let steps = steps.iter().map(ToString::to_string).collect();
        (steps, handler.to_owned())
    };
    assert_eq!(
        names("merged with an answer"),
        named(
            &["noting", "noting", "answering", "noting"],
            "Root::answered"
        )
    );
    assert_eq!(
        names("people friends add"),
        named(&["noting", "noting", "noting", "closure"], "Friends::add")
    );
    // What a function has merged is counted.
    assert_eq!(
        names("merged by a function"),
        named(
            &[
                "noting",
                "answering, both (1 of 3)",
                "answering, both (2 of 3)",
                "answering, both (3 of 3)",
            ],
            "Root::by_function"
        )
    );
}

#[test]
fn merged_hook_that_answers_keeps_what_follows_from_running() {
    let answered = dispatch::<Root>(&Context::new("merged with an answer", ()));
    assert_eq!(answered, Response::ok(["root", "merged 1"]).unwrap());
}

#[test]
fn state_goes_from_hooks_to_the_handler() {
    assert_words("ping", &["root", "ping"]);
    // Another event's.
    assert_words("ping", &["root", "ping"]);
}
