//! One release takes over from another while clients are connected and events are under way.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};
use stockade_sandbox::{Engine, Isolation};
use stockade_server::{
    http::{self, TenantService},
    options::Recovery,
    tenant::{Compiled, Release, Tenant},
};
use stockade_store::Store;
use tokio::sync::oneshot;

use crate::harness::{Client, component};

/// A server within this process, which can change its release.
struct Served {
    engine: Engine,
    service: Arc<TenantService>,
    url: String,
    /// Stops the server when dropped.
    _stop: oneshot::Sender<()>,
}

impl Served {
    /// Serves the first release.
    async fn first(isolation: Isolation) -> Self {
        Self::first_with(isolation, None).await
    }

    /// The same, where clients may come back as who they were.
    async fn first_with(isolation: Isolation, recovery: Option<Recovery>) -> Self {
        let mut config = stockade_config::load(None, []).unwrap();
        config.tenant.isolation = isolation;
        let options = &mut config.tenant.options.defaults;
        options.socket.connection_state_recovery = recovery;
        let engine = config.engine().unwrap();
        let store = Store::memory(config.tenant.limits.store);
        let first = compiled(&engine, "release-one-c").await;
        let tenant = Tenant::new(&engine, "releases", &first, &config.tenant, &store).await;
        let service = Arc::new(TenantService::new(Arc::new(tenant.unwrap()), None));
        let listener = http::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel::<()>();
        let served = service.clone();
        tokio::spawn(async move {
            let stopped = async { drop(stopped.await) };
            http::serve(listener, &served, Duration::from_secs(1), stopped).await;
        });
        Self {
            engine,
            service,
            url,
            _stop: stop,
        }
    }

    async fn prepare(&self, guest: &str) -> Arc<Release> {
        let compiled = compiled(&self.engine, guest).await;
        let prepared = self.service.tenant().prepare(&self.engine, &compiled).await;
        prepared.unwrap()
    }

    async fn client(&self, namespace: &str, options: Value) -> Client {
        let client = Client::connect(&format!("{}{namespace}", self.url), options).await;
        client.connected().await;
        client
    }
}

async fn compiled(engine: &Engine, guest: &str) -> Compiled {
    Compiled::read_own(engine, &component(guest)).await.unwrap()
}

fn ok(release: u32) -> Value {
    json!({ "status": "ok", "data": release })
}

