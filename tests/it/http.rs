//! HTTP controllers: the pipeline of events, for requests that are not Socket.IO's.

use serde_json::{Value, json};

use crate::{
    harness::{Builder, Stockade, Wire, wire::Packet},
    host_calls::RESERVED,
    isolation::made,
};

/// The guest verifies tokens, so it wants a key.
fn with_keys() -> Builder {
    Stockade::with("http").env(
        "STOCKADE_JWT_SECRET",
        "a secret of the tests, thirty-two bytes and more",
    )
}

async fn serve() -> Stockade {
    with_keys().start().await
}

#[tokio::test]
async fn request_reaches_its_handler_whole() {
    let server = serve().await;
    let reply = server
        .http("POST", "/echo/a%20b?q=1&q=%C3%A9&empty")
        .header("X-Test", "yes")
        .body(b"body \xc3\xa9".to_vec())
        .send()
        .await;
    assert_eq!(reply.status, 200);
    assert_eq!(
        reply.json(),
        json!({
            "method": "POST",
            "path": "/echo/a%20b",
            "params": [["id", "a b"]],
            "query": [["q", "1"], ["q", "é"], ["empty", ""]],
            "header": ["x-test", "yes"],
            "body": "body é",
            "address": "127.0.0.1",
        })
    );
    let reply = server.http("GET", "/files/a/b.txt").send().await;
    assert_eq!(reply.json()["params"], json!([["path", "a/b.txt"]]));
}

#[tokio::test]
async fn handler_emits_to_all_sockets() {
    let server = serve().await;
    let clients = [server.client().await, server.client().await];
    let reply = server
        .http("POST", "/users")
        .json(&json!({ "name": "Ada" }))
        .send()
        .await;
    assert_eq!((reply.status, reply.json()), (201, json!({ "sockets": 2 })));
    for client in &clients {
        assert_eq!(
            client.next("refresh users").await,
            json!([{ "name": "Ada" }])
        );
    }
}

