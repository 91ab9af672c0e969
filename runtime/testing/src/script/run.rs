//! Runs a case of a script.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{Request, header};
use serde_json::{Value, json};

use super::{
    Difference, ScriptCase,
    cookies::Cookies,
    expectation::compare,
    names::Names,
    step::{self, Action, Body, Refused, State, Step},
};
use crate::{Case, Connect, Harness, TestClient, payload};
use stockade_store::Bucket;

/// What a case came to.
#[derive(Debug)]
pub struct CaseReport {
    /// How long it took.
    pub took: Duration,
    /// Why it failed; none where it passed.
    pub failure: Option<Failure>,
    /// What host and guest have logged.
    pub log: Vec<String>,
}

/// The step at which a case failed.
#[derive(Debug)]
pub struct Failure {
    /// From 1; 0 where the case did not begin.
    pub step: usize,
    /// Its line in the script.
    pub line: usize,
    /// What went wrong.
    pub message: String,
    /// Where what came differs from what was expected.
    pub differences: Vec<Difference>,
    /// All that came, where that is more than the differences show.
    pub actual: Option<Value>,
}

impl ScriptCase {
    /// Runs its steps until one fails.
    pub async fn run(&self, harness: &Harness) -> CaseReport {
        let started = Instant::now();
        let case = match self.clock {
            Some(time) => harness.case_at(time).await,
            None => harness.case().await,
        };
        let (failure, log) = match case {
            Ok(case) => {
                let failure = self.steps(&case).await;
                (failure, case.log())
            }
            Err(error) => {
                let failure = Wrong::from(error.to_string()).at(0, self.line);
                (Some(failure), Vec::new())
            }
        };
        CaseReport {
            took: started.elapsed(),
            failure,
            log,
        }
    }

    async fn steps(&self, case: &Case) -> Option<Failure> {
        let mut run = Run {
            case,
            clients: HashMap::new(),
            cookies: HashMap::new(),
            names: Names::default(),
        };
        for (number, Step { line, action }) in self.steps.iter().enumerate() {
            if let Err(wrong) = run.step(action).await {
                return Some(wrong.at(number + 1, *line));
            }
        }
        None
    }
}

/// A case under way.
struct Run<'a> {
    case: &'a Case,
    clients: HashMap<String, TestClient>,
    /// By the names of clients, which may send requests before they connect.
    cookies: HashMap<String, Cookies>,
    names: Names,
}

/// A step that did not go as it says.
struct Wrong {
    message: String,
    differences: Vec<Difference>,
    actual: Option<Value>,
}

impl From<String> for Wrong {
    fn from(message: String) -> Self {
        Self {
            message,
            differences: Vec::new(),
            actual: None,
        }
    }
}

impl Wrong {
    fn at(self, step: usize, line: usize) -> Failure {
        Failure {
            step,
            line,
            message: self.message,
            differences: self.differences,
            actual: self.actual,
        }
    }
}

