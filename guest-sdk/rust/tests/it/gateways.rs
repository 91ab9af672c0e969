//! Namespaces by pattern, handlers of any event, and who is online.

use std::time::{Duration, SystemTime};

use serde_json::json;
use stockade_sdk::manifest::NameMatching;
use stockade_sdk::prelude::*;
use stockade_sdk::testing::{
    Action, FakeServer, RecordingSocket, connect, disconnect, dispatch, manifest,
};

struct Lobby;
struct Rooms;
struct Dynamic;
struct Users;

stockade_sdk::serve! {
    App:
    "/" => Lobby,
    "/room-:id" => Rooms,
    r"/dynamic-\d+" as regex => Dynamic,
    "/a:b" as exact => Dynamic,
}

#[controller]
#[sub_controller("users ", Users)]
impl Lobby {
    /// Who is in a room, by name, and whether these are all.
    #[event("who")]
    fn who(ctx: &Context, room: String) -> Result<Response> {
        let sockets = ctx.server().r#in(room).fetch_sockets()?;
        let mut names = Vec::new();
        for socket in &sockets {
            names.push((socket.user::<String>()?, socket.data::<u8>()?));
        }
        Response::ok((names, sockets.is_complete()))
    }

    #[event("close all")]
    fn close_all(ctx: &Context) -> Result<()> {
        ctx.server().close_sockets()
    }

    #[event(any)]
    fn other(ctx: &Context, payload: serde_json::Value) -> Result<Response> {
        Response::ok(("lobby", ctx.event_name(), payload))
    }
}

#[controller]
impl Users {
    #[event("create")]
    fn create() -> Result<Response> {
        Response::ok("created")
    }

    #[event(any, concurrent)]
    fn other(ctx: &Context) -> Result<Response> {
        Response::ok(("users", ctx.event_name()))
    }
}

#[controller]
impl Rooms {
    #[event("where")]
    fn tell(ctx: &Context) -> Result<Response> {
        let id: u32 = ctx.param("id")?;
        Response::ok((id, ctx.namespace(), ctx.namespace_pattern()))
    }

    #[on_connection]
    fn enter(ctx: &Context) -> Result<()> {
        ctx.socket()
            .join(format!("members of {}", ctx.param::<u32>("id")?))
    }

    #[on_disconnection]
    fn leave(ctx: &Context) -> Result<()> {
        ctx.server().of(ctx.namespace()).emit("left", ())
    }
}

#[controller]
impl Dynamic {}

fn in_room(id: &str) -> RecordingSocket {
    let namespace = format!("/room-{id}");
    RecordingSocket::new().with_namespace_pattern(&namespace, "/room-:id", &[("id", id)])
}

#[test]
fn manifest_says_how_names_are_read() {
    let manifest = manifest::<App>();
    let names: Vec<_> = manifest
        .namespaces
        .iter()
        .map(|namespace| (namespace.name.as_str(), namespace.matching))
        .collect();
    assert_eq!(
        names,
        [
            ("/", NameMatching::Exact),
            ("/room-:id", NameMatching::Pattern),
            (r"/dynamic-\d+", NameMatching::Regex),
            ("/a:b", NameMatching::Exact),
        ]
    );
    let routes = manifest.namespaces[0].routes.iter();
    let catch_alls = routes.filter(|route| route.catch_all);
    let begin: Vec<_> = catch_alls
        .map(|route| (route.event.as_str(), route.concurrent))
        .collect();
    assert_eq!(begin, [("", false), ("users ", true)]);
}

#[test]
fn parameters_of_the_namespace_are_read() {
    let client = in_room("12");
    connect::<App>(&Context::with_socket("", (), &client)).unwrap();
    assert_eq!(client.rooms(), ["members of 12"]);
    let told = dispatch::<App>(&Context::with_socket("where", (), &client));
    assert_eq!(told, Response::ok((12, "/room-12", "/room-:id")).unwrap());
    disconnect::<App>(&Context::with_socket("", (), &client), "transport close").unwrap();

    let stranger = in_room("x");
    let error = connect::<App>(&Context::with_socket("", (), &stranger)).unwrap_err();
    assert_eq!(
        error.message(),
        "the parameter id of the namespace is invalid"
    );
    let refused = dispatch::<App>(&Context::with_socket("where", (), &stranger));
    let error = json!({
        "code": "BAD_REQUEST",
        "message": "the parameter id of the namespace is invalid"
    });
    assert_eq!(refused, Response::error(error).unwrap());
    let ctx = Context::with_socket("where", (), &in_room("1"));
    let error = ctx.param::<u32>("name").unwrap_err();
    assert_eq!(error.message(), "the namespace has no parameter name");
}

#[test]
fn events_without_a_handler_of_their_own_go_to_the_nearest_for_any() {
    let socket = RecordingSocket::new();
    let ask = |event: &str| dispatch::<App>(&Context::with_socket(event, 7, &socket));
    assert_eq!(ask("users create"), Response::ok("created").unwrap());
    assert_eq!(
        ask("users delete"),
        Response::ok(("users", "users delete")).unwrap()
    );
    assert_eq!(
        ask("anything"),
        Response::ok(("lobby", "anything", 7)).unwrap()
    );
}

#[test]
fn others_are_seen_with_what_is_kept_of_them() {
    let server = FakeServer::new();
    let ann = server.connect("ann").with_rooms("tea").with_user("Ann");
    let later = SystemTime::UNIX_EPOCH + Duration::from_secs(5);
    let _bob = server
        .connect("bob")
        .with_rooms("tea")
        .with_user("Bob")
        .with_data(3)
        .with_address("192.0.2.1")
        .with_time(later);
    let who = || dispatch::<App>(&Context::with_socket("who", "tea", &ann));
    let names = json!([["Ann", null], ["Bob", 3]]);
    assert_eq!(who(), Response::ok((&names, true)).unwrap());
    server.miss_node();
    assert_eq!(who(), Response::ok((&names, false)).unwrap());
    let ctx = Context::with_socket("who", (), &ann);
    let sockets = ctx.server().to("bob").fetch_sockets().unwrap();
    assert_eq!(sockets.len(), 1);
    assert_eq!(sockets[0].rooms(), ["bob", "tea"]);
    assert_eq!(
        (sockets[0].address(), sockets[0].issued()),
        ("192.0.2.1", later)
    );
    dispatch::<App>(&Context::with_socket("close all", (), &ann));
    let sockets = vec!["ann".to_owned(), "bob".to_owned()];
    assert_eq!(ann.actions(), [Action::CloseSockets { sockets }]);
}
