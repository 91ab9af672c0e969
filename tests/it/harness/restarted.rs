//! A server that comes back at the same address.

use std::{
    net::TcpListener,
    sync::atomic::{AtomicU16, Ordering},
};

use super::{Script, Stockade};

/// A guest's server, which scripts stop and start.
pub(crate) struct Restarted {
    guest: &'static str,
    config: String,
    addr: String,
    running: Option<Stockade>,
}

impl Restarted {
    /// A running server.
    pub(crate) async fn run(guest: &'static str, config: &str) -> Self {
        let mut server = Self {
            guest,
            config: config.to_owned(),
            addr: lasting_address(),
            running: None,
        };
        server.start().await;
        server
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Goes through all of a script's steps, and does what it wants: `stop` and `start`.
    pub(crate) async fn serve(&mut self, mut script: Script) {
        while let Some(wish) = script.wants().await {
            match wish.as_str() {
                "stop" => self.running.take().expect("it runs").kill().await,
                "start" => self.start().await,
                other => panic!("the script wants to {other}"),
            }
            script.done().await;
        }
    }

    async fn start(&mut self) {
        let server = Stockade::with(self.guest)
            .config(&self.config)
            .listen(&self.addr);
        self.running = Some(server.start().await);
    }
}

/// An address that stays free while no server is there: its port is none of those that are given to whoever asks for
/// any, such as all the other tests. Those of one process get different ones.
fn lasting_address() -> String {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = 20_000 + u16::try_from(std::process::id() % 10_000).unwrap();
    (0..1_000)
        .map(|_| first + NEXT.fetch_add(1, Ordering::Relaxed))
        .map(|port| format!("127.0.0.1:{port}"))
        .find(|addr| TcpListener::bind(addr).is_ok())
        .expect("a free port")
}
