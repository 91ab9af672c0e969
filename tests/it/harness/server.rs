//! A running `stockade`.

use std::{
    fmt::Write,
    path::PathBuf,
    process::{ExitStatus, Stdio},
    sync::{Arc, LazyLock, Mutex},
};

use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    sync::Notify,
};

use super::{Client, PATIENCE, component, fresh, in_time, watchdog};

/// A server process; killed when dropped.
pub(crate) struct Stockade {
    child: Child,
    log: Arc<Log>,
    /// `127.0.0.1` and a free port.
    pub(crate) addr: String,
}

/// What a server is started with.
pub(crate) struct Builder {
    component: PathBuf,
    listen: String,
    /// Where a component with another name is.
    renamed: Option<tempfile::TempDir>,
    config: String,
    args: Vec<String>,
    /// Commands of a shell that come before it.
    shell: String,
    environment: Vec<(String, String)>,
}

/// The log so far, as JSON lines.
#[derive(Default)]
struct Log {
    lines: Mutex<Vec<Value>>,
    more: Notify,
}

impl Builder {
    /// Lines of `stockade.toml`. Top-level keys come before sections.
    pub(crate) fn config(mut self, lines: &str) -> Self {
        let _ = writeln!(self.config, "{lines}");
        self
    }

    /// Where it listens, instead of on a free port.
    pub(crate) fn listen(mut self, addr: &str) -> Self {
        addr.clone_into(&mut self.listen);
        self
    }

    /// Another name for the component, and so for the tenant.
    pub(crate) fn tenant(mut self, name: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let copy = dir.path().join(format!("{name}.wasm"));
        std::fs::copy(&self.component, &copy).unwrap();
        self.component = copy;
        self.renamed = Some(dir);
        self
    }

    /// A flag of the command line.
    pub(crate) fn arg(mut self, arg: &str) -> Self {
        self.args.push(arg.to_owned());
        self
    }

    /// Commands of a shell that set limits for it.
    pub(crate) fn shell(mut self, commands: &str) -> Self {
        commands.clone_into(&mut self.shell);
        self
    }

    /// A variable of the environment, which outdoes the configuration.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Starts the server and waits until it serves.
    pub(crate) async fn start(self) -> Stockade {
        let dir = tempfile::tempdir().unwrap();
        let config = dir.path().join("stockade.toml");
        // A store that no other test knows, unless the test is about stores.
        let store = match self.config.contains("store = ") {
            true => "",
            false => "store = \"memory\"\n",
        };
        std::fs::write(&config, format!("{store}{}", self.config)).unwrap();
        let mut child = Command::new("bash")
            .arg("-c")
            .arg(format!("{}\nexec \"$0\" \"$@\"", self.shell))
            .arg(binary())
            .arg("run")
            .arg(&self.component)
            .args(["--listen", &self.listen, "--config"])
            .arg(&config)
            .args(&self.args)
            .env("STOCKADE_LOG_FORMAT", "json")
            .env(
                "STOCKADE_LOG_FILTER",
                "debug,hyper=warn,cranelift=warn,wasmtime=warn",
            )
            .envs(self.environment)
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("start stockade");
        let log = Arc::new(Log::default());
        tokio::spawn(read_log(child.stderr.take().unwrap(), log.clone()));
        let serving = log.wait("serving", 0, |line| line["message"] == "serving");
        let serving = tokio::select! {
            line = serving => line,
            status = child.wait() => panic!("the server does not start: {}", status.unwrap()),
        };
        let url = serving["url"].as_str().unwrap().to_owned();
        let addr = url.trim_start_matches("http://").split('/').next().unwrap();
        Stockade {
            addr: addr.to_owned(),
            child,
            log,
        }
    }
}

impl Stockade {
    /// A server of `guest` with the default configuration.
    pub(crate) async fn run(guest: &str) -> Self {
        Self::with(guest).start().await
    }

    /// A server of `guest` to be configured.
    pub(crate) fn with(guest: &str) -> Builder {
        Self::of(component(guest))
    }

    /// A server of the component in this file, to be configured.
    pub(crate) fn of(component: PathBuf) -> Builder {
        Builder {
            component,
            listen: "127.0.0.1:0".to_owned(),
            renamed: None,
            config: String::new(),
            args: Vec::new(),
            shell: String::new(),
            environment: Vec::new(),
        }
    }

