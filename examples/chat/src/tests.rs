use serde_json::{Value, json};
use stockade_sdk::testing::{
    Action, Emit, FakeServer, RecordingSocket, connect, disconnect, dispatch,
};

use super::*;

fn ann() -> RecordingSocket {
    RecordingSocket::new()
        .with_id("a")
        .with_user(json!({ "name": "Ann" }))
}

fn send(socket: &RecordingSocket, event: &str, payload: Value) -> Response {
    dispatch::<Chat>(&Context::with_socket(event, payload, socket))
}

fn member() -> Value {
    json!({ "room": "lobby", "id": "a", "name": "Ann" })
}

#[track_caller]
fn assert_refused(auth: Value, message: &str) {
    let socket = RecordingSocket::new().with_auth(auth);
    let error = connect::<Chat>(&Context::with_socket("", (), &socket)).unwrap_err();
    assert_eq!(error.message(), message);
    assert_eq!(socket.user::<User>(), None);
}

#[test]
fn client_gives_its_name_when_it_connects() {
    let socket = RecordingSocket::new().with_auth(json!({ "name": "  Ann " }));
    connect::<Chat>(&Context::with_socket("", (), &socket)).unwrap();
    assert_eq!(
        socket.user(),
        Some(User {
            name: "Ann".to_owned()
        })
    );
}

#[test]
fn client_without_a_proper_name_is_refused() {
    assert_refused(json!({}), "Please give your name.");
    assert_refused(json!({ "name": 3 }), "Please give your name.");
    assert_refused(json!({ "name": " " }), "Please give your name.");
    assert_refused(
        json!({ "name": "A\nB" }),
        "Please give a name of printable characters.",
    );
    assert_refused(
        json!({ "name": "é".repeat(33) }),
        "Please give a name of at most 32 characters.",
    );
}

#[test]
fn newcomer_is_announced_once() {
    let socket = ann();
    assert!(send(&socket, "join", json!({ "room": "lobby" })).is_ok());
    assert!(send(&socket, "join", json!({ "room": "lobby" })).is_ok());
    assert_eq!(socket.rooms(), ["room:lobby"]);
    assert_eq!(
        socket.emits(),
        [Emit::to_others("joined", member()).r#in("room:lobby")]
    );
}

#[test]
fn members_tell_the_newcomer_who_they_are() {
    let socket = ann()
        .with_rooms("room:lobby")
        .with_peer("b", "room:lobby")
        .with_peer("c", "room:other");
    assert!(send(&socket, "here", json!({ "room": "lobby", "to": "b" })).is_ok());
    assert!(!send(&socket, "here", json!({ "room": "lobby", "to": "c" })).is_ok());
    assert!(!send(&socket, "here", json!({ "room": "other", "to": "c" })).is_ok());
    assert_eq!(
        socket.emits(),
        [Emit::to_others("member", member()).r#in("b")]
    );
}

#[test]
fn members_learn_who_is_there() {
    let server = FakeServer::new();
    let named = |id: &str, name: &str, room: &str| {
        let socket = server.connect(id).with_rooms(room);
        socket.with_user(json!({ "name": name }))
    };
    let ann = named("a", "Ann", "room:lobby");
    let _others = [
        named("b", "Bob", "room:lobby"),
        named("e", "Eve", "room:bar"),
    ];
    let bob = json!({ "room": "lobby", "id": "b", "name": "Bob" });
    let mut present = json!({ "members": [member(), bob], "complete": true });
    let who = || -> Value {
        let response = send(&ann, "who", json!({ "room": "lobby" }));
        response.payload().unwrap().parse().unwrap()
    };
    assert_eq!(who(), present);
    server.miss_node();
    present["complete"] = json!(false);
    assert_eq!(who(), present);
    let refused = send(&ann, "who", json!({ "room": "bar" }));
    assert_eq!(
        refused,
        Response::error("You are not in this room.").unwrap()
    );
}

#[test]
fn leaving_is_told_to_those_who_stay() {
    let socket = ann().with_rooms("room:lobby");
    assert!(send(&socket, "leave", json!({ "room": "lobby" })).is_ok());
    assert!(send(&socket, "leave", json!({ "room": "lobby" })).is_ok());
    assert_eq!(
        socket.actions(),
        [Action::Leave(vec!["room:lobby".to_owned()])]
    );
    assert_eq!(
        socket.emits(),
        [Emit::to_others("left", member()).r#in("room:lobby")]
    );
}

#[test]
fn message_carries_the_name_of_its_sender() {
    let socket = ann().with_rooms("room:lobby");
    assert!(
        send(
            &socket,
            "message",
            json!({ "room": "lobby", "text": "Hello" })
        )
        .is_ok()
    );
    let message = json!({ "room": "lobby", "id": "a", "name": "Ann", "text": "Hello" });
    assert_eq!(
        socket.emits(),
        [Emit::to_others("message", message).r#in("room:lobby")]
    );
}

#[test]
fn strangers_do_not_speak() {
    let socket = ann();
    for event in ["message", "typing", "stop typing"] {
        let response = send(&socket, event, json!({ "room": "lobby", "text": "Hello" }));
        assert_eq!(
            response,
            Response::error("You are not in this room.").unwrap()
        );
    }
    assert!(socket.emits().is_empty());
}

#[test]
fn typing_may_be_lost() {
    let socket = ann().with_rooms("room:lobby");
    send(&socket, "typing", json!({ "room": "lobby" }));
    send(&socket, "stop typing", json!({ "room": "lobby" }));
    assert_eq!(
        socket.emits(),
        ["typing", "stop typing"].map(|event| Emit::to_others(event, member())
            .r#in("room:lobby")
            .volatile())
    );
}

#[test]
fn disconnecting_leaves_all_rooms() {
    let socket = ann().with_rooms(["room:lobby", "other"]).gone();
    disconnect::<Chat>(&Context::with_socket("", (), &socket), "transport close").unwrap();
    assert_eq!(
        socket.emits(),
        [Emit::to_others("left", member()).r#in("room:lobby")]
    );
}

#[test]
fn nobody_joins_the_room_of_a_socket() {
    let socket = ann();
    send(&socket, "join", json!({ "room": "b" }));
    assert_eq!(socket.rooms(), ["room:b"]);
}
