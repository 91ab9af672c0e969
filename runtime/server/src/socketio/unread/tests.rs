use std::{
    pin::{Pin, pin},
    task::{Context, Wake, Waker},
};

use tokio::{io::AsyncReadExt, net::TcpListener};

use super::*;

fn account(limit: usize, total: &Arc<TotalUnread>) -> Unread {
    Unread::new(limit, total.clone(), None)
}

/// How often somebody has been woken.
#[derive(Default)]
struct Woken(AtomicUsize);

impl Woken {
    fn times(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

fn is_done(future: Pin<&mut impl Future>, woken: &Arc<Woken>) -> bool {
    let waker = Waker::from(woken.clone());
    future.poll(&mut Context::from_waker(&waker)).is_ready()
}

/// A connection, and the client's end of it.
async fn connection() -> (Arc<TcpStream>, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap());
    let (client, server) = tokio::join!(client, listener.accept());
    (Arc::new(server.unwrap().0), client.unwrap())
}

#[test]
fn client_over_its_limit_is_cut_off_for_good() {
    let unread = account(10, &Arc::new(TotalUnread::new(1_000)));
    assert!(unread.add(4) && unread.add(6));
    assert!(!unread.add(1));
    unread.written(11);
    assert!(!unread.add(1));
}

#[test]
fn over_the_total_those_with_more_than_a_fair_share_are_cut_off() {
    let total = Arc::new(TotalUnread::new(3 * FAIR_SHARE));
    let [one, other, third] = [(); 3].map(|()| account(usize::MAX, &total));
    assert!(one.add(FAIR_SHARE) && other.add(2 * FAIR_SHARE));
    assert!(third.add(FAIR_SHARE));
    assert!(!other.add(1) && !one.add(1) && third.add(0));
}

#[test]
fn what_is_read_or_will_not_be_is_not_counted() {
    let total = Arc::new(TotalUnread::new(1_000));
    let counted = || total.bytes.load(Ordering::Relaxed);
    let unread = account(100, &total);
    assert!(unread.add(60));
    unread.written(20);
    assert_eq!(counted(), 40);
    // Frames and headers are written, too, and save up nothing.
    unread.written(50);
    unread.written(50);
    assert_eq!(counted(), 0);
    assert!(unread.add(30) && unread.add(70));
    assert_eq!(counted(), 100);
    drop(unread);
    assert_eq!(counted(), 0);
}

#[test]
fn who_waits_is_woken_when_half_is_read_and_no_sooner() {
    let unread = account(11, &Arc::new(TotalUnread::new(1_000)));
    assert!(unread.add(5) && unread.is_half_read());
    let woken = Arc::new(Woken::default());
    assert!(is_done(pin!(unread.until_read(|| false)), &woken));
    assert!(unread.add(2) && !unread.is_half_read());
    let mut waits = pin!(unread.until_read(|| false));
    assert!(!is_done(waits.as_mut(), &woken));
    unread.written(1);
    assert_eq!(woken.times(), 0);
    unread.written(1);
    assert_eq!(woken.times(), 1);
    assert!(is_done(waits, &woken));
    // Nobody has to look again.
    let mut waits = pin!(unread.changed.notified());
    assert!(!is_done(waits.as_mut(), &woken));
    unread.written(1);
    assert_eq!(woken.times(), 1);
}

#[test]
fn who_waits_is_woken_when_the_client_is_cut_off_or_gone() {
    let unread = account(10, &Arc::new(TotalUnread::new(1_000)));
    assert!(unread.add(10));
    let woken = Arc::new(Woken::default());
    let gone = AtomicBool::new(false);
    let mut waits = pin!(unread.until_read(|| gone.load(Ordering::Relaxed)));
    let mut others = pin!(unread.until_read(|| false));
    assert!(!is_done(waits.as_mut(), &woken) && !is_done(others.as_mut(), &woken));
    gone.store(true, Ordering::Relaxed);
    unread.wake();
    assert!(is_done(waits, &woken) && !is_done(others.as_mut(), &woken));
    unread.cut();
    assert!(is_done(others, &woken));
}

#[tokio::test]
async fn all_connections_of_a_client_fail_when_it_is_cut_off() {
    let unread = account(10, &Arc::new(TotalUnread::new(1_000)));
    let (one, mut client_of_one) = connection().await;
    let (other, mut client_of_other) = connection().await;
    unread.attach(&one);
    unread.attach(&one);
    unread.attach(&other);
    assert_eq!(unread.connections.lock().len(), 2);
    unread.cut();
    for client in [&mut client_of_one, &mut client_of_other] {
        assert_eq!(client.read(&mut [0]).await.unwrap(), 0);
    }
}

#[tokio::test]
async fn connections_that_have_ended_are_forgotten() {
    let unread = account(10, &Arc::new(TotalUnread::new(1_000)));
    for _ in 0..3 {
        let (connection, _client) = connection().await;
        unread.attach(&connection);
        assert_eq!(unread.connections.lock().len(), 1);
    }
}

#[test]
fn accounts_are_found_by_their_first_session_as_long_as_they_last() {
    let map = Arc::new(UnreadMap::default());
    let unread = Arc::new(account(10, &Arc::new(TotalUnread::new(1_000))));
    assert!(map.get("one").is_none());
    map.register("one", &unread);
    map.register("other", &unread);
    assert!(Arc::ptr_eq(&map.get("one").unwrap(), &unread));
    assert!(map.get("other").is_none());
    drop(unread);
    assert!(map.clients.lock().is_empty());
}
