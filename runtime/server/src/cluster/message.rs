//! What nodes say to each other, as bytes.
//!
//! A message is a version, the sender and a body in MessagePack. Whoever may publish in Redis may send one, so each is
//! checked as if a guest had sent it.

use std::{
    fmt,
    hash::{BuildHasher, RandomState},
    marker::PhantomData,
};

use rmp_serde::config::BytesMode;
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, SeqAccess, Visitor},
};

use crate::manifest::MAX_CHILD_NAME as MAX_NAMESPACE;
use stockade_json_schema::text;
use stockade_sandbox::host::RESERVED_EVENTS;
use stockade_sandbox::{
    CallError, Payload,
    host::{
        Adapter, Delivery, Disconnect, FetchedSockets, Fetching, MAX_KEPT, MAX_NAME, MAX_ROOMS,
        Operation, RemoteSocket, Target,
    },
    limits::Limits,
    payload::{self, PayloadError},
};

/// Nodes of other versions are not understood.
const VERSION: u8 = 2;
/// Version and sender.
const HEADER: usize = 1 + size_of::<u64>();
/// Bytes of the id of a socket.
const MAX_ID: usize = 64;
/// Bytes of an IP address.
const MAX_ADDRESS: usize = 64;
/// Items of a list of which nothing else is known. Each is read into some 24 bytes, however few it has here.
const MAX_ITEMS: usize = 1 << 16;
/// What a message may have beside a payload, or beside sockets: three lists of rooms.
const OVERHEAD: usize = 1 << 20;

/// Tells nodes apart; a node has another one each time it starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct NodeId(pub(super) u64);

/// The body of a message. Who sends an order may still need it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Message<O = Order> {
    /// I am here.
    Hello,
    /// I have just come, or come back, and know nobody: who else is here?
    Joined,
    /// I stop.
    Bye,
    /// Do this, too.
    Order(O),
    /// Which of your sockets are these?
    Question(Question),
    /// These. They are other pieces of MessagePack, for whoever asked to take apart.
    Answer { question: u64, found: Vec<u8> },
}

/// Something to be done to the sockets of all nodes.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Order {
    pub(super) namespace: String,
    #[serde(with = "TargetFields")]
    pub(super) target: Target,
    #[serde(with = "OperationFields")]
    pub(super) operation: Operation,
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
#[serde(remote = "Operation")]
enum OperationFields {
    Emit {
        event: String,
        #[serde(with = "PayloadFields")]
        arguments: Payload,
        #[serde(with = "volatile")]
        delivery: Delivery,
    },
    Join(#[serde(deserialize_with = "few")] Vec<String>),
    Leave(#[serde(deserialize_with = "few")] Vec<String>),
    Disconnect(Disconnect),
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Target")]
struct TargetFields {
    #[serde(deserialize_with = "few")]
    rooms: Vec<String>,
    #[serde(deserialize_with = "few")]
    except: Vec<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Payload")]
struct PayloadFields {
    json: String,
    #[serde(deserialize_with = "few")]
    attachments: Vec<Vec<u8>>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "RemoteSocket")]
struct SocketFields {
    id: String,
    #[serde(deserialize_with = "few")]
    rooms: Vec<String>,
    data: Option<String>,
    user: Option<String>,
    address: String,
    issued: u64,
}

/// A socket on its way.
#[derive(Serialize, Deserialize)]
struct Packed(#[serde(with = "SocketFields")] RemoteSocket);

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
    #[error("it emits an event with a reserved name")]
    Reserved,
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
    let largest = limits.payload.max(limits.fetch_bytes);
    largest.saturating_add(OVERHEAD)
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
            Self::Hello | Self::Joined | Self::Bye | Self::Answer { .. } => {}
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
    pub(super) async fn carry_out(self, local: &dyn Adapter) -> Result<(), CallError> {
        let Self {
            namespace,
            target,
            operation,
        } = self;
        local.apply(&namespace, target, operation).await
    }

    fn check(&self, limits: &Limits) -> Result<(), MessageError> {
        check_name(&self.namespace, MAX_NAMESPACE)?;
        check_target(&self.target)?;
        match &self.operation {
            Operation::Emit {
                event, arguments, ..
            } => {
                check_name(event, MAX_NAME)?;
                if RESERVED_EVENTS.contains(&&**event) {
                    return Err(MessageError::Reserved);
                }
                Ok(payload::check_arguments(arguments, limits)?)
            }
            Operation::Join(rooms) | Operation::Leave(rooms) => check_rooms(rooms),
            Operation::Disconnect(_) => Ok(()),
        }
    }
}

/// What a node has found, as bytes: whether that is all, then one socket after the other.
///
/// # Errors
/// None that is known.
pub(super) fn encode_found(found: FetchedSockets) -> Result<Vec<u8>, rmp_serde::encode::Error> {
    let mut bytes = Vec::new();
    serialize(&found.complete, &mut bytes)?;
    for socket in found.sockets {
        serialize(&Packed(socket), &mut bytes)?;
    }
    Ok(bytes)
}

/// Adds what another node has found, one socket at a time: no more is read than there is room for.
///
/// # Errors
/// The rule that it breaks. What came before is added.
pub(super) fn decode_found(
    bytes: &[u8],
    limits: &Limits,
    found: &mut Fetching,
) -> Result<(), MessageError> {
    let mut read = rmp_serde::Deserializer::new(bytes);
    if !bool::deserialize(&mut read)? {
        found.miss();
    }
    while !read.get_ref().is_empty() {
        let Packed(socket) = Packed::deserialize(&mut read)?;
        check_socket(&socket, limits)?;
        if !found.add(socket) {
            break;
        }
    }
    Ok(())
}

/// How an event is sent, as a node has to know it: whether it is volatile. Another node sends it to its own clients only.
mod volatile {
    use super::{Delivery, Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(
        delivery: &Delivery,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        delivery.contains(Delivery::VOLATILE).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Delivery, D::Error> {
        Ok(match bool::deserialize(deserializer)? {
            true => Delivery::LOCAL | Delivery::VOLATILE,
            false => Delivery::LOCAL,
        })
    }
}

/// A list that is not longer than any may be: what its items are read into takes more than they have here.
fn few<'de, D: Deserializer<'de>, T: Deserialize<'de>>(list: D) -> Result<Vec<T>, D::Error> {
    struct Few<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for Few<T> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "a list of at most {MAX_ITEMS} items")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            let mut items = Vec::new();
            while let Some(item) = list.next_element()? {
                if items.len() >= MAX_ITEMS {
                    return Err(A::Error::custom("a list is too long"));
                }
                items.push(item);
            }
            Ok(items)
        }
    }

    list.deserialize_seq(Few(PhantomData))
}

fn serialize(value: &impl Serialize, bytes: &mut Vec<u8>) -> Result<(), rmp_serde::encode::Error> {
    let serializer = rmp_serde::Serializer::new(bytes);
    value.serialize(&mut serializer.with_bytes(BytesMode::ForceIterables))
}

fn check_socket(socket: &RemoteSocket, limits: &Limits) -> Result<(), MessageError> {
    check_name(&socket.id, MAX_ID)?;
    check_name(&socket.address, MAX_ADDRESS)?;
    let mut rooms = socket.rooms.iter();
    rooms.try_for_each(|room| check_name(room, MAX_NAME))?;
    for kept in [&socket.data, &socket.user].into_iter().flatten() {
        if kept.len() > MAX_KEPT {
            return Err(MessageError::Name(kept.len()));
        }
        text::check(kept, limits.depth).map_err(PayloadError::from)?;
    }
    Ok(())
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
