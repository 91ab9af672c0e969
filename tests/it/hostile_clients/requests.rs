//! HTTP requests beside Socket.IO's: targets that are no paths, hosts that are none, bodies of two lengths, and answers of
//! guests that are none.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::KEPT;
use crate::harness::{PATIENCE, Stockade};

/// Sends bytes and reads until the server closes the connection.
async fn exchange(server: &Stockade, request: &str) -> String {
    let mut stream = TcpStream::connect(&server.addr).await.unwrap();
    let _ = stream.write_all(request.as_bytes()).await;
    let mut answer = Vec::new();
    let read = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut answer)).await;
    assert!(
        read.is_ok(),
        "no end to {:?}",
        &request[..request.len().min(80)]
    );
    String::from_utf8_lossy(&answer).into_owned()
}

/// What the log has that is not the log's, or is about guests that did nothing.
fn strange(server: &Stockade) -> Vec<serde_json::Value> {
    let mut log = server.log();
    log.retain(|line| line.is_string() || line["target"] == "stockade_server::dispatch::log");
    log
}

#[tokio::test]
async fn targets_that_are_no_paths_are_answered() {
    let files = tempfile::tempdir().unwrap();
    std::fs::create_dir(files.path().join("public")).unwrap();
    std::fs::write(files.path().join("secret"), "never to be seen").unwrap();
    let public = files.path().join("public");
    for guest in ["basic-c", "incoming-handler"] {
        let mut server = Stockade::with(guest)
            .arg("--static")
            .arg(public.to_str().unwrap())
            .start()
            .await;
        for target in [
            "*",
            "x",
            "x:80",
            "//",
            "/%",
            "/%00",
            "/%2e%2e/secret",
            "/../secret",
            "/..%2fsecret",
            "/%2e%2e%2fsecret",
            "/..\\secret",
            "/public/../../secret",
            "//secret",
            "http://x/../secret",
            "http://",
            "/socket.io.evil?EIO=4&transport=polling",
            "/socket.io/../secret?EIO=4&transport=polling",
            "/?sid=",
        ] {
            for method in ["GET", "HEAD", "OPTIONS", "CONNECT", "POST", "X"] {
                let request =
                    format!("{method} {target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
                let answer = exchange(&server, &request).await;
                assert!(!answer.contains("never to be seen"), "{method} {target}");
                assert!(
                    !answer.starts_with("HTTP/1.1 5"),
                    "{method} {target}: {answer}"
                );
            }
        }
        assert!(strange(&server).is_empty(), "{:#?}", strange(&server));
        assert!(server.is_running());
    }
}

#[tokio::test]
async fn requests_to_nobody_are_their_clients_fault() {
    let server = Stockade::run("incoming-handler").await;
    for head in [
        "GET /x HTTP/1.1\r\nconnection: close\r\n\r\n",
        "GET /x HTTP/1.0\r\n\r\n",
        "GET /x HTTP/1.1\r\nhost: \u{e9}\r\nconnection: close\r\n\r\n",
        "GET /x HTTP/1.1\r\nhost: a b\r\nconnection: close\r\n\r\n",
        "GET /x HTTP/1.1\r\nhost: \r\nconnection: close\r\n\r\n",
    ] {
        let answer = exchange(&server, head).await;
        assert!(
            answer.contains(" 400 ") || answer.contains(" 201 "),
            "{head:?}: {answer}"
        );
    }
    assert!(strange(&server).is_empty(), "{:#?}", strange(&server));
}

#[tokio::test]
async fn guests_cannot_answer_with_what_is_the_hosts() {
    let mut server = Stockade::run("incoming-handler").await;
    for status in ["100", "101", "103", "199", "600", "999"] {
        let request = format!(
            "GET /status/{status} HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: anything\r\n\r\n"
        );
        let mut stream = TcpStream::connect(&server.addr).await.unwrap();
        let answer = crate::harness::wire::http(&mut stream, request.as_bytes()).await;
        let (head, _) = answer.expect("an answer");
        assert!(head.starts_with("HTTP/1.1 500"), "{status}: {head}");
    }
    // The guest traps where the standard forbids the header; what it does not forbid does not get out.
    for header in [
        "content-length",
        "transfer-encoding",
        "connection",
        "upgrade",
        "trailer",
        "te",
        "keep-alive",
    ] {
        let request = format!("GET /header/{header} HTTP/1.1\r\nhost: x\r\n\r\n");
        let mut stream = TcpStream::connect(&server.addr).await.unwrap();
        let answer = crate::harness::wire::http(&mut stream, request.as_bytes()).await;
        let (head, _) = answer.unwrap_or_else(|| panic!("{header}: no answer"));
        assert!(
            !head.contains(&format!("{header}: 1\r\n")),
            "{header}: {head}"
        );
    }
    assert!(server.is_running());
}

#[tokio::test]
async fn one_request_is_one_request() {
    let server = Stockade::run("incoming-handler").await;
    let smuggled = "GET /smuggled HTTP/1.1\r\nhost: x\r\n\r\n";
    for (head, body) in [
        // Both lengths: the chunks count, and nothing behind them is a request.
        (
            "content-length: 4\r\ntransfer-encoding: chunked\r\n",
            format!("0\r\n\r\n{smuggled}"),
        ),
        (
            "transfer-encoding: chunked, identity\r\n",
            format!("0\r\n\r\n{smuggled}"),
        ),
        (
            "transfer-encoding: xchunked\r\n",
            format!("0\r\n\r\n{smuggled}"),
        ),
        (
            "transfer-encoding : chunked\r\n",
            format!("0\r\n\r\n{smuggled}"),
        ),
        ("content-length: +5\r\n", smuggled.to_owned()),
        ("content-length: 5, 6\r\n", smuggled.to_owned()),
        // Too large, so it is refused before it is read; what it has is no request.
        ("content-length: 90000000\r\n", smuggled.repeat(2)),
    ] {
        let request = format!("POST /first HTTP/1.1\r\nhost: x\r\n{head}\r\n{body}");
        let mut stream = TcpStream::connect(&server.addr).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut answer = Vec::new();
        let read = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut answer)).await;
        assert!(read.is_ok(), "{head:?} hangs");
        let answer = String::from_utf8_lossy(&answer);
        assert!(!answer.contains("smuggled"), "{head:?}: {answer}");
    }
}

#[tokio::test]
async fn bodies_that_never_end_are_bounded_together() {
    let server = Stockade::with("incoming-handler")
        .config("[limits]\ntotal-queue = \"16MiB\"")
        .start()
        .await;
    let before = server.resident();
    let mut streams = Vec::new();
    let half = "x".repeat(900_000);
    for _ in 0..150 {
        let mut stream = TcpStream::connect(&server.addr).await.unwrap();
        let head = format!("POST /x HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\n{half}");
        // The server may have refused it by now.
        let _ = stream.write_all(head.as_bytes()).await;
        streams.push(stream);
    }
    let held = server.resident().saturating_sub(before);
    assert!(held < KEPT, "{held} bytes of 150 bodies");
    drop(streams);
    let reply = server.http("POST", "/after").send().await;
    assert_eq!(reply.status, 201);
}
