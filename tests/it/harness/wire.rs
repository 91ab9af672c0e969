//! A client that says anything: WebSocket frames, Engine.IO packets and HTTP requests as bytes, right or wrong.

use std::{collections::HashMap, io};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::{PATIENCE, in_time};

/// Opcodes of WebSocket frames.
pub(crate) const TEXT: u8 = 1;
pub(crate) const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const FIN: u8 = 0x80;

/// A WebSocket connection, frame by frame.
pub(crate) struct Wire {
    pub(crate) stream: TcpStream,
    /// Read and not yet taken apart.
    buffer: Vec<u8>,
    /// The id of the next acknowledgement.
    pub(crate) next_id: u64,
    /// How often each acknowledgement came.
    acks: HashMap<u64, usize>,
    /// Packets that came while something else was awaited, oldest first.
    pub(crate) others: Vec<Packet>,
}

/// What came in one frame.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Packet {
    Text(String),
    Binary(Vec<u8>),
}

impl Wire {
    /// Opens a connection, and reads Engine.IO's `open` packet.
    pub(crate) async fn open(addr: &str) -> Self {
        let mut wire = Self::upgrade(addr, "/socket.io/?EIO=4&transport=websocket").await;
        let open = wire.packet().await;
        assert!(
            matches!(&open, Some(Packet::Text(text)) if text.starts_with('0')),
            "{open:?}"
        );
        wire
    }

    /// Opens a connection, and connects to the namespace `/`.
    pub(crate) async fn connect(addr: &str) -> Self {
        let mut wire = Self::open(addr).await;
        let answer = wire.join("40", "40").await;
        assert!(answer.starts_with("40{"), "{answer}");
        wire
    }

