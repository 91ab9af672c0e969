//! WebSocket's frames: those of a client out, those of a server in.

use anyhow::{Result, bail};

/// How outgoing frames are masked. All four bytes are the same, which lets the compiler mask a vector at a time; the
/// server cannot know and unmasks as always. Zero would save some of them the work.
const MASK: u8 = 0x5a;

/// A frame of the server.
#[derive(Debug, PartialEq)]
pub(super) enum Frame<'a> {
    Text(&'a [u8]),
    Ping(&'a [u8]),
    Close,
}

/// Appends a frame with `text`.
pub(super) fn write_text(output: &mut Vec<u8>, text: &[u8]) {
    write(output, 0x1, text);
}

/// Appends the answer to a ping that carried `data`.
pub(super) fn write_pong(output: &mut Vec<u8>, data: &[u8]) {
    write(output, 0xa, data);
}

fn write(output: &mut Vec<u8>, opcode: u8, payload: &[u8]) {
    output.push(0x80 | opcode);
    let length = payload.len();
    if let Ok(short @ 0..126) = u8::try_from(length) {
        output.push(0x80 | short);
    } else if let Ok(medium) = u16::try_from(length) {
        output.push(0x80 | 126);
        output.extend_from_slice(&medium.to_be_bytes());
    } else {
        output.push(0x80 | 127);
        output.extend_from_slice(&(length as u64).to_be_bytes());
    }
    output.extend_from_slice(&[MASK; 4]);
    output.extend(payload.iter().map(|byte| byte ^ MASK));
}

/// The first frame of `input` and its length in bytes, or none if it has not all come yet.
///
/// # Errors
///
/// For what no peer has a reason to send: parts of messages, binary messages, masks.
pub(super) fn read(input: &[u8]) -> Result<Option<(Frame<'_>, usize)>> {
    let &[first, second, ref rest @ ..] = input else {
        return Ok(None);
    };
    let (header, length) = match (second, rest) {
        (short @ 0..126, _) => (2, u64::from(short)),
        (126, &[a, b, ..]) => (4, u64::from(u16::from_be_bytes([a, b]))),
        (127, &[a, b, c, d, e, f, g, h, ..]) => (10, u64::from_be_bytes([a, b, c, d, e, f, g, h])),
        (126 | 127, _) => return Ok(None),
        (128.., _) => bail!("a frame of the server is masked"),
    };
    let end = header + usize::try_from(length)?;
    let Some(payload) = input.get(header..end) else {
        return Ok(None);
    };
    let frame = match first {
        0x81 => Frame::Text(payload),
        0x89 => Frame::Ping(payload),
        0x88 => Frame::Close,
        other => bail!("a frame of the server begins with {other:#04x}"),
    };
    Ok(Some((frame, end)))
}

#[cfg(test)]
mod tests;
