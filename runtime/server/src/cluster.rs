//! Several nodes: what a guest does to sockets of its tenant, it does to those of all nodes.
//!
//! [`join`] puts a [`Adapter`] in front of a node's own one. What is done to it is done to the node's sockets at once,
//! and published in Redis for the other nodes. Between nodes there is nothing but what `cluster/message.rs` has: a node's
//! sockets, their rooms and accounts are its own.
//!
//! # Invariants
//! - No event waits for the network, unless it asks a question; then not longer than [`PATIENCE`].
//! - What comes from another node is done to this node's sockets and never published again.
//! - A message arrives once or not at all. Those of one node arrive in order.
//! - Each tenant has channels, a connection and queues of its own.
//! - Whatever waits is bounded in number and bytes, and dropped when over.
//!
//! Start at [`join`]; the connection is the matter of `cluster/link.rs`.

mod connect;
mod inbox;
mod link;
mod member;
mod message;
mod nodes;
mod queue;

use std::{sync::Arc, time::Duration};

use futures::future::BoxFuture;
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::tenant::Tenant;
use link::{Link, Recipient};
use member::Member;
use message::{Message, NodeId, Order, Question};
use nodes::Asking;
use stockade_sandbox::{
    CallError,
    host::{Adapter, Delivery, FetchedSockets, Fetching, Operation, Target},
    limits::Limits,
};

/// How long answers of other nodes are waited for, if an event has the time.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long a goodbye to the other nodes may take.
const FAREWELL: Duration = Duration::from_secs(1);

/// The sockets of a tenant on all nodes.
struct Cluster {
    link: Arc<Link>,
    local: Arc<dyn Adapter>,
    patience: Duration,
    limits: Arc<Limits>,
}

/// A node's membership, which ends when this is dropped.
#[derive(Default)]
pub struct Membership(Option<Joined>);

struct Joined {
    leaving: DropGuard,
    keeper: JoinHandle<()>,
}

/// The sockets of `tenant` on all nodes, of which `local` has those of this one.
///
/// Returns at once, whether or not Redis can be reached: until then, and whenever it is away, this node is on its own. A
/// tenant without [`Tenant::adapter`] has no other nodes, and `local` is all there is.
///
/// Must be called within a Tokio runtime.
pub fn join(tenant: &Tenant, local: Arc<dyn Adapter>) -> (Arc<dyn Adapter>, Membership) {
    let Some(address) = tenant.adapter.clone() else {
        return (local, Membership::default());
    };
    let member = Arc::new(Member::new(tenant, local.clone()));
    let link = Arc::new(Link::new(member, NodeId::random()));
    let leaving = CancellationToken::new();
    let keeper = tokio::spawn(link.clone().keep(address, leaving.clone()));
    let cluster = Cluster {
        link,
        local,
        // Half of an event's time at most, so that it can make use of what came.
        patience: PATIENCE.min(tenant.limits.wall / 2),
        limits: tenant.limits.clone(),
    };
    let joined = Joined {
        leaving: leaving.drop_guard(),
        keeper,
    };
    (Arc::new(cluster), Membership(Some(joined)))
}

impl Membership {
    /// Sends what is left to send, and tells the other nodes that this one stops. Takes a second at most.
    pub async fn leave(self) {
        if let Some(Joined { leaving, keeper }) = self.0 {
            drop(leaving);
            let _ = tokio::time::timeout(FAREWELL, keeper).await;
        }
    }
}

impl Cluster {
    /// Does something here and elsewhere. What exceeds a limit here is not asked of others; whatever else goes wrong is
    /// this node's matter, such as that it stops and has no namespaces any more.
    async fn everywhere(
        &self,
        namespace: &str,
        target: Target,
        operation: Operation,
    ) -> Result<(), CallError> {
        let order = Order {
            namespace: namespace.to_owned(),
            target,
            operation,
        };
        let written = self.link.write(&Message::Order(&order));
        let done = order.carry_out(&*self.local).await;
        if let Some(written) = written
            && !matches!(done, Err(CallError::LimitExceeded(_)))
        {
            self.link.send(Recipient::All, written);
        }
        done
    }

    /// Adds what the other nodes answer with, as far as they do.
    async fn ask_others(&self, namespace: &str, target: Target, found: &mut Fetching) {
        let pending = match self.link.nodes.ask(self.limits.fetch_bytes) {
            Asking::Pending(pending) => pending,
            Asking::NobodyElse => return,
            Asking::CutOff => return found.miss(),
        };
        let question: Message = Message::Question(Question {
            id: pending.id,
            namespace: namespace.to_owned(),
            target,
        });
        let Some(question) = self.link.write(&question) else {
            return found.miss();
        };
        self.link.send(Recipient::All, question);
        let (answers, complete) = pending.answers(self.patience).await;
        if !complete {
            found.miss();
        }
        // Taken apart here and not where they come in, because that is work that the guest has caused.
        for answer in answers {
            if let Err(error) = message::decode_found(&answer, &self.limits, found) {
                tracing::warn!(%error, "another node's answer is not one");
                found.miss();
            }
        }
    }
}

impl Adapter for Cluster {
    fn apply<'a>(
        &'a self,
        namespace: &'a str,
        target: Target,
        operation: Operation,
    ) -> BoxFuture<'a, Result<(), CallError>> {
        match &operation {
            Operation::Emit { delivery, .. } if delivery.contains(Delivery::LOCAL) => {
                self.local.apply(namespace, target, operation)
            }
            _ => Box::pin(self.everywhere(namespace, target, operation)),
        }
    }

    fn fetch_sockets<'a>(
        &'a self,
        namespace: &'a str,
        target: Target,
    ) -> BoxFuture<'a, Result<FetchedSockets, CallError>> {
        Box::pin(async move {
            let local = self.local.fetch_sockets(namespace, target.clone());
            let local = local.await?;
            if !local.complete {
                return Ok(local);
            }
            let mut found = Fetching::new(self.limits.fetch_bytes);
            found.add_all(local.sockets);
            self.ask_others(namespace, target, &mut found).await;
            Ok(found.done())
        })
    }
}
