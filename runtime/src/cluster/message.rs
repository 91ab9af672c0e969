//! What nodes say to each other, as bytes.
//!
//! A message is a version, the sender and a body in MessagePack. Whoever may publish in Redis may send one, so each is
//! checked as if a guest had sent it.

use std::{
    fmt,
    hash::{BuildHasher, RandomState},
};

use rmp_serde::config::BytesMode;
use serde::{Deserialize, Serialize};

use crate::{
    host::{Delivery, MAX_NAME, MAX_ROOMS, Target, TenantServer},
    sandbox::{CallError, Payload, limits::Limits},
    validate::payload::{self, PayloadError},
};

/// Nodes of other versions are not understood.
const VERSION: u8 = 1;
/// Version and sender.
const HEADER: usize = 1 + size_of::<u64>();
/// Bytes of the name of a namespace.
const MAX_NAMESPACE: usize = 1 << 10;
/// Bytes of the id of a socket.
const MAX_ID: usize = 64;
/// Ids that `fetch-sockets` answers.
pub(super) const MAX_FETCHED: usize = 10_000;
/// What a message may have beside a payload: three lists of rooms, or ids.
const OVERHEAD: usize = 1 << 20;

/// Tells nodes apart; a node has another one each time it starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct NodeId(pub(super) u64);

/// The body of a message. Who sends an order may still need it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Message<O = Order> {
    /// I am here.
    Hello,
    /// I stop.
    Bye,
    /// Do this, too.
    Order(O),
    /// Which of your sockets are these?
    Question(Question),
    /// These. The ids are another piece of MessagePack, for whoever asked to take apart.
    Answer { question: u64, ids: Vec<u8> },
}

/// Something to be done to the sockets of all nodes.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Order {
    pub(super) namespace: String,
    #[serde(with = "TargetFields")]
    pub(super) target: Target,
    pub(super) action: Action,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Action {
    Emit {
        event: String,
        #[serde(with = "PayloadFields")]
        arguments: Payload,
        volatile: bool,
    },
    Join(Vec<String>),
    Leave(Vec<String>),
    Disconnect,
}

/// Which sockets a node has.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Question {
    pub(super) id: u64,
    pub(super) namespace: String,
    #[serde(with = "TargetFields")]
    pub(super) target: Target,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Target")]
