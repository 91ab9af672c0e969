use stockade_sandbox::host::{MAX_FETCHED, fetched_size};

use super::*;

fn target(rooms: usize) -> Target {
    Target {
        rooms: (0..rooms).map(|room| format!("room {room}")).collect(),
        except: vec!["away".into()],
    }
}

fn order(operation: Operation) -> Message {
    Message::Order(Order {
        namespace: "/".into(),
        target: target(2),
        operation,
    })
}

fn emit(json: &str, attachments: Vec<Vec<u8>>) -> Message {
    order(Operation::Emit {
        event: "news".into(),
        arguments: Payload {
            json: json.into(),
            attachments,
        },
        delivery: Delivery::LOCAL | Delivery::VOLATILE,
    })
}

fn socket() -> RemoteSocket {
    RemoteSocket {
        id: "abc".into(),
        rooms: vec!["abc".into(), "tea".into()],
        data: Some(r#"{"n":1}"#.into()),
        user: None,
        address: "::1".into(),
        issued: 1_700_000_000_000,
    }
}

fn found(sockets: Vec<RemoteSocket>, complete: bool) -> FetchedSockets {
    FetchedSockets { sockets, complete }
}

fn decode(bytes: &[u8]) -> Result<FetchedSockets, MessageError> {
    let mut found = Fetching::new(usize::MAX);
    decode_found(bytes, &Limits::default(), &mut found)?;
    Ok(found.done())
}

fn there_and_back(message: &Message) -> Result<Message, MessageError> {
    let bytes = message.encode(NodeId(7)).unwrap();
    assert_eq!(sender(&bytes, &Limits::default())?, NodeId(7));
    Message::decode(&bytes, &Limits::default())
}

#[test]
fn messages_arrive_as_they_were_sent() {
    let rooms = vec!["a".to_owned(), "ü".to_owned()];
    for message in [
        Message::Hello,
        Message::Joined,
        Message::Bye,
        order(Operation::Join(rooms.clone())),
        order(Operation::Leave(rooms)),
        order(Operation::Disconnect(Disconnect::Namespace)),
        order(Operation::Disconnect(Disconnect::Server)),
        emit("[1]", Vec::new()),
        emit(
            r#"[{"_placeholder":true,"num":1}]"#,
            vec![vec![], vec![0, 255, 128]],
        ),
        Message::Question(Question {
            id: u64::MAX,
            namespace: "/other".into(),
            target: target(0),
        }),
        Message::Answer {
            question: 3,
            found: encode_found(found(vec![socket()], true)).unwrap(),
        },
    ] {
        let arrived = there_and_back(&message).unwrap();
        assert_eq!(format!("{arrived:?}"), format!("{message:?}"));
    }
}

#[test]
fn orders_have_the_bytes_that_other_nodes_know() {
    let order = |operation| {
        let target = Target {
            rooms: vec!["tea".into()],
            except: vec!["x".into()],
        };
        let order = Message::Order(Order {
            namespace: "/".into(),
            target,
            operation,
        });
        order.encode(NodeId(7)).unwrap()
    };
    let emit = |delivery| Operation::Emit {
        event: "news".into(),
        arguments: Payload {
            json: "[1]".into(),
            attachments: vec![vec![1, 255]],
        },
        delivery,
    };
    let rooms = || vec!["a".to_owned()];
    let news = b"\x81\xa4Emit\x93\xa4news\x92\xa3[1]\x91\xc4\x02\x01\xff";
    for (operation, body) in [
        (emit(Delivery::VOLATILE), [&news[..], b"\xc3"].concat()),
        (emit(Delivery::empty()), [&news[..], b"\xc2"].concat()),
        (Operation::Join(rooms()), b"\x81\xa4Join\x91\xa1a".to_vec()),
        (
            Operation::Leave(rooms()),
            b"\x81\xa5Leave\x91\xa1a".to_vec(),
        ),
        (
            Operation::Disconnect(Disconnect::Server),
            b"\x81\xaaDisconnect\xa6Server".to_vec(),
        ),
    ] {
        let head = b"\x02\0\0\0\0\0\0\0\x07\x81\xa5Order\x93\xa1/\x92\x91\xa3tea\x91\xa1x";
        assert_eq!(order(operation), [&head[..], &body].concat());
    }
}

#[test]
fn attachments_take_their_size_and_little_more() {
    let bytes = emit("[]", vec![vec![200; 10_000]])
        .encode(NodeId(1))
        .unwrap();
    assert!(bytes.len() < 10_200, "{}", bytes.len());
}

#[test]
fn what_a_guest_could_not_send_is_refused() {
    let rooms = |count, bytes| vec!["x".repeat(bytes); count];
    for message in [
        order(Operation::Join(rooms(MAX_ROOMS + 2, 1))),
        order(Operation::Leave(rooms(1, MAX_NAME + 1))),
        order(Operation::Join(rooms(1, 0))),
        emit("[1", Vec::new()),
        emit("1", Vec::new()),
        emit(&"[".repeat(100), Vec::new()),
        emit(r#"[{"_placeholder":true,"num":0}]"#, Vec::new()),
        emit("[]", vec![vec![0; Limits::default().payload]]),
        Message::Question(Question {
            id: 1,
            namespace: "/".repeat(MAX_NAMESPACE + 1),
            target: target(1),
        }),
        Message::Question(Question {
            id: 1,
            namespace: "/".into(),
            target: target(MAX_ROOMS + 2),
        }),
    ] {
        assert!(there_and_back(&message).is_err(), "{message:?}");
    }
    let with = |change: fn(&mut RemoteSocket)| {
        let mut socket = socket();
        change(&mut socket);
        socket
    };
    for socket in [
        with(|socket| socket.id.clear()),
        with(|socket| socket.id = "x".repeat(MAX_ID + 1)),
        with(|socket| socket.address = "x".repeat(MAX_ADDRESS + 1)),
        with(|socket| socket.rooms.push("x".repeat(MAX_NAME + 1))),
        with(|socket| socket.rooms = vec![String::new(); MAX_ITEMS + 1]),
        with(|socket| socket.data = Some("[1".into())),
        with(|socket| socket.user = Some("[".repeat(100) + &"]".repeat(100))),
        with(|socket| socket.user = Some(format!("{:?}", "x".repeat(MAX_KEPT)))),
    ] {
        let bytes = encode_found(found(vec![socket], true)).unwrap();
        assert!(decode(&bytes).is_err());
    }
}

#[test]
fn what_was_found_arrives_as_far_as_there_is_room() {
    let sockets = |count| found(vec![socket(); count], true);
    let arrived = decode(&encode_found(sockets(3)).unwrap()).unwrap();
    assert_eq!(format!("{arrived:?}"), format!("{:?}", sockets(3)));
    let incomplete = found(vec![socket()], false);
    let arrived = decode(&encode_found(incomplete).unwrap()).unwrap();
    assert!(!arrived.complete);
    let many = encode_found(sockets(MAX_FETCHED + 5)).unwrap();
    let arrived = decode(&many).unwrap();
    assert_eq!(
        (arrived.sockets.len(), arrived.complete),
        (MAX_FETCHED, false)
    );
    let mut few = Fetching::new(1_000);
    decode_found(&many, &Limits::default(), &mut few).unwrap();
    let few = few.done();
    assert!((1..10).contains(&few.sockets.len()) && !few.complete);
    // What a node keeps within its limit, it can send.
    assert!(many.len() <= (MAX_FETCHED + 5) * fetched_size(&socket()));
}

#[test]
fn emit_of_a_reserved_name_is_refused() {
    for (event, is_refused) in [("disconnect", true), ("newListener", true), ("news", false)] {
        let message = order(Operation::Emit {
            event: event.into(),
            arguments: Payload {
                json: "[]".into(),
                attachments: Vec::new(),
            },
            delivery: Delivery::LOCAL,
        });
        let refused = matches!(there_and_back(&message), Err(MessageError::Reserved));
        assert_eq!(refused, is_refused, "{event}");
    }
}

#[test]
fn garbage_is_refused() {
    let limits = Limits::default();
    for garbage in [&b""[..], b"\x02short", b"\x01other version", &[0xff; 100]] {
        assert!(matches!(
            sender(garbage, &limits),
            Err(MessageError::Foreign)
        ));
    }
    let hello = Message::<Order>::Hello.encode(NodeId(1)).unwrap();
    for body in [
        &b""[..],
        b"\xdd\xff\xff\xff\xff",
        b"\x81\xa5Order\xdd\xff\xff\xff\xff",
        b"\xc6\xff\xff\xff\xff",
        &[0x91; 10_000],
    ] {
        let bytes = [&hello[..HEADER], body].concat();
        assert!(Message::decode(&bytes, &limits).is_err(), "{body:?}");
        assert!(decode(body).is_err(), "{body:?}");
    }
    let large = vec![1; max_size(&limits) + 1];
    assert!(matches!(
        sender(&large, &limits),
        Err(MessageError::TooLarge(_))
    ));
}

#[test]
fn excepted_rooms_are_bounded_in_length_and_number() {
    let rooms = |count, bytes| vec!["x".repeat(bytes); count];
    for (except, is_refused) in [
        // The sender is one more than a guest may except.
        (rooms(MAX_ROOMS + 1, MAX_NAME), false),
        (rooms(MAX_ROOMS + 2, 1), true),
        (rooms(1, MAX_NAME + 1), true),
        (rooms(1, 0), true),
    ] {
        let target = Target {
            rooms: Vec::new(),
            except,
        };
        let question = Message::Question(Question {
            id: 1,
            namespace: "/".into(),
            target: target.clone(),
        });
        let order = Message::Order(Order {
            namespace: "/".into(),
            target,
            operation: Operation::Disconnect(Disconnect::Namespace),
        });
        for message in [question, order] {
            let is_err = there_and_back(&message).is_err();
            assert_eq!(is_err, is_refused, "{message:?}");
        }
    }
}
