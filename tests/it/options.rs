//! Socket.IO's server options from a component's manifest: what clients notice of each, and why others are refused.

mod cors;
mod files;

use std::{
    path::PathBuf,
    process::Command,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::harness::{Stockade, Wire, binary, component, in_time, output};

/// What the component `options` has as its options, before so many spaces.
const TO_BE_REPLACED: &str = "{\"path\":\"/written-by-the-test\"}";
const SPACES: usize = 1_024;

/// The request that opens a session on long-polling.
const OPEN: &str = "/socket.io/?EIO=4&transport=polling";

/// A component with other options.
struct Component {
    path: PathBuf,
    _folder: tempfile::TempDir,
}

impl Component {
    fn new(options: &Value) -> Self {
        let mut wasm = std::fs::read(component("options")).unwrap();
        let length = TO_BE_REPLACED.len() + SPACES;
        let mut places = wasm.windows(TO_BE_REPLACED.len());
        let place = places
            .position(|bytes| bytes == TO_BE_REPLACED.as_bytes())
            .unwrap();
        let text = format!("{options:<length$}", options = options.to_string());
        wasm[place..place + length].copy_from_slice(text.as_bytes());
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("options.wasm");
        std::fs::write(&path, wasm).unwrap();
        Self {
            path,
            _folder: folder,
        }
    }

    /// Runs a command of `stockade` on it, with this configuration.
    fn stockade(&self, args: &[&str], configuration: &str) -> std::process::Output {
        let config = self.path.with_file_name("stockade.toml");
        std::fs::write(&config, configuration).unwrap();
        let mut command = Command::new(binary());
        command.args(args).arg(&self.path);
        output(command.arg("--config").arg(config))
    }
}

pub(crate) async fn serve(options: Value) -> Stockade {
    serve_with(options, "").await
}

async fn serve_with(options: Value, configuration: &str) -> Stockade {
    let component = Component::new(&options);
    let server = Stockade::of(component.path.clone()).config(configuration);
    server.start().await
}

/// Sends a request on a connection of its own; answers head and body.
async fn request(server: &Stockade, method: &str, target: &str, headers: &str) -> (String, String) {
    let mut stream = TcpStream::connect(&server.addr).await.unwrap();
    let request =
        format!("{method} {target} HTTP/1.1\r\nhost: x\r\n{headers}connection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    in_time("the answer", stream.read_to_end(&mut answer))
        .await
        .unwrap();
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (format!("{head}\r\n"), body.to_owned())
}

/// Engine.IO's `open` packet.
fn opened(body: &str) -> Value {
    serde_json::from_str(body.strip_prefix('0').unwrap()).unwrap()
}

fn only(transport: &str) -> Value {
    json!({ "transports": [transport] })
}

#[tokio::test]
async fn handshake_tells_clients_what_the_component_asked_for() {
    let options =
        json!({ "pingInterval": 3_000, "pingTimeout": 1_500, "maxHttpBufferSize": 5_000 });
    let server = serve(options).await;
    let (_, body) = request(&server, "GET", OPEN, "").await;
    let open = opened(&body);
    assert_eq!(open["pingInterval"], 3_000);
    assert_eq!(open["pingTimeout"], 1_500);
    assert_eq!(open["maxPayload"], 5_000);
    assert_eq!(open["upgrades"], json!(["websocket"]));
}

#[tokio::test]
async fn clients_find_the_server_at_the_components_path_only() {
    let server = serve(json!({ "path": "/a/ws/" })).await;
    for slash in [true, false] {
        let options = json!({ "path": "/a/ws", "addTrailingSlash": slash });
        let client = server.client_with("", options).await;
        client.upgraded().await;
        assert_eq!(client.ask("echo", json!(slash)).await["data"], slash);
    }
    let elsewhere = server.connecting("", only("websocket")).await;
    assert_eq!(elsewhere.refused().await, "websocket error");
}

#[tokio::test]
async fn transports_that_are_not_listed_are_refused() {
    for (listed, other, error) in [
        ("websocket", "polling", "xhr poll error"),
        ("polling", "websocket", "websocket error"),
    ] {
        let server = serve(only(listed)).await;
        let client = server.client_with("", only(listed)).await;
        assert_eq!(client.ask("echo", json!(1)).await["data"], 1);
        let refused = server.connecting("", only(other)).await;
        assert_eq!(refused.refused().await, error);
    }
}

#[tokio::test]
async fn clients_do_not_try_an_upgrade_to_a_transport_that_is_not_there() {
    let server = serve(only("polling")).await;
    let (_, body) = request(&server, "GET", OPEN, "").await;
    assert_eq!(opened(&body)["upgrades"], json!([]));
    let client = server.client().await;
    assert_eq!(client.ask("echo", json!(1)).await["data"], 1);
    assert_eq!(client.state().await["transport"], "polling");
}

#[tokio::test]
async fn sessions_stay_on_polling_where_upgrades_are_off() {
    let server = serve(json!({ "allowUpgrades": false })).await;
    let (_, body) = request(&server, "GET", OPEN, "").await;
    let open = opened(&body);
    assert_eq!(open["upgrades"], json!([]));
    let sid = open["sid"].as_str().unwrap();
    let target = format!("/socket.io/?EIO=4&transport=websocket&sid={sid}");
    let upgrade = "upgrade: websocket\r\nsec-websocket-version: 13\r\n\
                   sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n";
    let (head, body) = request(&server, "GET", &target, upgrade).await;
    assert!(head.starts_with("HTTP/1.1 400"), "{head}");
    assert_eq!(body, "{\"code\":3,\"message\":\"Bad request\"}");

    let polling = server.client().await;
    for n in 0..5 {
        assert_eq!(polling.ask("echo", json!(n)).await["data"], n);
    }
    assert_eq!(polling.state().await["transport"], "polling");
    let websocket = server.client_with("", only("websocket")).await;
    assert_eq!(websocket.ask("echo", json!(1)).await["data"], 1);
}

#[tokio::test]
async fn clients_that_send_more_than_the_buffer_holds_are_disconnected() {
    let server = serve(json!({ "maxHttpBufferSize": 2_000 })).await;
    for transport in ["websocket", "polling"] {
        let client = server.client_with("", only(transport)).await;
        let fits = json!("x".repeat(1_500));
        assert_eq!(client.ask("echo", fits.clone()).await["data"], fits);
        client.emit("echo", json!(["x".repeat(2_500)])).await;
        let reason = client.disconnected().await;
        assert!(reason.starts_with("transport "), "{transport}: {reason}");
    }
}

#[tokio::test]
async fn clients_that_join_no_namespace_in_time_are_disconnected() {
    let server = serve(json!({ "connectTimeout": 300 })).await;
    let mut joins = Wire::connect(&server.addr).await;
    let mut joins_not = Wire::open(&server.addr).await;
    // Sooner than the default of 45 seconds, which the harness would not wait for.
    assert_eq!(joins_not.until_closed().await, []);
    assert_eq!(joins.ask("echo", "1").await["data"], 1);
}

#[tokio::test]
async fn clients_that_answer_no_ping_in_time_are_disconnected() {
    let server = serve(json!({ "pingInterval": 1_000, "pingTimeout": 200 })).await;
    let mut client = Wire::connect(&server.addr).await;
    let started = Instant::now();
    let mut heard = Vec::new();
    let end = client.stream.read_to_end(&mut heard);
    in_time("the connection's end", end).await.unwrap();
    // The defaults are 25 and 20 seconds.
    assert!(started.elapsed() < Duration::from_secs(15));
}

#[tokio::test]
async fn upgrades_that_are_not_finished_in_time_are_abandoned() {
    let server = serve(json!({ "upgradeTimeout": 200 })).await;
    let (_, body) = request(&server, "GET", OPEN, "").await;
    let open = opened(&body);
    let sid = open["sid"].as_str().unwrap();
    let target = format!("/socket.io/?EIO=4&transport=websocket&sid={sid}");
    let started = Instant::now();
    let mut upgrading = Wire::upgrade(&server.addr, &target).await;
    assert_eq!(upgrading.until_closed().await, []);
    // The default is 10 seconds.
    assert!(started.elapsed() < Duration::from_secs(8));
}

#[tokio::test]
async fn cookie_has_the_sessions_id() {
    let server =
        serve(json!({ "cookie": { "name": "node", "sameSite": "strict", "maxAge": 60 } })).await;
    let (head, body) = request(&server, "GET", OPEN, "").await;
    let open = opened(&body);
    let sid = open["sid"].as_str().unwrap();
    let cookie =
        format!("set-cookie: node={sid}; Max-Age=60; Path=/; HttpOnly; SameSite=Strict\r\n");
    assert!(head.contains(&cookie), "{head}");
    assert_eq!(open["upgrades"], json!(["websocket"]));

    let target = format!("{OPEN}&sid={sid}");
    let (head, _) = request(&server, "POST", &target, "content-length: 0\r\n").await;
    assert!(!head.contains("set-cookie"), "{head}");
    let client = server.client().await;
    client.upgraded().await;
    assert_eq!(client.ask("echo", json!(1)).await["data"], 1);
}

#[tokio::test]
async fn cookie_of_the_operator_is_set_unless_the_component_has_its_own() {
    let operators = "[cookie]\nname = \"node\"\nmax-age = \"1h\"\nsecure = true\nsame-site = \"none\"\n\
                     partitioned = true\npriority = \"high\"\ndomain = \"example.org\"\npath = \"/ws\"\nhttp-only = false";
    for (options, expected) in [
        (
            json!({}),
            Some(
                "node=SID; Max-Age=3600; Domain=example.org; Path=/ws; Secure; Partitioned; Priority=High; SameSite=None",
            ),
        ),
        (
            json!({ "cookie": true }),
            Some("io=SID; Path=/; HttpOnly; SameSite=Lax"),
        ),
        (json!({ "cookie": false }), None),
    ] {
        let server = serve_with(options.clone(), operators).await;
        let (head, body) = request(&server, "GET", OPEN, "").await;
        let open = opened(&body);
        let sid = open["sid"].as_str().unwrap();
        let cookie = head
            .lines()
            .find_map(|line| line.strip_prefix("set-cookie: "))
            .map(|cookie| cookie.replace(sid, "SID"));
        assert_eq!(cookie.as_deref(), expected, "{options}");
    }
    let server = Stockade::with("basic-c")
        .env("STOCKADE_COOKIE_NAME", "io")
        .start()
        .await;
    let (head, _) = request(&server, "GET", OPEN, "").await;
    assert!(head.contains("set-cookie: io="), "{head}");
}

#[tokio::test]
async fn component_may_ask_for_quick_pings_and_a_small_buffer() {
    let options = json!({ "pingInterval": 300, "pingTimeout": 200, "maxHttpBufferSize": 100 });
    let server = serve(options).await;
    let (_, body) = request(&server, "GET", OPEN, "").await;
    let open = opened(&body);
    assert_eq!(open["pingInterval"], 300);
    assert_eq!(open["pingTimeout"], 200);
    assert_eq!(open["maxPayload"], 100);
    for transport in ["websocket", "polling"] {
        let client = server.client_with("", only(transport)).await;
        assert_eq!(client.ask("echo", json!(1)).await["data"], 1);
        client.emit("echo", json!(["x".repeat(100)])).await;
        let reason = client.disconnected().await;
        assert!(reason.starts_with("transport "), "{transport}: {reason}");
    }
}

#[test]
fn refused_options_are_reasons_to_refuse_the_component() {
    let component = Component::new(&json!({ "pingIntervall": 1, "adapter": "redis", "parser": 1 }));
    let output = component.stockade(&["inspect", "--json"], "");
    assert_eq!(output.status.code(), Some(1));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let reasons = report["reasons"].as_array().unwrap();
    assert_eq!(reasons.len(), 3, "{report}");
    for (reason, expected) in reasons.iter().zip([
        "option `adapter` is not served: ",
        "option `parser`: must be \"default\" or \"msgpack\"",
        "option \"pingIntervall\": Socket.IO has no such option; did you mean `pingInterval`?",
    ]) {
        assert!(reason.as_str().unwrap().starts_with(expected), "{reason}");
    }
    let output = component.stockade(&["run", "--listen", "127.0.0.1:0"], "");
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("the manifest is refused:"), "{said}");
    assert!(said.contains("did you mean `pingInterval`?"), "{said}");
}

#[test]
fn operator_bounds_what_components_may_set() {
    let refused = |options: Value, configuration: &str| {
        let output = Component::new(&options).stockade(&["inspect", "--json"], configuration);
        assert_eq!(output.status.code(), Some(1));
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        report["reasons"][0].as_str().unwrap().to_owned()
    };
    let ping = json!({ "pingInterval": 5_000 });
    let reason = refused(ping, "[socket]\noptions = [\"cors\", \"path\"]");
    assert!(reason.contains("`socket.options`"), "{reason}");
    let large = json!({ "maxHttpBufferSize": 60_000 });
    let reason = refused(large, "[limits]\npayload = \"50KB\"");
    assert!(reason.contains("from 16 to 50000"), "{reason}");
    assert!(reason.contains("`limits.payload`"), "{reason}");
}

#[test]
fn inspection_shows_the_options_in_force() {
    let component = Component::new(&json!({ "pingInterval": 5_000 }));
    let output = component.stockade(&["inspect"], "[socket]\nping-timeout = \"1s\"");
    let text = String::from_utf8(output.stdout).unwrap();
    let options: Vec<_> = text
        .lines()
        .skip_while(|line| *line != "options")
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    for line in [
        "pingInterval 5000 (the component's)",
        "pingTimeout 1000",
        "path \"/socket.io\"",
        "cors false",
    ] {
        assert!(options.iter().any(|option| option == line), "{text}");
    }
}
