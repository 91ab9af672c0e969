//! The option `cors`: which pages browsers let at the answers.

use serde_json::{Value, json};

use super::{OPEN, request, serve};

const GOOD: &str = "https://good.example";
const BAD: &str = "https://bad.example";

/// The CORS headers of an answer to a page of `origin`.
async fn answer(cors: &Value, origin: &str) -> Vec<String> {
    let server = serve(json!({ "cors": cors })).await;
    let (head, _) = request(&server, "GET", OPEN, &format!("origin: {origin}\r\n")).await;
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    headers(&head)
}

fn headers(head: &str) -> Vec<String> {
    let lines = head
        .lines()
        .filter(|line| line.starts_with("access-control-"));
    let mut headers: Vec<_> = lines.map(str::to_owned).collect();
    headers.sort_unstable();
    headers
}

#[tokio::test]
async fn listed_origins_may_read_answers_and_others_may_not() {
    let cors = json!({ "origin": [GOOD, "http://localhost:8080"], "credentials": true });
    assert_eq!(
        answer(&cors, GOOD).await,
        [
            "access-control-allow-credentials: true",
            "access-control-allow-origin: https://good.example",
        ]
    );
    let to_bad = answer(&cors, BAD).await;
    assert!(
        !to_bad
            .iter()
            .any(|header| header.starts_with("access-control-allow-origin")),
        "{to_bad:?}"
    );
}

#[tokio::test]
async fn origin_may_be_all_any_one_or_none() {
    for (origin, expected) in [
        (json!("*"), Some("*")),
        (json!(true), Some(BAD)),
        (json!(GOOD), None),
        (json!(false), None),
    ] {
        let given = answer(&json!({ "origin": origin }), BAD).await;
        let given = given
            .iter()
            .find_map(|header| header.strip_prefix("access-control-allow-origin: "));
        assert_eq!(given, expected, "{origin}");
    }
}

#[tokio::test]
async fn pages_may_read_exposed_headers() {
    let cors = json!({ "origin": GOOD, "exposedHeaders": ["X-One", "X-Two"] });
    let headers = answer(&cors, GOOD).await;
    let exposed = "access-control-expose-headers: x-one,x-two".to_owned();
    assert!(headers.contains(&exposed), "{headers:?}");
}

#[tokio::test]
async fn preflights_are_told_methods_headers_and_age() {
    let cors = json!({
        "origin": true,
        "methods": ["GET", "POST"],
        "allowedHeaders": "X-Token",
        "exposedHeaders": ["X-One", "X-Two"],
        "maxAge": 600,
    });
    let server = serve(json!({ "cors": cors })).await;
    let asks = format!(
        "origin: {GOOD}\r\naccess-control-request-method: POST\r\naccess-control-request-headers: x-token\r\n"
    );
    let (head, body) = request(&server, "OPTIONS", OPEN, &asks).await;
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    assert_eq!(body, "");
    assert_eq!(
        headers(&head),
        [
            "access-control-allow-headers: x-token",
            "access-control-allow-methods: GET,POST",
            "access-control-allow-origin: https://good.example",
            "access-control-expose-headers: x-one,x-two",
            "access-control-max-age: 600",
        ]
    );
}
