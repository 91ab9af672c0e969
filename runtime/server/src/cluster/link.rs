//! A tenant's link to its other nodes: connects, keeps connected, sends what waits, carries out what comes.

use std::{convert::Infallible, sync::Arc, time::Duration};

use redis::{RedisError, aio::MultiplexedConnection};
use serde::Serialize;
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use super::{
    connect::connect,
    inbox::Inbox,
    member::Member,
    message::{self, Message, NodeId, Question},
    nodes::Nodes,
    queue::{Capacity, Queue},
};
use stockade_redis::{Address, ConnectError};
use stockade_sandbox::host::FetchedSockets;

/// How often a node says that it is there.
const HEARTBEAT: Duration = Duration::from_secs(1);
/// A link on which nothing comes for so long is broken: a node hears itself at least.
const SILENCE: Duration = Duration::from_secs(5);
/// Between two attempts to connect, at first and at most.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(2));
/// A link that lasted so long is restored without a pause.
const LASTING: Duration = Duration::from_secs(10);
/// Messages that wait, in either direction.
const MAX_QUEUED: usize = 1 << 16;
/// Bytes of them, beside one of the largest possible size.
const MAX_QUEUED_BYTES: usize = 32 << 20;

/// What the tasks of a link and those who use it share.
pub(super) struct Link {
    node: NodeId,
    member: Arc<Member>,
    outbox: Queue<(Recipient, Vec<u8>)>,
    pub(super) nodes: Nodes,
}

/// For whom a message is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Recipient {
    All,
    Node(NodeId),
}

/// Why a link ended that should not have.
#[derive(Debug, thiserror::Error)]
enum Lost {
    #[error("the connection was closed")]
    Closed,
    #[error("nothing was heard for {SILENCE:?}")]
    Silent,
    #[error(transparent)]
    Redis(#[from] RedisError),
}

impl Link {
    pub(super) fn new(member: Arc<Member>, node: NodeId) -> Self {
        Self {
            node,
            outbox: Queue::new("sent", &member.tenant, capacity(&member)),
            nodes: Nodes::default(),
            member,
        }
    }

    /// A message in the form in which it is sent; none where it would not be.
    pub(super) fn write<O: Serialize>(&self, message: &Message<O>) -> Option<Vec<u8>> {
        if !self.outbox.wants() {
            return None;
        }
        let written = message.encode(self.node);
        written
            .inspect_err(|error| tracing::error!(%error, "cannot write a message to other nodes"))
            .ok()
    }

    /// Sends a message. Never waits; nobody learns whether it arrives.
    pub(super) fn send(&self, recipient: Recipient, message: Vec<u8>) {
        let bytes = message.len();
        self.outbox.push((recipient, message), bytes);
    }

    fn say(&self, recipient: Recipient, message: &Message) {
        if let Some(message) = self.write(message) {
            self.send(recipient, message);
        }
    }

    /// Keeps the link up until `leaving`.
    pub(super) async fn keep(self: Arc<Self>, address: Address, leaving: CancellationToken) {
        let tenant = &self.member.tenant;
        let mut pause = PAUSES.0;
        // Whether the log says that this node is alone.
        let mut told = false;
        loop {
            let started = Instant::now();
            let connected = tokio::select! {
                connected = self.connect(&address) => connected,
                () = leaving.cancelled() => return,
            };
            match connected {
                Ok((connection, inbox)) => {
                    let missed = self.outbox.open();
                    self.nodes.joined();
                    tracing::info!(%tenant, node = %self.node, redis = %address, missed, "joined the other nodes");
                    let ended = self.serve(connection, &inbox, &leaving).await;
                    self.outbox.close();
                    self.nodes.lost();
                    let Err(error) = ended else { return };
                    tracing::warn!(%tenant, redis = %address, %error, "cut off from the other nodes: serving this one's clients");
                    told = true;
                }
                Err(error) if !told => {
                    tracing::warn!(%tenant, redis = %address, %error, "Redis cannot be reached: serving this node's clients");
                    told = true;
                }
                Err(error) => tracing::debug!(%tenant, %error, "Redis cannot be reached"),
            }
            if started.elapsed() >= LASTING {
                pause = PAUSES.0;
            }
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = leaving.cancelled() => return,
            }
            pause = (pause * 2).min(PAUSES.1);
        }
    }

    /// A connection that hears the other nodes and is known to carry messages.
    async fn connect(
        &self,
        address: &Address,
    ) -> Result<(MultiplexedConnection, Arc<Inbox>), ConnectError> {
        let inbox = Arc::new(Inbox::new(
            self.node,
            self.member.clone(),
            capacity(&self.member),
        ));
        let receiver = inbox.clone();
        let mut connection = connect(address, move |push| {
            receiver.receive(push);
            Ok(())
        })
        .await?;
        let channels = [Recipient::All, Recipient::Node(self.node)];
        let channels = channels.map(|recipient| self.channel(recipient));
        connection.subscribe(&channels[..]).await?;
        self.publish(&mut connection, self.message(&Message::Joined))
            .await?;
        Ok((connection, inbox))
    }

