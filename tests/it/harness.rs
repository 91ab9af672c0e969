//! Starts servers and clients, and hides ports and wiring.
//!
//! Nothing here waits for ever: see [`in_time`], [`process`] and [`watchdog`].

mod client;
mod driver;
mod fresh;
pub(crate) mod http;
mod process;
pub(crate) mod redis;
mod relay;
mod restarted;
mod script;
mod server;
mod watchdog;
pub(crate) mod wire;

pub(crate) use client::Client;
pub(crate) use process::{Killed, Lines, finished, output, output_of};
pub(crate) use redis::Redis;
pub(crate) use relay::Relay;
pub(crate) use restarted::Restarted;
pub(crate) use script::Script;
pub(crate) use server::{Builder, Stockade, binary, example};
pub(crate) use wire::Wire;

use std::{path::PathBuf, time::Duration};

/// How long a test waits for anything before it fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// What `future` gives, which must come within [`PATIENCE`].
pub(crate) async fn in_time<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, future).await {
        Ok(value) => value,
        Err(_) => panic!("{what}: nothing within {PATIENCE:?}"),
    }
}

/// The checkout. Looked up when the tests run: where a checkout is moved with its `target`, cargo does not build them again.
pub(crate) fn root() -> PathBuf {
    watchdog::begin();
    // Cargo starts tests in their package's folder.
    let here = std::env::current_dir().unwrap();
    let mut above = here.ancestors();
    let root = above.find(|folder| folder.join("tests/it/harness.rs").exists());
    root.expect("run the tests in the checkout").to_owned()
}

/// The component of a test guest or an example.
pub(crate) fn component(name: &str) -> PathBuf {
    fresh::component(name)
}