struct TargetFields {
    rooms: Vec<String>,
    except: Vec<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Payload")]
struct PayloadFields {
    json: String,
    attachments: Vec<Vec<u8>>,
}

/// Why a message is dropped.
#[derive(Debug, thiserror::Error)]
pub(super) enum MessageError {
    #[error("it is not a node's, or a node's of another version")]
    Foreign,
    #[error("it has {0} bytes")]
    TooLarge(usize),
    #[error("it cannot be read: {0}")]
    Body(#[from] rmp_serde::decode::Error),
    #[error("a name has {0} bytes")]
    Name(usize),
    #[error("a list has {0} items")]
    List(usize),
    #[error(transparent)]
    Payload(#[from] PayloadError),
}

impl NodeId {
    /// An id that no other node has. From the standard library's random keys, which cannot fail to be there.
    pub(super) fn random() -> Self {
        Self(RandomState::new().hash_one(()))
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// Bytes that a message has at most.
pub(super) fn max_size(limits: &Limits) -> usize {
    limits.payload.saturating_add(OVERHEAD)
}

/// Who sent these bytes.
///
/// # Errors
/// Where it is not a message, or a larger one than `limits` allow.
pub(super) fn sender(bytes: &[u8], limits: &Limits) -> Result<NodeId, MessageError> {
    if bytes.len() > max_size(limits) {
        return Err(MessageError::TooLarge(bytes.len()));
    }
    match bytes.split_at_checked(HEADER) {
        Some(([VERSION, id @ ..], _)) => match id.try_into() {
            Ok(id) => Ok(NodeId(u64::from_be_bytes(id))),
            Err(_) => Err(MessageError::Foreign),
        },
        _ => Err(MessageError::Foreign),
    }
}

impl<O: Serialize> Message<O> {
    /// The message as `sender` sends it.
    ///
    /// # Errors
    /// None that is known.
    pub(super) fn encode(&self, sender: NodeId) -> Result<Vec<u8>, rmp_serde::encode::Error> {
        let mut bytes = vec![VERSION];
        bytes.extend(sender.0.to_be_bytes());
        serialize(self, &mut bytes)?;
        Ok(bytes)
    }
}

impl Message {
    /// A message of which [`sender`] has told who sent it.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub(super) fn decode(bytes: &[u8], limits: &Limits) -> Result<Self, MessageError> {
        let body = bytes.get(HEADER..).ok_or(MessageError::Foreign)?;
        let message: Self = rmp_serde::from_slice(body)?;
        match &message {
            Self::Hello | Self::Bye | Self::Answer { .. } => {}
            Self::Order(order) => order.check(limits)?,
            Self::Question(question) => {
                check_name(&question.namespace, MAX_NAMESPACE)?;
                check_target(&question.target)?;
            }
        }
        Ok(message)
    }
}

impl Order {
    /// Does it to the sockets of `local`, which must be this node's own.
    ///
    /// # Errors
    /// Those of `local`.
    pub(super) async fn carry_out(self, local: &dyn TenantServer) -> Result<(), CallError> {
        let Self {
            namespace, target, ..
        } = self;
        match self.action {
            Action::Emit {
                event,
                arguments,
                volatile,
            } => {
                let delivery = match volatile {
                    true => Delivery::LOCAL | Delivery::VOLATILE,
                    false => Delivery::LOCAL,
                };
                local
                    .emit(&namespace, target, &event, arguments, delivery)
                    .await
            }
            Action::Join(rooms) => local.sockets_join(&namespace, target, rooms).await,
            Action::Leave(rooms) => local.sockets_leave(&namespace, target, rooms).await,
            Action::Disconnect => local.disconnect_sockets(&namespace, target).await,
        }
    }

    fn check(&self, limits: &Limits) -> Result<(), MessageError> {
        check_name(&self.namespace, MAX_NAMESPACE)?;
        check_target(&self.target)?;
        match &self.action {
            Action::Emit {
                event, arguments, ..
            } => {
                check_name(event, MAX_NAME)?;
                Ok(payload::check_arguments(arguments, limits)?)
            }
            Action::Join(rooms) | Action::Leave(rooms) => check_rooms(rooms),
            Action::Disconnect => Ok(()),
        }
    }
}

/// The ids of an answer, as bytes.
///
/// # Errors
/// None that is known.
pub(super) fn encode_ids(ids: &[String]) -> Result<Vec<u8>, rmp_serde::encode::Error> {
    let mut bytes = Vec::new();
    serialize(&ids, &mut bytes)?;
    Ok(bytes)
}

/// The ids of an answer.
///
/// # Errors
/// The rule that it breaks.
pub(super) fn decode_ids(bytes: &[u8]) -> Result<Vec<String>, MessageError> {
    let ids: Vec<String> = rmp_serde::from_slice(bytes)?;
    if ids.len() > MAX_FETCHED {
        return Err(MessageError::List(ids.len()));
    }
    ids.iter().try_for_each(|id| check_name(id, MAX_ID))?;
    Ok(ids)
}

fn serialize(value: &impl Serialize, bytes: &mut Vec<u8>) -> Result<(), rmp_serde::encode::Error> {
    let serializer = rmp_serde::Serializer::new(bytes);
    value.serialize(&mut serializer.with_bytes(BytesMode::ForceIterables))
}

fn check_target(target: &Target) -> Result<(), MessageError> {
    check_rooms(&target.rooms)?;
    check_rooms(&target.except)
}

fn check_rooms(rooms: &[String]) -> Result<(), MessageError> {
    // To those that a guest excepts, the host adds the sender.
    if rooms.len() > MAX_ROOMS + 1 {
        return Err(MessageError::List(rooms.len()));
    }
    rooms.iter().try_for_each(|room| check_name(room, MAX_NAME))
}

fn check_name(name: &str, max: usize) -> Result<(), MessageError> {
    match (1..=max).contains(&name.len()) {
        true => Ok(()),
        false => Err(MessageError::Name(name.len())),
    }
}

#[cfg(test)]
mod tests;
