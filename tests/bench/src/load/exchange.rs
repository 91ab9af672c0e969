//! Bytes out, messages in: what happens on a connection once it is open.

use anyhow::{Context as _, Result, bail, ensure};
use bytes::{Buf as _, BytesMut};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use super::frame::{self, Frame};

/// Bytes that there is room for before each read.
const READ: usize = 4096;

/// A WebSocket with its buffers.
pub(super) struct Invocation {
    stream: TcpStream,
    input: BytesMut,
    output: Output,
}

/// What goes out with the next write.
#[derive(Default)]
pub(crate) struct Output {
    bytes: Vec<u8>,
    /// How many of `bytes` are written.
    written: usize,
}

impl Output {
    /// Adds a message.
    pub(crate) fn send(&mut self, message: &[u8]) {
        frame::write_text(&mut self.bytes, message);
    }

    fn unwritten(&self) -> &[u8] {
        self.bytes.get(self.written..).unwrap_or_default()
    }

    fn advance(&mut self, count: usize) {
        self.written += count;
        if self.written == self.bytes.len() {
            self.bytes.clear();
            self.written = 0;
        }
    }
}

impl Invocation {
    /// `input` is what came behind the answer to the handshake.
    pub(super) fn new(stream: TcpStream, input: BytesMut) -> Self {
        Self {
            stream,
            input,
            output: Output::default(),
        }
    }

    pub(super) fn output(&mut self) -> &mut Output {
        &mut self.output
    }

    /// Hands over the messages that are there, or else writes what is to be written or reads what comes.
    ///
    /// Writing and reading are waited for at once, so two sides with full buffers do not wait for each other. May be
    /// dropped and called again.
    pub(super) async fn step(
        &mut self,
        mut receive: impl FnMut(&[u8], &mut Output) -> Result<()>,
    ) -> Result<()> {
        if self.deliver(&mut receive)? > 0 {
            return Ok(());
        }
        self.input.reserve(READ);
        let (mut reader, mut writer) = self.stream.split();
        tokio::select! {
            biased;
            written = writer.write(self.output.unwritten()), if !self.output.unwritten().is_empty() => {
                self.output.advance(written.context("cannot write to the server")?);
                return Ok(());
            }
            read = reader.read_buf(&mut self.input) => {
                ensure!(read.context("cannot read from the server")? > 0, "the server has closed the connection");
            }
        }
        self.deliver(&mut receive)?;
        Ok(())
    }

    /// How many frames there were.
    fn deliver(
        &mut self,
        receive: &mut impl FnMut(&[u8], &mut Output) -> Result<()>,
    ) -> Result<usize> {
        let mut frames = 0;
        let mut consumed = 0;
        while let Some((frame, length)) =
            frame::read(self.input.get(consumed..).unwrap_or_default())?
        {
            match frame {
                // Engine.IO's ping and its answer.
                Frame::Text(b"2") => self.output.send(b"3"),
                Frame::Text(message) => receive(message, &mut self.output)?,
                Frame::Ping(data) => frame::write_pong(&mut self.output.bytes, data),
                Frame::Close => bail!("the server has closed the WebSocket"),
            }
            frames += 1;
            consumed += length;
        }
        self.input.advance(consumed);
        Ok(frames)
    }
}