impl Run<'_> {
    async fn step(&mut self, action: &Action) -> Result<(), Wrong> {
        match action {
            Action::Connect(connect) => self.connect(connect).await,
            Action::Emit(emit) => self.emit(emit).await,
            Action::Receive(receive) => self.receive(receive),
            Action::ReceiveNothing { client } => match self.client(client)?.next() {
                None => Ok(()),
                Some(received) => {
                    let message = format!("{client} received {:?}", received.event);
                    let actual = Some(Value::Array(received.arguments));
                    Err(Wrong {
                        actual,
                        ..message.into()
                    })
                }
            },
            Action::Forget { client } => {
                self.client(client)?.received();
                Ok(())
            }
            Action::Answer {
                client,
                event,
                arguments,
            } => {
                let arguments = arguments.iter().map(|one| self.names.resolve(one));
                let arguments = arguments.collect::<Result<_, _>>()?;
                self.client(client)?.answer(event, arguments);
                Ok(())
            }
            Action::Request(request) => self.request(request).await,
            Action::Disconnect { client } => {
                self.client(client)?.disconnect().await;
                Ok(())
            }
            Action::State(state) => self.look(state),
            Action::Advance(time) => {
                self.case.advance(*time);
                Ok(())
            }
            Action::Store(store) => self.store(store).await,
        }
    }

    async fn connect(&mut self, step: &step::Connect) -> Result<(), Wrong> {
        let name = &step.client;
        let connected = self.clients.get(name);
        if connected.is_some_and(|client| client.disconnected().is_none()) {
            return Err(format!("{name} is connected already").into());
        }
        let mut connect = Connect::to(&step.namespace);
        if let Some(auth) = &step.auth {
            connect = connect.auth(self.names.resolve(auth)?);
        }
        for (header, value) in &step.headers {
            connect = connect.header(header, &self.names.text(value)?);
        }
        for (key, value) in &step.query {
            connect = connect.query(key, &self.names.text(value)?);
        }
        if let Some(cookies) = self.cookies.get(name).and_then(Cookies::header) {
            connect = connect.header(header::COOKIE.as_str(), &cookies);
        }
        match (self.case.connect(connect).await, &step.refused) {
            (Ok(client), None) => {
                self.names.ids.insert(name.clone(), client.id().to_owned());
                self.clients.insert(name.clone(), client);
                Ok(())
            }
            (Ok(_), Some(_)) => Err(format!("{name} was let in").into()),
            (Err(error), refused) => {
                let mut actual = json!({ "message": error.message });
                if let (Some(data), Some(object)) = (error.data, actual.as_object_mut()) {
                    object.insert("data".into(), payload::decode(&data, &[]));
                }
                match refused {
                    None => Err(Wrong {
                        actual: Some(actual),
                        ..format!("{name} was refused").into()
                    }),
                    Some(Refused::Somehow) => Ok(()),
                    Some(Refused::With { message, data }) => {
                        let what = "the refusal is another";
                        let given = [("message", message), ("data", data)];
                        for (key, expected) in given {
                            if let Some(expected) = expected {
                                let expected = json!({ key: expected });
                                let part = match actual.get(key) {
                                    Some(part) => json!({ key: part }),
                                    None => json!({}),
                                };
                                self.expect(what, &expected, &part)?;
                            }
                        }
                        Ok(())
                    }
                }
            }
        }
    }

    async fn emit(&mut self, step: &step::Emit) -> Result<(), Wrong> {
        let arguments = step.arguments.iter().map(|one| self.names.resolve(one));
        let arguments = arguments.collect::<Result<_, _>>()?;
        let client = self.client(&step.client)?;
        let was_connected = client.disconnected().is_none();
        let ack = match client.emit_with(&step.event, arguments).await {
            Ok(ack) => ack,
            Err(gone) if !was_connected => {
                return Err(format!("{} cannot emit: {gone}", step.client).into());
            }
            // The event has disconnected its own client, which no acknowledgement reaches then.
            Err(_) if step.ack.is_none() => return Ok(()),
            Err(gone) => return Err(format!("there is no acknowledgement: {gone}").into()),
        };
        let what = "the acknowledgement is another";
        match (&step.ack, &*ack) {
            (None, _) => Ok(()),
            (Some(step::Ack::Only(expected)), [only]) => self.expect(what, expected, only),
            (Some(step::Ack::Only(_)), all) => {
                let message = format!("the acknowledgement has {} arguments, not one", all.len());
                let actual = Some(Value::Array(ack));
                Err(Wrong {
                    actual,
                    ..message.into()
                })
            }
            (Some(step::Ack::All(expected)), _) => {
                let expected = json!({ "arguments": expected });
                self.expect(what, &expected, &json!({ "arguments": ack }))
            }
        }
    }

    fn receive(&mut self, step: &step::Receive) -> Result<(), Wrong> {
        let (client, event) = (&step.client, &step.event);
        let Some(received) = self.client(client)?.next() else {
            return Err(format!("{client} has received nothing, not {event:?}").into());
        };
        let what = format!("{client} received something else");
        if received.event != *event {
            let actual = Some(Value::Array(received.arguments));
            return Err(Wrong {
                differences: vec![Difference {
                    path: "event".into(),
                    expected: Some(event.as_str().into()),
                    actual: Some(received.event.into()),
                }],
                actual,
                message: what,
            });
        }
        if let Some(volatile) = step.volatile {
            let actual = json!({ "volatile": received.volatile });
            self.expect(&what, &json!({ "volatile": volatile }), &actual)?;
        }
        match &step.arguments {
            Some(expected) => {
                let expected = json!({ "arguments": expected });
                let actual = json!({ "arguments": received.arguments });
                self.expect(&what, &expected, &actual)
            }
            None => Ok(()),
        }
    }

    async fn request(&mut self, step: &step::Request) -> Result<(), Wrong> {
        let request = self.outgoing(step)?;
        let response = self.case.http(request).await;
        if let Some(client) = &step.client {
            let cookies = self.cookies.entry(client.clone()).or_default();
            cookies.keep(response.headers(), self.case.now());
        }
        let body = String::from_utf8_lossy(response.body());
        let expected = &step.response;
        let whole = || {
            json!({
                "status": response.status().as_u16(),
                "body": payload::decode(&body, &[]),
            })
        };
        let mut expect = |what: &str, key: &str, expected: &Value, actual: &Value| {
            let (expected, actual) = (json!({ key: expected }), json!({ key: actual }));
            let compared = self.expect(what, &expected, &actual);
            compared.map_err(|wrong| Wrong {
                actual: Some(whole()),
                ..wrong
            })
        };
        let what = "the response is another";
        if let Some(status) = &expected.status {
            let actual = json!(response.status().as_u16());
            expect(what, "status", status, &actual)?;
        }
        for (name, value) in &expected.headers {
            let actual = response.headers().get_all(name.as_str());
            let actual = actual
                .iter()
                .map(|value| String::from_utf8_lossy(value.as_bytes()));
            let actual: Vec<_> = actual.collect();
            let actual = match &*actual {
                [] => Value::Null,
                values => Value::from(values.join(", ")),
            };
            expect(
                what,
                &format!("headers.{}", name.to_lowercase()),
                value,
                &actual,
            )?;
        }
        if let Some(json) = &expected.json {
            expect(what, "json", json, &payload::decode(&body, &[]))?;
        }
        if let Some(text) = &expected.body {
            expect(what, "body", text, &Value::from(&*body))?;
        }
        Ok(())
    }

    fn outgoing(&self, step: &step::Request) -> Result<Request<Bytes>, Wrong> {
        let mut builder = Request::builder().method(&*step.method).uri(&*step.path);
        for (name, value) in &step.headers {
            builder = builder.header(name, self.names.text(value)?);
        }
        let cookies = step.client.as_ref().and_then(|name| self.cookies.get(name));
        if let Some(cookies) = cookies.and_then(Cookies::header) {
            builder = builder.header(header::COOKIE, cookies);
        }
        let body = match &step.body {
            Body::None => Bytes::new(),
            Body::Json(value) => {
                let named = step.headers.iter();
                let mut named = named.map(|(name, _)| name.to_lowercase());
                if !named.any(|name| name == "content-type") {
                    builder = builder.header(header::CONTENT_TYPE, "application/json");
                }
                self.names.resolve(value)?.to_string().into()
            }
            Body::Text(value) => self.bytes(value)?.into(),
        };
        let request = builder.body(body);
        request.map_err(|error| format!("this cannot be requested: {error}").into())
    }

    /// Looks at a client. `user` and `data` may be `false`, for none.
    fn look(&mut self, state: &State) -> Result<(), Wrong> {
        let client = self.client(&state.client)?;
        let connected = client.disconnected().is_none();
        let (rooms, user, data) = (client.rooms(), client.user(), client.data());
        let what = format!("{} is not as expected", state.client);
        if let Some(expected) = state.connected {
            let actual = json!({ "connected": connected });
            self.expect(&what, &json!({ "connected": expected }), &actual)?;
        }
        if let Some(rooms_expected) = &state.rooms {
            let expected = json!({ "rooms": sorted(self.names.resolve(rooms_expected)?) });
            self.expect(&what, &expected, &json!({ "rooms": rooms }))?;
        }
        for (key, expected, actual) in [("user", &state.user, user), ("data", &state.data, data)] {
            let Some(expected) = expected else { continue };
            let actual = actual.unwrap_or(Value::Bool(false));
            self.expect(&what, &json!({ key: expected }), &json!({ key: actual }))?;
        }
        Ok(())
    }

    async fn store(&mut self, step: &step::Store) -> Result<(), Wrong> {
        let bucket = self.case.store(&step.bucket);
        let failed = |error| format!("the store refuses: {error}");
        for (key, value) in &step.set {
            let stored = bucket.set(key, self.bytes(value)?, None);
            stored.await.map_err(failed)?;
        }
        let what = format!("the bucket {:?} is not as expected", step.bucket);
        if let Some(expected) = &step.keys {
            let expected = json!({ "keys": sorted(self.names.resolve(expected)?) });
            let actual = json!({ "keys": keys(&bucket).await.map_err(failed)? });
            self.expect(&what, &expected, &actual)?;
        }
        for (key, expected) in &step.holds {
            let value = bucket.get(key).await.map_err(failed)?;
            let actual = match value {
                None => Value::Bool(false),
                Some(bytes) => shown(&bytes, expected),
            };
            self.expect(&what, &json!({ key: expected }), &json!({ key: actual }))?;
        }
        Ok(())
    }

    /// A text as it is, binary data as its bytes, anything else as JSON.
    fn bytes(&self, value: &Value) -> Result<Vec<u8>, Wrong> {
        let value = self.names.resolve(value)?;
        let binary = value.as_object().and_then(payload::binary);
        Ok(match (binary, value) {
            (Some(bytes), _) => bytes,
            (None, Value::String(text)) => text.into(),
            (None, value) => value.to_string().into(),
        })
    }

    fn client(&self, name: &str) -> Result<&TestClient, Wrong> {
        self.clients.get(name).ok_or_else(|| {
            let nearest = stockade_text::nearest(name, self.clients.keys().cloned());
            let hint = nearest.map(|nearest| format!("; did you mean {nearest:?}?"));
            let hint = hint.unwrap_or_default();
            format!("no client {name:?} has connected{hint}").into()
        })
    }

    fn expect(&mut self, what: &str, expected: &Value, actual: &Value) -> Result<(), Wrong> {
        let expected = self.names.resolve(expected)?;
        let differences = compare(&expected, actual, &mut self.names);
        match differences.is_empty() {
            true => Ok(()),
            false => Err(Wrong {
                message: what.to_owned(),
                differences,
                actual: Some(actual.clone()),
            }),
        }
    }
}

/// Lists of names are compared without regard to their order.
fn sorted(mut value: Value) -> Value {
    if let Value::Array(items) = &mut value {
        items.sort_by_key(ToString::to_string);
    }
    value
}

async fn keys(bucket: &Bucket) -> Result<Vec<String>, stockade_store::StoreError> {
    let (mut keys, mut cursor) = (Vec::new(), None);
    loop {
        let page = bucket.list_keys(cursor).await?;
        keys.extend(page.keys);
        cursor = page.cursor;
        if cursor.is_none() {
            keys.sort_unstable();
            return Ok(keys);
        }
    }
}

/// What is stored, as what is expected is written: texts as they are, binary data as such, else JSON.
fn shown(bytes: &[u8], expected: &Value) -> Value {
    let binary = || json!({ payload::BASE64: crate::base64::encode(bytes) });
    if expected
        .as_object()
        .is_some_and(|object| object.contains_key(payload::BASE64))
    {
        return binary();
    }
    match (std::str::from_utf8(bytes), expected) {
        (Err(_), _) => binary(),
        (Ok(text), Value::String(_)) => text.into(),
        (Ok(text), _) => payload::decode(text, &[]),
    }
}
