use std::time::UNIX_EPOCH;

use super::*;
use stockade_store::{StoreConfig, StoreLimits};

const MINUTE: Duration = Duration::from_secs(60);
const MILLISECOND: Duration = Duration::from_millis(1);

fn store() -> Store {
    let limits = StoreLimits {
        key: 1_000,
        value: 1_000_000,
        bytes: 10_000_000,
    };
    let start = UNIX_EPOCH + Duration::from_secs(1_000);
    Store::memory_with_clock(limits, Clock::held_at(start))
}

fn config() -> SessionConfig {
    SessionConfig {
        inactivity: 15 * MINUTE,
        absolute: 60 * MINUTE,
        cookie: SessionCookie {
            name: "sessionID".into(),
            domain: None,
            path: "/".into(),
            secure: false,
            same_site: ::cookie::SameSite::Lax,
        },
    }
}

/// Sessions, and a clock that the test advances.
fn sessions() -> (Sessions, Clock) {
    let store = store();
    (Sessions::new(&store, "t", &config()), store.clock().clone())
}

#[tokio::test]
async fn what_is_written_is_read() {
    let (sessions, _) = sessions();
    let created = sessions.create().await.unwrap();
    let read = async || sessions.read(created.id()).await.unwrap().unwrap();
    assert_eq!(read().await, created);
    let change = |data: &mut SessionData| {
        data.set("cart", Some("[1]".into()));
        data.set_user(Some("{\"id\":7}".into()));
    };
    let written = sessions.update(created.id(), change).await.unwrap();
    let read = read().await;
    assert_eq!(written.as_ref(), Some(&read));
    assert_eq!(read.get("cart"), Some("[1]"));
    assert_eq!(read.user(), Some("{\"id\":7}"));
}

#[tokio::test]
async fn unknown_ids_are_no_sessions() {
    let (sessions, _) = sessions();
    let unknown = id::random().unwrap();
    for id in ["", "x", &unknown, &"y".repeat(100_000)] {
        assert_eq!(sessions.read(id).await.unwrap(), None);
        assert_eq!(sessions.renew(id).await.unwrap(), None);
        sessions.destroy(id).await.unwrap();
        assert_eq!(sessions.update(id, |_| {}).await.unwrap(), None);
    }
}

#[tokio::test]
async fn sessions_do_not_cross_tenants() {
    let store = store();
    let one = Sessions::new(&store, "one", &config());
    let other = Sessions::new(&store, "other", &config());
    let data = one.create().await.unwrap();
    assert_eq!(other.read(data.id()).await.unwrap(), None);
    assert!(one.read(data.id()).await.unwrap().is_some());
}

#[tokio::test]
async fn unused_sessions_expire() {
    let (sessions, time) = sessions();
    let data = sessions.create().await.unwrap();
    time.advance(15 * MINUTE - MILLISECOND);
    assert!(sessions.read(data.id()).await.unwrap().is_some());
    time.advance(MILLISECOND);
    assert_eq!(sessions.read(data.id()).await.unwrap(), None);
    assert_eq!(sessions.update(data.id(), |_| {}).await.unwrap(), None);
    assert_eq!(sessions.renew(data.id()).await.unwrap(), None);
}

#[tokio::test]
async fn renewed_sessions_last_until_their_absolute_end() {
    let (sessions, time) = sessions();
    let data = sessions.create().await.unwrap();
    for _ in 0..5 {
        time.advance(10 * MINUTE);
        assert!(sessions.renew(data.id()).await.unwrap().is_some());
    }
    time.advance(10 * MINUTE);
    assert_eq!(sessions.read(data.id()).await.unwrap(), None);
}

#[tokio::test]
async fn renewal_is_written_once_a_minute() {
    let (sessions, time) = sessions();
    let data = sessions.create().await.unwrap();
    let used = async || sessions.read(data.id()).await.unwrap().unwrap().last_used();
    let created = used().await;
    time.advance(MINUTE - MILLISECOND);
    sessions.renew(data.id()).await.unwrap();
    assert_eq!(used().await, created);
    time.advance(MILLISECOND);
    sessions.renew(data.id()).await.unwrap();
    assert_eq!(used().await, created + millis(MINUTE));
}

