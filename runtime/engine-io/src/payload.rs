//! Bodies of requests: packets with a separator between them.

use base64::{Engine as _, prelude::BASE64_STANDARD};

use super::{Message, outgoing::Outgoing};

const SEPARATOR: char = '\x1e';
/// Tells a client that the session, or its long-polling, has ended.
pub(super) const CLOSE: &str = "1";
/// A packet without meaning.
pub(super) const NOOP: &str = "6";

/// Takes about `max` bytes of messages out of `outgoing`.
///
/// A session that is ending exists for one more poll, which gets only the end, because clients act on an end before they act on
/// messages in the same body. A session that has ended exists no longer, so its last messages and its end share a body.
pub(super) fn encode(outgoing: &mut Outgoing, max: usize) -> String {
    let mut payload = String::new();
    let ends = outgoing.due_end().is_some();
    while payload.len() < max
        && let Some(message) = outgoing.pop()
    {
        separate(&mut payload);
        match message {
            Message::Text(text) => {
                payload.push('4');
                // It was a text before.
                payload.push_str(&String::from_utf8_lossy(&text));
            }
            Message::Binary(data) => {
                encode_base64(&data, &mut payload);
            }
            Message::Ping => payload.push('2'),
        }
    }
    if ends || (outgoing.is_closed() && outgoing.is_empty()) {
        separate(&mut payload);
        payload.push_str(CLOSE);
    }
    payload
}

/// Returns the packets of a body.
pub(super) fn decode(body: &str) -> impl Iterator<Item = &str> {
    body.split(SEPARATOR)
}

/// Encodes binary data as a text packet.
pub(super) fn encode_base64(data: &[u8], out: &mut String) {
    out.push('b');
    BASE64_STANDARD.encode_string(data, out);
}

/// Decodes base64 as leniently as Node's `Buffer.from`, in one pass. Clients in Java and on Android break lines; others leave out the
/// padding or use the URL alphabet. Characters of neither alphabet are skipped, and `=` ends the data.
pub(super) fn decode_base64(text: &str) -> Vec<u8> {
    if let Ok(data) = BASE64_STANDARD.decode(text) {
        return data;
    }
    let mut data = Vec::with_capacity(text.len() / 4 * 3 + 2);
    let (mut bits, mut count) = (0_u32, 0);
    let letters = text.bytes().take_while(|byte| *byte != b'=');
    for sextet in letters.filter_map(sextet) {
        bits = (bits << 6) | u32::from(sextet);
        count += 6;
        if count >= 8 {
            count -= 8;
            let [.., byte] = (bits >> count).to_be_bytes();
            data.push(byte);
        }
    }
    data
}

/// Returns the six bits of a letter of either alphabet.
fn sextet(letter: u8) -> Option<u8> {
    Some(match letter {
        b'A'..=b'Z' => letter - b'A',
        b'a'..=b'z' => letter - b'a' + 26,
        b'0'..=b'9' => letter - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    })
}

fn separate(payload: &mut String) {
    if !payload.is_empty() {
        payload.push(SEPARATOR);
    }
}

#[cfg(test)]
mod tests {
    use std::iter;

    use super::*;
    use crate::{CloseReason, outgoing::Carrier};

    fn queue(messages: &[Message]) -> Outgoing {
        let mut outgoing = Outgoing::new(Carrier::Polling);
        for message in messages {
            outgoing.push(iter::once(message.clone()), 10).unwrap();
        }
        outgoing
    }

    #[test]
    fn packets_follow_each_other() {
        let mut outgoing = queue(&[
            Message::Text("0".into()),
            Message::Binary([0, 255].as_slice().into()),
            Message::Ping,
        ]);
        assert_eq!(encode(&mut outgoing, 100), "40\x1ebAP8=\x1e2");
        outgoing.close();
        assert_eq!(encode(&mut outgoing, 100), "1");
    }

    #[test]
    fn what_is_too_much_comes_next_time() {
        let mut outgoing = queue(&[Message::Text("long".into()), Message::Text("er".into())]);
        outgoing.close();
        assert_eq!(encode(&mut outgoing, 4), "4long");
        assert_eq!(encode(&mut outgoing, 4), "4er\x1e1");
    }

    #[test]
    fn end_that_a_session_waits_for_comes_alone() {
        let mut outgoing = queue(&[Message::Text("last".into())]);
        outgoing.end(CloseReason::ForcedClose);
        assert_eq!(encode(&mut outgoing, 100), "4last");
        assert_eq!(encode(&mut outgoing, 100), "1");
    }

    #[test]
    fn packets_are_told_apart() {
        let packets: Vec<_> = decode("4a\x1ebAP8=\x1e3\x1e").collect();
        assert_eq!(packets, ["4a", "bAP8=", "3", ""]);
    }

    /// The expected bytes are what `Buffer.from(text, "base64")` returns in Node 20.
    #[test]
    fn base64_is_read_as_by_node() {
        let cases: [(&str, &[u8]); 22] = [
            ("", &[]),
            ("A", &[]),
            ("AQ", &[1]),
            ("AQI", &[1, 2]),
            ("AQID", &[1, 2, 3]),
            ("AQIDB", &[1, 2, 3]),
            ("AQIDBA==", &[1, 2, 3, 4]),
            ("AQIDBA", &[1, 2, 3, 4]),
            ("_-8", &[0xff, 0xef]),
            ("/+8=", &[0xff, 0xef]),
            ("A Q\r\nI D\n", &[1, 2, 3]),
            ("AQI=\r\n", &[1, 2]),
            ("\nAQID", &[1, 2, 3]),
            ("A!Q*I{D", &[1, 2, 3]),
            ("AQ\u{e9}ID", &[1, 2, 3]),
            ("AR==", &[1]),
            ("AQ==AQ==", &[1]),
            ("AQ=A", &[1]),
            ("A=QID", &[]),
            ("=bad", &[]),
            ("!=", &[]),
            ("====", &[]),
        ];
        for (text, data) in cases {
            assert_eq!(decode_base64(text), data, "{text:?}");
        }
    }

    #[test]
    fn base64_in_lines_is_what_it_is_in_one() {
        let data: Vec<u8> = (0..=255).cycle().take(10_000).collect();
        let text = BASE64_STANDARD.encode(&data);
        for end in ["\n", "\r\n"] {
            let lines = text.as_bytes().chunks(76).map(|line| {
                let line = std::str::from_utf8(line).unwrap();
                format!("{line}{end}")
            });
            assert_eq!(decode_base64(&lines.collect::<String>()), data);
        }
        let unpadded = text.trim_end_matches('=');
        assert_eq!(decode_base64(unpadded), data);
        let for_urls = unpadded.replace('+', "-").replace('/', "_");
        assert_eq!(decode_base64(&for_urls), data);
    }
}
