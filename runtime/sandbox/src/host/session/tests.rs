use wasmtime::Store;

use super::{session::Host, *};
use crate::{
    host::{Adapter, ClientSocket, ClientState, EventCtx, FirstRequest, Handshake},
    testing::Component,
};

/// A client that has sent something.
struct Sender(ClientState);

impl EventSource for Sender {
    fn socket(&self) -> Option<&dyn ClientSocket> {
        None
    }

    fn client(&self) -> &ClientState {
        &self.0
    }

    fn server(&self) -> &dyn Adapter {
        unreachable!("sessions are no matter of other sockets")
    }
}

fn sender() -> Arc<Sender> {
    let request = FirstRequest::new("/", "", &[], &[]);
    let handshake = Handshake::new(Arc::new(request), "{}", 0);
    Arc::new(Sender(ClientState::new(handshake)))
}

fn component() -> Component {
    Component::new("", |limits| {
        limits.cpu = std::time::Duration::from_micros(1);
        limits.store_operations = 100_000;
    })
}

fn event(component: &Component, sender: &Arc<Sender>) -> Store<StoreCtx> {
    component.during(EventCtx::new("event".into(), None, sender.clone()))
}

#[tokio::test]
async fn session_that_is_opened_is_the_clients_if_there_is_one() {
    let (component, sender) = (component(), sender());
    let kept = component.sessions().create().await.unwrap();
    let mut store = event(&component, &sender);
    let unknown = "A".repeat(43);
    assert!(!store.data_mut().open(unknown).await.unwrap().unwrap());
    assert!(sender.0.session_id().is_none() && !sender.0.session_changed());
    let opened = store.data_mut().open(kept.id().to_owned()).await;
    assert!(opened.unwrap().unwrap());
    assert_eq!(sender.0.session_id().as_deref(), Some(kept.id()));
    assert!(sender.0.session_changed());
}

#[tokio::test]
async fn keys_are_neither_empty_nor_long() {
    let (component, sender) = (component(), sender());
    let mut store = event(&component, &sender);
    store.data_mut().create().await.unwrap().unwrap();
    for (length, is_valid) in [(0, false), (1, true), (MAX_KEY, true), (MAX_KEY + 1, false)] {
        let value = Some("1".to_owned());
        let set = store.data_mut().set("k".repeat(length), value).await;
        assert_eq!(set.unwrap().is_ok(), is_valid, "{length}");
    }
}

#[tokio::test]
async fn what_is_kept_is_json() {
    let (component, sender) = (component(), sender());
    let mut store = event(&component, &sender);
    store.data_mut().create().await.unwrap().unwrap();
    let text = || Some("no JSON".to_owned());
    let set = store.data_mut().set("key".into(), text()).await;
    assert!(matches!(set.unwrap(), Err(CallError::InvalidArgument(_))));
    let set = store.data_mut().set_user(text()).await;
    assert!(matches!(set.unwrap(), Err(CallError::InvalidArgument(_))));
}

#[tokio::test]
async fn user_of_the_session_is_the_clients_at_once_and_can_be_taken_back() {
    let (component, sender) = (component(), sender());
    let mut store = event(&component, &sender);
    store.data_mut().create().await.unwrap().unwrap();
    let set = store.data_mut().set_user(Some("7".into())).await;
    set.unwrap().unwrap();
    assert_eq!(sender.0.user().get().as_deref(), Some("7"));
    sender.0.set_session_user(None);
    assert_eq!(sender.0.user().get(), None);
}

#[tokio::test]
async fn who_has_no_user_any_more_is_told_so() {
    let (component, sender) = (component(), sender());
    let mut store = event(&component, &sender);
    store.data_mut().create().await.unwrap().unwrap();
    // Not what a session gave.
    sender.0.user().set(Some("7"));
    store.data_mut().set_user(None).await.unwrap().unwrap();
    assert_eq!(sender.0.user().get(), None);
}

#[tokio::test]
async fn session_that_was_destroyed_meanwhile_is_forgotten() {
    let (component, sender) = (component(), sender());
    let mut store = event(&component, &sender);
    let id = store.data_mut().create().await.unwrap().unwrap();
    component.sessions().destroy(&id).await.unwrap();
    assert!(store.data_mut().regenerate_id().await.unwrap().is_err());
    assert!(sender.0.session_id().is_none());
}

/// How often an event can do this before its CPU time is used up.
async fn times(
    mut store: Store<StoreCtx>,
    call: impl AsyncFn(&mut StoreCtx) -> wasmtime::Result<()>,
) -> usize {
    let mut times = 0;
    while call(store.data_mut()).await.is_ok() {
        times += 1;
    }
    times
}

#[tokio::test]
async fn access_and_what_is_read_or_written_cost_cpu_time() {
    let text = format!("\"{}\"", "x".repeat(30_000));
    let (component, sender) = (component(), sender());
    let mut first = event(&component, &sender);
    first.data_mut().create().await.unwrap().unwrap();
    let set = first.data_mut().set("key".into(), Some(text.clone())).await;
    set.unwrap().unwrap();
    let set = first.data_mut().set_user(Some(text.clone())).await;
    set.unwrap().unwrap();

    let during = || event(&component, &sender);
    let nothing = times(during(), async |ctx| ctx.get("none".into()).await.map(drop));
    let access = nothing.await;
    assert!((100..1_000).contains(&access), "{access}");
    let get = times(during(), async |ctx| ctx.get("key".into()).await.map(drop));
    assert!(get.await < 20);
    let user = times(during(), async |ctx| ctx.user().await.map(drop));
    assert!(user.await < 20);
    let set = times(during(), async |ctx| {
        let set = ctx.set("key".into(), Some(text.clone()));
        set.await.map(drop)
    });
    assert!(set.await < 20);
}
