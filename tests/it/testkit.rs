//! `stockade test`: scripts against components, without a network.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use stockade_testing::{Connect, Harness};

use crate::harness::{binary, component, output, root};

/// Runs `script`, a file of its own, against a component.
struct Run {
    folder: tempfile::TempDir,
    output: Output,
}

fn test(guest: &str, script: &str, args: &[&str]) -> Run {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("tests")).unwrap();
    std::fs::write(folder.path().join("tests/t.toml"), script).unwrap();
    let mut test = Command::new(binary());
    let test = test.arg("test").arg(component(guest)).args(args);
    let output = output(test.current_dir(folder.path()));
    Run { folder, output }
}

/// The same for the steps of one case.
fn steps(guest: &str, steps: &str) -> Run {
    test(guest, &case("the case", steps), &[])
}

fn case(name: &str, steps: &str) -> String {
    format!("[[case]]\nname = \"{name}\"\nsteps = [\n{steps}\n]\n")
}

impl Run {
    fn code(&self) -> Option<i32> {
        self.output.status.code()
    }

    fn out(&self) -> &str {
        std::str::from_utf8(&self.output.stdout).unwrap()
    }

    fn err(&self) -> &str {
        std::str::from_utf8(&self.output.stderr).unwrap()
    }

    fn passes(&self) {
        assert_eq!(self.code(), Some(0), "{}{}", self.out(), self.err());
    }

    /// What is printed, for a script that fails.
    fn fails(&self) -> &str {
        assert_eq!(self.code(), Some(1), "{}{}", self.out(), self.err());
        self.out()
    }
}

fn example(name: &str) -> (PathBuf, PathBuf) {
    let script = format!("examples/{name}/tests/{name}.toml");
    (component(name), root().join(script))
}

#[test]
fn scripts_of_the_examples_pass() {
    for (name, cases) in [("products", 5), ("chat", 5)] {
        let (app, script) = example(name);
        let mut test = Command::new(binary());
        let output = output(test.args([Path::new("test"), &app, &script, Path::new("--json")]));
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(0), "{report:#}");
        assert_eq!(
            (&report["passed"], &report["failed"], &report["skipped"]),
            (&json!(cases), &json!(0), &json!(0))
        );
        assert_eq!(report["cases"][0]["line"], 3);
        assert_eq!(report["cases"][0]["passed"], true);
    }
}

const FAILING: &str = r#"
[[case]]
name = "wrong"
steps = [
  { client = "ann", connects = "/" },
  { client = "ann", emits = "create product", payload = { name = "tea" }, ack = { status = "error", error = 7 } },
]

[[case]]
name = "right"
steps = [
  { client = "ann", connects = "/" },
  { store = "products", keys = [] },
]
"#;

#[test]
fn failure_shows_where_it_is_and_what_differs() {
    let run = test("products", FAILING, &[]);
    let out = run.fails();
    for part in [
        "tests/t.toml\n",
        "  ✗ wrong (",
        "      the acknowledgement is another\n      step 2, tests/t.toml:6\n",
        "      error\n        - expected 7\n        + actual   nothing\n",
        "      status\n        - expected \"error\"\n        + actual   \"ok\"\n",
        "  ✓ right (",
        "\n1 passed, 1 failed in ",
    ] {
        assert!(out.contains(part), "{part:?} is not in\n{out}");
    }
    assert!(!out.contains('\u{1b}'), "colours without a terminal");
}

#[test]
fn failure_is_readable_for_programs() {
    let run = test("products", FAILING, &["--json"]);
    let report: Value = serde_json::from_str(run.fails()).unwrap();
    assert_eq!(
        (&report["passed"], &report["failed"]),
        (&json!(1), &json!(1))
    );
    let failure = &report["cases"][0]["failure"];
    assert_eq!((&failure["step"], &failure["line"]), (&json!(2), &json!(6)));
    assert_eq!(failure["actual"], json!({ "status": "ok" }));
    assert_eq!(
        failure["differences"][1],
        json!({ "path": "status", "expected": "error", "actual": "ok" })
    );
}

#[test]
fn filter_selects_cases_by_their_names() {
    let run = test("products", FAILING, &["--filter", "right"]);
    run.passes();
    assert!(run.out().contains("1 passed, 1 skipped"), "{}", run.out());
    let run = test("products", FAILING, &["--filter", "nothing like it"]);
    assert_eq!(run.code(), Some(2));
    assert_eq!(run.err(), "error: no case has a name with this text\n");
}

