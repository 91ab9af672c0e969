use std::{
    future::Future,
    pin::{Pin, pin},
    task::Waker,
    time::Duration,
};

use super::*;
use crate::{Config, Unsent};

/// Echoes what it is sent, and writes down what happens.
#[derive(Default)]
struct Echo(Mutex<Vec<String>>);

impl Echo {
    fn note(&self, what: impl Into<String>) {
        self.0.lock().push(what.into());
    }
}

impl Handler for Echo {
    type Data = ();

    fn on_connect(&self, _: &Arc<Session<Self>>, request: &Parts) {
        self.note(format!("connect {}", request.uri));
    }

    fn on_text(&self, session: &Arc<Session<Self>>, text: &str) {
        self.note(text);
        if text == "close" {
            return session.close_when_sent(CloseReason::ForcedClose, Duration::MAX);
        }
        session.send(Message::Text(text.to_owned().into())).unwrap();
    }

    fn on_binary(&self, session: &Arc<Session<Self>>, data: bytes::Bytes) {
        assert!(session.is_writable());
        session
            .send_volatile([Message::Binary(data)].into_iter())
            .unwrap();
    }

    fn on_disconnect(&self, _: &Arc<Session<Self>>, reason: CloseReason) {
        self.note(format!("{reason:?}"));
    }
}

fn open() -> (Arc<Engine<Echo>>, Memory<Echo>) {
    let second = Duration::from_secs(1);
    let config = Config {
        path: "/socket.io".to_owned(),
        ping_interval: second,
        ping_timeout: second,
        upgrade_timeout: second,
        polling: false,
        websocket: false,
        upgrades: false,
        max_payload: 10,
        max_packets: 3,
    };
    let engine = Engine::new(Echo::default(), config);
    let (request, ()) = Request::get("/here").body(()).unwrap().into_parts();
    let memory = engine.open_in_memory(request).unwrap();
    (engine, memory)
}

fn text(text: &'static str) -> Message {
    Message::Text(text.into())
}

/// Whether the client has taken all there is.
fn is_idle(memory: &Memory<Echo>) -> bool {
    let mut context = Context::from_waker(Waker::noop());
    pin!(memory.idle()).poll(&mut context).is_ready()
}

/// Runs the client as far as it gets; `Ready` at the session's end.
fn step(carry: &mut Pin<&mut impl Future<Output = CloseReason>>) -> Poll<CloseReason> {
    carry.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn messages_go_both_ways_in_order() {
    let (engine, memory) = open();
    let mut taken = Vec::new();
    {
        let mut carry = pin!(memory.carry(|delivered| taken.push(delivered)));
        memory.send([text("a"), Message::Binary("b".into()), text("c")]);
        assert!(!is_idle(&memory));
        assert!(step(&mut carry).is_pending());
        assert!(is_idle(&memory));
    }
    let taken: Vec<_> = taken
        .into_iter()
        .map(|one| (one.message, one.volatile))
        .collect();
    let expected = [
        (text("a"), false),
        (Message::Binary("b".into()), true),
        (text("c"), false),
    ];
    assert_eq!(taken, expected);
    assert_eq!(*engine.handler().0.lock(), ["connect /here", "a", "c"]);
}

#[test]
fn client_that_closes_is_told_of_once_and_sends_nothing_more() {
    let (engine, memory) = open();
    let mut carry = pin!(memory.carry(|_| {}));
    memory.close();
    memory.send([text("late")]);
    assert!(!is_idle(&memory));
    assert_eq!(step(&mut carry), Poll::Ready(CloseReason::TransportClose));
    assert!(is_idle(&memory));
    assert!(engine.session(memory.session().id()).is_none());
    assert_eq!(
        *engine.handler().0.lock(),
        ["connect /here", "TransportClose"]
    );
}

#[test]
fn server_that_closes_still_sends_what_waits() {
    let (engine, memory) = open();
    let mut taken = Vec::new();
    {
        let mut carry = pin!(memory.carry(|delivered| taken.push(delivered.message)));
        memory.send([text("a"), text("close"), text("late")]);
        assert_eq!(memory.session().send(text("late")), Err(Unsent::Closed));
        assert_eq!(step(&mut carry), Poll::Ready(CloseReason::ForcedClose));
    }
    assert_eq!(taken, [text("a")]);
    assert_eq!(
        *engine.handler().0.lock(),
        ["connect /here", "a", "close", "ForcedClose"]
    );
}

#[test]
fn limits_hold() {
    let (_engine, memory) = open();
    for _ in 0..3 {
        memory.session().send(text("a")).unwrap();
    }
    assert_eq!(memory.session().send(text("a")), Err(Unsent::Full));
    memory.send([text("eleven byte")]);
    let mut carry = pin!(memory.carry(|_| {}));
    assert_eq!(step(&mut carry), Poll::Ready(CloseReason::TransportError));
}