#[tokio::test]
async fn body_that_does_not_match_is_answered_with_ajvs_errors() {
    let server = serve().await;
    let post = |body: &str| {
        let request = server.http("POST", "/users");
        request.body(body.as_bytes().to_vec()).send()
    };
    let reply = post(r#"{"name":1}"#).await;
    assert_eq!(reply.status, 400);
    assert_eq!(
        reply.json(),
        json!({ "body": [{
            "instancePath": "/name",
            "schemaPath": "#/properties/name/type",
            "keyword": "type",
            "params": { "type": "string" },
            "message": "must be string",
        }] })
    );
    for body in ["", "{", "\u{0}", &"[".repeat(200)] {
        let reply = post(body).await;
        assert_eq!(reply.status, 400, "{body:?}");
        assert_eq!(reply.json()["code"], "BAD_REQUEST", "{body:?}");
    }
    let reply = server.http("POST", "/users").body(vec![0xff]).send().await;
    assert_eq!(reply.status, 400);
}

#[tokio::test]
async fn hooks_answer_hand_over_and_come_back() {
    let server = serve().await;
    let reply = server.http("GET", "/forbidden").send().await;
    assert_eq!(
        (reply.status, reply.json()),
        (403, json!({ "path": "/forbidden" }))
    );
    let reply = server.http("GET", "/posted").send().await;
    assert_eq!(
        (reply.status, reply.header("x-post-hook")),
        (200, Some("7"))
    );
    assert_eq!(reply.text(), "hello");
    let reply = server.http("GET", "/state").send().await;
    assert_eq!(reply.json(), json!("handed over"));
}

#[tokio::test]
async fn errors_go_through_handle_error_and_post_hooks() {
    let server = serve().await;
    let reply = server.http("GET", "/denied").send().await;
    assert_eq!(
        (reply.status, reply.json()),
        (403, json!("Permission is denied"))
    );
    assert_eq!(reply.header("x-post-hook"), Some("7"));
    let reply = server.http("GET", "/throw").send().await;
    assert_eq!(reply.status, 500);
    assert_eq!(
        reply.json(),
        json!({
            "code": "INTERNAL_SERVER_ERROR",
            "message": "An internal server error has occurred.",
        })
    );
}

#[tokio::test]
async fn debug_shows_the_cause() {
    let server = with_keys().arg("--debug").start().await;
    let reply = server.http("GET", "/throw").send().await;
    assert_eq!(reply.status, 500);
    assert_eq!(reply.json()["message"], "not for clients");
    let reply = server.http("GET", "/trap").send().await;
    assert_eq!(reply.json()["name"], "Trap");
}

#[tokio::test]
async fn faults_and_broken_promises_are_internal_errors() {
    let server = serve().await;
    for path in ["/trap", "/spin", "/bad-status", "/bad-header", "/huge"] {
        let reply = server.http("GET", path).send().await;
        assert_eq!(reply.status, 500, "{path}");
        assert_eq!(reply.json()["code"], "INTERNAL_SERVER_ERROR", "{path}");
    }
    assert_eq!(server.http("GET", "/hello").send().await.text(), "hello");
}

#[tokio::test]
async fn request_has_no_socket() {
    let server = serve().await;
    let reply = server.http("GET", "/socket").send().await;
    let none = "Err(Error::NoEvent)";
    assert_eq!(
        reply.json(),
        json!({
            "id": none, "emit": none, "namespace": none, "payload": false, "event": "GET /socket",
        })
    );
}

#[tokio::test]
async fn unknown_paths_and_methods_are_told_apart() {
    let server = serve().await;
    let reply = server.http("DELETE", "/hello").send().await;
    assert_eq!((reply.status, reply.header("allow")), (405, Some("GET")));
    let reply = server.http("GET", "/nowhere").send().await;
    assert_eq!(reply.status, 404);
    assert_eq!(reply.json()["code"], "NOT_FOUND");
    let reply = server.http("HEAD", "/hello").send().await;
    assert_eq!((reply.status, reply.text().as_str()), (200, ""));
    assert_eq!(reply.header("content-length"), Some("5"));
}

#[tokio::test]
async fn body_over_the_limit_is_refused() {
    let server = serve().await;
    let post = server.http("POST", "/echo/1").body(vec![b'x'; 1_000_001]);
    assert_eq!(post.send().await.status, 413);
    let post = server.http("POST", "/echo/1").body(vec![b'x'; 500_000]);
    assert_eq!(post.send().await.status, 200);
}

#[tokio::test]
async fn requests_over_the_instances_are_told_to_come_again() {
    for guest in [with_keys(), Stockade::with("incoming-handler")] {
        let server = guest
            .config("[limits]\ninstances = 1\nwaiting = 0\ncpu = \"2s\"")
            .start()
            .await;
        // One of the others may be there first.
        let spinning = async {
            loop {
                let reply = server.http("GET", "/spin").send().await;
                if reply.status != 429 {
                    return reply;
                }
            }
        };
        let others = async {
            loop {
                let reply = server.http("GET", "/hello").send().await;
                if reply.status == 429 {
                    return reply;
                }
            }
        };
        let (spun, busy) = tokio::join!(spinning, others);
        assert_eq!(spun.status, 500);
        assert_eq!(busy.json()["code"], "TOO_MANY_REQUESTS");
        assert!(busy.header("retry-after").is_some());
        let is_told = |line: &Value| {
            line["message"] == "the event was rejected"
                && line["event"] == "GET /hello"
                && line["code"] == "TOO_MANY_REQUESTS"
        };
        server.logged("the rejection", is_told).await;
    }
}

#[tokio::test]
async fn instances_of_requests_end_with_them() {
    for (guest, event) in [
        (with_keys(), "whoami"),
        (Stockade::with("incoming-handler"), "ping"),
    ] {
        let server = guest
            .config("isolation = \"socket\"\n[limits]\ninstances = 2")
            .start()
            .await;
        let client = server.client().await;
        client.ask(event, json!(null)).await;
        let before = made(&server, &client).await;
        for _ in 0..3 {
            let reply = server.http("GET", "/hello").send().await;
            assert!((200..=201).contains(&reply.status), "{reply:?}");
        }
        // The client's own did not give way to theirs.
        client.ask(event, json!(null)).await;
        assert_eq!(made(&server, &client).await, before + 3);
    }
}

#[tokio::test]
async fn files_lie_beside_the_routes() {
    let outer = tempfile::tempdir().unwrap();
    let folder = outer.path().join("public");
    std::fs::create_dir_all(folder.join("pages")).unwrap();
    std::fs::write(outer.path().join("secret.txt"), "secret").unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).unwrap();
    write("index.html", "<h1>home</h1>");
    write("hello", "hidden by the route");
    write("app.js", "1");
    write("inside.txt", "inside");
    let server = with_keys()
        .arg("--static")
        .arg(folder.to_str().unwrap())
        .start()
        .await;
    let get = async |path: &str| server.http("GET", path).send().await;
    let home = get("/").await;
    assert_eq!((home.status, home.text().as_str()), (200, "<h1>home</h1>"));
    assert_eq!(home.header("content-type"), Some("text/html"));
    assert_eq!(
        get("/app.js").await.header("content-type"),
        Some("text/javascript")
    );
    assert_eq!(get("/hello").await.text(), "hello");
    assert_eq!(get("/inside.txt").await.text(), "inside");
    assert_eq!(get("/nothing").await.status, 404);
    // That file is there: only the way to it is closed.
    let absolute = format!("/{}", outer.path().join("secret.txt").display());
    for outside in [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/pages/../../secret.txt",
        "/pages/%2e%2e/%2e%2e/secret.txt",
        "/./../secret.txt",
        "/..\\secret.txt",
        "/..%5csecret.txt",
        &absolute,
        &absolute.replace('/', "%2f").replacen("%2f", "/", 1),
    ] {
        let reply = get(outside).await;
        assert!([400, 404].contains(&reply.status), "{outside}: {reply:?}");
        assert_ne!(reply.text(), "secret", "{outside}");
    }
    let client = server.client().await;
    assert_eq!(client.ask("whoami", json!(null)).await["status"], "ok");
}

