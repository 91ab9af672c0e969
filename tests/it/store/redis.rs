//! A real `redis-server`.

use std::{net::TcpListener, process::Stdio};

use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

use crate::harness::{PATIENCE, Stockade};

/// A server on a port of its own; killed when dropped. What it has acknowledged survives that.
pub(super) struct Redis {
    child: Child,
    port: u16,
    folder: TempDir,
}

impl Redis {
    pub(super) async fn start() -> Self {
        // Free now, and not given to others soon.
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let folder = tempfile::tempdir().unwrap();
        Self {
            child: spawn(port, &folder).await,
            port,
            folder,
        }
    }

    /// A server of `keeper` that stores there.
    pub(super) async fn server(&self, config: &str) -> Stockade {
        let url = format!("store = \"redis://127.0.0.1:{}/1\"", self.port);
        Stockade::with("keeper")
            .config(&url)
            .config(config)
            .start()
            .await
    }

    pub(super) async fn kill(&mut self) {
        self.child.kill().await.unwrap();
    }

    pub(super) async fn restart(&mut self) {
        self.child = spawn(self.port, &self.folder).await;
    }

    pub(super) fn signal(&self, signal: &str) {
        let pid = self.child.id().unwrap().to_string();
        let sent = std::process::Command::new("kill")
            .args([&format!("-{signal}"), &*pid])
            .status();
        assert!(sent.unwrap().success());
    }
}

async fn spawn(port: u16, folder: &TempDir) -> Child {
    let mut child = Command::new("redis-server")
        .args(["--bind", "127.0.0.1", "--port", &port.to_string()])
        .args([
            "--save",
            "",
            "--appendonly",
            "yes",
            "--appendfsync",
            "always",
        ])
        .arg("--dir")
        .arg(folder.path())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("start redis-server: run scripts/setup.sh");
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let ready = async {
        while let Some(line) = lines.next_line().await.unwrap() {
            if line.contains("Ready to accept connections") {
                return;
            }
        }
        panic!("redis-server has ended");
    };
    tokio::time::timeout(PATIENCE, ready).await.unwrap();
    // What it says later has to go somewhere.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    child
}
