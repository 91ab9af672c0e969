//! What handlers do to clients, and what tests read of it.

use std::time::Duration;

use serde_json::json;
use stockade_sdk::testing::{Action, Emit, RecordingSocket};
use stockade_sdk::{Args, Binary, Context, HostError, Server, server};

#[test]
fn emits_reach_whom_they_name() {
    let recording = RecordingSocket::new();
    let ctx = Context::with_socket("a", (), &recording);
    let socket = ctx.socket();
    socket.emit("1", ()).unwrap();
    socket.volatile().emit("2", json!({"x": 1})).unwrap();
    socket.broadcast().emit("3", Args((1, "b"))).unwrap();
    socket
        .to("r")
        .r#in(["s", "t"])
        .except("u")
        .volatile()
        .emit("4", "x")
        .unwrap();
    socket.local().emit("5", Binary(vec![9])).unwrap();
    ctx.server()
        .of("/admin")
        .to(vec!["r".to_owned()])
        .except("u")
        .emit("6", [1, 2])
        .unwrap();
    server().local().emit("7", ()).unwrap();

    assert_eq!(
        recording.emits(),
        [
            Emit::to_client("1", ()),
            Emit::to_client("2", json!({"x": 1})).volatile(),
            Emit::to_others("3", Args((1, "b"))),
            Emit::to_others("4", "x")
                .r#in(["r", "s", "t"])
                .except("u")
                .volatile(),
            Emit::to_others("5", Binary(vec![9])).local(),
            Emit::to_all("/admin", "6", [1, 2]).r#in("r").except("u"),
            Emit::to_all("/", "7", ()).local(),
        ]
    );
    assert_eq!(recording.emits()[4].attachments, [vec![9]]);
}

#[test]
fn acknowledgements_are_scripted() {
    let recording = RecordingSocket::new()
        .with_ack("age", 42)
        .with_ack("pair", Args((1, "b")));
    let socket = Context::with_socket("a", (), &recording).socket();
    let second = Duration::from_secs(1);
    assert_eq!(socket.emit_with_ack::<u8>("age", (), second).unwrap(), 42);
    let Args((number, text)): Args<(u8, String)> =
        socket.emit_with_ack("pair", (), second).unwrap();
    assert_eq!((number, text.as_str()), (1, "b"));
    let error = socket.emit_with_ack::<u8>("age", (), second).unwrap_err();
    assert_eq!(error.downcast_ref(), Some(&HostError::TimedOut));
    assert_eq!(recording.emits().len(), 3);
}

#[test]
fn rooms_are_joined_and_left() {
    let recording = RecordingSocket::new().with_id("me").with_rooms("old");
    let socket = Context::with_socket("a", (), &recording).socket();
    socket.join(["a", "b"]).unwrap();
    socket.leave("old").unwrap();
    assert_eq!(socket.rooms().unwrap(), ["me", "a", "b"]);
    socket.disconnect().unwrap();
    socket.close().unwrap();
    assert_eq!(
        recording.actions(),
        [
            Action::Join(vec!["a".into(), "b".into()]),
            Action::Leave(vec!["old".into()]),
            Action::Disconnect,
            Action::Close,
        ]
    );
}

#[test]
fn server_reaches_peers() {
    let recording = RecordingSocket::new()
        .with_id("me")
        .with_rooms("r")
        .with_peer("p", "r")
        .with_peer("q", "s");
    let ctx = Context::with_socket("a", (), &recording);
    let ids = |server: Server| {
        let sockets = server.fetch_sockets().unwrap();
        let ids = sockets.into_iter().map(|socket| socket.id().to_owned());
        ids.collect::<Vec<_>>()
    };
    assert_eq!(ids(ctx.server()), ["me", "p", "q"]);
    assert_eq!(ids(ctx.server().to("r")), ["me", "p"]);
    assert_eq!(ids(ctx.server().to(["r", "q"]).except("me")), ["p", "q"]);
    ctx.server().to("q").sockets_join("t").unwrap();
    ctx.server().to("p").disconnect_sockets().unwrap();
    assert_eq!(
        recording.actions(),
        [
            Action::SocketsJoin {
                sockets: vec!["q".into()],
                rooms: vec!["t".into()]
            },
            Action::DisconnectSockets {
                sockets: vec!["p".into()]
            },
        ]
    );
}

#[test]
fn what_is_kept_with_the_socket_outlives_the_event() {
    let recording = RecordingSocket::new()
        .with_auth(json!({"name": "Ann"}))
        .with_query("room", "x");
    let first = Context::with_socket("a", (), &recording);
    let handshake = first.socket().handshake().unwrap();
    assert_eq!(
        handshake.auth::<serde_json::Value>().unwrap()["name"],
        "Ann"
    );
    assert_eq!(handshake.query("room"), Some("x"));
    first.set_user(&"Ann").unwrap();
    first.socket().set_data(&3).unwrap();
    first.set_state("k", &true).unwrap();

    let second = Context::with_socket("b", (), &recording);
    assert_eq!(second.user::<String>().unwrap().as_deref(), Some("Ann"));
    assert_eq!(second.socket().data::<u8>().unwrap(), Some(3));
    assert_eq!(second.state::<bool>("k").unwrap(), None);
    assert_ne!(first.message_id(), second.message_id());
    second.clear_user().unwrap();
    assert_eq!(recording.user::<String>(), None);
    assert_eq!(recording.data::<u8>(), Some(3));
}

#[test]
fn client_that_has_gone_hears_nothing() {
    let recording = RecordingSocket::new().gone();
    let socket = Context::with_socket("", (), &recording).socket();
    let error = socket.emit("a", ()).unwrap_err();
    assert_eq!(error.downcast_ref(), Some(&HostError::Disconnected));
    socket.broadcast().emit("a", ()).unwrap();
}

#[test]
fn reserved_event_names_are_refused_as_by_the_host() {
    let recording = RecordingSocket::new().with_ack("connect", 1);
    let ctx = Context::with_socket("a", (), &recording);
    let (socket, second) = (ctx.socket(), Duration::from_secs(1));
    for result in [
        socket.emit("connect", ()),
        socket.broadcast().emit("connect", ()),
        ctx.server().emit("connect", ()),
        socket.emit_with_ack::<u8>("connect", (), second).map(drop),
    ] {
        let rule = "\"connect\" is a reserved event name".to_owned();
        let error = result.unwrap_err();
        assert_eq!(
            error.downcast_ref(),
            Some(&HostError::InvalidArgument(rule))
        );
    }
    assert_eq!(recording.emits(), []);
}

#[test]
fn room_of_its_own_id_can_be_left_and_joined() {
    let recording = RecordingSocket::new();
    let ctx = Context::with_socket("a", (), &recording);
    let socket = ctx.socket();
    let id = socket.id();
    let seen_by_others = || ctx.server().fetch_sockets().unwrap()[0].rooms().to_vec();
    assert_eq!(seen_by_others(), [id.as_str()]);
    socket.leave(id.clone()).unwrap();
    assert!(socket.rooms().unwrap().is_empty());
    assert!(seen_by_others().is_empty());
    socket.join(id.clone()).unwrap();
    assert_eq!(socket.rooms().unwrap(), [id.as_str()]);
    assert_eq!(seen_by_others(), [id]);
}
