//! Reads and writes WebSocket frames (RFC 6455), as a server.

use std::mem;

/// Bytes of the largest control frame.
const MAX_CONTROL: u64 = 125;

/// A message or a control frame, borrowed from the buffer that it was read into.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Frame<'a> {
    Text(&'a str),
    Binary(&'a [u8]),
    Ping(&'a [u8]),
    Pong,
    /// The client closes the connection, with this code.
    Close(Option<u16>),
}

/// A broken rule, with WebSocket's code for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Violation {
    Protocol = 1002,
    NotUtf8 = 1007,
    TooLarge = 1009,
}

/// The code of a normal closure.
pub(super) const NORMAL: u16 = 1000;

/// Assembles frames and messages. Keeps only incomplete ones.
#[derive(Debug)]
pub(super) struct Parser {
    max: usize,
    /// Beginning of a frame.
    frame: Vec<u8>,
    /// Beginning of a message that comes in several frames.
    message: Option<(Opcode, Vec<u8>)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Opcode {
    Continuation = 0x0,
    Text = 0x1,
    Binary = 0x2,
    Close = 0x8,
    Ping = 0x9,
    Pong = 0xa,
}

struct Head {
    fin: bool,
    opcode: Opcode,
    mask: [u8; 4],
    /// Bytes of the head, and of the payload.
    head: usize,
    payload: usize,
}

impl Parser {
    /// Creates a parser for messages of at most `max` bytes.
    pub(super) fn new(max: usize) -> Self {
        Self {
            max,
            frame: Vec::new(),
            message: None,
        }
    }

    /// Parses `input`, and passes each complete message to `take`, in order, until that returns `false`.
    pub(super) fn feed(
        &mut self,
        input: &mut [u8],
        mut take: impl FnMut(Frame<'_>) -> bool,
    ) -> Result<(), Violation> {
        if self.frame.is_empty() {
            let read = self.frames(input, &mut take)?;
            // No more than what has come: what is announced may never come.
            self.frame
                .extend_from_slice(input.get(read..).unwrap_or_default());
            return Ok(());
        }
        let mut frame = mem::take(&mut self.frame);
        frame.extend_from_slice(input);
        let read = self.frames(&mut frame, &mut take)?;
        frame.drain(..read);
        // An idle connection has no buffer.
        if !frame.is_empty() {
            self.frame = frame;
        }
        Ok(())
    }

    /// Passes on all complete frames of `input`, and returns their bytes.
    fn frames(
        &mut self,
        input: &mut [u8],
        take: &mut impl FnMut(Frame<'_>) -> bool,
    ) -> Result<usize, Violation> {
        let mut read = 0;
        while let Some(rest) = input.get_mut(read..)
            && let Some(head) = Head::read(rest, self.max)?
            && let Some(payload) = rest.get_mut(head.head..head.head + head.payload)
        {
            read += head.head + head.payload;
            unmask(payload, head.mask);
            if !self.frame(&head, payload, take)? {
                break;
            }
        }
        Ok(read)
    }

    fn frame(
        &mut self,
        head: &Head,
        payload: &[u8],
        take: &mut impl FnMut(Frame<'_>) -> bool,
    ) -> Result<bool, Violation> {
        match head.opcode {
            Opcode::Ping => return Ok(take(Frame::Ping(payload))),
            Opcode::Pong => return Ok(take(Frame::Pong)),
            Opcode::Close => return Ok(take(Frame::Close(close_code(payload)?))),
            Opcode::Text | Opcode::Binary if self.message.is_some() => {
                return Err(Violation::Protocol);
            }
            opcode @ (Opcode::Text | Opcode::Binary) if head.fin => {
                return hand_on(opcode, payload, take);
            }
            opcode @ (Opcode::Text | Opcode::Binary) => {
                self.message = Some((opcode, payload.to_vec()));
                return Ok(true);
            }
            Opcode::Continuation => {}
        }
        let (opcode, mut message) = self.message.take().ok_or(Violation::Protocol)?;
        if message.len() + payload.len() > self.max {
            return Err(Violation::TooLarge);
        }
        message.extend_from_slice(payload);
        if head.fin {
            return hand_on(opcode, &message, take);
        }
        self.message = Some((opcode, message));
        Ok(true)
    }
}

fn hand_on(
    opcode: Opcode,
    message: &[u8],
    take: &mut impl FnMut(Frame<'_>) -> bool,
) -> Result<bool, Violation> {
    Ok(take(match opcode {
        Opcode::Text => {
            let text = std::str::from_utf8(message);
            Frame::Text(text.map_err(|_| Violation::NotUtf8)?)
        }
        _ => Frame::Binary(message),
    }))
}

impl Head {
    /// Returns the head at the beginning of `bytes`, or `None` if it is not complete.
    fn read(bytes: &[u8], max: usize) -> Result<Option<Self>, Violation> {
        let &[first, second, ref rest @ ..] = bytes else {
            return Ok(None);
        };
        let opcode = Opcode::try_from(first & 0x0f)?;
        let fin = first & 0x80 != 0;
        let control = opcode as u8 & 0x8 != 0;
        // Bits of extensions that nobody has asked for; clients mask what they send.
        if first & 0x70 != 0 || second & 0x80 == 0 || (control && !fin) {
            return Err(Violation::Protocol);
        }
        let (length, extended) = match second & 0x7f {
            126 => (
                rest.first_chunk()
                    .map(|bytes| u16::from_be_bytes(*bytes).into()),
                2,
            ),
            127 => (
                rest.first_chunk().map(|bytes| u64::from_be_bytes(*bytes)),
                8,
            ),
            short => (Some(u64::from(short)), 0),
        };
        let Some(length) = length else {
            return Ok(None);
        };
        if control && length > MAX_CONTROL {
            return Err(Violation::Protocol);
        }
        let payload = usize::try_from(length).ok().filter(|bytes| *bytes <= max);
        let payload = payload.ok_or(Violation::TooLarge)?;
        let mask = rest.get(extended..).and_then(<[u8]>::first_chunk);
        Ok(mask.map(|mask| Self {
            fin,
            opcode,
            mask: *mask,
            head: 2 + extended + mask.len(),
            payload,
        }))
    }
}

impl TryFrom<u8> for Opcode {
    type Error = Violation;

    fn try_from(opcode: u8) -> Result<Self, Violation> {
        Ok(match opcode {
            0x0 => Self::Continuation,
            0x1 => Self::Text,
            0x2 => Self::Binary,
            0x8 => Self::Close,
            0x9 => Self::Ping,
            0xa => Self::Pong,
            _ => return Err(Violation::Protocol),
        })
    }
}

fn close_code(payload: &[u8]) -> Result<Option<u16>, Violation> {
    match payload {
        [] => Ok(None),
        [high, low, reason @ ..] => {
            std::str::from_utf8(reason).map_err(|_| Violation::NotUtf8)?;
            let code = u16::from_be_bytes([*high, *low]);
            // Numbers that are for others, or for nobody.
            match code {
                1000..=1003 | 1007..=1014 | 3000..=4999 => Ok(Some(code)),
                _ => Err(Violation::Protocol),
            }
        }
        [_] => Err(Violation::Protocol),
    }
}

/// Unmasks the payload, eight bytes at a time.
fn unmask(payload: &mut [u8], mask: [u8; 4]) {
    let word = u64::from_ne_bytes([
        mask[0], mask[1], mask[2], mask[3], mask[0], mask[1], mask[2], mask[3],
    ]);
    let (words, rest) = payload.as_chunks_mut::<8>();
    for bytes in words {
        *bytes = (u64::from_ne_bytes(*bytes) ^ word).to_ne_bytes();
    }
    for (byte, mask) in rest.iter_mut().zip(mask.iter().cycle()) {
        *byte ^= mask;
    }
}

/// Appends the head of a text frame.
pub(super) fn push_text_head(out: &mut Vec<u8>, length: usize) {
    push_head(out, Opcode::Text, length);
}

/// Appends the head of a binary frame.
pub(super) fn push_binary_head(out: &mut Vec<u8>, length: usize) {
    push_head(out, Opcode::Binary, length);
}

/// Appends a pong frame.
pub(super) fn push_pong(out: &mut Vec<u8>, payload: &[u8]) {
    push_head(out, Opcode::Pong, payload.len());
    out.extend_from_slice(payload);
}

/// Appends a close frame.
pub(super) fn push_close(out: &mut Vec<u8>, code: u16) {
    push_head(out, Opcode::Close, 2);
    out.extend_from_slice(&code.to_be_bytes());
}

fn push_head(out: &mut Vec<u8>, opcode: Opcode, length: usize) {
    out.push(0x80 | opcode as u8);
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(length @ ..=125), _) => out.push(length),
        (_, Ok(length)) => {
            out.push(126);
            out.extend_from_slice(&length.to_be_bytes());
        }
        _ => {
            out.push(127);
            out.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
}

#[cfg(test)]
mod tests;