#[test]
fn what_cannot_be_run_says_why() {
    let misspelt = case("n", r#"{ client = "ann", emit = "x" },"#);
    let run = test("products", &misspelt, &[]);
    let expected =
        "error: tests/t.toml:4: a step has no key `emit`; did you mean `emits`?\n".to_owned();
    assert_eq!((run.code(), run.err()), (Some(2), &*expected));
    assert_eq!(run.out(), "");

    let run = test("products", &misspelt, &["nowhere.toml"]);
    assert_eq!(run.code(), Some(2));
    assert!(
        run.err().starts_with("error: nowhere.toml: "),
        "{}",
        run.err()
    );

    let fine = case("n", r#"{ advance = "1s" },"#);
    let run = test("describe-duplicate-event", &fine, &[]);
    assert_eq!(run.code(), Some(2));
    assert!(
        run.err().contains("the manifest is refused:"),
        "{}",
        run.err()
    );

    let run = test("plain", &fine, &["--config", "nowhere.toml"]);
    assert_eq!(run.code(), Some(2));

    let empty = tempfile::tempdir().unwrap();
    let mut test = Command::new(binary());
    let test = test.args([Path::new("test"), &component("plain")]);
    let none = output(test.current_dir(empty.path()));
    assert_eq!(none.status.code(), Some(2));
    let error = String::from_utf8(none.stderr).unwrap();
    assert!(error.contains("there are none in tests/"), "{error}");
    let nothing = output(Command::new(binary()).arg("test"));
    assert_eq!(nothing.status.code(), Some(2));
}

#[test]
fn guest_that_never_ends_or_traps_is_its_response_and_in_the_log() {
    let internal = r#"{ status = "error", error = { code = "INTERNAL_SERVER_ERROR", message = "An internal server error has occurred." } }"#;
    let started = Instant::now();
    for guest in ["endless-loop", "unreachable", "poll-forever", "ask-forever"] {
        let ack = match guest {
            "ask-forever" => r#"{ "$any" = "object" }"#,
            _ => internal,
        };
        let script = format!(
            "{{ client = \"a\", connects = \"/\" }},
            {{ client = \"a\", emits = \"attack\", ack = {ack} }},
            {{ client = \"a\", emits = \"ping\", ack = {{ status = \"ok\", data = \"pong\" }} }},"
        );
        let run = test(guest, &case("n", &script), &["--config", &config()]);
        run.passes();
    }
    assert!(started.elapsed() < Duration::from_secs(60));

    let script = r#"
    { client = "a", connects = "/" },
    { client = "a", emits = "attack", ack = { status = "ok" } },"#;
    let run = steps("unreachable", script);
    let out = run.fails();
    assert!(out.contains("      log:\n"), "{out}");
    assert!(out.contains("the event was ended"), "{out}");
    assert!(out.contains("unreachable"), "{out}");
}

/// Of a file with tight limits, and a secret for tokens.
fn config() -> String {
    let path = root().join("target/testkit.toml");
    let text = "[limits]\nwall = \"1s\"\n[jwt]\nsecret = \"a secret of the tests, thirty-two bytes and more\"\n";
    let new = path.with_extension(format!("{:?}", std::thread::current().id()));
    std::fs::write(&new, text).unwrap();
    std::fs::rename(&new, &path).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn connection_that_loops_or_traps_is_refused() {
    steps(
        "recorder",
        r#"
    { client = "a", connects = "/", auth = { connection = "loop" }, refused = true },
    { client = "a", connects = "/", auth = { connection = "trap" }, refused = true },
    { client = "a", connects = "/", auth = { connection = "throw" }, refused = "refused by guest" },
    { client = "a", connects = "/nowhere", refused = { message = "Invalid namespace" } },
    { client = "a", connects = "/", auth = { connection = "emit" } },
    { client = "a", receives = "welcome" },
    { client = "a", rooms = ["lobby"] },
    { client = "b", connects = "/" },
    { client = "a", disconnects = true },
    { client = "b", receives = "gone", with = { "$contains" = { id = { "$id" = "a" }, reason = "client namespace disconnect" } } },"#,
    )
    .passes();
}

#[test]
fn connection_that_the_guest_does_not_ask_for_is_let_in() {
    let step = r#"{ client = "a", connects = "/bare", auth = { connection = "throw" } },"#;
    steps("recorder", step).passes();
}

#[test]
fn binary_data_goes_through_the_whole_pipeline() {
    steps(
        "basic-c",
        r#"
    { client = "a", connects = "/" },
    { client = "a", emits = "echo", payload = { file = { "$base64" = "AP8=" }, more = [1.5, { "$json" = "null" }] },
      ack = { status = "ok", data = { file = { "$base64" = "AP8=" }, more = [1.5, { "$json" = "null" }] } } },
    { client = "a", emits = "echo", ack = { status = "ok" } },
    { client = "a", emits = "nothing like it", ack-contains = { status = "error" } },"#,
    )
    .passes();
}

#[test]
fn answers_reach_the_guest_and_none_is_a_timeout_at_once() {
    let started = Instant::now();
    steps(
        "caller",
        r#"
    { client = "a", connects = "/" },
    { client = "a", answers = "question", with = { sure = true } },
    { client = "a", emits = "ask", payload = { event = "question", timeout = 4000 }, ack = { status = "ok", data = { ok = [{ sure = true }] } } },
    { client = "a", emits = "ask", payload = { event = "other", timeout = 4000 }, ack-contains = { data = { error = { kind = "timed-out" } } } },
    { client = "a", receives = "question" },
    { client = "a", receives = "other" },"#,
    )
    .passes();
    assert!(started.elapsed() < Duration::from_secs(4));
}

#[test]
fn servers_of_a_script_join_leave_and_disconnect_their_clients() {
    steps(
        "caller",
        r#"
    { client = "a", connects = "/" },
    { client = "b", connects = "/" },
    { client = "c", connects = "/other" },
    { client = "a", emits = "sockets join", payload = { join = ["tea"] } },
    { client = "b", rooms = ["tea"] },
    { client = "c", rooms = [] },
    { client = "a", emits = "emit to", payload = { rooms = ["tea"], arguments = [1], volatile = true } },
    { client = "a", receives-nothing = true },
    { client = "b", receives = "news", arguments = [1], volatile = true },
    { client = "c", receives-nothing = true },
    { client = "a", emits = "disconnect sockets", payload = { rooms = [{ "$id" = "b" }] } },
    { client = "b", connected = false },
    { client = "a", emits = "set data", payload = { value = { n = 1 } } },
    { client = "a", data = { n = 1 }, user = false, connected = true },
    { client = "a", emits = "disconnect me", payload = {} },
    { client = "a", connected = false },
    { client = "a", connects = "/" },"#,
    )
    .passes();
    let run = steps(
        "caller",
        r#"
    { client = "ann", connects = "/" },
    { client = "amn", emits = "rooms" },"#,
    );
    let message = "no client \"amn\" has connected; did you mean \"ann\"?";
    assert!(run.fails().contains(message), "{}", run.out());
}

#[test]
fn event_that_disconnects_its_own_client_is_not_acknowledged() {
    let disconnects = |ack: &str| {
        let script = format!(
            r#"
    {{ client = "a", connects = "/" }},
    {{ client = "b", connects = "/" }},
    {{ client = "a", emits = "join", payload = {{ rooms = ["tea"] }} }},
    {{ client = "a", emits = "disconnect sockets", payload = {{ rooms = ["tea"] }}{ack} }},
    {{ client = "a", connected = false, rooms = ["tea"] }},
    {{ client = "b", connected = true }},"#
        );
        steps("caller", &script)
    };
    disconnects("").passes();
    let run = disconnects(r#", ack-contains = { status = "ok" }"#);
    let message =
        "there is no acknowledgement: the client is disconnected: server namespace disconnect";
    assert!(run.fails().contains(message), "{}", run.out());
}

#[test]
fn server_options_do_not_change_what_clients_read() {
    let path = root().join("target/testkit-options.toml");
    let options = "[socket]\nconnection-state-recovery = \"1m\"\nparser = \"msgpack\"\n";
    std::fs::write(&path, options).unwrap();
    let script = case(
        "n",
        r#"
    { client = "a", connects = "/" },
    { client = "b", connects = "/" },
    { client = "a", emits = "emit to", payload = { arguments = ["x"] } },
    { client = "b", receives = "news", arguments = ["x"], volatile = false },
    { client = "a", emits = "emit to", payload = { arguments = ["x"], volatile = true } },
    { client = "b", receives = "news", arguments = ["x"], volatile = true },
    { client = "b", receives-nothing = true },"#,
    );
    test("caller", &script, &["--config", path.to_str().unwrap()]).passes();
}

#[test]
fn sessions_are_carried_by_cookies_and_end_with_the_time() {
    let script = case(
        "n",
        r#"
    { client = "ada", connects = "/members", refused = { message = { "$any" = "string" }, data = { code = "UNAUTHORIZED" } } },
    { client = "ada", requests = "POST /login", json = { name = "Ada" }, response = { status = 200, json-contains = { token = { "$save" = "token" } } } },
    { client = "ada", requests = "GET /me", response = { status = 200, json = { name = "Ada" } } },
    { requests = "GET /me", response = { status = 401 } },
    { requests = "GET /me", headers = { authorization = "Bearer nonsense" }, response = { status = 401 } },
    { client = "ada", connects = "/members" },
    { client = "ada", user = { name = "Ada" } },
    { client = "bob", connects = "/members", auth = { token = { "$saved" = "token" } } },
    { advance = "10m" },
    { client = "ada", emits = "secret", ack-contains = { status = "ok" } },
    { advance = "10m" },
    { client = "ada", emits = "secret", ack-contains = { status = "ok" } },
    { advance = "16m" },
    { client = "ada", emits = "secret", ack-contains = { status = "error", error = { code = "UNAUTHORIZED" } } },
    { client = "ada", requests = "GET /me", response = { status = 401 } },"#,
    );
    test("http", &script, &["--config", &config()]).passes();
}

#[test]
fn tokens_expire_by_the_clock_of_the_case() {
    // Signed with the secret of the configuration: {"sub":"ada","exp":1767229200}, an hour after the beginning of 2026.
    let token = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhZGEiLCJleHAiOjE3NjcyMjkyMDB9.ls27IDpFWDkTSjinnv6rhwb1XxAbFtZzRWuVpIOCsJA";
    let script = |clock: &str, last: &str| {
        format!(
            "[[case]]\nname = \"n\"\n{clock}\nsteps = [
            {{ client = \"ada\", connects = \"/tokens\", auth = {{ token = \"{token}\" }} }},
            {{ client = \"ada\", user = {{ \"$contains\" = {{ sub = \"ada\" }} }} }},
            {{ advance = \"59m\" }},
            {{ client = \"ada\", emits = \"token\", ack-contains = {{ status = \"ok\" }} }},
            {{ advance = \"2m\" }},
            {{ client = \"ada\", emits = \"token\", ack-contains = {last} }},
            ]"
        )
    };
    let expired = r#"{ error = { code = "UNAUTHORIZED" } }"#;
    test("http", &script("", expired), &["--config", &config()]).passes();
    let earlier = "clock = 2025-12-31T23:00:00Z";
    let valid = r#"{ status = "ok" }"#;
    test("http", &script(earlier, valid), &["--config", &config()]).passes();
}

#[test]
fn nothing_is_left_behind() {
    let run = steps(
        "keeper",
        r#"
    { client = "a", connects = "/" },
    { client = "a", emits = "attack", payload = { op = "set", key = "k", value = "v" }, ack-contains = { status = "ok" } },
    { store = "default", holds = { k = "v", other = false }, keys = ["k"] },
    { store = "default", set = { k = { "$base64" = "AP8=" } } },
    { store = "default", holds = { k = { "$base64" = "AP8=" } } },"#,
    );
    run.passes();
    let folders = std::fs::read_dir(run.folder.path()).unwrap();
    assert_eq!(folders.count(), 1, "there is more than the scripts' folder");
}

#[tokio::test]
async fn cases_of_one_harness_share_nothing() {
    let config = stockade_config::load(None, []).unwrap();
    let harness = Harness::load(&component("products"), &config)
        .await
        .unwrap();
    let (one, other) = (harness.case().await.unwrap(), harness.case().await.unwrap());
    let ann = one.connect(Connect::to("/")).await.unwrap();
    let bob = one.connect(Connect::to("/")).await.unwrap();
    let eve = other.connect(Connect::to("/")).await.unwrap();
    let ack = ann.emit("create product", json!({ "name": "tea" })).await;
    assert_eq!(ack, Ok(json!({ "status": "ok" })));
    assert_eq!(bob.received()[0].event, "refresh products");
    assert!(ann.received().is_empty() && eve.received().is_empty());
    let listed = eve.emit("list products", None).await.unwrap();
    assert_eq!(listed, json!({ "status": "ok", "data": [] }));
    ann.disconnect().await;
    let gone = ann.emit("list products", None).await.unwrap_err();
    assert_eq!(gone.reason, "client namespace disconnect");
    assert_eq!(
        one.store("products").get("1").await.unwrap().unwrap(),
        br#"{"id":1,"name":"tea"}"#
    );
}

#[test]
fn scripts_send_and_expect_several_arguments() {
    let run = steps(
        "basic-c",
        r#"
    { client = "a", connects = "/" },
    { client = "a", emits = "arguments", arguments = [1, { "$base64" = "AP8=" }, { "$id" = "a" }], ack = { status = "ok", data = [1, { "$base64" = "AP8=" }, { "$id" = "a" }] } },
    { client = "a", emits = "arguments", arguments = [], ack = { status = "ok", data = [] } },
    { client = "a", emits = "raw", arguments = [1, { "$base64" = "AP8=" }], ack-arguments = [1, { "$base64" = "AP8=" }] },
    { client = "a", emits = "raw", arguments = [], ack-arguments = [] },
    { client = "a", emits = "raw", payload = { a = 1, b = 2 }, ack-contains = { a = 1 } },
    { client = "a", emits = "echo", arguments = [1, 2], ack-arguments = [{ status = "ok", data = { "$save" = "first" } }] },
    { client = "a", emits = "raw", payload = { "$saved" = "first" }, ack = 1 },"#,
    );
    run.passes();
    let run = steps(
        "basic-c",
        r#"
    { client = "a", connects = "/" },
    { client = "a", emits = "raw", arguments = [1, 2], ack = 1 },"#,
    );
    assert!(
        run.fails()
            .contains("the acknowledgement has 2 arguments, not one"),
        "{}",
        run.out()
    );
    let run = steps(
        "basic-c",
        r#"
    { client = "a", connects = "/" },
    { client = "a", emits = "raw", arguments = [1, 2], ack-arguments = [1, 3] },"#,
    );
    assert!(run.fails().contains("arguments[1]"), "{}", run.out());
}

#[tokio::test]
async fn concurrent_events_of_a_case_wait_for_nobody() {
    let config = stockade_config::load(None, []).unwrap();
    let harness = Harness::load(&component("recorder"), &config)
        .await
        .unwrap();
    let case = harness.case().await.unwrap();
    let (ann, bob) = (
        case.connect(Connect::to("/")).await.unwrap(),
        case.connect(Connect::to("/")).await.unwrap(),
    );
    ann.answer("question", vec![json!("yes")]);
    let (waited, counted) = tokio::join!(
        ann.emit("wait", json!(1_000)),
        ann.emit("count", json!(null))
    );
    assert_eq!(waited.unwrap()["data"], json!([["yes"]]));
    assert_eq!(counted.unwrap()["data"], 1);
    ann.disconnect().await;
    let events: Vec<_> = bob.received().into_iter().map(|one| one.event).collect();
    assert_eq!(events, ["waited", "gone"]);
    let both = ann.emit_with("no steps", vec![]).await;
    assert_eq!(both.unwrap_err().reason, "client namespace disconnect");
}

#[test]
fn help_teaches_the_format() {
    let output = output(Command::new(binary()).args(["test", "--help"]));
    let help = String::from_utf8(output.stdout).unwrap();
    let start = help.find("  [[case]]").unwrap();
    let end = help.find("\nEach case").unwrap();
    let run = test("products", &help[start..end].replace("\n  ", "\n"), &[]);
    run.passes();
}

#[test]
fn clients_of_scripts_join_namespaces_that_a_pattern_matches() {
    let script = r#"
[[case]]
name = "rooms"
steps = [
  { client = "ann", connects = "/room-12" },
  { client = "ann", receives = "where", with = { namespace = "/room-12", pattern = "/room-:id", params = [["id", "12"]] } },
  { client = "ann", emits = "anything", payload = 1, ack = { status = "ok", data = { route = 1, event = "anything", payload = 1, namespace = "/room-12", pattern = "/room-:id", params = [["id", "12"]] } } },
  { client = "bob", connects = "/room-forbidden", refused = "nobody may" },
  { client = "bob", connects = "/hall", refused = "Invalid namespace" },
  { client = "bob", connects = "/" },
  { client = "ann", disconnects = true },
  { client = "bob", receives = "left", with = { namespace = "/room-12", pattern = "/room-:id", params = [["id", "12"]] } },
]
"#;
    test("gateway", script, &[]).passes();
}

#[test]
fn scripts_meet_the_rules_for_event_names_and_own_rooms() {
    steps(
        "caller",
        r#"
    { client = "a", connects = "/" },
    { client = "b", connects = "/" },
    { client = "a", emits = "emit to", payload = { event = "disconnect" }, ack = { status = "ok", data = { error = { kind = "invalid-argument", detail = "\"disconnect\" is a reserved event name" } } } },
    { client = "b", receives-nothing = true },
    { client = "a", emits = "leave", payload = { rooms = [{ "$id" = "a" }] } },
    { client = "a", emits = "rooms", ack = { status = "ok", data = { ok = [] } } },
    { client = "b", emits = "emit to", payload = { rooms = [{ "$id" = "a" }] } },
    { client = "a", receives-nothing = true },
    { client = "b", emits = "emit to", payload = {} },
    { client = "a", receives = "news" },"#,
    )
    .passes();
}
