//! Who a client is: sessions and tokens, the same over HTTP and over sockets.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::harness::{Stockade, Wire, http::Reply};

const SECRET: &str = "a secret of the tests, thirty-two bytes and more";

/// The guest on a store of its own.
async fn serve() -> Stockade {
    Stockade::with("http")
        .config(&format!("[jwt]\nsecret = \"{SECRET}\""))
        .start()
        .await
}

async fn log_in(server: &Stockade, user: Value) -> String {
    let reply = server.http("POST", "/login").json(&user).send().await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json()["token"].as_str().unwrap().to_owned()
}

/// `name=value` of the cookie that an answer sets.
fn cookie(reply: &Reply) -> String {
    let cookie = reply.header("set-cookie").expect("there is no cookie");
    cookie.split(';').next().unwrap().to_owned()
}

fn unauthorized(reason: &str) -> Value {
    json!({ "code": "UNAUTHORIZED", "message": reason })
}

/// A token of HS256, made as its own standard says.
fn token(claims: &Value, secret: &str) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let head = part(&json!({ "alg": "HS256", "typ": "JWT" }));
    let message = format!("{head}.{}", part(claims));
    let signature = hmac_sha256(secret.as_bytes(), message.as_bytes());
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// By the command that every machine has, so that no code of the server's signs what the server verifies.
fn hmac_sha256(key: &[u8], message: &[u8]) -> Vec<u8> {
    use std::{
        io::Write,
        process::{Command, Stdio},
    };
    let key: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut openssl = Command::new("openssl")
        .args(["dgst", "-sha256", "-mac", "HMAC", "-binary", "-macopt"])
        .arg(format!("hexkey:{key}"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    openssl.stdin.take().unwrap().write_all(message).unwrap();
    crate::harness::finished(openssl, "openssl").stdout
}

fn in_seconds(seconds: i64) -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    now.as_secs() as i64 + seconds
}

#[tokio::test]
async fn session_of_a_login_is_that_of_the_socket_however_it_is_brought() {
    let server = serve().await;
    let reply = server
        .http("POST", "/login")
        .json(&json!({ "name": "Ada" }))
        .send()
        .await;
    let id = reply.json()["token"].as_str().unwrap().to_owned();
    let set = reply.header("set-cookie").unwrap();
    for part in [
        &*format!("sessionID={id}"),
        "HttpOnly",
        "Path=/",
        "SameSite=Lax",
    ] {
        assert!(set.contains(part), "{part} is not in {set}");
    }
    let ada =
        json!({ "user": { "name": "Ada" }, "session": true, "session user": { "name": "Ada" } });
    for options in [
        json!({ "auth": { "token": id } }),
        json!({ "extraHeaders": { "authorization": format!("Bearer {id}") } }),
        json!({ "extraHeaders": { "cookie": format!("other=1; sessionID={id}") } }),
    ] {
        let client = server.client_with("/", options).await;
        assert_eq!(client.ask("whoami", json!(null)).await["data"], ada);
        assert_eq!(client.ask("secret", json!(null)).await["data"], ada);
        let members = server
            .client_with("/members", json!({ "auth": { "token": id } }))
            .await;
        assert_eq!(members.ask("whoami", json!(null)).await["data"], ada);
    }
    for header in [
        ("cookie", format!("sessionID={id}")),
        ("authorization", format!("Bearer {id}")),
    ] {
        let reply = server
            .http("GET", "/me")
            .header(header.0, &header.1)
            .send()
            .await;
        assert_eq!(
            (reply.status, reply.json()),
            (200, json!({ "name": "Ada" }))
        );
    }
}

#[tokio::test]
async fn who_brings_no_session_or_a_wrong_one_is_turned_away() {
    let server = serve().await;
    let none = unauthorized("Session token not found.");
    let wrong = unauthorized("token invalid or expired");
    let reply = server.http("GET", "/me").send().await;
    assert_eq!((reply.status, reply.json()), (401, none.clone()));
    assert_eq!(reply.header("www-authenticate"), Some("Bearer"));
    let guessed = "A".repeat(43);
    for bad in ["", "x", &guessed, "../../etc", &"A".repeat(5_000)] {
        let expected = if bad.is_empty() { &none } else { &wrong };
        let reply = server
            .http("GET", "/me")
            .header("cookie", &format!("sessionID={bad}"))
            .send()
            .await;
        assert_eq!((reply.status, &reply.json()), (401, expected), "{bad}");
    }
    let reply = server
        .http("GET", "/me")
        .header("authorization", "Basic abc")
        .send()
        .await;
    assert_eq!(reply.status, 401);
    let client = server.client().await;
    assert_eq!(
        client.ask("secret", json!(null)).await,
        json!({ "status": "error", "error": none })
    );
    let refused = server.connecting("/members", json!({})).await;
    assert_eq!(refused.refused().await, "Session token not found.");
    let refused = server.connecting("/users", json!({})).await;
    assert_eq!(refused.refused().await, "there is no user: log in first");
}

#[tokio::test]
async fn refused_clients_read_data_beside_the_message() {
    let server = serve().await;
    let mut client = Wire::open(&server.addr).await;
    let by_a_step = client.join("40/members,", "44/members").await;
    assert_eq!(
        by_a_step,
        r#"44/members,{"message":"Session token not found.","data":{"code":"UNAUTHORIZED"}}"#
    );
    let by_the_guest = client.join("40/refused,", "44/refused").await;
    assert_eq!(
        by_the_guest,
        r#"44/refused,{"message":"come back tomorrow","data":{"until":"tomorrow","tries":[1,2]}}"#
    );
    let is_refusal = |line: &Value| {
        line["message"] == "the guest refused a connection" && line["cause"] == "come back tomorrow"
    };
    server.logged("the refusal", is_refusal).await;
}

#[tokio::test]
async fn logout_ends_the_session_for_requests_and_sockets() {
    let server = serve().await;
    let id = log_in(&server, json!("Ada")).await;
    let client = server
        .client_with("/", json!({ "auth": { "token": id } }))
        .await;
    assert_eq!(
        client.ask("secret", json!(null)).await["data"]["user"],
        "Ada"
    );
    let logout = server
        .http("POST", "/logout")
        .header("cookie", &format!("sessionID={id}"));
    let reply = logout.send().await;
    assert_eq!(reply.json(), json!(null));
    let cleared = reply.header("set-cookie").unwrap();
    assert!(
        cleared.starts_with("sessionID=;") && cleared.contains("Max-Age=0"),
        "{cleared}"
    );
    let answer = client.ask("secret", json!(null)).await;
    assert_eq!(answer["error"], unauthorized("token invalid or expired"));
    let answer = client.ask("whoami", json!(null)).await;
    let nobody = json!({ "user": null, "session": false, "session user": null });
    assert_eq!(answer["data"], nobody);
    let reply = server
        .http("GET", "/me")
        .header("cookie", &format!("sessionID={id}"))
        .send()
        .await;
    assert_eq!(reply.status, 401);
}

#[tokio::test]
async fn who_has_no_session_keeps_the_user_of_a_token() {
    let server = serve().await;
    let claims = json!({ "sub": "ada", "exp": in_seconds(60) });
    let auth = json!({ "auth": { "token": token(&claims, SECRET) } });
    let client = server.client_with("/tokens", auth).await;
    let answer = client.ask("secret", json!(null)).await;
    assert_eq!(answer["error"], unauthorized("token invalid or expired"));
    let answer = client.ask("whoami", json!(null)).await;
    assert_eq!(answer["data"]["user"], claims);
}

#[tokio::test]
async fn refusal_before_the_guest_takes_no_instance_and_is_logged() {
    let server = serve().await;
    let reply = server.http("GET", "/users-only").send().await;
    assert_eq!(reply.status, 401);
    let is_refusal = |line: &Value| {
        line["message"] == "the event was rejected" && line["code"] == "UNAUTHORIZED"
    };
    server.logged("the refusal", is_refusal).await;
    let lines = server.log();
    let made = lines
        .iter()
        .filter(|line| line["message"] == "an instance is made");
    // To describe the component.
    assert_eq!(made.count(), 1);
}

#[tokio::test]
async fn id_changes_at_login_and_the_old_one_is_worth_nothing() {
    let server = serve().await;
    let first = server
        .http("POST", "/login")
        .json(&json!("Ada"))
        .send()
        .await;
    let old = cookie(&first);
    let renewed = server
        .http("POST", "/renew")
        .header("cookie", &old)
        .send()
        .await;
    let new = cookie(&renewed);
    assert_ne!(old, new);
    let me = async |cookie: &str| {
        server
            .http("GET", "/me")
            .header("cookie", cookie)
            .send()
            .await
    };
    assert_eq!(me(&old).await.status, 401);
    assert_eq!(me(&new).await.json(), "Ada");
}

#[tokio::test]
async fn what_a_request_keeps_in_a_session_a_socket_reads_and_the_other_way() {
    let server = serve().await;
    let id = log_in(&server, json!("Ada")).await;
    let client = server
        .client_with("/", json!({ "auth": { "token": id } }))
        .await;
    assert_eq!(client.ask("recall", json!(null)).await["data"], json!(null));
    let thing = json!({ "a": [1, "ü"] });
    assert_eq!(client.ask("remember", thing.clone()).await["data"], true);
    assert_eq!(client.ask("recall", json!(null)).await["data"], thing);
    let visit = || {
        let put = server.http("PUT", "/visits");
        put.header("cookie", &format!("sessionID={id}")).send()
    };
    for count in 1..=3 {
        assert_eq!(visit().await.json(), count);
    }
    let alone = server.client().await;
    assert_eq!(alone.ask("remember", json!(1)).await["data"], false);
}

#[tokio::test]
async fn session_that_is_not_used_expires() {
    let server = Stockade::with("http")
        .config(&format!(
            "[jwt]\nsecret = \"{SECRET}\"\n[session]\ninactivity = \"1s\""
        ))
        .start()
        .await;
    let id = log_in(&server, json!("Ada")).await;
    let client = server
        .client_with("/", json!({ "auth": { "token": id } }))
        .await;
    assert_eq!(client.ask("secret", json!(null)).await["status"], "ok");
    let expired = async {
        while client.ask("whoami", json!(null)).await["data"]["session user"] != json!(null) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), expired)
        .await
        .unwrap();
    let answer = client.ask("secret", json!(null)).await;
    assert_eq!(answer["error"], unauthorized("token invalid or expired"));
}

