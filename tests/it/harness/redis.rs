//! Real Redis servers, each on a port and in a folder of its own.

use std::{net::TcpListener, process::Stdio, time::Duration};

use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    process::{Child, Command},
};

use super::{PATIENCE, in_time};

/// What a server says when it serves.
const READY: &str = "Ready to accept connections";

/// A `redis-server` or a Sentinel; killed when dropped.
pub(crate) struct Redis {
    child: Child,
    dir: TempDir,
    options: Vec<String>,
    port: u16,
}

impl Redis {
    /// A server that keeps nothing.
    pub(crate) async fn start() -> Self {
        Self::with(&[]).await
    }

    /// A server that has on its disk what it has acknowledged.
    pub(crate) async fn lasting() -> Self {
        Self::with(&["--appendonly", "yes", "--appendfsync", "always"]).await
    }

    /// One that keeps nothing, with more options.
    pub(crate) async fn with(options: &[&str]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let options = options.iter().map(|option| (*option).to_owned());
        Self::spawn(dir, options.collect(), READY).await
    }

    /// A Sentinel that watches `master` by the name `stockade`, and takes a second to miss it.
    pub(crate) async fn sentinel(master: &Self) -> Self {
        let config = format!(
            "sentinel monitor stockade 127.0.0.1 {} 1\nsentinel down-after-milliseconds stockade 1000\nsentinel failover-timeout stockade 3000\n",
            master.port
        );
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("sentinel.conf");
        std::fs::write(&file, config).unwrap();
        let options = vec![file.to_str().unwrap().to_owned(), "--sentinel".to_owned()];
        // It knows whom to promote when it has found the replica.
        Self::spawn(dir, options, "+slave").await
    }

    async fn spawn(dir: TempDir, options: Vec<String>, ready: &str) -> Self {
        let port = free_port();
        let child = spawn(&options, port, &dir, ready).await;
        Self {
            child,
            dir,
            options,
            port,
        }
    }

    /// A server that repeats this one's data.
    pub(crate) async fn replica(&self) -> Self {
        let of = format!("127.0.0.1 {}", self.port);
        Self::with(&["--replicaof", &of]).await
    }

    /// Host and port.
    pub(crate) fn addr(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// What a node is configured with.
    pub(crate) fn url(&self) -> String {
        format!("redis://{}", self.addr())
    }

    /// Kills it, as a power cut would.
    pub(crate) async fn kill(&mut self) {
        in_time("Redis's death", self.child.kill()).await.unwrap();
    }

    /// Starts it again on the same port.
    pub(crate) async fn restart(&mut self) {
        self.child = spawn(&self.options, self.port, &self.dir, READY).await;
    }

    /// Sends it a signal by name.
    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.id().expect("Redis has ended").to_string();
        let sent = std::process::Command::new("kill")
            .args([&format!("-{name}"), &pid])
            .status();
        assert!(sent.unwrap().success());
    }

    /// Waits until it knows that its Redis Cluster is whole, of which it tells nobody by itself.
    async fn until_whole(&self) {
        let whole = async {
            let mut stream = TcpStream::connect(self.addr()).await.unwrap();
            let mut info = vec![0; 4 << 10];
            loop {
                stream.write_all(b"CLUSTER INFO\r\n").await.unwrap();
                let read = stream.read(&mut info).await.unwrap();
                if String::from_utf8_lossy(&info[..read]).contains("cluster_state:ok") {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        let whole = tokio::time::timeout(PATIENCE, whole).await;
        whole.expect("the Redis Cluster is not whole");
    }

    /// Publishes bytes as anybody might; waits until Redis has taken them.
    pub(crate) async fn publish(&self, channel: &str, message: &[u8]) {
        let mut stream = TcpStream::connect(self.addr()).await.unwrap();
        let mut command = b"*3\r\n$7\r\nPUBLISH\r\n".to_vec();
        for argument in [channel.as_bytes(), message] {
            command.extend(format!("${}\r\n", argument.len()).bytes());
            command.extend(argument);
            command.extend(b"\r\n");
        }
        stream.write_all(&command).await.unwrap();
        let answer = in_time("Redis's answer", stream.read_u8()).await;
        assert_eq!(answer.unwrap(), b':', "a number");
    }
}

/// Makes a Redis Cluster of three.
pub(crate) async fn cluster() -> [Redis; 3] {
    let options = ["--cluster-enabled", "yes", "--cluster-node-timeout", "2000"];
    let (a, b, c) = tokio::join!(
        Redis::with(&options),
        Redis::with(&options),
        Redis::with(&options)
    );
    let servers = [a, b, c];
    let create = Command::new("redis-cli")
        .args(["--cluster", "create", "--cluster-yes"])
        .args(servers.iter().map(Redis::addr))
        .output();
    let created = tokio::time::timeout(PATIENCE, create).await;
    let created = created.expect("redis-cli hangs").unwrap();
    let said = String::from_utf8_lossy(&created.stdout);
    assert!(created.status.success(), "{said}");
    for server in &servers {
        server.until_whole().await;
    }
    servers
}

async fn spawn(options: &[String], port: u16, dir: &TempDir, ready: &str) -> Child {
    let mut child = Command::new("redis-server")
        .args(options)
        .args(["--port", &port.to_string(), "--bind", "127.0.0.1"])
        .args(["--save", "", "--dir"])
        .arg(dir.path())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("start redis-server: run `make setup`");
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let starting = async {
        while let Some(line) = lines.next_line().await.unwrap() {
            if line.contains(ready) {
                return;
            }
        }
        panic!("redis-server ended");
    };
    tokio::time::timeout(PATIENCE, starting)
        .await
        .expect("redis-server does not start");
    // It must not find its output full.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    child
}

/// A port that is free, and so is the one by which servers of a Redis Cluster talk, 10,000 above.
fn free_port() -> u16 {
    loop {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        if let Some(bus) = port.checked_add(10_000)
            && TcpListener::bind(("127.0.0.1", bus)).is_ok()
        {
            return port;
        }
    }
}
