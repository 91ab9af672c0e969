//! A client for HTTP requests that are not Socket.IO's: exactly the bytes that a test wants.

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{PATIENCE, Stockade};

/// A request to be sent.
pub(crate) struct Request {
    addr: String,
    head: String,
    body: Vec<u8>,
}

/// An answer, whole.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// Names in lower case, in their order.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Stockade {
    /// A request to this server: `method`, `path` with its query.
    pub(crate) fn http(&self, method: &str, path: &str) -> Request {
        Request::new(&self.addr, method, path)
    }
}

impl Request {
    /// A request to the server at this address.
    pub(crate) fn new(addr: &str, method: &str, path: &str) -> Self {
        Self {
            addr: addr.to_owned(),
            head: format!("{method} {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n"),
            body: Vec::new(),
        }
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.head.push_str(&format!("{name}: {value}\r\n"));
        self
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.header("content-type", "application/json")
            .body(body.to_string().into_bytes())
    }

    pub(crate) fn body(mut self, body: Vec<u8>) -> Self {
        self.body = body;
        self
    }

    /// Sends it and waits for the whole answer.
    pub(crate) async fn send(self) -> Reply {
        let send = async {
            let mut stream = TcpStream::connect(&self.addr).await.unwrap();
            let length = self.body.len();
            let head = format!("{}content-length: {length}\r\n\r\n", self.head);
            stream.write_all(head.as_bytes()).await.unwrap();
            // A server that refuses a large body need not read it.
            let _ = stream.write_all(&self.body).await;
            let mut answer = Vec::new();
            let _ = stream.read_to_end(&mut answer).await;
            Reply::parse(&answer)
        };
        tokio::time::timeout(PATIENCE, send)
            .await
            .expect("there is no answer")
    }
}

impl Reply {
    fn parse(answer: &[u8]) -> Self {
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n");
        let end = end.unwrap_or_else(|| panic!("no head: {}", String::from_utf8_lossy(answer)));
        let head = std::str::from_utf8(&answer[..end]).unwrap();
        let mut lines = head.split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap();
        let headers = lines.map(|line| {
            let (name, value) = line.split_once(':').unwrap();
            (name.to_lowercase(), value.trim().to_owned())
        });
        Self {
            status: status.parse().unwrap(),
            headers: headers.collect(),
            body: answer[end + 4..].to_vec(),
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let found = headers.find(|(header, _)| header == name);
        found.map(|(_, value)| &**value)
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}