#[tokio::test]
async fn session_has_an_end_of_its_size_and_of_its_number() {
    let server = serve().await;
    let id = log_in(&server, json!("Ada")).await;
    let client = server
        .client_with("/", json!({ "auth": { "token": id } }))
        .await;
    assert_eq!(
        client.ask("remember", json!("x".repeat(60_000))).await["data"],
        true
    );
    assert_eq!(
        client.ask("remember", json!("x".repeat(70_000))).await["data"],
        false
    );
    assert_eq!(
        client.ask("recall", json!(null)).await["data"],
        json!("x".repeat(60_000))
    );
    // With time enough, only the operations on the store end it.
    let patient = Stockade::with("http")
        .config(&format!(
            "[jwt]\nsecret = \"{SECRET}\"\n[limits]\ncpu = \"10s\"\nwall = \"15s\"\nstore-operations = 100"
        ))
        .start()
        .await;
    let reply = patient.http("GET", "/sessions-for-ever").send().await;
    assert_eq!((reply.status, reply.json()), (200, json!(100)));
    assert_eq!(server.http("GET", "/hello").send().await.status, 200);
}

#[tokio::test]
async fn token_makes_the_user() {
    let server = serve().await;
    let claims = json!({ "sub": "ada", "exp": in_seconds(60), "roles": ["admin"] });
    let good = token(&claims, SECRET);
    for header in [
        ("authorization", format!("Bearer {good}")),
        ("cookie", format!("auth={good}")),
    ] {
        let reply = server
            .http("GET", "/token")
            .header(header.0, &header.1)
            .send()
            .await;
        assert_eq!((reply.status, reply.json()), (200, claims.clone()));
    }
    let client = server
        .client_with("/tokens", json!({ "auth": { "token": good } }))
        .await;
    assert_eq!(
        client.ask("whoami", json!(null)).await["data"]["user"],
        claims
    );
    assert_eq!(
        client.ask("token", json!(null)).await["data"]["user"],
        claims
    );
    let reply = server.http("GET", "/maybe-token").send().await;
    assert_eq!((reply.status, reply.json()), (200, json!(null)));
}

