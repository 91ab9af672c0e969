//! The option `serveClient`: the client for browsers.

use serde_json::{Value, json};
use tokio::{net::TcpStream, process::Command};

use super::{Component, OPEN, request, serve_with};
use crate::harness::{Stockade, output_of, root, wire::http};

const FILE: &str = "/socket.io/socket.io.min.js";

/// The configuration that names the client's folder.
fn client() -> String {
    let folder = root().join("tests/client/node_modules/socket.io-client/dist");
    format!("[socket]\nclient = {:?}", folder.canonicalize().unwrap())
}

async fn serve() -> Stockade {
    serve_with(json!({ "serveClient": true }), &client()).await
}

fn header<'a>(head: &'a str, name: &str) -> &'a str {
    let mut lines = head.lines();
    lines
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
        .unwrap_or_else(|| panic!("no {name} in {head}"))
}

#[tokio::test]
async fn served_client_loads_and_connects() {
    let server = serve().await;
    for file in ["socket.io.js", "socket.io.min.js", "socket.io.esm.min.js"] {
        let mut node = Command::new("node");
        let node = node.args(["served.mjs", &server.url(), file]);
        let output = output_of(node.current_dir(root().join("tests/client"))).await;
        assert!(output.status.success(), "{output:?}");
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(answer, json!({ "status": "ok", "data": file }));
    }
}

#[tokio::test]
async fn files_are_served_as_they_are() {
    let server = serve().await;
    let folder = root().join("tests/client/node_modules/socket.io-client/dist");
    for (name, kind) in [
        ("socket.io.js", "application/javascript; charset=utf-8"),
        (
            "socket.io.msgpack.min.js",
            "application/javascript; charset=utf-8",
        ),
        ("socket.io.js.map", "application/json; charset=utf-8"),
    ] {
        let (head, body) = request(&server, "GET", &format!("/socket.io/{name}?v=4"), "").await;
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        assert_eq!(header(&head, "content-type"), kind);
        assert!(body == std::fs::read_to_string(folder.join(name)).unwrap());
    }
}

#[tokio::test]
async fn browsers_that_have_a_file_do_not_get_it_again() {
    let server = serve().await;
    let (head, _) = request(&server, "GET", FILE, "").await;
    let etag = header(&head, "etag").to_owned();
    for known in [etag.clone(), format!("\"other\", W/{etag}"), "*".to_owned()] {
        let (head, body) =
            request(&server, "GET", FILE, &format!("if-none-match: {known}\r\n")).await;
        assert!(head.starts_with("HTTP/1.1 304"), "{head}");
        assert_eq!(header(&head, "etag"), etag);
        assert_eq!(body, "");
    }
    let (head, _) = request(&server, "GET", FILE, "if-none-match: \"other\"\r\n").await;
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
}

#[tokio::test]
async fn files_are_only_read() {
    let server = serve().await;
    let (got, body) = request(&server, "GET", FILE, "").await;
    let (head, nothing) = request(&server, "HEAD", FILE, "").await;
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    assert_eq!(header(&head, "content-length"), body.len().to_string());
    assert_eq!(header(&head, "etag"), header(&got, "etag"));
    assert_eq!(nothing, "");
    let (head, _) = request(&server, "POST", FILE, "content-length: 0\r\n").await;
    assert!(head.starts_with("HTTP/1.1 405"), "{head}");
    assert_eq!(header(&head, "allow"), "GET, HEAD");
    for outside in [
        "/socket.io/../package.json",
        "/socket.io/package.json",
        "/socket.io.js",
    ] {
        let (head, _) = request(&server, "GET", outside, "").await;
        assert!(head.starts_with("HTTP/1.1 4"), "{outside}: {head}");
    }
}

/// There are two places for sessions here, and none of them is for somebody who only reads a file.
#[tokio::test]
async fn files_take_no_clients_place() {
    let limits = format!("{}\n[limits]\nconnections = 2", client());
    let server = serve_with(json!({}), &limits).await;
    let mut reader = TcpStream::connect(&server.addr).await.unwrap();
    assert_found(&mut reader, FILE).await;
    let mut opener = TcpStream::connect(&server.addr).await.unwrap();
    assert_found(&mut opener, OPEN).await;
    assert_found(&mut opener, OPEN).await;
}

async fn assert_found(stream: &mut TcpStream, target: &str) {
    let request = format!("GET {target} HTTP/1.1\r\nhost: x\r\n\r\n");
    let (head, _) = http(stream, request.as_bytes()).await.unwrap();
    assert!(head.starts_with("HTTP/1.1 200"), "{target}: {head}");
}

#[tokio::test]
async fn component_may_turn_down_a_client_that_the_operator_offers() {
    let off = serve_with(json!({ "serveClient": false }), &client()).await;
    let (head, _) = request(&off, "GET", FILE, "").await;
    assert!(head.starts_with("HTTP/1.1 400"), "{head}");
    let default = serve_with(json!({}), &client()).await;
    let (head, _) = request(&default, "GET", FILE, "").await;
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
}

#[test]
fn client_without_a_folder_is_refused() {
    let component = Component::new(&json!({ "serveClient": true }));
    let output = component.stockade(&["inspect"], "");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("option `serveClient`") && text.contains("`socket.client`"),
        "{text}"
    );

    let empty = tempfile::tempdir().unwrap();
    let configuration = format!("[socket]\nclient = {:?}", empty.path());
    let output = component.stockade(&["inspect"], &configuration);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("`socket.client`: ") && said.contains("socket.io.js"),
        "{said}"
    );
}
