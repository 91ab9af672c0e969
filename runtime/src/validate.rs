//! Stage 2: from the text of a packet to an event that a handler can be asked about.
//!
//! Finds the route, takes the payload apart no further than it must, and runs the native steps that stand before the
//! first guest step: what fails here costs no instance.
//!
//! # Invariants
//! - No I/O, and work in proportion to the packet.
//! - What comes out has a payload of valid JSON within the limits, whose placeholders name attachments that are there.

mod packet;
pub mod payload;
pub mod schema;

use bytes::Bytes;
use engineioxide_core::Str;
use serde_json::Value;

use crate::{
    manifest::{NamespaceApi, Route, Step},
    response::Rejection,
    sandbox::{Payload, limits::Limits},
};

/// An event as its client sent it.
#[derive(Debug)]
pub struct RawEvent {
    /// The packet's JSON: an array of the event's name and its arguments.
    pub text: Str,
    /// Its binary attachments.
    pub attachments: Vec<Bytes>,
}

/// An event that has a route, and whose leading native steps have passed.
#[derive(Debug)]
pub struct ValidEvent<'a> {
    /// Where it goes.
    pub route: &'a Route,
    /// What came with it.
    pub payload: Option<Payload>,
    /// The payload's tree, where a step has needed it.
    pub tree: LazyTree,
    /// The first step that has not run.
    pub next_step: usize,
}

/// The tree of a payload, built when a schema first asks for it.
#[derive(Debug, Default)]
pub struct LazyTree(Option<Value>);

/// Checks `raw` and runs its leading native steps.
///
/// # Errors
/// The rejection that its client gets.
pub fn validate<'a>(
    raw: RawEvent,
    namespace: &'a NamespaceApi,
    limits: &Limits,
) -> Result<ValidEvent<'a>, Rejection> {
    let event = packet::parse(&raw.text)?;
    let route = namespace
        .route(&event.name)
        .ok_or(Rejection::EventNotFound)?;
    let payload = event.payload.map(|json| Payload {
        json: json.to_owned(),
        attachments: raw.attachments.into_iter().map(Vec::from).collect(),
    });
    if let Some(payload) = &payload {
        payload::check_received(payload, limits)?;
    }
    let mut tree = LazyTree::default();
    let mut next_step = 0;
    for step in &route.steps {
        let Step::Validate(schema) = step else { break };
        tree.validate(payload.as_ref(), &schema.schema)?;
        next_step += 1;
    }
    Ok(ValidEvent {
        route,
        payload,
        tree,
        next_step,
    })
}

impl LazyTree {
    /// Validates `payload`, whose tree this is; a missing one counts as `null`.
    ///
    /// # Errors
    /// The violations, as the rejection that the client gets.
    pub fn validate(
        &mut self,
        payload: Option<&Payload>,
        schema: &schema::Schema,
    ) -> Result<(), Rejection> {
        let tree = match &mut self.0 {
            Some(tree) => tree,
            tree => tree.insert(match payload {
                Some(payload) => payload::tree(&payload.json)?,
                None => Value::Null,
            }),
        };
        schema
            .validate(tree, FIRST_ONLY)
            .map_err(Rejection::InvalidPayload)
    }
}

/// How many violations a client is told of.
const FIRST_ONLY: usize = 1;
