use super::*;

#[test]
fn a_payload_has_the_length_that_was_asked_for() {
    for length in [20, 31, 2048] {
        let mut messages = Messages::new(length);
        let event = messages.event(7, 12).unwrap();
        let text = str::from_utf8(event).unwrap();
        let payload = text
            .strip_prefix(r#"427["create product","#)
            .unwrap()
            .strip_suffix(']')
            .unwrap();
        assert_eq!(payload.len(), length);
    }
}

#[test]
fn an_acknowledgement_of_another_event_is_refused() {
    let mut messages = Messages::new(20);
    let (id, text) =
        acknowledgement(br#"437[{"status":"ok","data":{"name":"000000012"}}]"#).unwrap();
    assert_eq!(id, 7);
    messages.check(text, 12).unwrap();
    messages
        .check(br#"[ {"data": {"name":"000000012"}, "status":"ok"} ]"#, 12)
        .unwrap();
    assert!(messages.check(text, 13).is_err());
    assert!(messages.check(br#"[{"status":"ok"}]"#, 12).is_err());
    assert!(messages.check(b"", 12).is_err());
}

#[test]
fn other_messages_are_no_acknowledgements() {
    for message in [
        &b"42[\"refresh products\"]"[..],
        b"43",
        b"43[]",
        b"437",
        b"2",
    ] {
        assert_eq!(acknowledgement(message), None);
    }
}
