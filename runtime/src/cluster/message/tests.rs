use crate::config;

use super::*;

fn limits() -> Limits {
    let config = config::load(None, []).unwrap();
    (*config.tenant.limits).clone()
}

fn target(rooms: usize) -> Target {
    Target {
        rooms: (0..rooms).map(|room| format!("room {room}")).collect(),
        except: vec!["away".into()],
    }
}

fn order(action: Action) -> Message {
    Message::Order(Order {
        namespace: "/".into(),
        target: target(2),
        action,
    })
}

fn emit(json: &str, attachments: Vec<Vec<u8>>) -> Message {
    order(Action::Emit {
        event: "news".into(),
        arguments: Payload {
            json: json.into(),
            attachments,
        },
        volatile: true,
    })
}

fn there_and_back(message: &Message) -> Result<Message, MessageError> {
    let bytes = message.encode(NodeId(7)).unwrap();
    assert_eq!(sender(&bytes, &limits())?, NodeId(7));
    Message::decode(&bytes, &limits())
}

#[test]
fn messages_arrive_as_they_were_sent() {
    let rooms = vec!["a".to_owned(), "ü".to_owned()];
    for message in [
        Message::Hello,
        Message::Bye,
        order(Action::Join(rooms.clone())),
        order(Action::Leave(rooms)),
        order(Action::Disconnect),
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
            ids: encode_ids(&["abc".into()]).unwrap(),
        },
    ] {
        let arrived = there_and_back(&message).unwrap();
        assert_eq!(format!("{arrived:?}"), format!("{message:?}"));
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
        order(Action::Join(rooms(MAX_ROOMS + 2, 1))),
        order(Action::Leave(rooms(1, MAX_NAME + 1))),
        order(Action::Join(rooms(1, 0))),
        emit("[1", Vec::new()),
        emit("1", Vec::new()),
        emit(&"[".repeat(100), Vec::new()),
        emit(r#"[{"_placeholder":true,"num":0}]"#, Vec::new()),
        emit("[]", vec![vec![0; limits().payload]]),
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
    for ids in [
        vec![String::new()],
        vec!["x".repeat(MAX_ID + 1)],
        vec!["x".to_owned(); MAX_FETCHED + 1],
    ] {
        assert!(decode_ids(&encode_ids(&ids).unwrap()).is_err());
    }
}

#[test]
fn garbage_is_refused() {
    let limits = limits();
    for garbage in [&b""[..], b"\x01short", b"\x02other version", &[0xff; 100]] {
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
        assert!(decode_ids(body).is_err(), "{body:?}");
    }
    let large = vec![1; max_size(&limits) + 1];
    assert!(matches!(
        sender(&large, &limits),
        Err(MessageError::TooLarge(_))
    ));
}
