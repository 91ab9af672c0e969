//! Clients in this process, for tests: all of the server is in front of them but the network.

use std::{sync::Arc, time::Duration};

use http::request::Parts;

use super::{
    Server,
    connection::{PACKET, SocketKeeper},
    handler::Handler,
    socket::Reason,
};
use stockade_engine_io::{Delivered, Memory, Message};
use stockade_sandbox::host::EventSource;

/// A client in this process. It speaks the messages of Engine.IO, which are Socket.IO's packets and their attachments.
pub struct MemoryClient {
    memory: Memory<Handler>,
    sockets: Arc<SocketKeeper>,
}

impl Server {
    /// Connects a client that is in this process, whose connection begins with this request. The caller must spawn
    /// [`MemoryClient::carry`]. Returns `None` if the operating system has no randomness.
    ///
    /// Must be called within a Tokio runtime.
    pub fn connect(&self, request: Parts) -> Option<MemoryClient> {
        let memory = self.engine.open_in_memory(request)?;
        let sockets = Arc::new(SocketKeeper::default());
        memory.session().data.keep_for(&sockets);
        Some(MemoryClient { memory, sockets })
    }
}

impl MemoryClient {
    /// Sends the messages of a packet. An event is handled here and now until it has to wait.
    pub fn send(&self, messages: impl IntoIterator<Item = Message>) {
        self.memory.send(messages);
    }

    /// Closes the connection.
    pub fn close(&self) {
        self.memory.close();
    }

    /// Gives `take` each message to the client until the connection has ended. Returns Socket.IO's name of the reason.
    pub async fn carry(&self, mut take: impl FnMut(Delivered)) -> &'static str {
        let data = &self.memory.session().data;
        let carry = self.memory.carry(|delivered| {
            if let Some(unread) = data.unread() {
                unread.written(delivered.message.size() + PACKET);
            }
            take(delivered);
        });
        Reason::from(carry.await).name()
    }

    /// Returns how many messages the client has dealt with so far, the connection's end included.
    pub fn taken(&self) -> u64 {
        self.memory.taken()
    }

    /// Waits until the client has taken all that was sent to it so far and, if its connection has ended, until the server knows.
    pub async fn idle(&self) {
        self.memory.idle().await;
    }

    /// Returns one of the client's sockets, even if it has gone.
    pub fn socket(&self, id: &str) -> Option<Arc<dyn EventSource>> {
        let socket = self.sockets.get(id)?;
        Some(socket)
    }

    /// Ends the guest's wait for acknowledgement `id` of a socket as if its time were over. Returns how long the guest would have
    /// waited, or `None` if it does not wait.
    pub fn time_out(&self, socket: &str, id: u64) -> Option<Duration> {
        self.sockets.get(socket)?.time_out(id)
    }
}
