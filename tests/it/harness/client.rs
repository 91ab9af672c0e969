//! A real Socket.IO client.

use serde_json::{Value, json};

use super::{PATIENCE, driver::command};

/// One socket of `socket.io-client`. Binary data is `{"$bin": "<base64>"}` both ways.
pub(crate) struct Client {
    socket: Value,
}

impl Client {
    pub(crate) async fn connect(url: &str, options: Value) -> Self {
        let mut opts = json!({ "reconnection": false });
        opts.as_object_mut()
            .unwrap()
            .extend(options.as_object().unwrap().clone());
        let connecting = command("connect", json!({ "url": url, "opts": opts }))
            .await
            .unwrap();
        Self {
            socket: connecting["socket"].clone(),
        }
    }

    async fn command(&self, name: &str, mut members: Value) -> Result<Value, String> {
        let object = members.as_object_mut().unwrap();
        object.insert("socket".into(), self.socket.clone());
        let patience = u64::try_from(PATIENCE.as_millis()).unwrap();
        object.entry("timeout").or_insert(patience.into());
        command(name, members).await
    }

    /// Waits for the connection, which must succeed; answers the socket's id.
    pub(crate) async fn connected(&self) -> String {
        let outcome = self.command("wait", json!({})).await.unwrap();
        assert_eq!(outcome["connected"], true, "{outcome}");
        outcome["id"].as_str().unwrap().to_owned()
    }

    /// Waits for `connect_error`; answers its message.
    pub(crate) async fn refused(&self) -> String {
        let outcome = self.command("wait", json!({})).await.unwrap();
        assert_eq!(outcome["connected"], false, "{outcome}");
        outcome["message"].as_str().unwrap().to_owned()
    }

    /// The id of the connected socket.
    pub(crate) async fn id(&self) -> String {
        self.state().await["id"].as_str().unwrap().to_owned()
    }

    /// Emits an event with one argument and waits for its acknowledgement.
    pub(crate) async fn ask(&self, event: &str, payload: Value) -> Value {
        self.ask_args(event, json!([payload])).await
    }

    /// Emits an event with any arguments and waits for its acknowledgement, which must have one.
    pub(crate) async fn ask_args(&self, event: &str, args: Value) -> Value {
        let mut answer = self.ask_all(event, args).await;
        assert_eq!(answer.as_array().map(Vec::len), Some(1), "{answer}");
        answer[0].take()
    }

    /// Emits an event with any arguments and waits for its acknowledgement; answers all that it has.
    pub(crate) async fn ask_all(&self, event: &str, args: Value) -> Value {
        let emit = json!({ "event": event, "args": args, "ack": true });
        self.command("emit", emit).await.unwrap()
    }

    /// The same without a timeout of the driver's: answers what the client's callback gets.
    pub(crate) async fn call(&self, event: &str, args: Value) -> Value {
        let call = json!({ "event": event, "args": args });
        self.command("call", call).await.unwrap()
    }

    /// Emits an event whose name is a number, with one argument, and waits for its acknowledgement.
    pub(crate) async fn ask_numbered(&self, event: f64, payload: Value) -> Value {
        let emit = json!({ "event": event, "args": [payload], "ack": true });
        let mut answer = self.command("emit", emit).await.unwrap();
        answer[0].take()
    }

    /// Emits an event that wants no acknowledgement.
    pub(crate) async fn emit(&self, event: &str, args: Value) {
        let emit = json!({ "event": event, "args": args, "ack": false });
        self.command("emit", emit).await.unwrap();
    }

    /// Emits many events without waiting; answers their acknowledgements in the order of the events, and the order in
    /// which they came.
    pub(crate) async fn burst(&self, events: Vec<(&str, Value)>) -> (Vec<Value>, Vec<u64>) {
        let events = events
            .into_iter()
            .map(|(event, payload)| json!({ "event": event, "args": [payload] }));
        let burst = json!({ "events": events.collect::<Vec<_>>() });
        let mut answer = self.command("burst", burst).await.unwrap();
        let Value::Array(acks) = answer["acks"].take() else {
            panic!("{answer}")
        };
        let order = answer["order"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(Value::as_u64);
        let acks = acks.into_iter().map(|mut ack| match ack.get("error") {
            Some(_) => ack,
            None => ack[0].take(),
        });
        (acks.collect(), order.collect())
    }

    /// Waits for the next event of this name; answers its arguments.
    pub(crate) async fn next(&self, event: &str) -> Value {
        let mut next = self
            .command("next", json!({ "event": event }))
            .await
            .unwrap();
        next["args"].take()
    }

    /// All events that came and were not taken yet, as `[name, arguments…]`.
    pub(crate) async fn events(&self) -> Vec<Value> {
        let events = self.command("events", json!({})).await.unwrap();
        let events = events.as_array().unwrap().iter().map(|event| {
            let mut named = vec![event["event"].clone()];
            named.extend(event["args"].as_array().unwrap().iter().cloned());
            Value::Array(named)
        });
        events.collect()
    }

    /// From now on acknowledges events of this name with `args`.
    pub(crate) async fn answer(&self, event: &str, args: Value) {
        let answer = json!({ "event": event, "args": args });
        self.command("answer", answer).await.unwrap();
    }

    /// The same after the client has emitted an event of its own, with one argument, and has its acknowledgement.
    pub(crate) async fn answer_after(&self, event: &str, args: Value, first: (&str, Value)) {
        let first = json!({ "event": first.0, "args": [first.1] });
        let answer = json!({ "event": event, "args": args, "first": first });
        self.command("answer", answer).await.unwrap();
    }

    /// `connected`, `id`, `transport`.
    pub(crate) async fn state(&self) -> Value {
        self.command("state", json!({})).await.unwrap()
    }

    /// Waits until the transport is WebSocket.
    pub(crate) async fn upgraded(&self) {
        self.command("wait-upgrade", json!({})).await.unwrap();
    }

    /// Waits for the disconnection; answers its reason.
    pub(crate) async fn disconnected(&self) -> String {
        let answer = self.command("wait-disconnect", json!({})).await.unwrap();
        answer["reason"].as_str().unwrap().to_owned()
    }

    /// Begins to connect again.
    pub(crate) async fn reconnect(&self) {
        self.command("reconnect", json!({})).await.unwrap();
    }

    /// Leaves the namespace.
    pub(crate) async fn disconnect(&self) {
        self.command("disconnect", json!({})).await.unwrap();
    }

    /// Breaks the connection under the socket.
    pub(crate) async fn break_connection(&self) {
        self.command("drop", json!({})).await.unwrap();
    }
}