    /// Sends and receives until `leaving`, having said goodbye.
    async fn serve(
        &self,
        connection: MultiplexedConnection,
        inbox: &Inbox,
        leaving: &CancellationToken,
    ) -> Result<(), Lost> {
        tokio::select! {
            left = self.empty_outbox(connection, inbox, leaving) => left,
            never = self.empty_inbox(inbox) => match never {},
            () = inbox.closed() => Err(Lost::Closed),
        }
    }

    async fn empty_outbox(
        &self,
        mut connection: MultiplexedConnection,
        inbox: &Inbox,
        leaving: &CancellationToken,
    ) -> Result<(), Lost> {
        let mut beat = tokio::time::interval(HEARTBEAT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let batch = tokio::select! {
                // Not through the queue, which may be full.
                _ = beat.tick() => {
                    // By when something was heard: on a link that is silent, nobody is dead for that.
                    self.nodes.forget_dead(inbox.heard());
                    if inbox.heard().elapsed() > SILENCE {
                        return Err(Lost::Silent);
                    }
                    self.message(&Message::Hello)
                }
                batch = self.outbox.next_batch() => batch,
                () = leaving.cancelled() => break,
            };
            self.publish(&mut connection, batch).await?;
        }
        loop {
            match self.outbox.take_batch() {
                batch if batch.is_empty() => break,
                batch => self.publish(&mut connection, batch).await?,
            }
        }
        let bye = self.message(&Message::Bye);
        Ok(self.publish(&mut connection, bye).await?)
    }

    /// What is published before it fails may or may not have arrived; it is not published again, so nothing arrives
    /// twice.
    async fn publish(
        &self,
        connection: &mut MultiplexedConnection,
        batch: Vec<(Recipient, Vec<u8>)>,
    ) -> Result<(), RedisError> {
        let mut pipeline = redis::pipe();
        for (recipient, message) in batch {
            pipeline.publish(self.channel(recipient), message).ignore();
        }
        pipeline.query_async(connection).await
    }

    async fn empty_inbox(&self, inbox: &Inbox) -> Infallible {
        loop {
            for (sender, bytes) in inbox.messages.next_batch().await {
                match Message::decode(&bytes, &self.member.limits) {
                    Ok(message) => self.take(sender, message).await,
                    Err(error) => inbox.refuse(&error),
                }
                // Sending wants its turn, too, and other tasks.
                tokio::task::coop::consume_budget().await;
            }
        }
    }

    async fn take(&self, sender: NodeId, message: Message) {
        let tenant = &self.member.tenant;
        if let Message::Bye = message {
            tracing::debug!(%tenant, node = %sender, "another node has left");
            return self.nodes.left(sender);
        }
        let is_new = self.nodes.heard(sender);
        if is_new {
            tracing::debug!(%tenant, node = %sender, "there is another node");
        }
        if is_new || matches!(message, Message::Joined) {
            // So that it need not wait for the next heartbeat.
            self.say(Recipient::Node(sender), &Message::Hello);
        }
        match message {
            Message::Hello | Message::Joined | Message::Bye => {}
            Message::Order(order) => {
                if let Err(error) = order.carry_out(&*self.member.local).await {
                    tracing::debug!(%tenant, node = %sender, %error, "what another node wanted failed here");
                }
            }
            Message::Question(question) => self.answer(sender, question).await,
            Message::Answer { question, found } => self.nodes.answered(sender, question, found),
        }
    }

    async fn answer(&self, sender: NodeId, question: Question) {
        let local = &self.member.local;
        let found = local.fetch_sockets(&question.namespace, question.target);
        // Where there is nothing to be found, that is the answer.
        let found = found.await.unwrap_or(FetchedSockets {
            sockets: Vec::new(),
            complete: true,
        });
        if let Ok(found) = message::encode_found(found) {
            let question = question.id;
            let answer = Message::Answer { question, found };
            self.say(Recipient::Node(sender), &answer);
        }
    }

    /// A batch of one message for all.
    fn message(&self, message: &Message) -> Vec<(Recipient, Vec<u8>)> {
        let message = message.encode(self.node).ok();
        message
            .map(|message| (Recipient::All, message))
            .into_iter()
            .collect()
    }

    fn channel(&self, recipient: Recipient) -> String {
        let channel = &self.member.channel;
        match recipient {
            Recipient::All => format!("{channel}:all"),
            Recipient::Node(node) => format!("{channel}:{node}"),
        }
    }
}

fn capacity(member: &Member) -> Capacity {
    Capacity {
        messages: MAX_QUEUED,
        bytes: message::max_size(&member.limits).saturating_add(MAX_QUEUED_BYTES),
    }
}
