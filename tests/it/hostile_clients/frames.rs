//! Malformed frames and packets, and packets out of order: the connection ends or goes on, and nothing else happens.

use super::{IMPATIENT, echoes, server, unharmed};
use crate::harness::{
    Wire,
    wire::{BINARY, Packet, TEXT, frame},
};

/// Messages as no client sends them, to a socket that is connected to `/`.
const MALFORMED: [&str; 72] = [
    // Engine.IO
    "",
    " ",
    "\n",
    "x",
    "0",
    "0{}",
    "1x",
    "2",
    "2probe",
    "3probe",
    "5",
    "6",
    "7",
    "8",
    "9",
    "4",
    "b",
    "bAAAA",
    "🦀",
    "\0",
    // Socket.IO, types
    "44",
    "45",
    "46",
    "47",
    "48",
    "49",
    "4x",
    "4-",
    "4\0",
    "4 2[\"echo\"]",
    // events
    "42",
    "42[",
    "42]",
    "42[]",
    "42{}",
    "42null",
    "42\"echo\"",
    "42[null]",
    "42[1]",
    "42[[\"echo\"]]",
    "42[\"echo\"",
    "42[\"echo\",",
    "42[\"echo\",]",
    "42[\"echo\"]]",
    "42[\"echo\"] x",
    "42[\"\"]",
    "42[\"\\ud800\"]",
    "42[\"echo\\\"]",
    "42[\"echo\",\u{1}]",
    "42-1[\"echo\"]",
    "42+1[\"echo\"]",
    "421.5[\"echo\"]",
    // ids and namespaces
    "4299999999999999999999999999999999[\"echo\"]",
    "429223372036854775807[\"echo\"]",
    "429223372036854775808[\"echo\"]",
    "42/[\"echo\"]",
    "42/,[\"echo\"]",
    "42/nowhere,1[\"echo\"]",
    "42,1[\"echo\"]",
    "42/\0,[\"echo\"]",
    "42//,[\"echo\"]",
    // acknowledgements that nobody waits for
    "43",
    "430",
    "430[]",
    "430[1]",
    "4399999999999999999999[1]",
    "43-1[]",
    "430{}",
    "460-0[]",
    // attachments
    "451[\"echo\"]",
    "45-[\"echo\"]",
    "45999999999999999999-[\"echo\"]",
];

/// Those of them that do not end the connection.
const PASSED_OVER: &[&str] = &[
    "0",
    "0{}",
    "3probe",
    "5",
    "6",
    "42",
    "42[1]",
    "42[\"echo\"",
    "42[\"echo\",",
    "42[\"echo\",]",
    "42[\"echo\"]]",
    "42[\"echo\"] x",
    "42[\"\"]",
    "42[\"\\ud800\"]",
    "42[\"echo\\\"]",
    "42[\"echo\",\u{1}]",
    "4299999999999999999999999999999999[\"echo\"]",
    "429223372036854775807[\"echo\"]",
    "429223372036854775808[\"echo\"]",
    "42/,[\"echo\"]",
    "43",
    "430",
    "430[]",
    "430[1]",
    "4399999999999999999999[1]",
    "460-0[]",
];

#[tokio::test]
async fn malformed_messages_harm_nobody() {
    let (mut server, before) = server("").await;
    let mut survived = Vec::new();
    for message in MALFORMED {
        let mut client = Wire::connect(&server.addr).await;
        client.text(message).await.unwrap();
        if echoes(&mut client).await {
            survived.push(message);
        }
        assert!(server.is_running(), "{message:?}");
    }
    assert_eq!(survived, PASSED_OVER);
    unharmed(&mut server, before).await;
}

#[tokio::test]
async fn malformed_messages_before_the_connection_harm_nobody() {
    let (mut server, before) = server(IMPATIENT).await;
    for message in MALFORMED {
        let mut client = Wire::open(&server.addr).await;
        let _ = client.text(message).await;
        let _ = client.text("40").await;
        // A socket, a refusal or the end: whatever it is, it comes.
        let _ = client.packet().await;
    }
    unharmed(&mut server, before).await;
}

/// Numbers that look random and are the same each time.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }
}

const WELL_FORMED: [&str; 8] = [
    "42[\"echo\",{\"a\":[1,\"zwei\",null,true]}]",
    "427[\"echo\",\"text\"]",
    "421[\"create product\",{\"name\":\"a\"}]",
    "40{\"auth\":{\"refuse\":false}}",
    "41",
    "4312[\"ok\"]",
    "451-3[\"echo\",{\"_placeholder\":true,\"num\":0}]",
    "42/chat,5[\"echo\",[[[[]]]]]",
];

