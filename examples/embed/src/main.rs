//! An axum server with routes of its own, and a component's Socket.IO handlers at all others: `embed APP.wasm [ADDRESS]`.

use std::{env, net::SocketAddr, path::Path, sync::Arc, time::Duration};

use anyhow::{Context, Result};
use axum::{
    Router,
    extract::{ConnectInfo, Request},
    middleware::map_request,
    routing::get,
};
use stockade_server::{
    http::{PeerAddr, TenantService},
    tenant::{Compiled, Tenant},
};
use stockade_store::Store;
use tokio::{net::TcpListener, signal};

#[tokio::main]
async fn main() -> Result<()> {
    let mut args = env::args().skip(1);
    let app = args.next().context("usage: embed APP.wasm [ADDRESS]")?;
    let address = args.next().unwrap_or_else(|| "127.0.0.1:3000".into());

    // The defaults, and what STOCKADE_… variables change of them.
    let config = stockade_config::load(None, env::vars())?;
    let engine = config.engine()?;
    let store = Store::memory(config.tenant.limits.store);
    // Compiled in this process, so only a component that you trust to compile.
    let compiled = Compiled::read_own(&engine, Path::new(&app)).await?;
    let tenant = Tenant::new(&engine, "embedded", &compiled, &config.tenant, &store).await?;
    let handlers = TenantService::new(Arc::new(tenant), None);

    let router = Router::new()
        .route("/health", get(|| async { "well" }))
        .fallback_service(handlers.service())
        .layer(map_request(with_peer));
    let listener = TcpListener::bind(&address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(
        listener,
        router.into_make_service_with_connect_info::<SocketAddr>(),
    )
    .with_graceful_shutdown(async move {
        let _ = signal::ctrl_c().await;
        handlers.drain(Duration::from_secs(10)).await;
    })
    .await?;
    Ok(())
}

/// Lets handlers see their clients' addresses.
async fn with_peer(ConnectInfo(peer): ConnectInfo<SocketAddr>, mut request: Request) -> Request {
    request.extensions_mut().insert(PeerAddr(peer));
    request
}
