//! From the text of a packet to an event with a route, and what [`dispatch`](crate::dispatch) needs to validate it.
//!
//! Finds the route, and takes the payload apart no further than it must.
//!
//! # Invariants
//! - No I/O, and work in proportion to the packet.
//! - What comes out has a payload of valid JSON within the limits, whose placeholders name attachments that are there.
//! - What was validated is what is handed on: no object in it has two members of one name.

mod packet;

use std::{ops::Range, sync::Arc};

use bytes::Bytes;
use serde_json::Value;
use stockade_json_schema::{AmendError, Schema};
use stockade_sandbox::host::{MAX_NAME, RESERVED_EVENTS};

use crate::{
    manifest::{NamespaceApi, Route, Step},
    response::Rejection,
};
use stockade_sandbox::{Payload, limits::Limits, payload};

/// An event as its client sent it.
#[derive(Debug)]
pub struct RawEvent {
    text: String,
    attachments: Vec<Bytes>,
}

impl RawEvent {
    /// An event of the packet's JSON, an array of its name and its arguments, and the packet's binary attachments.
    pub fn new(text: String, attachments: Vec<Bytes>) -> Self {
        Self { text, attachments }
    }

    /// Bytes of text and attachments.
    pub fn size(&self) -> usize {
        self.text.len() + self.attachments.iter().map(Bytes::len).sum::<usize>()
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}

/// An event that has a route, and whose payload is within the limits.
pub(crate) struct ReadEvent<'a> {
    /// Its name, as the client has sent it.
    pub(crate) name: Arc<str>,
    /// Where it goes.
    pub(crate) route: &'a Arc<Route>,
    /// What came with it: its first argument.
    pub(crate) payload: Option<Arc<Payload>>,
    /// The other arguments as the text of a list, where there are any. Their attachments are with the payload.
    pub(crate) more_arguments: Option<Box<str>>,
    /// How many of its first steps have passed: one where the payload has been validated while it was read.
    pub(crate) tested_steps: usize,
    tree: LazyTree,
}

/// The tree of a payload, built when a schema first asks for it.
#[derive(Default)]
struct LazyTree(Option<Value>);

/// Finds the route of `raw`, and checks its payload.
///
/// # Errors
/// The rejection that its client gets.
pub(crate) fn read<'a>(
    raw: RawEvent,
    namespace: &'a NamespaceApi,
    limits: &Limits,
) -> Result<ReadEvent<'a>, Rejection> {
    let mut route = None;
    let event = packet::parse(&raw.text, |name| {
        route = namespace.route(name);
        match route?.steps.first()? {
            // A shape knows nothing of attachments.
            Step::Validate(schema) if raw.attachments.is_empty() => schema.schema.shape(),
            _ => None,
        }
    })?;
    let (name, route) = match route.or_else(|| namespace.route(&event.name)) {
        Some(route) => (route.event.clone(), route),
        None => (Arc::from(&*event.name), caught(&event.name, namespace)?),
    };
    let mut payload = None;
    let mut more_arguments = None;
    let mut tree = LazyTree::default();
    let mut tested_steps = 0;
    if let Some(argument) = event.payload {
        let packet::Argument {
            place,
            facts,
            is_expected,
        } = argument;
        let json = match event.more_arguments {
            None => cut(raw.text, place),
            Some(rest) => {
                let json = raw.text.get(place).unwrap_or_default().to_owned();
                more_arguments = Some(list(&raw.text, rest));
                json
            }
        };
        let mut received = Payload {
            json,
            attachments: raw.attachments.into_iter().map(Vec::from).collect(),
        };
        let other_bytes = payload::size_of_more_arguments(more_arguments.as_deref());
        payload::receive(&mut received, other_bytes, facts, limits)?;
        if let Some(more_arguments) = &mut more_arguments {
            payload::receive_more_arguments(more_arguments, received.attachments.len(), limits)?;
        }
        let argument = payload.insert(Arc::new(received));
        match is_expected {
            Some(true) => tested_steps = 1,
            // Nothing but the tree can tell.
            Some(false) => tree = LazyTree(Some(parse(&argument.json)?)),
            None => {}
        }
    }
    Ok(ReadEvent {
        name,
        route,
        payload,
        more_arguments,
        tested_steps,
        tree,
    })
}