fn mutated(random: &mut Random) -> Vec<u8> {
    let mut message = WELL_FORMED[random.below(WELL_FORMED.len())]
        .as_bytes()
        .to_vec();
    for _ in 0..=random.below(4) {
        let at = random
            .below(message.len().max(1))
            .min(message.len().saturating_sub(1));
        match random.below(6) {
            0 if !message.is_empty() => drop(message.remove(at)),
            1 => message.insert(at, b"[]{}\",:-0129/\\"[random.below(14)]),
            2 => message.truncate(at),
            3 => message.extend_from_within(at..),
            4 if !message.is_empty() => message[at] ^= 1 << random.below(7),
            _ => message
                .splice(at..at, "9".repeat(20).bytes())
                .for_each(drop),
        }
    }
    message
}

/// Whether the client can connect to `/`.
async fn is_let_in(client: &mut Wire) -> bool {
    let _ = client.text("40").await;
    while let Some(packet) = client.packet().await {
        if matches!(packet, Packet::Text(text) if text.starts_with("40{")) {
            return true;
        }
    }
    false
}

#[tokio::test]
async fn mutated_messages_harm_nobody() {
    let (mut server, before) = server("").await;
    let mut random = Random(0x5bd1_e995);
    let mut client = Wire::connect(&server.addr).await;
    let (mut survived, mut ended) = (0, 0);
    for round in 0..400 {
        let message = mutated(&mut random);
        // Ids that the messages do not have.
        client.next_id = 1_000 + round;
        let opcode = if round % 10 == 9 { BINARY } else { TEXT };
        let _ = client.frame(opcode, &message).await;
        // One of them is a client that leaves: what it sends then is ignored, unless it comes back. Those that have not left do
        // so first, since nobody connects twice.
        let _ = client.text("41").await;
        match is_let_in(&mut client).await && echoes(&mut client).await {
            true => survived += 1,
            false => {
                ended += 1;
                client = Wire::connect(&server.addr).await;
            }
        }
    }
    assert!(
        survived > 10 && ended > 10,
        "{survived} survived, {ended} ended"
    );
    unharmed(&mut server, before).await;
}

#[tokio::test]
async fn frames_that_break_websocket_end_the_connection() {
    let (mut server, before) = server("").await;
    let long = |length: u64| {
        let mut frame = vec![0x81, 0xff];
        frame.extend(length.to_be_bytes());
        frame.extend([0; 4]);
        frame
    };
    let frames = [
        // Not masked.
        b"\x81\x012".to_vec(),
        // Reserved bits and opcodes.
        frame(0xf1, b"2"),
        frame(0x83, b"2"),
        frame(0x8b, b"2"),
        // A continuation of nothing, a ping in fragments, a long ping.
        frame(0x80, b"2"),
        frame(0x09, b"2"),
        frame(0x89, &[0; 126]),
        // Text that is not UTF-8, and that is cut within a character.
        frame(0x81, b"42[\"echo\",\"\xff\xfe\"]"),
        frame(0x81, b"42[\"\xf0\x9f\xa6\"]"),
        // Lengths that are announced and never come: more than is allowed, more than there is.
        long(2_000_000),
        long(1 << 40),
        long(u64::MAX),
        long(1 << 63),
        // Closing with nonsense.
        frame(0x88, b"\x03"),
        frame(0x88, b"\xff\xff\xff"),
    ];
    for (number, bytes) in frames.iter().enumerate() {
        let mut client = Wire::connect(&server.addr).await;
        client.raw(bytes).await.unwrap();
        assert!(!echoes(&mut client).await, "frame {number} is accepted");
    }
    unharmed(&mut server, before).await;
}

#[tokio::test]
async fn fragments_of_a_message_are_bounded_together() {
    let (mut server, before) = server("").await;
    let mut client = Wire::connect(&server.addr).await;
    let fragment = vec![b'x'; 100_000];
    client.raw(&frame(TEXT, b"42[\"echo\",\"")).await.unwrap();
    let mut sent = 0;
    while sent < 500 && client.raw(&frame(0, &fragment)).await.is_ok() {
        sent += 1;
    }
    assert!(sent < 500, "50 MB of one message are accepted");
    unharmed(&mut server, before).await;
}

