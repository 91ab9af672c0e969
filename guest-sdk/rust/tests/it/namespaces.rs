//! Several namespaces from one component, and what runs at their ends.

use stockade_sdk::testing::{Emit, RecordingSocket, connect, disconnect, dispatch, manifest};
use stockade_sdk::{
    Context, Error, Response, Result, bail, controller, event, handle_error, hook, on_connection,
    on_disconnection, server,
};

struct Chat;
struct Admin;
struct Quiet;

stockade_sdk::serve! { App: "/" => Chat, "/admin" => Admin, "/quiet" => Quiet }

/// Without a name, whatever the controllers are called.
mod unnamed {
    use super::{Admin, Chat as App};

    stockade_sdk::serve! { "/" => App, "/admin" => Admin }
}

#[controller]
impl Chat {
    #[event("who")]
    fn who() -> Result<Response> {
        Response::ok("chat")
    }

    #[on_connection]
    fn greet(ctx: &Context) -> Result<()> {
        assert_eq!(ctx.event_name(), "");
        ctx.socket().join("all")
    }

    #[on_disconnection]
    fn leave(ctx: &Context, reason: &str) -> Result<()> {
        server()
            .except("muted")
            .emit("left", (ctx.socket().id(), reason))
    }
}

#[controller]
impl Admin {
    #[event("who")]
    #[hook(|ctx: &Context| assert_eq!(ctx.namespace(), "/admin"))]
    fn who() -> Result<Response> {
        Response::ok("admin")
    }

    #[event("fail")]
    fn fail() -> Result<Response> {
        bail!("failed")
    }

    #[on_connection]
    fn refuse(ctx: &Context) -> Result<()> {
        match ctx.socket().handshake()?.header("Authorization") {
            Some(_) => Ok(()),
            None => bail!("log in first"),
        }
    }

    #[handle_error]
    fn explain(error: Error) -> Result<Response> {
        Response::error(error.message())
    }
}

#[controller]
impl Quiet {}

fn socket(namespace: &str) -> RecordingSocket {
    RecordingSocket::new().with_namespace(namespace)
}

#[test]
fn each_namespace_has_its_own_controller() {
    let ask =
        |namespace, event| dispatch::<App>(&Context::with_socket(event, (), &socket(namespace)));
    assert_eq!(ask("/", "who"), Response::ok("chat").unwrap());
    assert_eq!(ask("/admin", "who"), Response::ok("admin").unwrap());
    assert_eq!(ask("/admin", "fail"), Response::error("failed").unwrap());
}

#[test]
fn manifest_tells_what_a_namespace_has() {
    let manifest = manifest::<App>();
    let flags: Vec<_> = manifest
        .namespaces
        .iter()
        .map(|n| {
            (
                n.name.as_str(),
                n.on_connection,
                n.on_disconnection,
                n.handle_error,
            )
        })
        .collect();
    assert_eq!(
        flags,
        [
            ("/", true, true, false),
            ("/admin", true, false, true),
            ("/quiet", false, false, false)
        ]
    );
}

#[test]
fn connection_is_accepted_or_refused() {
    let client = socket("/");
    connect::<App>(&Context::with_socket("", (), &client)).unwrap();
    assert_eq!(client.rooms(), ["all"]);

    let stranger = socket("/admin");
    let error = connect::<App>(&Context::with_socket("", (), &stranger)).unwrap_err();
    assert_eq!(error.message(), "log in first");
    let friend = socket("/admin").with_header("authorization", "Bearer x");
    connect::<App>(&Context::with_socket("", (), &friend)).unwrap();
}

#[test]
fn disconnection_has_a_reason() {
    let client = socket("/");
    disconnect::<App>(&Context::with_socket("", (), &client), "ping timeout").unwrap();
    assert_eq!(
        client.emits(),
        [Emit::to_all("/", "left", ("socket-1", "ping timeout")).except("muted")]
    );
}
