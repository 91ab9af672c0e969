use std::{thread, time::Duration};

use super::*;

/// A namespace of these tests; as the real ones do, it takes itself off the list.
struct Namespace {
    name: Arc<str>,
    children: Weak<Children<Self>>,
}

impl Named for Namespace {
    fn name(&self) -> &Arc<str> {
        &self.name
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        if let Some(children) = self.children.upgrade() {
            children.forget(self);
        }
    }
}

fn children(limit: usize) -> Arc<Children<Namespace>> {
    Arc::new(Children::new(limit))
}

fn try_enter(
    children: &Arc<Children<Namespace>>,
    name: &str,
) -> Result<Arc<Namespace>, TooManyChildren> {
    children.enter(name, |name| Namespace {
        name,
        children: Arc::downgrade(children),
    })
}

fn enter(children: &Arc<Children<Namespace>>, name: &str) -> Arc<Namespace> {
    try_enter(children, name).unwrap()
}

fn later() -> Instant {
    Instant::now() + Duration::from_secs(60)
}

#[test]
fn child_is_one_for_all_and_gone_with_the_last() {
    let children = children(9);
    let one = enter(&children, "/room-1");
    let same = enter(&children, "/room-1");
    let other = enter(&children, "/room-2");
    assert!(Arc::ptr_eq(&one, &same) && !Arc::ptr_eq(&one, &other));
    assert_eq!(&*one.name, "/room-1");
    drop(one);
    assert_eq!(children.all().len(), 2);
    drop((same, other));
    assert_eq!(children.read().live.len(), 0);
    assert!(children.get("/room-1").is_none());
}

#[test]
fn there_are_no_more_than_the_limit() {
    let children = children(2);
    let one = enter(&children, "/room-1");
    let two = enter(&children, "/room-2");
    let third = try_enter(&children, "/room-3");
    assert_eq!(third.map(drop), Err(TooManyChildren));
    assert!(Arc::ptr_eq(&two, &enter(&children, "/room-2")));
    drop(one);
    enter(&children, "/room-3");
}

#[test]
fn child_whose_clients_may_come_back_is_kept_for_a_while() {
    let children = children(9);
    let [one, two, three] = ["/room-1", "/room-2", "/room-3"].map(|name| enter(&children, name));
    for kept in [&two, &three] {
        children.keep(kept, Instant::now());
    }
    children.keep(&two, later());
    children.keep(&one, later());
    let place = Arc::as_ptr(&one);
    drop((one, two, three));
    assert_eq!(Arc::as_ptr(&enter(&children, "/room-1")), place);
    enter(&children, "/room-4");
    let mut names: Vec<_> = children.all().iter().map(|one| one.name.clone()).collect();
    names.sort();
    assert_eq!(names, ["/room-1", "/room-2"].map(Arc::<str>::from));
    let state = children.read();
    assert_eq!((state.kept.len(), state.order.len()), (2, 2));
}

#[test]
fn kept_children_make_room_for_those_that_are_asked_for() {
    let children = children(3);
    for name in ["/room-1", "/room-2"] {
        children.keep(&enter(&children, name), later());
    }
    let three = enter(&children, "/room-3");
    children.keep(&three, later());
    let four = enter(&children, "/room-4");
    assert!(children.get("/room-1").is_none() && children.get("/room-2").is_some());
    let five = enter(&children, "/room-5");
    // One that has sockets is not given up, though it is not kept any longer.
    let sixth = try_enter(&children, "/room-6");
    assert_eq!(sixth.map(drop), Err(TooManyChildren));
    assert!(children.get("/room-3").is_some());
    drop((three, four, five));
    assert_eq!(children.read().live.len(), 0);
}

#[test]
fn nobody_is_in_a_namespace_that_others_do_not_find() {
    let children = children(9);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..2_000 {
                    let one = enter(&children, "/room-1");
                    let found = children.get("/room-1").unwrap();
                    assert!(Arc::ptr_eq(&one, &found));
                }
            });
        }
    });
    assert_eq!(children.read().live.len(), 0);
}