#[tokio::test(flavor = "multi_thread")]
async fn swap_disconnects_nobody_and_events_keep_their_release() {
    for isolation in [Isolation::Event, Isolation::Socket, Isolation::Tenant] {
        let served = Served::first(isolation).await;
        let clients = [
            served
                .client("/", json!({ "transports": ["websocket"] }))
                .await,
            served
                .client("/", json!({ "transports": ["polling"] }))
                .await,
            served.client("/", json!({})).await,
            served
                .client("/room-1", json!({ "transports": ["websocket"] }))
                .await,
        ];
        for client in &clients {
            assert_eq!(client.ask("which", json!(null)).await, ok(1));
        }
        let second = served.prepare("release-two-c").await;
        served.service.activate(second);
        for client in &clients {
            assert_eq!(client.ask("which", json!(null)).await, ok(2));
            assert_eq!(client.ask("which beside others", json!(null)).await, ok(2));
        }
        let late = served.client("/", json!({})).await;
        assert_eq!(late.next("came in").await, json!([2]));
        for client in &clients[..3] {
            assert_eq!(client.events().await, [json!(["came in", 1])], "told once");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn event_under_way_is_answered_by_its_own_release() {
    let served = Served::first(Isolation::Event).await;
    let client = served.client("/", json!({})).await;
    let other = served.client("/", json!({})).await;
    let second = served.prepare("release-two-c").await;
    let asked = client.ask("wait", json!(null));
    let meanwhile = async {
        client.next("go on?").await;
        served.service.activate(second);
        assert_eq!(other.ask("which", json!(null)).await, ok(2));
        client.answer("go on?", json!([])).await;
    };
    let (answer, ()) = tokio::join!(asked, meanwhile);
    assert_eq!(answer, ok(1));
    assert_eq!(client.ask("which", json!(null)).await, ok(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_event_is_answered_once_while_releases_change() {
    let served = Served::first(Isolation::Event).await;
    let releases = [
        served.prepare("release-two-c").await,
        served.prepare("release-one-c").await,
    ];
    let clients = [
        served
            .client("/", json!({ "transports": ["websocket"] }))
            .await,
        served
            .client("/", json!({ "transports": ["polling"] }))
            .await,
        served.client("/room-7", json!({})).await,
    ];
    let asking = async {
        for _ in 0..20 {
            for client in &clients {
                let events = vec![("which", json!(null)); 10];
                let (answers, _) = client.burst(events).await;
                assert_eq!(answers.len(), 10);
                let known = |answer: &Value| [ok(1), ok(2)].contains(answer);
                assert!(answers.iter().all(known), "{answers:?}");
            }
        }
    };
    let changing = async {
        loop {
            for release in &releases {
                served.service.activate(release.clone());
                tokio::task::yield_now().await;
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
    };
    tokio::select! {
        () = asking => {}
        () = changing => {}
    }
    for client in &clients {
        assert_eq!(client.state().await["connected"], true);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sockets_of_a_namespace_that_is_gone_are_told() {
    let served = Served::first(Isolation::Event).await;
    let staying = served.client("/", json!({})).await;
    let leaving = served.client("/in-the-first", json!({})).await;
    assert_eq!(leaving.ask("which", json!(null)).await, ok(1));
    let second = served.prepare("release-two-c").await;
    served.service.activate(second);
    assert_eq!(leaving.disconnected().await, "io server disconnect");
    let refused = Client::connect(&format!("{}/in-the-first", served.url), json!({})).await;
    assert_eq!(refused.refused().await, "Invalid namespace");
    let coming = served.client("/in-the-second", json!({})).await;
    assert_eq!(coming.ask("which", json!(null)).await, ok(2));
    assert_eq!(staying.ask("which", json!(null)).await, ok(2));
    // And back again.
    let first = served.prepare("release-one-c").await;
    served.service.activate(first);
    assert_eq!(coming.disconnected().await, "io server disconnect");
    let again = served.client("/in-the-first", json!({})).await;
    assert_eq!(again.ask("which", json!(null)).await, ok(1));
    assert_eq!(staying.ask("which", json!(null)).await, ok(1));
}

/// The namespace lives on meanwhile, for the client that may come back.
#[tokio::test(flavor = "multi_thread")]
async fn child_namespace_that_is_back_serves_as_before() {
    let recovery = Recovery {
        max_disconnection_duration: Duration::from_secs(120),
        skip_middlewares: true,
    };
    let served = Served::first_with(Isolation::Event, Some(recovery)).await;
    let staying = served.client("/", json!({})).await;
    let gone = served.client("/in-the-first-1", json!({})).await;
    assert_eq!(gone.ask("which", json!(null)).await, ok(1));
    gone.break_connection().await;
    assert_eq!(staying.ask("which", json!(null)).await, ok(1));
    let second = served.prepare("release-two-c").await;
    let first = served.prepare("release-one-c").await;
    served.service.activate(second);
    let refused = Client::connect(&format!("{}/in-the-first-1", served.url), json!({})).await;
    assert_eq!(refused.refused().await, "Invalid namespace");
    served.service.activate(first);
    let again = served.client("/in-the-first-1", json!({})).await;
    assert_eq!(again.ask("which", json!(null)).await, ok(1));
    assert_eq!(again.state().await["connected"], true);
}

#[tokio::test]
async fn release_that_is_refused_changes_nothing() {
    let served = Served::first(Isolation::Event).await;
    let client = served.client("/", json!({})).await;
    for guest in ["describe-traps", "describe-no-namespace"] {
        let compiled = compiled(&served.engine, guest).await;
        let refused = served.service.tenant().prepare(&served.engine, &compiled);
        assert!(refused.await.is_err(), "{guest}");
    }
    assert_eq!(client.ask("which", json!(null)).await, ok(1));
}