#[tokio::test]
async fn writing_is_a_use() {
    let (sessions, time) = sessions();
    let data = sessions.create().await.unwrap();
    time.advance(10 * MINUTE);
    sessions.update(data.id(), |_| {}).await.unwrap();
    time.advance(10 * MINUTE);
    let moved = sessions.regenerate(data.id()).await.unwrap().unwrap();
    time.advance(10 * MINUTE);
    assert!(sessions.read(moved.id()).await.unwrap().is_some());
}

#[tokio::test]
async fn destroyed_session_does_not_come_back() {
    let (sessions, _) = sessions();
    let data = sessions.create().await.unwrap();
    sessions.destroy(data.id()).await.unwrap();
    let late = sessions.update(data.id(), |data| data.set("late", Some("1".into())));
    assert_eq!(late.await.unwrap(), None);
    assert_eq!(sessions.regenerate(data.id()).await.unwrap(), None);
    assert_eq!(sessions.read(data.id()).await.unwrap(), None);
}

#[tokio::test]
async fn writers_of_different_keys_lose_nothing() {
    let (sessions, _) = sessions();
    let data = sessions.create().await.unwrap();
    let writers = (0..50).map(|n| {
        let (sessions, id) = (sessions.clone(), data.id().to_owned());
        tokio::spawn(async move {
            let change =
                |data: &mut SessionData| data.set(&format!("key {n}"), Some(n.to_string()));
            assert!(sessions.update(&id, change).await.unwrap().is_some());
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    let read = sessions.read(data.id()).await.unwrap().unwrap();
    assert_eq!(read.content().len(), 50);
    let removed = sessions.update(data.id(), |data| data.set("key 7", None));
    let left = removed.await.unwrap().unwrap();
    assert_eq!((left.content().len(), left.get("key 7")), (49, None));
}

#[tokio::test]
async fn regenerated_session_has_all_but_its_id() {
    let (sessions, _) = sessions();
    let data = sessions.create().await.unwrap();
    let change = |data: &mut SessionData| {
        data.set("cart", Some("[1]".into()));
        data.set_user(Some("7".into()));
    };
    sessions.update(data.id(), change).await.unwrap();
    let moved = sessions.regenerate(data.id()).await.unwrap().unwrap();
    assert_ne!(moved.id(), data.id());
    assert_eq!((moved.get("cart"), moved.user()), (Some("[1]"), Some("7")));
    assert_eq!(moved.created(), data.created());
    assert_eq!(sessions.read(data.id()).await.unwrap(), None);
    assert_eq!(sessions.read(moved.id()).await.unwrap(), Some(moved));
}

#[tokio::test]
async fn sessions_are_bounded() {
    let (sessions, _) = sessions();
    let data = sessions.create().await.unwrap();
    let large = |data: &mut SessionData| data.set("large", Some("1".repeat(MAX_SESSION)));
    let error = sessions.update(data.id(), large).await.unwrap_err();
    assert!(matches!(error, SessionError::TooLarge));
    let read = sessions.read(data.id()).await.unwrap().unwrap();
    assert_eq!(read.content().len(), 0);
    let room = |data: &SessionData| MAX_SESSION - data.encode().len();
    let fill = |data: &mut SessionData| {
        data.set("large", Some(String::new()));
        data.set("large", Some("1".repeat(room(data))));
    };
    let full = sessions.update(data.id(), fill).await.unwrap().unwrap();
    assert_eq!(room(&full), 0);
}

#[tokio::test]
async fn what_is_written_while_the_id_changes_moves_along() {
    let folder = tempfile::tempdir().unwrap();
    let file = StoreConfig::Embedded(folder.path().join("store.redb"));
    let store = Store::new(&file, StoreLimits::default());
    let sessions = Sessions::new(&store, "t", &config());
    let mut id = sessions.create().await.unwrap().id().to_owned();
    let mut moved_along = 0;
    for turn in 0..20 {
        let key = format!("late {turn}");
        // The change of the id writes a new session before it takes the old one, and so is overtaken most times.
        let (moved, written) = tokio::join!(
            sessions.regenerate(&id),
            sessions.update(&id, |data| data.set(&key, Some("1".into()))),
        );
        let moved = moved.unwrap().unwrap();
        if written.unwrap().is_some() {
            assert_eq!(moved.get(&key), Some("1"));
            moved_along += 1;
        }
        // Neither the old session is left, nor that of a try that was overtaken.
        let page = sessions.bucket.list_keys(None).await.unwrap();
        assert_eq!(page.keys, [moved.id()]);
        moved.id().clone_into(&mut id);
    }
    assert!(moved_along > 0);
}
