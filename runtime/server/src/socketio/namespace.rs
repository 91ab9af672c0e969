//! One namespace: its sockets, their rooms, and how events get to them.

use std::{
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use arc_swap::{ArcSwap, Guard};

use super::{
    Parser,
    children::{Children, Named},
    outgoing::{EncodeError, Encoded, Encoder},
    recovery::{Audience, Client, Log},
    rooms::Rooms,
    socket::{Gone, Resumable, Socket},
};
use crate::{manifest::NamespaceApi, tenant::Release};
use stockade_sandbox::{
    CallError, Payload,
    host::{Delivery, Target},
};

/// A broadcast below this size is not counted for each of its receivers: they share its bytes, and the packets that
/// wait for a client are counted anyway.
const COUNTED_BROADCAST: usize = 512;

/// One namespace of a tenant's server.
pub(super) struct Namespace {
    /// Its own name. That in the manifest may be a pattern.
    pub(super) name: Arc<str>,
    /// The release that serves it, for whatever starts from now on.
    serving: ArcSwap<Serving>,
    /// The current release does not have it: its sockets are being disconnected, and nobody is let in.
    removed: AtomicBool,
    /// Whether a pattern has matched it.
    is_child: bool,
    pub(super) encoder: Encoder,
    pub(super) rooms: Rooms<Arc<Socket>>,
    /// Where clients may come back as who they were.
    pub(super) recovery: Option<Log<Resumable>>,
    /// Where a child is; of no use to others.
    children: Weak<Children<Self>>,
}

/// A release and what its manifest says about a namespace.
pub(super) struct Serving {
    pub(super) release: Arc<Release>,
    pub(super) api: Arc<NamespaceApi>,
}

impl Namespace {
    pub(super) fn new(
        serving: Serving,
        name: Arc<str>,
        parser: Parser,
        recovery: Option<Log<Resumable>>,
        children: Weak<Children<Self>>,
    ) -> Self {
        Self {
            encoder: Encoder::new(parser, &name),
            name,
            is_child: !serving.api.is_exact(),
            serving: ArcSwap::from_pointee(serving),
            removed: AtomicBool::new(false),
            rooms: Rooms::default(),
            recovery,
            children,
        }
    }

    /// The release that serves it now. What starts keeps it to its end.
    pub(super) fn serving(&self) -> Guard<Arc<Serving>> {
        self.serving.load()
    }

    /// Lets `release` serve it; `false` if that does not have it. It keeps the release it had then, for those who still have to hear
    /// that their clients have gone.
    pub(super) fn serve_by(&self, release: &Arc<Release>) -> bool {
        let Some(api) = release.api.find(&self.name) else {
            self.removed.store(true, Ordering::SeqCst);
            return false;
        };
        self.serving.store(Arc::new(Serving {
            release: release.clone(),
            api: api.clone(),
        }));
        self.removed.store(false, Ordering::SeqCst);
        true
    }

    /// Whether the current release does not have it.
    pub(super) fn is_removed(&self) -> bool {
        self.removed.load(Ordering::SeqCst)
    }

    /// Whether it is there for its clients only.
    pub(super) fn is_child(&self) -> bool {
        self.is_child
    }

    /// Keeps a client that has gone and may come back; and a child with it.
    pub(super) fn save(self: &Arc<Self>, log: &Log<Resumable>, client: Client<Resumable>) {
        log.save(client.rest.pid, client);
        if let Some(children) = self.children.upgrade() {
            children.keep(self, Instant::now() + log.max_disconnection());
        }
    }

    /// Sends an event to all of `target`.
    pub(super) fn broadcast(
        &self,
        target: Target,
        event: &str,
        arguments: Payload,
        delivery: Delivery,
    ) -> Result<(), CallError> {
        if delivery.contains(Delivery::VOLATILE) {
            let packet = self.encoder.event(event, arguments, None, None)?;
            for socket in self.rooms.select(&target.rooms, &target.except) {
                // Lost to a socket that has just gone, as it may be.
                let _ = socket.send_volatile(&packet);
            }
            return Ok(());
        }
        let audience = Audience {
            rooms: target.rooms,
            except: target.except,
        };
        self.publish(audience, event, arguments, |audience, packet| {
            let counted = packet.size() >= COUNTED_BROADCAST;
            for socket in self.rooms.select(&audience.rooms, &audience.except) {
                // Some receivers have just gone, or do not read: that is between them and the server.
                let _ = match counted {
                    true => socket.send(packet.clone()),
                    false => socket.send_uncounted(packet.clone()),
                };
            }
        })
    }

    /// Sends an event to one socket.
    pub(super) fn emit(
        &self,
        socket: &Socket,
        event: &str,
        arguments: Payload,
    ) -> Result<(), CallError> {
        let mut sent = Ok(());
        let only = Audience {
            rooms: match self.recovery {
                Some(_) => vec![socket.id.as_str().to_owned()],
                None => Vec::new(),
            },
            except: Vec::new(),
        };
        self.publish(only, event, arguments, |_, packet| {
            sent = socket.send(packet.clone());
        })?;
        sent.map_err(|Gone| CallError::Disconnected)
    }

    /// Makes a packet of an event and has it sent; it is kept where clients may ask for it again.
    fn publish(
        &self,
        audience: Audience,
        event: &str,
        arguments: Payload,
        send: impl FnOnce(&Audience, &Encoded),
    ) -> Result<(), CallError> {
        let Some(log) = &self.recovery else {
            let packet = self.encoder.event(event, arguments, None, None)?;
            send(&audience, &packet);
            return Ok(());
        };
        let (number, offset) = log.offset();
        let packet = self.encoder.event(event, arguments, None, Some(&offset))?;
        log.publish(number, audience, packet, send);
        Ok(())
    }
}

impl Named for Namespace {
    fn name(&self) -> &Arc<str> {
        &self.name
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        if let Some(children) = self.children.upgrade() {
            children.forget(self);
        }
    }
}

impl From<EncodeError> for CallError {
    fn from(error: EncodeError) -> Self {
        Self::InvalidArgument(error.to_string())
    }
}
