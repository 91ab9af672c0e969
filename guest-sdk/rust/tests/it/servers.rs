//! Several sockets of one server.

use stockade_sdk::prelude::*;
use stockade_sdk::testing::{FakeServer, Received, dispatch};

struct Chat;

#[controller]
impl Chat {
    #[event("say")]
    fn say(ctx: &Context, text: String) -> Result<()> {
        let socket = ctx.socket();
        socket.emit("sent", ())?;
        socket
            .to(["lobby", "bar"])
            .except("muted")
            .emit("said", text)?;
        ctx.server().to("eve").emit("overheard", Args((1, 2)))?;
        ctx.server().of("/admin").emit("log", ())
    }

    #[event("move all")]
    fn move_all(ctx: &Context) -> Result<()> {
        ctx.server().to("lobby").sockets_join("bar")?;
        ctx.server().sockets_leave("lobby")?;
        ctx.server().to("eve").disconnect_sockets()
    }
}

#[test]
fn each_socket_receives_what_reaches_it() {
    let server = FakeServer::new();
    let ann = server.connect("ann").with_rooms("lobby");
    let bob = server.connect("bob").with_rooms(["lobby", "bar"]);
    let cid = server.connect("cid").with_rooms(["bar", "muted"]);
    let eve = server.connect("eve");
    let gone = server.connect("gone").with_rooms("lobby").gone();
    let admin = server.connect("admin").with_namespace("/admin");
    dispatch::<Chat>(&Context::with_socket("say", "hello", &ann));
    assert_eq!(ann.received(), [Received::new("sent", ())]);
    assert_eq!(bob.received(), [Received::new("said", "hello")]);
    assert_eq!(cid.received(), []);
    assert_eq!(eve.received(), [Received::new("overheard", Args((1, 2)))]);
    assert_eq!(gone.received(), []);
    assert_eq!(admin.received(), [Received::new("log", ())]);
    assert_eq!(server.emits(), ann.emits());
    assert_eq!(bob.emits(), []);
}

#[test]
fn server_moves_and_disconnects_sockets() {
    let server = FakeServer::new();
    let ann = server.connect("ann").with_rooms("lobby");
    let bob = server.connect("bob").with_rooms("lobby");
    let eve = server.connect("eve");
    dispatch::<Chat>(&Context::with_socket("move all", (), &ann));
    assert_eq!(
        (ann.rooms(), bob.rooms()),
        (vec!["bar".to_owned()], vec!["bar".to_owned()])
    );
    assert!(eve.is_gone() && !bob.is_gone());
}