#[tokio::test]
async fn token_that_is_no_good_is_turned_away_with_the_reason() {
    let server = serve().await;
    let sign = |claims: Value| token(&claims, SECRET);
    let none = format!(
        "{}.{}.",
        URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#),
        URL_SAFE_NO_PAD.encode(format!(r#"{{"exp":{}}}"#, in_seconds(60)))
    );
    for (token, reason) in [
        (sign(json!({ "exp": in_seconds(-60) })), "jwt expired"),
        (sign(json!({})), "exp required"),
        (
            sign(json!({ "exp": in_seconds(60), "nbf": in_seconds(30) })),
            "jwt not active",
        ),
        (
            token(
                &json!({ "exp": in_seconds(60) }),
                "another secret, as long as the first one",
            ),
            "invalid signature",
        ),
        (none, "jwt signature is required"),
        ("nonsense".to_owned(), "jwt malformed"),
    ] {
        for path in ["/token", "/maybe-token"] {
            let bearer = format!("Bearer {token}");
            let reply = server
                .http("GET", path)
                .header("authorization", &bearer)
                .send()
                .await;
            assert_eq!(
                (reply.status, reply.json()),
                (401, unauthorized(reason)),
                "{path}"
            );
        }
        let refused = server
            .connecting("/tokens", json!({ "auth": { "token": token } }))
            .await;
        assert_eq!(refused.refused().await, reason);
    }
    let refused = server.connecting("/tokens", json!({})).await;
    assert_eq!(refused.refused().await, "JSON Web Token not found.");
}

#[tokio::test]
async fn token_that_expires_ends_what_its_socket_may_do() {
    let server = serve().await;
    let claims = json!({ "exp": in_seconds(2), "sub": "ada" });
    let config = json!({ "auth": { "token": token(&claims, SECRET) } });
    let client = server.client_with("/tokens", config).await;
    assert_eq!(client.ask("token", json!(null)).await["status"], "ok");
    let expired = async {
        loop {
            let answer = client.ask("token", json!(null)).await;
            if answer["status"] == "error" {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    // Two seconds of life, five of leeway, one of memory.
    let answer = tokio::time::timeout(Duration::from_secs(20), expired)
        .await
        .unwrap();
    assert_eq!(answer["error"], unauthorized("jwt expired"));
}

#[test]
fn component_that_verifies_tokens_needs_keys() {
    let mut run = std::process::Command::new(crate::harness::binary());
    run.arg("run")
        .arg(crate::harness::component("http"))
        .args(["--listen", "127.0.0.1:0"]);
    let output = crate::harness::output(&mut run);
    assert!(!output.status.success());
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(error.contains("set jwt.secret"), "{error}");
}

#[tokio::test]
async fn session_takes_its_user_back_from_all_sockets() {
    let server = serve().await;
    let id = log_in(&server, json!({ "name": "Ada" })).await;
    let bearer = format!("Bearer {id}");
    let client = server
        .client_with("/", json!({ "auth": { "token": id } }))
        .await;
    let answer = client.ask("secret", json!(null)).await;
    assert_eq!(answer["data"]["user"], json!({ "name": "Ada" }));
    let forget = server.http("POST", "/forget-user");
    let reply = forget.header("authorization", &bearer).send().await;
    assert_eq!(reply.status, 200);
    let answer = client.ask("secret", json!(null)).await;
    let nobody = json!({ "user": null, "session": true, "session user": null });
    assert_eq!(answer["data"], nobody);
}

#[tokio::test]
async fn null_is_no_user() {
    let server = serve().await;
    for (user, status) in [(json!({ "name": "Ada" }), 200), (json!(null), 401)] {
        let id = log_in(&server, user).await;
        let get = server.http("GET", "/users-with-session");
        let get = get.header("authorization", &format!("Bearer {id}"));
        assert_eq!(get.send().await.status, status);
    }
}

/// Waits until the server knows that nobody is there.
async fn gone(server: &Stockade) {
    let started = std::time::Instant::now();
    loop {
        let reply = server.http("POST", "/users").json(&json!({ "name": "" }));
        if reply.send().await.json()["sockets"] == 0 {
            return;
        }
        assert!(
            started.elapsed() < crate::harness::PATIENCE,
            "somebody stays"
        );
    }
}

#[tokio::test]
async fn who_comes_back_as_another_user_is_a_new_client() {
    let server = Stockade::with("http")
        .config(&format!(
            "[jwt]\nsecret = \"{SECRET}\"\n[socket]\nconnection-state-recovery = \"60s\""
        ))
        .start()
        .await;
    let of = |sub: &str, seconds| token(&json!({ "sub": sub, "exp": in_seconds(seconds) }), SECRET);
    let connect = async |auth: Value| {
        let mut wire = Wire::open(&server.addr).await;
        let answer = wire.join(&format!("40/tokens,{auth}"), "40").await;
        let answer = answer.strip_prefix("40/tokens,").expect(&answer);
        let ids: Value = serde_json::from_str(answer).unwrap();
        // It leaves the namespaces in the order in which it came into them, so this is the last.
        assert!(wire.join("40", "40").await.starts_with("40"));
        (wire, ids)
    };
    for (comes_back, is_the_same) in [(of("ada", 200), true), (of("eve", 100), false)] {
        let (wire, before) = connect(json!({ "token": of("ada", 100) })).await;
        drop(wire);
        gone(&server).await;
        let auth = json!({ "token": comes_back, "pid": before["pid"] });
        let (_, after) = connect(auth).await;
        assert_eq!(before["sid"] == after["sid"], is_the_same);
        assert_eq!(before["pid"] == after["pid"], is_the_same);
    }
}
