//! Guests that say too much: to clients and to the log.

use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::{internal_error, pong};
use crate::harness::{Killed, Lines, Stockade, Wire, binary, component};

/// `limits.log`, and what a line costs beside its text.
const LOG: usize = 64 << 10;

#[tokio::test]
async fn event_emits_a_thousand_times_and_no_more() {
    let server = Stockade::run("emit-many").await;
    let mut client = Wire::connect(&server.addr).await;
    let answer = client.ask("attack", "null").await;
    assert_eq!(answer["data"]["accepted"], 1_000, "{answer}");
    assert_eq!(
        answer["data"]["error"]["kind"], "limit-exceeded",
        "{answer}"
    );
    assert_eq!(client.events("tick"), 1_000);
    // The next event has emits of its own.
    let answer = client.ask("attack", "null").await;
    assert_eq!(answer["data"]["accepted"], 1_000, "{answer}");
    assert_eq!(client.events("tick"), 2_000);
}

#[tokio::test]
async fn what_was_emitted_before_the_end_arrives_and_nothing_else() {
    let server = Stockade::run("emit-flood").await;
    let mut client = Wire::connect(&server.addr).await;
    assert_eq!(client.ask("attack", "null").await, internal_error());
    let events = client.events("flood");
    assert!((1..=1_000).contains(&events), "{events} events");
    assert_eq!(client.ask("ping", "null").await, pong());
    assert_eq!(client.events("flood"), events);
}

#[tokio::test]
async fn event_emits_four_megabytes_and_no_more() {
    let server = Stockade::run("emit-megabytes").await;
    let mut client = Wire::connect(&server.addr).await;
    let answer = client.ask("attack", "null").await;
    assert_eq!(answer["data"]["accepted"], 4, "{answer}");
    assert_eq!(
        answer["data"]["error"]["kind"], "limit-exceeded",
        "{answer}"
    );
    assert_eq!(client.events("load"), 4);
}

#[tokio::test]
async fn emits_of_an_event_are_as_many_as_configured() {
    let server = Stockade::with("emit-many")
        .config("[limits]\nemits = 7")
        .start()
        .await;
    let mut client = Wire::connect(&server.addr).await;
    assert_eq!(client.ask("attack", "null").await["data"]["accepted"], 7);
    let server = Stockade::with("emit-megabytes")
        .config("[limits]\nemit-bytes = \"1MB\"")
        .start()
        .await;
    let mut client = Wire::connect(&server.addr).await;
    assert_eq!(client.ask("attack", "null").await["data"]["accepted"], 1);
}

/// The lines of the guest itself, without what the host says about them.
fn guest_lines(server: &Stockade) -> Vec<Value> {
    let lines = server.log().into_iter();
    lines.filter(|line| line["target"] == "guest").collect()
}

fn is_dropped(line: &Value) -> bool {
    let message = line["message"].as_str();
    message.is_some_and(|message| message.contains("bytes of log dropped"))
}

/// What the operator's disk has to take.
fn written(lines: &[Value]) -> usize {
    lines.iter().map(|line| line.to_string().len()).sum()
}

#[tokio::test]
async fn log_of_an_event_ends_with_what_was_dropped() {
    for guest in ["endless-log", "stdout-flood"] {
        let server = Stockade::run(guest).await;
        let mut client = Wire::connect(&server.addr).await;
        assert_eq!(client.ask("attack", "null").await, internal_error());
        let dropped = server.logged("what was dropped", is_dropped).await;
        assert_eq!(dropped["level"], "WARN");
        let lines = guest_lines(&server);
        let text: usize = lines
            .iter()
            .map(|line| line["message"].as_str().unwrap().len())
            .sum();
        assert!(text <= 2 * LOG, "{guest}: {text} bytes");
        assert!(lines.len() <= LOG / 16, "{guest}: {} lines", lines.len());
        let id = &dropped["message_id"];
        assert!(
            lines.iter().all(|line| line["message_id"] == *id),
            "{guest}: lines of another event"
        );
        assert_eq!(
            lines.iter().filter(|line| is_dropped(line)).count(),
            1,
            "{guest}"
        );
        assert_eq!(client.ask("ping", "null").await, pong());
    }
}

#[tokio::test]
async fn log_of_a_second_is_bounded_over_all_events() {
    let server = Stockade::with("endless-log")
        .config("[limits]\nlog-rate = \"1KB\"")
        .start()
        .await;
    let mut client = Wire::connect(&server.addr).await;
    for _ in 0..5 {
        assert_eq!(client.ask("attack", "null").await, internal_error());
    }
    server.logged("what was dropped", is_dropped).await;
    let lines = guest_lines(&server);
    let text: usize = lines
        .iter()
        .map(|line| line["message"].as_str().unwrap().len())
        .sum();
    // A second's worth at the start, what refills while the events run on a slow machine, and five notes.
    assert!(text < 20_000, "{text} bytes");
}

