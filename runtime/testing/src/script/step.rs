//! What a script can say, one type for each kind of step.

use std::time::Duration;

use serde_json::Value;

/// One step.
#[derive(Debug)]
pub(super) struct Step {
    /// From 1.
    pub(super) line: usize,
    pub(super) action: Action,
}

#[derive(Debug)]
pub(super) enum Action {
    Connect(Connect),
    Emit(Emit),
    Receive(Receive),
    ReceiveNothing {
        client: String,
    },
    Forget {
        client: String,
    },
    Answer {
        client: String,
        event: String,
        arguments: Vec<Value>,
    },
    Request(Request),
    Disconnect {
        client: String,
    },
    State(State),
    Advance(Duration),
    Store(Store),
}

#[derive(Debug)]
pub(super) struct Connect {
    pub(super) client: String,
    pub(super) namespace: String,
    pub(super) auth: Option<Value>,
    pub(super) headers: Vec<(String, Value)>,
    pub(super) query: Vec<(String, Value)>,
    pub(super) refused: Option<Refused>,
}

#[derive(Debug)]
pub(super) enum Refused {
    Somehow,
    With {
        message: Option<Value>,
        data: Option<Value>,
    },
}

#[derive(Debug)]
pub(super) struct Emit {
    pub(super) client: String,
    pub(super) event: String,
    pub(super) arguments: Vec<Value>,
    pub(super) ack: Option<Ack>,
}

/// What is expected of an acknowledgement.
#[derive(Debug)]
pub(super) enum Ack {
    /// It has one argument, this one.
    Only(Value),
    /// All of its arguments.
    All(Vec<Value>),
}

#[derive(Debug)]
pub(super) struct Receive {
    pub(super) client: String,
    pub(super) event: String,
    pub(super) arguments: Option<Vec<Value>>,
    pub(super) volatile: Option<bool>,
}

#[derive(Debug)]
pub(super) struct Request {
    pub(super) client: Option<String>,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) headers: Vec<(String, Value)>,
    pub(super) body: Body,
    pub(super) response: Response,
}

#[derive(Debug)]
pub(super) enum Body {
    None,
    Json(Value),
    Text(Value),
}

/// What is expected of a response; none is anything.
#[derive(Debug, Default)]
pub(super) struct Response {
    pub(super) status: Option<Value>,
    pub(super) headers: Vec<(String, Value)>,
    pub(super) json: Option<Value>,
    pub(super) body: Option<Value>,
}

/// What is expected of a client.
#[derive(Debug)]
pub(super) struct State {
    pub(super) client: String,
    pub(super) connected: Option<bool>,
    pub(super) rooms: Option<Value>,
    pub(super) user: Option<Value>,
    pub(super) data: Option<Value>,
}

#[derive(Debug)]
pub(super) struct Store {
    pub(super) bucket: String,
    pub(super) set: Vec<(String, Value)>,
    pub(super) holds: Vec<(String, Value)>,
    pub(super) keys: Option<Value>,
}
