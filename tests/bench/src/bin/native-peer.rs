//! The benchmark's events as a native server: socketioxide on hyper, without a sandbox.
//!
//! The payload's type is its validation, as a Rust developer would have it. No tracing, no buffers beyond the defaults.

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::Context as _;
use clap::{Parser, ValueEnum};
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use serde::{Deserialize, Serialize};
use socketioxide::{
    ParserError, SocketIo,
    extract::{AckSender, SocketRef, TryData},
};
use tokio::{net::TcpListener, runtime::Builder};

/// Serves the benchmark's events natively.
#[derive(Parser)]
struct Args {
    /// Port on 127.0.0.1
    port: u16,
    /// Which of tokio's schedulers to run on
    #[arg(long, value_enum, default_value_t = Scheduler::CurrentThread)]
    scheduler: Scheduler,
}

#[derive(Clone, Copy, ValueEnum)]
enum Scheduler {
    /// All on one thread
    CurrentThread,
    /// A worker for each core that the process may use
    MultiThread,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Product {
    name: String,
}

/// What an acknowledgement carries.
#[derive(Serialize)]
#[serde(tag = "status", rename_all = "lowercase")]
enum Reply {
    Ok {
        #[serde(skip_serializing_if = "Option::is_none")]
        data: Option<Product>,
    },
    Error {
        error: Failure,
    },
}

#[derive(Serialize)]
struct Failure {
    code: &'static str,
    payload: [Violation; 1],
}

#[derive(Serialize)]
struct Violation {
    message: String,
}

impl From<ParserError> for Failure {
    fn from(error: ParserError) -> Self {
        let message = error.to_string();
        Self {
            code: "VALIDATION_PAYLOAD_ERROR",
            payload: [Violation { message }],
        }
    }
}

async fn create(TryData(payload): TryData<Product>, ack: AckSender) {
    let reply = match payload {
        Ok(product) => Reply::Ok {
            data: Some(product),
        },
        Err(error) => Reply::Error {
            error: error.into(),
        },
    };
    // A client that is gone needs no answer.
    ack.send(&reply).ok();
}

async fn announce(io: SocketIo, ack: AckSender) {
    // The error names the sockets that are gone; the others have the event.
    io.emit("refresh products", &[(); 0]).await.ok();
    ack.send(&Reply::Ok { data: None }).ok();
}

async fn on_connection(socket: SocketRef) {
    socket.on("create product", create);
    socket.on("announce", announce);
}

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let mut builder = match args.scheduler {
        Scheduler::CurrentThread => Builder::new_current_thread(),
        Scheduler::MultiThread => Builder::new_multi_thread(),
    };
    builder.enable_all().build()?.block_on(serve(args.port))
}

async fn serve(port: u16) -> anyhow::Result<()> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address}"))?;
    let (service, io) = SocketIo::new_svc();
    io.ns("/", on_connection);
    loop {
        let (stream, _) = listener
            .accept()
            .await
            .context("cannot accept a connection")?;
        stream.set_nodelay(true).context("cannot set TCP_NODELAY")?;
        let service = service.clone();
        tokio::spawn(async move {
            http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .with_upgrades()
                .await
                .ok();
        });
    }
}