#[tokio::test]
async fn empty_lines_count_as_well() {
    let server = Stockade::with("caller")
        .config("[limits]\ncpu = \"2s\"")
        .start()
        .await;
    let mut client = Wire::connect(&server.addr).await;
    let lines = json!({ "level": 2, "message": "", "count": 50_000 });
    client.ask("log", &lines.to_string()).await;
    assert_eq!(client.ask("rooms", "{}").await["status"], "ok");
    let written = written(&guest_lines(&server));
    assert!(
        written < 8 * LOG,
        "{written} bytes of log for an event that may write {LOG}"
    );
}

#[tokio::test]
async fn line_is_one_line_whatever_is_in_it() {
    let server = Stockade::run("caller").await;
    let mut client = Wire::connect(&server.addr).await;
    let forged = "fine\n{\"level\":\"ERROR\",\"target\":\"stockade\",\"message\":\"forged\"}\r\u{1b}[2J\u{1b}[31mred\u{7}\u{0}";
    let line = json!({ "level": 2, "message": forged, "count": 1 });
    assert_eq!(
        client.ask("log", &line.to_string()).await["data"],
        json!({ "ok": null })
    );
    let logged = server
        .logged("the guest's line", |line| {
            line["message"]
                .as_str()
                .is_some_and(|text| text.contains("fine"))
        })
        .await;
    assert_eq!(logged["target"], "guest");
    assert_eq!(logged["message"], forged);
    assert!(server.log().iter().all(|line| line["message"] != "forged"));
}

/// A server that writes its log as people read it.
struct TextServer {
    _process: Killed,
    lines: Lines,
    addr: String,
}

impl TextServer {
    fn start(guest: &str) -> Self {
        let mut child = Command::new(binary())
            .arg("run")
            .arg(component(guest))
            .args(["--listen", "127.0.0.1:0"])
            .env("STOCKADE_LOG_FORMAT", "text")
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = Lines::of(child.stderr.take().unwrap());
        let addr = lines.find_map(|line| {
            let url = line.split("url=http://").nth(1)?;
            url.split('/').next().map(str::to_owned)
        });
        Self {
            _process: Killed(child),
            lines,
            addr: addr.unwrap(),
        }
    }
}

#[tokio::test]
async fn text_log_cannot_be_forged() {
    let mut server = TextServer::start("caller");
    let mut client = Wire::connect(&server.addr).await;
    let forged = "first\n2026-01-01T00:00:00.000000Z ERROR stockade: forged\r\u{1b}[2J";
    for message in [forged, "last"] {
        let line = json!({ "level": 3, "message": message, "count": 1 });
        client.ask("log", &line.to_string()).await;
    }
    let lines: Vec<String> = server
        .lines
        .by_ref()
        .take_while(|line| !line.contains("last"))
        .collect();
    let forged: Vec<_> = lines
        .iter()
        .filter(|line| line.contains("forged"))
        .collect();
    assert_eq!(forged.len(), 1, "{lines:#?}");
    assert!(
        forged[0].contains("guest") && forged[0].contains("first"),
        "{lines:#?}"
    );
    assert!(
        !lines.iter().any(|line| line.contains(['\u{1b}', '\r'])),
        "{lines:#?}"
    );
}

/// The log quotes what a guest says, so it must not come quoted.
#[tokio::test]
async fn text_of_a_guest_is_quoted_once() {
    let mut server = TextServer::start("caller");
    let mut client = Wire::connect(&server.addr).await;
    let line = json!({ "level": 3, "message": "say \"hi\"", "count": 1 });
    client.ask("log", &line.to_string()).await;
    let line = server.lines.find(|line| line.contains("hi")).unwrap();
    assert!(
        line.contains(r#" guest: "say \"hi\"" tenant="caller" "#),
        "{line}"
    );
}

#[tokio::test]
async fn debug_responses_show_only_the_guests_own_stack() {
    let server = Stockade::with("endless-recursion")
        .arg("--debug")
        .start()
        .await;
    let mut client = Wire::connect(&server.addr).await;
    let answer = client.ask("attack", "null").await;
    let error = &answer["error"];
    assert_eq!(error["name"], "StackOverflow", "{answer}");
    let stack = error["stack"].as_str().unwrap();
    assert!(stack.lines().count() <= 32, "{stack}");
    assert!(!answer.to_string().contains("wasmtime"), "{answer}");
}