impl ReadEvent<'_> {
    /// Validates its payload; a missing one counts as `null`. Changes it where the schema's options say so.
    ///
    /// # Errors
    /// The violations, or the limit that the changed payload breaks, as the rejection that the client gets.
    pub(crate) fn validate(&mut self, schema: &Schema, limits: &Limits) -> Result<(), Rejection> {
        let other_bytes = payload::size_of_more_arguments(self.more_arguments.as_deref());
        self.tree
            .validate(&mut self.payload, other_bytes, schema, limits)
    }
}

/// The route of an event that has none of its own.
fn caught<'a>(name: &str, namespace: &'a NamespaceApi) -> Result<&'a Arc<Route>, Rejection> {
    let route = namespace.catch_all(name);
    let route = route.filter(|_| !RESERVED_EVENTS.contains(&name));
    let route = route.ok_or(Rejection::EventNotFound)?;
    match (1..=MAX_NAME).contains(&name.len()) {
        true => Ok(route),
        false => Err(Rejection::BadRequest(format!(
            "an event's name has 1 to {MAX_NAME} bytes, this one {}",
            name.len()
        ))),
    }
}

/// The list that ends in this place of `text`, with its closing bracket.
fn list(text: &str, rest: Range<usize>) -> Box<str> {
    ["[", text.get(rest).unwrap_or("]").trim_ascii_start()]
        .concat()
        .into_boxed_str()
}

/// The part of `text` in this place, where it is: a copy would have to be allocated.
fn cut(mut text: String, place: Range<usize>) -> String {
    text.truncate(place.end);
    text.drain(..place.start);
    text
}

/// As [`ReadEvent::validate`]. The event has other arguments of `other_bytes`.
///
/// # Errors
/// Those of [`ReadEvent::validate`].
pub(crate) fn against_schema(
    payload: &mut Option<Arc<Payload>>,
    other_bytes: usize,
    schema: &Schema,
    limits: &Limits,
) -> Result<(), Rejection> {
    LazyTree::default().validate(payload, other_bytes, schema, limits)
}

impl LazyTree {
    /// The same of the payload whose tree this is.
    fn validate(
        &mut self,
        payload: &mut Option<Arc<Payload>>,
        other_bytes: usize,
        schema: &Schema,
        limits: &Limits,
    ) -> Result<(), Rejection> {
        if schema.amends() {
            return self.amend(payload, other_bytes, schema, limits);
        }
        if self.0.is_none()
            && let Some(payload) = payload
            && payload.attachments.is_empty()
            && schema
                .shape()
                .is_some_and(|shape| shape.accepts(&payload.json))
        {
            return Ok(());
        }
        let tree = match &mut self.0 {
            Some(tree) => tree,
            tree => tree.insert(match payload {
                Some(payload) => parse(&payload.json)?,
                None => Value::Null,
            }),
        };
        schema
            .validate(tree, schema.limit())
            .map_err(Rejection::InvalidPayload)
    }

    /// The same with options that change payloads.
    fn amend(
        &mut self,
        payload: &mut Option<Arc<Payload>>,
        other_bytes: usize,
        schema: &Schema,
        limits: &Limits,
    ) -> Result<(), Rejection> {
        let Some(payload) = payload else {
            // What `null` becomes is the root, which AJV cannot change.
            return amended(schema, "null", 0).map(drop);
        };
        let room = limits
            .payload
            .saturating_sub(payload::size(payload) + other_bytes);
        if let Some(json) = amended(schema, &payload.json, room)? {
            Arc::make_mut(payload).json = json;
            self.0 = None;
            payload::check_received(payload, other_bytes, None, limits)?;
        }
        Ok(())
    }
}

/// The tree of a checked payload.
fn parse(json: &str) -> Result<Value, Rejection> {
    // What is left to go wrong: numbers out of range and unpaired surrogates, which the text check lets pass.
    serde_json::from_str(json)
        .map_err(|error| Rejection::BadRequest(format!("the payload cannot be read: {error}")))
}

fn amended(schema: &Schema, json: &str, room: usize) -> Result<Option<String>, Rejection> {
    schema.amend(json, room).map_err(|error| match error {
        AmendError::Invalid(violations) => Rejection::InvalidPayload(violations),
        error => Rejection::BadRequest(error.to_string()),
    })
}