#[test]
fn static_that_is_no_folder_is_refused_at_start() {
    let mut run = std::process::Command::new(crate::harness::binary());
    run.args(["run", "--static", "/nowhere"])
        .arg(crate::harness::component("http"));
    let output = crate::harness::output(&mut run);
    assert!(!output.status.success());
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(error.contains("/nowhere is not a folder"), "{error}");
}

#[tokio::test]
async fn incoming_handler_is_served_as_it_is() {
    let server = Stockade::run("incoming-handler").await;
    let post = server.http("POST", "/any?thing=1").body(b"body".to_vec());
    let reply = post.send().await;
    assert_eq!(
        (reply.status, reply.text().as_str()),
        (201, "/any?thing=1 body")
    );
    assert_eq!(reply.header("x-made-by"), Some("incoming-handler"));
    let large = server.http("GET", "/large").send().await;
    assert_eq!((large.status, large.body.len()), (200, 900_000));
    let client = server.client().await;
    let emitted = server.http("GET", "/emit").send().await;
    assert_eq!(emitted.text(), "Ok(())");
    assert_eq!(client.next("news").await, json!(["from http"]));
    assert_eq!(client.ask("ping", json!(null)).await["data"], "pong");
}

#[tokio::test]
async fn incoming_handler_that_misbehaves_is_an_internal_error() {
    let server = Stockade::run("incoming-handler").await;
    for path in ["/silent", "/trap", "/unfinished", "/too-large"] {
        let reply = server.http("GET", path).send().await;
        assert_eq!(reply.status, 500, "{path}");
        let event = format!("GET {path}");
        let is_told = |line: &Value| {
            line["message"] == "the event was ended" && line["event"] == event.as_str()
        };
        server.logged(path, is_told).await;
    }
    let reply = server.http("GET", "/outside").send().await;
    assert!(
        reply.text().contains("HttpRequestDenied"),
        "{}",
        reply.text()
    );
}

#[tokio::test]
async fn instances_serve_requests_at_every_isolation() {
    for isolation in ["event", "socket", "tenant"] {
        let server = with_keys()
            .config(&format!("isolation = \"{isolation}\""))
            .start()
            .await;
        // More than there are instances, so each has to come back.
        for _ in 0..100 {
            assert_eq!(server.http("GET", "/hello").send().await.text(), "hello");
        }
    }
}

#[tokio::test]
async fn body_that_was_validated_is_what_is_handed_on() {
    let server = serve().await;
    let mut wire = Wire::connect(&server.addr).await;
    let sent = br#"{"name":1,"\u006eame":2,"name":"Ada"}"#;
    let reply = server
        .http("POST", "/users")
        .body(sent.to_vec())
        .send()
        .await;
    assert_eq!(reply.status, 201);
    // The guest makes no tree of it.
    let expected = r#"42["refresh users",{"name":"Ada"}]"#;
    assert_eq!(wire.packet().await, Some(Packet::Text(expected.into())));
    let reply = server
        .http("POST", "/users")
        .body(br#"{"name":"Ada","name":1}"#.to_vec())
        .send()
        .await;
    assert_eq!(reply.json()["body"][0]["instancePath"], "/name");
}

#[tokio::test]
async fn handler_cannot_emit_reserved_event_names() {
    let server = serve().await;
    let client = server.client().await;
    for name in RESERVED {
        let reply = server.http("POST", "/emit").body(name.into()).send().await;
        let why = format!("\"{name}\" is a reserved event name");
        assert_eq!((reply.status, reply.json()), (200, json!(why)));
    }
    let reply = server
        .http("POST", "/emit")
        .body(b"Connect".to_vec())
        .send()
        .await;
    assert_eq!(reply.json(), json!(null));
    assert_eq!(client.next("Connect").await, json!([]));
    assert_eq!(client.state().await["connected"], true);
}
