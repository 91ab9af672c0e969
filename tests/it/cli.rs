//! What the command says when it cannot do what it is told.

use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::harness::{Killed, Lines, binary, component, output};

fn stockade(args: &[&str]) -> Output {
    output(Command::new(binary()).args(args))
}

fn error(args: &[&str]) -> String {
    let output = stockade(args);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn missing_component_is_named() {
    assert_eq!(
        error(&["run", "nowhere.wasm", "--listen", "127.0.0.1:0"]),
        "error: nowhere.wasm: cannot be read: No such file or directory (os error 2)\n"
    );
}

#[test]
fn address_in_use_is_named_before_anything_is_compiled() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = taken.local_addr().unwrap().to_string();
    let component = component("plain");
    let message = error(&["run", component.to_str().unwrap(), "--listen", &addr]);
    let expected = format!("error: cannot listen on {addr}: Address already in use");
    assert!(message.starts_with(&expected), "{message}");
}

#[test]
fn wrong_configuration_says_what_to_write() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("stockade.toml");
    let component = component("plain");
    for (text, hint) in [
        ("[limits]\ncpu = 5", "a duration such as"),
        ("[limit]\ncpu = \"5ms\"", "did you mean `limits`?"),
        ("isolation = \"none\"", "`event`, `socket`, `tenant`"),
    ] {
        std::fs::write(&path, text).unwrap();
        let args = [
            "run",
            component.to_str().unwrap(),
            "--config",
            path.to_str().unwrap(),
        ];
        let message = error(&args);
        assert!(message.contains(hint), "{message}");
    }
}

#[test]
fn inspection_shows_the_steps_in_order() {
    let component = component("recorder");
    let output = stockade(&["inspect", component.to_str().unwrap()]);
    let text = String::from_utf8(output.stdout).unwrap();
    let namespace = "
namespace /  (on-connection, on-disconnection, handle-error)
  event              handler          steps
  count              Recorder::count
  hooks              Recorder::run    first_hook → second_hook → hook 2
  no steps
  seen                                first_hook → validate 1 → second_hook
  sleep
  validate between                    first_hook → validate 2 → second_hook
  validate first                      validate 2 → first_hook
  validate last                       first_hook → second_hook → validate 2
  validate twice                      validate 2 → first_hook → validate 3
  wait (concurrent)
";
    assert!(text.contains(namespace), "{text}");
    let schema = "\n  2  {\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\"}}}\n";
    assert!(text.contains(schema), "{text}");
    assert!(text.contains("namespace /bare\n"), "{text}");
}

/// The routes of a component's namespace, or of its HTTP side, as JSON.
fn routes(guest: &str, place: &str) -> Vec<Value> {
    let mut inspect = Command::new(binary());
    // For components that have tokens verified.
    inspect.env("STOCKADE_JWT_SECRET", "k".repeat(32));
    let inspect = inspect.args(["inspect", "--json"]).arg(component(guest));
    let output = output(inspect);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let routes = report.pointer(place).and_then(Value::as_array).cloned();
    routes.unwrap_or_else(|| panic!("{report}"))
}

fn route<'a>(routes: &'a [Value], key: &str, name: &str) -> &'a Value {
    let mut routes = routes.iter();
    routes.find(|route| route[key] == name).unwrap()
}

#[test]
fn inspection_has_the_names_of_hooks_and_handlers() {
    let events = routes("recorder", "/namespaces/0/events");
    let hooks = route(&events, "event", "hooks");
    assert_eq!(hooks["handler"], "Recorder::run");
    // The last one has no name.
    assert_eq!(
        hooks["steps"],
        json!([
            { "hook": 0, "name": "first_hook" },
            { "hook": 1, "name": "second_hook" },
            { "hook": 2 },
        ])
    );
    let nameless = route(&events, "event", "no steps");
    assert!(nameless.get("handler").is_none(), "{nameless}");

    let requests = routes("http", "/http/routes");
    let forbidden = route(&requests, "route", "GET /forbidden");
    assert_eq!(forbidden["handler"], "forbidden");
    assert_eq!(
        forbidden["steps"],
        json!([{ "hook": 0, "name": "forbid" }, { "hook": 1 }])
    );
}

/// The SDK takes them from the source.
#[test]
fn inspection_has_the_names_of_functions_in_rust() {
    let events = routes("chat", "/namespaces/0/events");
    let message = route(&events, "event", "message");
    assert_eq!(message["handler"], "Messages::message");
    assert_eq!(message["steps"][1]["name"], "member");
    let requests = routes("products", "/http/routes");
    let create = route(&requests, "route", "POST /products");
    assert_eq!(create["handler"], "Shop::create");
}

#[test]
fn inspection_says_where_fresh_instances_come_from() {
    for (guest, text) in [
        ("plain", "  restored after each event"),
        (
            "table-growth",
            "  made for each event, which takes longer: its code changes a table",
        ),
    ] {
        let component = component(guest);
        let output = stockade(&["inspect", component.to_str().unwrap()]);
        let all = String::from_utf8(output.stdout).unwrap();
        assert!(all.contains(&format!("fresh instances\n{text}\n")), "{all}");
    }
}

/// Where address space is short the pool cannot be reserved; the component runs all the same.
#[test]
fn short_address_space_is_said_and_lived_with() {
    let component = component("plain");
    let script = format!(
        "ulimit -v 4000000; STOCKADE_LOG_FORMAT=json exec {} run {} --listen 127.0.0.1:0",
        binary().display(),
        component.display()
    );
    let mut child = Command::new("bash")
        .args(["-c", &script])
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let log = Lines::of(child.stderr.take().unwrap());
    let _process = Killed(child);
    let mut said = false;
    for line in log {
        said |= line.contains("cannot reserve memory for instances in advance");
        if line.contains("\"serving\"") {
            break;
        }
        assert!(!line.starts_with("error:"), "{line}");
    }
    assert!(said);
}
