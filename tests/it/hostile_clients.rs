//! Clients that say what no Socket.IO client says, too much of it, or nothing at all.

mod accounts;
mod churn;
mod frames;
mod half_sent;
mod payloads;
mod polling;
mod requests;
mod slow;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::harness::{PATIENCE, Stockade, Wire, in_time};

/// What a server may keep of an attack that is over, or hold of one that is bounded.
const KEPT: u64 = 64 << 20;

/// A server that gives up on silent clients soon, with a guest that echoes.
const IMPATIENT: &str = "[socket]\nping-interval = \"500ms\"\nping-timeout = \"500ms\"\nconnect-timeout = \"1s\"\n\
                         upgrade-timeout = \"1s\"";

/// A server of the basic suite, and its memory once it has served somebody.
async fn server(config: &str) -> (Stockade, u64) {
    let server = Stockade::with("basic-c").config(config).start().await;
    served(&server).await;
    let before = server.resident();
    (server, before)
}

/// An ordinary client comes and is served.
async fn served(server: &Stockade) {
    let mut client = Wire::connect(&server.addr).await;
    let answer = client.ask("echo", "{\"how\":\"are you\"}").await;
    assert_eq!(answer["data"]["how"], "are you");
}

/// Asks `echo`; `false` where the server has ended the connection.
async fn echoes(client: &mut Wire) -> bool {
    let Ok(id) = client.emit("echo", "7").await else {
        return false;
    };
    match client.ack(id).await {
        Some(answer) => {
            assert_eq!(answer["data"], 7, "{answer}");
            assert_eq!(client.acks(id), 1);
            true
        }
        None => false,
    }
}

/// Waits until there is a place for another client: the server learns of ends in its own time.
async fn until_free(server: &Stockade) {
    let started = std::time::Instant::now();
    // Each gives its place back, and several in a row are no luck.
    let mut free = 0;
    while free < 5 {
        let answer = handshake(&server.addr).await.unwrap_or_default();
        assert!(
            started.elapsed() < PATIENCE,
            "no place comes back: {answer}"
        );
        match answer.split("\"sid\":\"").nth(1) {
            Some(rest) => {
                let sid = rest.split('"').next().unwrap_or_default();
                close(&server.addr, sid).await;
                free += 1;
            }
            None => free = 0,
        }
    }
}

/// Ends a session as its client would.
async fn close(addr: &str, sid: &str) {
    let request = format!(
        "POST /socket.io/?EIO=4&transport=polling&sid={sid} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 1\r\n\r\n1"
    );
    let mut stream = TcpStream::connect(addr).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    let _ = in_time("the answer", stream.read_to_string(&mut answer)).await;
}

async fn handshake(addr: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(addr).await?;
    let request =
        "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    in_time("the answer", stream.read_to_string(&mut answer)).await?;
    Ok(answer)
}

/// The server runs, has not panicked, serves others, and has its memory back.
async fn unharmed(server: &mut Stockade, before: u64) {
    served(server).await;
    assert!(server.is_running());
    let log = server.log();
    let strange: Vec<_> = log.iter().filter(|line| line.is_string()).collect();
    assert!(strange.is_empty(), "not written by the log: {strange:#?}");
    let kept = server.resident().saturating_sub(before);
    assert!(kept < KEPT, "{kept} bytes more than before");
}
