//! That a peer does what it is measured for.

use std::net::SocketAddr;

use anyhow::{Context as _, Result, ensure};
use serde_json::json;

use crate::load::socket::Socket;

/// Sends each event once, and a payload that must be refused.
///
/// # Errors
///
/// With what the peer has answered, if it is anything else than what is asked of peers.
pub(crate) async fn events(server: SocketAddr) -> Result<()> {
    let mut socket = Socket::connect(server).await?;

    let created = socket
        .ask(r#"["create product",{"name":"tea"}]"#)
        .await?
        .acknowledgement;
    let expected = json!([{"status": "ok", "data": {"name": "tea"}}]);
    ensure!(created == expected, "it answers a product with {created}");

    let refused = socket
        .ask(r#"["create product",{}]"#)
        .await?
        .acknowledgement;
    let error = refused
        .pointer("/0/error/code")
        .context("it takes products without a name")?;
    ensure!(
        error == "VALIDATION_PAYLOAD_ERROR",
        "it refuses a product without a name with {refused}"
    );

    let announced = socket.ask(r#"["announce"]"#).await?;
    let expected = json!([{"status": "ok"}]);
    ensure!(
        announced.acknowledgement == expected,
        "it answers an announcement with {}",
        announced.acknowledgement
    );
    let received = announced.before;
    ensure!(
        received == [r#"42["refresh products"]"#],
        "it announces {received:?} before it answers"
    );
    Ok(())
}
