//! The Node process in which all clients live.

use std::{
    collections::HashMap,
    io::{BufRead, BufReader, Write},
    process::{ChildStdin, Command, Stdio},
    sync::{
        LazyLock, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::{PATIENCE, root};

/// One process for all tests of this binary, which run in runtimes of their own: hence threads, not tasks.
static DRIVER: LazyLock<Driver> = LazyLock::new(Driver::start);

struct Driver {
    stdin: Mutex<ChildStdin>,
    next: AtomicU64,
    waiting: Mutex<HashMap<u64, oneshot::Sender<Value>>>,
}

impl Driver {
    fn start() -> Self {
        #[expect(
            clippy::zombie_processes,
            reason = "it ends with this process, whose input it reads"
        )]
        let mut child = Command::new("node")
            .arg("driver.mjs")
            .current_dir(root().join("tests/client"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("start node");
        let stdout = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                let reply: Value = serde_json::from_str(&line).unwrap();
                let id = reply["id"].as_u64().unwrap();
                if let Some(sender) = DRIVER.waiting.lock().unwrap().remove(&id) {
                    let _ = sender.send(reply);
                }
            }
        });
        Self {
            stdin: Mutex::new(child.stdin.take().unwrap()),
            next: AtomicU64::new(0),
            waiting: Mutex::default(),
        }
    }
}

/// Runs one command; see `../../client/README.md`.
///
/// # Errors
/// What the client says went wrong.
pub(super) async fn command(name: &str, members: Value) -> Result<Value, String> {
    let id = DRIVER.next.fetch_add(1, Ordering::Relaxed);
    let (sender, receiver) = oneshot::channel();
    DRIVER.waiting.lock().unwrap().insert(id, sender);
    let mut command = json!({ "id": id, "cmd": name });
    command
        .as_object_mut()
        .unwrap()
        .extend(members.as_object().unwrap().clone());
    let line = format!("{command}\n");
    DRIVER
        .stdin
        .lock()
        .unwrap()
        .write_all(line.as_bytes())
        .unwrap();
    let reply = tokio::time::timeout(PATIENCE * 2, receiver).await;
    let mut reply = reply
        .expect("the client driver hangs")
        .expect("the client driver has ended");
    match reply.get("error") {
        Some(error) => Err(format!("{name}: {error}")),
        None => Ok(reply["ok"].take()),
    }
}
