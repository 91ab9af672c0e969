use super::*;

const MASK: [u8; 4] = [1, 2, 3, 4];

fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    push_head(&mut bytes, Opcode::Text, payload.len());
    bytes[0] = first;
    bytes[1] |= 0x80;
    bytes.extend(MASK);
    let start = bytes.len();
    bytes.extend(payload);
    unmask(&mut bytes[start..], MASK);
    bytes
}

fn read_in(pieces: usize, bytes: &[u8]) -> Result<Vec<String>, Violation> {
    let mut parser = Parser::new(100_000);
    let mut seen = Vec::new();
    for piece in bytes.chunks(pieces) {
        parser.feed(&mut piece.to_vec(), |frame| {
            seen.push(format!("{frame:?}"));
            true
        })?;
    }
    Ok(seen)
}

#[test]
fn frames_are_the_same_however_they_arrive() {
    let long = "é".repeat(40_000);
    let bytes = [
        frame(0x81, b"hello"),
        frame(0x82, &[0, 255, 7]),
        frame(0x01, b"one "),
        frame(0x89, b"are you there"),
        frame(0x00, b""),
        frame(0x80, b"message"),
        frame(0x81, &[b'a'; 126]),
        frame(0x81, long.as_bytes()),
        frame(0x8a, b""),
        frame(0x88, &[0x03, 0xe8]),
    ]
    .concat();
    let whole = read_in(usize::MAX, &bytes).unwrap();
    assert_eq!(
        whole[..5],
        [
            r#"Text("hello")"#,
            "Binary([0, 255, 7])",
            "Ping([97, 114, 101, 32, 121, 111, 117, 32, 116, 104, 101, 114, 101])",
            r#"Text("one message")"#,
            &format!("Text({:?})", "a".repeat(126)),
        ]
    );
    assert_eq!(whole[5], format!("Text({long:?})"));
    assert_eq!(whole[6..], ["Pong", "Close(Some(1000))"]);
    for pieces in [1, 2, 3, 7, 64, 1_000, 65_536] {
        assert_eq!(read_in(pieces, &bytes).unwrap(), whole, "{pieces}");
    }
}

#[test]
fn rules_of_the_protocol_are_kept() {
    let unmasked = vec![0x81, 1, b'a'];
    for (why, bytes, violation) in [
        ("unmasked", unmasked, Violation::Protocol),
        ("reserved bits", frame(0xc1, b"a"), Violation::Protocol),
        ("unknown opcode", frame(0x83, b"a"), Violation::Protocol),
        ("fragmented ping", frame(0x09, b"a"), Violation::Protocol),
        ("large ping", frame(0x89, &[0; 126]), Violation::Protocol),
        (
            "continuation of nothing",
            frame(0x80, b"a"),
            Violation::Protocol,
        ),
        (
            "a message within another",
            [frame(0x01, b"a"), frame(0x81, b"b")].concat(),
            Violation::Protocol,
        ),
        ("close of one byte", frame(0x88, &[3]), Violation::Protocol),
        ("close code", frame(0x88, &[3, 0xed]), Violation::Protocol),
        ("no UTF-8", frame(0x81, &[0xff]), Violation::NotUtf8),
        (
            "no UTF-8 reason",
            frame(0x88, &[3, 0xe8, 0xff]),
            Violation::NotUtf8,
        ),
        ("too large", frame(0x82, &[0; 100_001]), Violation::TooLarge),
        (
            "too large in parts",
            [frame(0x02, &[0; 60_000]), frame(0x80, &[0; 60_000])].concat(),
            Violation::TooLarge,
        ),
    ] {
        assert_eq!(read_in(usize::MAX, &bytes), Err(violation), "{why}");
        assert_eq!(read_in(1, &bytes), Err(violation), "{why}, bytewise");
    }
}

#[test]
fn announced_sizes_are_refused_before_they_arrive() {
    let mut head = frame(0x82, &[0; 70_000]);
    head[2..10].copy_from_slice(&u64::MAX.to_be_bytes());
    assert_eq!(read_in(10, &head[..10]), Err(Violation::TooLarge));
}

#[test]
fn whoever_wants_no_more_gets_no_more() {
    let mut parser = Parser::new(100);
    let mut bytes = [frame(0x81, b"a"), frame(0x81, b"b")].concat();
    let mut seen = 0;
    let fed = parser.feed(&mut bytes, |_| {
        seen += 1;
        false
    });
    assert_eq!((fed, seen), (Ok(()), 1));
}

#[test]
fn nothing_is_kept_between_messages() {
    let mut parser = Parser::new(100_000);
    let bytes = frame(0x81, &[b'a'; 90_000]);
    for piece in bytes.chunks(1_000) {
        parser.feed(&mut piece.to_vec(), |_| true).unwrap();
    }
    assert_eq!(parser.frame.capacity(), 0);
}

#[test]
fn heads_have_the_shortest_form() {
    for (length, head) in [
        (0, vec![0x81, 0]),
        (125, vec![0x81, 125]),
        (126, vec![0x81, 126, 0, 126]),
        (65_535, vec![0x81, 126, 255, 255]),
        (65_536, vec![0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]),
    ] {
        let mut out = Vec::new();
        push_text_head(&mut out, length);
        assert_eq!(out, head, "{length}");
    }
}