    /// Where clients connect; a namespace may follow.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// A connected client.
    pub(crate) async fn client(&self) -> Client {
        self.client_with("", serde_json::json!({})).await
    }

    /// A client connected to `namespace` with options of socket.io-client.
    pub(crate) async fn client_with(&self, namespace: &str, options: Value) -> Client {
        let client = self.connecting(namespace, options).await;
        client.connected().await;
        client
    }

    /// A client that has begun to connect.
    pub(crate) async fn connecting(&self, namespace: &str, options: Value) -> Client {
        Client::connect(&format!("{}{namespace}", self.url()), options).await
    }

    /// The first line of the log, past or to come, that `matches`.
    pub(crate) async fn logged(&self, what: &str, matches: impl Fn(&Value) -> bool) -> Value {
        self.log.wait(what, 0, matches).await
    }

    /// The same after `skipped` others that match, too.
    pub(crate) async fn logged_after(
        &self,
        skipped: usize,
        what: &str,
        matches: impl Fn(&Value) -> bool,
    ) -> Value {
        self.log.wait(what, skipped, matches).await
    }

    /// All lines of the log so far.
    pub(crate) fn log(&self) -> Vec<Value> {
        self.log.lines.lock().unwrap().clone()
    }

    /// Resident memory of the process, in bytes.
    pub(crate) fn resident(&self) -> u64 {
        self.memory("VmRSS:")
    }

    /// The most that it has had, in bytes.
    pub(crate) fn peak(&self) -> u64 {
        self.memory("VmHWM:")
    }

    fn memory(&self, field: &str) -> u64 {
        let pid = self.child.id().expect("the server has ended");
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        let line = status.lines().find(|line| line.starts_with(field));
        let kib = line
            .and_then(|line| line.split_whitespace().nth(1))
            .unwrap();
        kib.parse::<u64>().unwrap() * 1024
    }

    /// Sends SIGTERM.
    pub(crate) fn terminate(&self) {
        let pid = self.child.id().expect("the server has ended").to_string();
        let killed = std::process::Command::new("kill")
            .args(["-TERM", &pid])
            .status();
        assert!(killed.unwrap().success());
    }

    /// Ends the process at once, as a crash would.
    pub(crate) async fn kill(&mut self) {
        in_time("the server's death", self.child.kill())
            .await
            .unwrap();
    }

    /// Waits for the process to end.
    pub(crate) async fn ended(&mut self) -> ExitStatus {
        let ended = tokio::time::timeout(PATIENCE, self.child.wait()).await;
        ended.expect("the server does not end").unwrap()
    }

    /// Whether the process still runs.
    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }
}

/// The binary under test, beside this test's own.
pub(crate) fn binary() -> PathBuf {
    static BINARY: LazyLock<PathBuf> = LazyLock::new(|| fresh::program("stockade"));
    watchdog::begin();
    BINARY.clone()
}

/// A program of an example, as this workspace has built it.
pub(crate) fn example(name: &str) -> PathBuf {
    watchdog::begin();
    fresh::program(name)
}

impl Log {
    async fn wait(&self, what: &str, skipped: usize, matches: impl Fn(&Value) -> bool) -> Value {
        let found = async {
            loop {
                let more = self.more.notified();
                let mut matching = self.lines.lock().unwrap().clone();
                matching.retain(&matches);
                if let Some(line) = matching.get(skipped) {
                    return line.clone();
                }
                more.await;
            }
        };
        match tokio::time::timeout(PATIENCE, found).await {
            Ok(line) => line,
            Err(_) => panic!(
                "the log has no line of {what}:\n{:#?}",
                self.lines.lock().unwrap()
            ),
        }
    }
}

async fn read_log(stderr: tokio::process::ChildStderr, log: Arc<Log>) {
    let mut lines = BufReader::new(stderr).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        // Whatever is not JSON did not come from the log: a panic, an error at start.
        let value = serde_json::from_str(&line).unwrap_or(Value::String(line));
        log.lines.lock().unwrap().push(value);
        log.more.notify_waiters();
    }
}
