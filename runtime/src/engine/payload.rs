//! The bodies of requests: packets one after another, with a separator between them.

use base64::{Engine as _, prelude::BASE64_STANDARD};

use super::{Message, outgoing::Outgoing};

const SEPARATOR: char = '\x1e';
/// Says to a client that it is to close the session.
const CLOSE: &str = "1";
/// Says nothing.
pub(super) const NOOP: &str = "6";

/// One packet of a client.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Packet<'a> {
    Text(&'a str),
    Binary(Vec<u8>),
}

/// Takes what waits out of `outgoing`, `max` bytes about.
pub(super) fn encode(outgoing: &mut Outgoing, max: usize) -> String {
    let mut payload = String::new();
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
                payload.push('b');
                BASE64_STANDARD.encode_string(data, &mut payload);
            }
            Message::Ping => payload.push('2'),
        }
    }
    if outgoing.is_closed() && outgoing.is_empty() {
        separate(&mut payload);
        payload.push_str(CLOSE);
    }
    payload
}

/// The packets of a body; none for one that is no packet.
pub(super) fn decode(body: &str) -> impl Iterator<Item = Option<Packet<'_>>> {
    body.split(SEPARATOR)
        .map(|packet| match packet.strip_prefix('b') {
            Some(data) => BASE64_STANDARD.decode(data).ok().map(Packet::Binary),
            None => Some(Packet::Text(packet)),
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
    use crate::engine::outgoing::Carrier;

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
    fn packets_are_told_apart() {
        let packets: Vec<_> = decode("4a\x1ebAP8=\x1e3\x1eb!\x1e").collect();
        assert_eq!(
            packets,
            [
                Some(Packet::Text("4a")),
                Some(Packet::Binary(vec![0, 255])),
                Some(Packet::Text("3")),
                None,
                Some(Packet::Text("")),
            ]
        );
    }
}