    /// Asks for an upgrade at `target`, and gets it.
    pub(crate) async fn upgrade(addr: &str, target: &str) -> Self {
        let key = STANDARD.encode([7; 16]);
        let mut stream = TcpStream::connect(addr).await.unwrap();
        let request = format!(
            "GET {target} HTTP/1.1\r\nhost: {addr}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
             sec-websocket-version: 13\r\nsec-websocket-key: {key}\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let (head, rest) = read_head(&mut stream)
            .await
            .expect("an answer to the upgrade");
        assert!(head.starts_with("HTTP/1.1 101"), "{head}");
        assert!(head.contains(&derive_accept_key(key.as_bytes())), "{head}");
        Self {
            stream,
            buffer: rest,
            next_id: 0,
            acks: HashMap::new(),
            others: Vec::new(),
        }
    }

    /// Sends bytes as they are.
    pub(crate) async fn raw(&mut self, bytes: &[u8]) -> io::Result<()> {
        let sent = tokio::time::timeout(PATIENCE, self.stream.write_all(bytes)).await;
        sent.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
    }

    /// Sends a whole message in one frame.
    pub(crate) async fn frame(&mut self, opcode: u8, payload: &[u8]) -> io::Result<()> {
        self.raw(&frame(FIN | opcode, payload)).await
    }

    pub(crate) async fn text(&mut self, text: &str) -> io::Result<()> {
        self.frame(TEXT, text.as_bytes()).await
    }

    /// The next packet, Engine.IO's pings answered; none once the connection has ended.
    pub(crate) async fn packet(&mut self) -> Option<Packet> {
        let packet = tokio::time::timeout(PATIENCE, self.read_packet()).await;
        packet.expect("the server says nothing")
    }

    async fn read_packet(&mut self) -> Option<Packet> {
        loop {
            let (opcode, payload) = self.read_frame().await?;
            let packet = match opcode & 0xf {
                TEXT => Packet::Text(String::from_utf8(payload).unwrap()),
                BINARY => Packet::Binary(payload),
                CLOSE => return None,
                PING => continue,
                other => panic!("a frame of kind {other}"),
            };
            match packet {
                Packet::Text(text) if text == "2" => self.text("3").await.ok()?,
                Packet::Text(text) if text == "1" => return None,
                packet => return Some(packet),
            }
        }
    }

    async fn read_frame(&mut self) -> Option<(u8, Vec<u8>)> {
        loop {
            if let Some((head, length, opcode)) = header(&self.buffer)
                && self.buffer.len() >= head + length
            {
                let payload = self.buffer[head..head + length].to_vec();
                self.buffer.drain(..head + length);
                return Some((opcode, payload));
            }
            match self.stream.read_buf(&mut self.buffer).await {
                Ok(0) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }

    /// Sends `packet` and waits for an answer that begins so, or with `44`: a connection refused.
    pub(crate) async fn join(&mut self, packet: &str, answer: &str) -> String {
        self.text(packet).await.unwrap();
        loop {
            match self.packet().await.expect("the connection has ended") {
                Packet::Text(text) if text.starts_with(answer) || text.starts_with("44") => {
                    return text;
                }
                other => self.others.push(other),
            }
        }
    }

    /// Emits an event with `argument`, which is written as it is, and wants an acknowledgement with the id that is
    /// answered.
    pub(crate) async fn emit(&mut self, event: &str, argument: &str) -> io::Result<u64> {
        let id = self.next_id;
        self.next_id += 1;
        self.text(&format!("42{id}[{},{argument}]", json!(event)))
            .await?;
        Ok(id)
    }

    /// Waits for the acknowledgement; none once the connection has ended.
    pub(crate) async fn ack(&mut self, id: u64) -> Option<Value> {
        loop {
            match self.packet().await? {
                Packet::Text(text) if is_ack(&text) => {
                    let start = text.find('[').unwrap();
                    let (got, ack) = (&text[2..start], &text[start..]);
                    let got = got.trim_end_matches('-').parse::<u64>().unwrap();
                    *self.acks.entry(got).or_default() += 1;
                    if got == id {
                        // A number that no float can hold passes through the host as it is.
                        let ack: Result<Value, _> = serde_json::from_str(ack);
                        let mut ack = ack.unwrap_or_else(|_| json!([{ "status": "unreadable" }]));
                        assert_eq!(ack.as_array().map(Vec::len), Some(1), "{ack}");
                        return Some(ack[0].take());
                    }
                }
                other => self.others.push(other),
            }
        }
    }

    /// Emits an event and waits for its acknowledgement.
    pub(crate) async fn ask(&mut self, event: &str, argument: &str) -> Value {
        let id = self
            .emit(event, argument)
            .await
            .expect("the connection has ended");
        self.ack(id).await.expect("the connection has ended")
    }

    /// How often the acknowledgement has come. Whatever the server had sent before an answer that came since then is
    /// counted.
    pub(crate) fn acks(&self, id: u64) -> usize {
        self.acks.get(&id).copied().unwrap_or_default()
    }

    /// Events of this name that came and were not awaited.
    pub(crate) fn events(&self, name: &str) -> usize {
        let start = format!("42[{}", json!(name));
        let events = self.others.iter().filter(|packet| match packet {
            Packet::Text(text) => text.starts_with(&start),
            Packet::Binary(_) => false,
        });
        events.count()
    }

    /// Reads on until the server ends the connection, and answers what came until then.
    pub(crate) async fn until_closed(&mut self) -> Vec<Packet> {
        let mut packets = std::mem::take(&mut self.others);
        while let Some(packet) = self.packet().await {
            packets.push(packet);
        }
        packets
    }
}

fn is_ack(text: &str) -> bool {
    text.strip_prefix("43")
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// A frame as clients send it: masked, with a mask that changes nothing.
pub(crate) fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match payload.len() {
        length @ 0..126 => frame.push(0x80 | length as u8),
        length @ 126..0x1_0000 => {
            frame.push(0x80 | 126);
            frame.extend((length as u16).to_be_bytes());
        }
        length => {
            frame.push(0x80 | 127);
            frame.extend((length as u64).to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend(payload);
    frame
}

/// Lengths of the header and of the payload of the first frame, and its first byte.
fn header(buffer: &[u8]) -> Option<(usize, usize, u8)> {
    let (&first, &length) = (buffer.first()?, buffer.get(1)?);
    Some(match length {
        126 => {
            let length = buffer.get(2..4)?.try_into().unwrap();
            (4, u16::from_be_bytes(length).into(), first)
        }
        127 => {
            let length = buffer.get(2..10)?.try_into().unwrap();
            (10, u64::from_be_bytes(length).try_into().unwrap(), first)
        }
        length => (2, length.into(), first),
    })
}

/// Sends an HTTP request as it is; answers head and body, or none where the server just closed the connection.
pub(crate) async fn http(stream: &mut TcpStream, request: &[u8]) -> Option<(String, String)> {
    let answer = async {
        stream.write_all(request).await.ok()?;
        let (head, mut body) = read_head(stream).await?;
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "));
        let length = length.map_or(0, |length| length.parse().unwrap());
        while body.len() < length {
            if stream.read_buf(&mut body).await.ok()? == 0 {
                return None;
            }
        }
        Some((head, String::from_utf8_lossy(&body).into_owned()))
    };
    in_time("the answer to an HTTP request", answer).await
}

/// The head of an answer, and what came with it.
async fn read_head(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut buffer = Vec::new();
    let read = async {
        loop {
            let end = buffer.windows(4).position(|window| window == b"\r\n\r\n");
            if let Some(end) = end {
                let rest = buffer.split_off(end + 4);
                return Some((String::from_utf8_lossy(&buffer).into_owned(), rest));
            }
            if stream.read_buf(&mut buffer).await.ok()? == 0 {
                return None;
            }
        }
    };
    in_time("the answer to an HTTP request", read).await
}
