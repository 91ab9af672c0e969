//! Connections on which nothing happens but heartbeats.

use std::time::Duration;

use anyhow::{Result, bail};
use tokio::{task::JoinSet, time::timeout};

use super::{message::excerpt, socket::Socket};

/// Keeps `sockets` connected for `duration`.
///
/// # Errors
///
/// If the server closes one of them, or sends anything else than a heartbeat.
pub(crate) async fn wait(sockets: Vec<Socket>, duration: Duration) -> Result<Vec<Socket>> {
    let mut waiting = JoinSet::new();
    for mut socket in sockets {
        waiting.spawn_local(async move {
            let heartbeats = async {
                loop {
                    socket
                        .step(|message, _| {
                            bail!("a message without an event: {}", excerpt(message))
                        })
                        .await?;
                }
            };
            timeout(duration, heartbeats)
                .await
                .unwrap_or(anyhow::Ok(()))?;
            anyhow::Ok(socket)
        });
    }
    let mut sockets = Vec::with_capacity(waiting.len());
    while let Some(waited) = waiting.join_next().await {
        sockets.push(waited??);
    }
    Ok(sockets)
}