#[tokio::test]
async fn event_before_the_connection_is_not_served() {
    let (mut server, before) = server("").await;
    let mut client = Wire::open(&server.addr).await;
    client.text("420[\"echo\",1]").await.unwrap();
    let _ = client.text("40").await;
    let packets = client.until_closed().await;
    assert!(
        !packets
            .iter()
            .any(|packet| matches!(packet, Packet::Text(text) if text.starts_with("43"))),
        "{packets:?}"
    );
    unharmed(&mut server, before).await;
}

/// Answers to `40` that came and were not awaited.
fn connections(client: &Wire) -> usize {
    let others = client.others.iter();
    others
        .filter(|packet| matches!(packet, Packet::Text(text) if text.starts_with("40")))
        .count()
}

#[tokio::test]
async fn connecting_again_ends_the_connection() {
    let (mut server, before) = server("").await;
    for _ in 0..20 {
        let mut client = Wire::connect(&server.addr).await;
        for _ in 0..100 {
            let _ = client.text("40").await;
        }
        assert!(!echoes(&mut client).await);
        assert_eq!(connections(&client), 0, "connected once");
    }
    unharmed(&mut server, before).await;
}

#[tokio::test]
async fn connecting_in_a_hurry_connects_once_at_most() {
    let (mut server, before) = server("").await;
    for _ in 0..20 {
        let mut client = Wire::open(&server.addr).await;
        // Ignored while the guest decides; the first one after that ends the connection.
        for _ in 0..50 {
            let _ = client.text("40").await;
        }
        let _ = echoes(&mut client).await;
        assert!(connections(&client) <= 1);
    }
    unharmed(&mut server, before).await;
}

#[tokio::test]
async fn who_left_a_namespace_is_out_and_may_come_back() {
    let (mut server, before) = server("").await;
    let mut client = Wire::connect(&server.addr).await;
    client.text("41").await.unwrap();
    let answer = client.join("40", "40").await;
    assert!(answer.starts_with("40{"), "{answer}");
    assert!(echoes(&mut client).await);
    // What was under way when it left is ignored: it is answered, if at all, before it is told that it is back.
    for _ in 0..20 {
        client.text("41").await.unwrap();
        client.text("42999[\"echo\",1]").await.unwrap();
    }
    let answer = client.join("40", "40").await;
    assert!(answer.starts_with("40{"), "{answer}");
    assert!(echoes(&mut client).await);
    assert_eq!(client.acks(999), 0);
    // The guest says goodbye to who left, as the one who is back may hear: it is somebody else now.
    let goodbye =
        |packet: &Packet| matches!(packet, Packet::Text(text) if text.starts_with("42[\"left\","));
    assert!(client.others.iter().all(goodbye), "{:?}", client.others);
    unharmed(&mut server, before).await;
}

#[tokio::test]
async fn unknown_namespaces_leave_nothing_behind() {
    let (mut server, before) = server("").await;
    let mut client = Wire::connect(&server.addr).await;
    for number in 0..5_000 {
        let answer = client
            .join(&format!("40/no such place {number},"), "44")
            .await;
        assert!(answer.contains("Invalid namespace"), "{answer}");
    }
    assert!(echoes(&mut client).await);
    let kept = server.resident().saturating_sub(before);
    assert!(
        kept < 16 << 20,
        "{kept} bytes for namespaces that are not there"
    );
    unharmed(&mut server, before).await;
}

#[tokio::test]
async fn attachments_without_a_header_end_the_connection() {
    let (mut server, before) = server("").await;
    let mut client = Wire::connect(&server.addr).await;
    client.frame(BINARY, &[1, 2, 3]).await.unwrap();
    assert!(!echoes(&mut client).await);
    unharmed(&mut server, before).await;
}

#[tokio::test]
async fn header_whose_attachments_never_come_is_not_an_event() {
    let (mut server, before) = server("").await;
    let mut client = Wire::connect(&server.addr).await;
    let header = "452-0[\"echo\",{\"_placeholder\":true,\"num\":0}]";
    client.text(header).await.unwrap();
    client.frame(BINARY, &[1]).await.unwrap();
    client.text("42[\"echo\"]").await.unwrap();
    let packets = client.until_closed().await;
    assert!(
        !packets
            .iter()
            .any(|packet| matches!(packet, Packet::Text(text) if text.contains("\"ok\""))),
        "{packets:?}"
    );
    unharmed(&mut server, before).await;
}
