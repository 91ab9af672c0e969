//! `stockade run`: serves one component.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::Instant,
};

use anyhow::Context;
use tokio::signal::unix::{SignalKind, signal};

use super::{ConfigArgs, logging};
use stockade_config::ServerConfig;
use stockade_sandbox::Isolation;
use stockade_server::{
    http::{self, TenantService},
    tenant::Tenant,
};
use stockade_store::Store;

/// What to serve, and how.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  stockade run target/guest/products.wasm
  stockade run app.wasm --listen 0.0.0.0:8080 --config stockade.toml

Stop it with Ctrl-C or SIGTERM: events under way are answered first. A second signal stops it at once.")]
pub(super) struct Args {
    /// The component.
    #[arg(value_name = "APP.wasm")]
    app: PathBuf,
    /// Address and port; port 0 takes a free one [default: 127.0.0.1:3001, or `listen` in the configuration]
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    #[command(flatten)]
    config: ConfigArgs,
    /// Serve the files of a folder, too.
    #[arg(long = "static", value_name = "DIR")]
    static_files: Option<String>,
    /// The tenant's name, in logs, in the store and among nodes; the file's name without its ending unless it is given.
    #[arg(long)]
    name: Option<String>,
    /// Show clients the causes of internal errors. Not for production.
    #[arg(long)]
    debug: bool,
}

pub(super) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let mut config = args.config.load(args.static_files)?;
    config.listen = args.listen.unwrap_or(config.listen);
    config.tenant.debug |= args.debug;
    logging::init(&config.log)?;
    let engine = config.engine()?;
    // Before compiling: a port that is taken should not cost the time.
    let listener = http::bind(config.listen).await?;
    let started = Instant::now();
    let store = Store::new(&config.store, config.tenant.limits.store);
    let name = tenant_name(args.name, &args.app);
    let tenant = Tenant::load(&engine, &name, &args.app, &config.tenant, &store)
        .await
        .with_context(|| args.app.display().to_string())?;
    let release = tenant.release();
    if release.stores() {
        store.prepare().await?;
    }
    let addr = listener.local_addr()?;
    tracing::info!(
        tenant = %tenant.name,
        version = release.version(),
        isolation = ?config.tenant.isolation,
        namespaces = release.api.namespaces.len(),
        loaded_in = ?started.elapsed(),
        url = %format_args!("http://{addr}{}/", release.options.socket.path),
        "serving"
    );
    if let (Isolation::Event, Some(why)) = (config.tenant.isolation, &release.obstacle) {
        tracing::info!(
            tenant = %tenant.name,
            %why,
            "each event gets an instance that is made for it, which takes several times as long as restoring one"
        );
    }
    let stop = stop_signal()?;
    drop(release);
    let ServerConfig { files, drain } = config.server;
    let served = TenantService::new(Arc::new(tenant), files);
    http::serve(listener, &served, drain, stop).await;
    tracing::info!("stopped");
    Ok(ExitCode::SUCCESS)
}

/// The name that is given, or the file's without its ending.
pub(super) fn tenant_name(given: Option<String>, app: &Path) -> String {
    given.unwrap_or_else(|| {
        let stem = app.file_stem();
        stem.map_or_else(
            || "tenant".into(),
            |stem| stem.to_string_lossy().into_owned(),
        )
    })
}

/// Completes at the first SIGTERM or SIGINT; the second ends the process.
fn stop_signal() -> anyhow::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let (sender, receiver) = tokio::sync::oneshot::channel::<()>();
    tokio::spawn(async move {
        let mut first = Some(sender);
        loop {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            match first.take() {
                Some(sender) => drop(sender.send(())),
                None => {
                    tracing::warn!("stopping at once");
                    std::process::exit(1);
                }
            }
        }
    });
    Ok(async move {
        let _ = receiver.await;
    })
}
