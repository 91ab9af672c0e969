//! Who gets an instance, a new one or one that has served before, and who has to wait.

use std::{
    collections::VecDeque,
    num::NonZero,
    pin::pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use tokio::sync::{Semaphore, SemaphorePermit};
use wasmtime::component::Component;

use super::{
    Engine, Fault, HttpKind, HttpManifest, Instance, LinkError, Manifest, deadline::within,
    limits::Limits, linker, store::Common,
};
use crate::host::{ClientId, Disconnect, EventCtx, Keyvalue, LogSource};

/// Who may share an instance's memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Isolation {
    /// Nobody: each event gets a fresh instance, a new one or one that has been restored to what it was when it was new.
    Event,
    /// The events of one client.
    Socket,
    /// All events of the tenant.
    Tenant,
}

/// When an instance that is reused retires.
#[derive(Debug, Clone, Copy)]
pub struct Reuse {
    /// After this many events.
    pub events: u64,
    /// After this long.
    pub age: Duration,
}

/// Too many events wait for an instance already, or this one has waited for as long as an event may take.
#[derive(Debug, thiserror::Error)]
#[error("all instances of the tenant are busy")]
pub struct Busy;

/// Runs one component for one tenant.
pub struct Sandbox {
    engine: Engine,
    common: Arc<Common>,
    isolation: Isolation,
    reuse: Reuse,
    /// Idle instances to keep where any of them will do for any event: as many as can run at a time.
    spare: usize,
    running: Semaphore,
    waiting: AtomicUsize,
    /// Instances that wait for their next event, the longest idle one first.
    idle: Mutex<VecDeque<Idle>>,
}

struct Idle {
    /// Whose events it serves; none where that is any of the tenant's.
    owner: Option<ClientId>,
    instance: Box<Instance>,
}

/// A place among the instances that run at once.
#[derive(Debug)]
pub struct Place<'a> {
    _permit: SemaphorePermit<'a>,
}

/// An instance that works on an event, in its place.
pub struct Entered<'a> {
    /// The instance.
    pub instance: Box<Instance>,
    owner: Option<ClientId>,
    _place: Place<'a>,
}

impl Sandbox {
    /// Links `component`.
    ///
    /// # Errors
    /// When it does not fit the contract.
    pub fn new(
        engine: &Engine,
        component: &Component,
        isolation: Isolation,
        reuse: Reuse,
        limits: Arc<Limits>,
        log: LogSource,
        keyvalue: Keyvalue,
    ) -> Result<Self, LinkError> {
        let exports = linker::link(engine, component)?;
        Ok(Self {
            engine: engine.clone(),
            isolation,
            reuse,
            spare: thread::available_parallelism().map_or(1, NonZero::get),
            running: Semaphore::new(limits.instances),
            waiting: AtomicUsize::new(0),
            idle: Mutex::default(),
            common: Arc::new(Common::new(exports, limits, log, keyvalue)),
        })
    }

    /// How the component serves HTTP requests.
    pub fn http(&self) -> HttpKind {
        self.common.exports.http_kind()
    }

    /// Asks the component for its manifests, in an instance of its own.
    ///
    /// # Errors
    /// The fault that it ended in; the CPU, wall and memory limits of an event apply.
    pub async fn describe(&self) -> Result<(Manifest, Option<HttpManifest>), Fault> {
        let describe = pin!(async {
            let mut instance = self.instantiate().await?;
            let manifest = instance.describe().await?;
            let http = match self.http() {
                HttpKind::Controller => Some(instance.describe_http().await?),
                HttpKind::None | HttpKind::IncomingHandler => None,
            };
            Ok((manifest, http))
        });
        within(self.common.limits.wall, describe).await
    }

    /// Waits for a place, in turn.
    ///
    /// # Errors
    /// [`Busy`] where too many wait.
    pub async fn place(&self) -> Result<Place<'_>, Busy> {
        match self.running.try_acquire() {
            Ok(permit) => Ok(Place { _permit: permit }),
            // On the heap, so that those who need not wait do not carry what it takes.
            Err(_) => Box::pin(self.turn()).await,
        }
    }

    async fn turn(&self) -> Result<Place<'_>, Busy> {
        let limits = &self.common.limits;
        let _turn = Turn::new(&self.waiting, limits.waiting)?;
        let acquire = self.running.acquire();
        match tokio::time::timeout(limits.wall, acquire).await {
            Ok(Ok(permit)) => Ok(Place { _permit: permit }),
            Ok(Err(_)) | Err(_) => Err(Busy),
        }
    }

    /// Gets an instance for `event`. The caller bounds the time: a guest's start function may wait.
    ///
    /// # Errors
    /// The fault of an instantiation.
    pub async fn enter<'a>(
        &self,
        place: Place<'a>,
        event: Box<EventCtx>,
    ) -> Result<Entered<'a>, Fault> {
        let owner = match self.isolation {
            Isolation::Socket => Some(event.client.id()),
            Isolation::Event | Isolation::Tenant => None,
        };
        let mut instance = match self.reusable(owner) {
            Some(instance) => instance,
            // A guest starts before it learns of its event.
            // On the heap: where instances are used again, few events have to make one.
            None => Box::pin(self.instantiate()).await?,
        };
        instance.begin(event);
        Ok(Entered {
            instance,
            owner,
            _place: place,
        })
    }

    /// Ends the event. Keeps the instance for a later one where the isolation allows that. Gives what the guest wants to
    /// happen to its client.
    pub fn leave(&self, entered: Entered<'_>) -> Option<Disconnect> {
        let Entered {
            mut instance,
            owner,
            _place: place,
        } = entered;
        let disconnect = instance.end().and_then(|event| event.disconnect);
        if self.is_reusable(&mut instance) {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            idle.push_back(Idle { owner, instance });
        } else {
            drop(instance);
        }
        // Free only now that there is room for another instance.
        drop(place);
        disconnect
    }

    /// Drops the instance that served a client who has gone.
    pub fn forget(&self, owner: ClientId) {
        if self.isolation == Isolation::Socket {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            let retired = take(&mut idle, Some(owner));
            drop(idle);
            // Dropped when the lock is free.
            drop(retired);
        }
    }

    async fn instantiate(&self) -> Result<Box<Instance>, Fault> {
        tracing::debug!(tenant = self.common.tenant(), "an instance is made");
        let made = Box::pin(Instance::new(&self.engine, self.common.clone())).await?;
        let mut instance = Box::new(made);
        if self.isolation == Isolation::Event {
            instance.save()?;
        }
        Ok(instance)
    }

    fn is_reusable(&self, instance: &mut Instance) -> bool {
        !instance.faulted
            && instance.events < self.reuse.events
            && self.is_young(instance)
            && (self.isolation != Isolation::Event || (self.has_room() && instance.restore()))
    }

    /// Whether one more idle instance is of use.
    fn has_room(&self) -> bool {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.len() < self.spare
    }

    /// An instance that may serve another event, if there is one. Whether or not, there is room for it afterwards.
    fn reusable(&self, owner: Option<ClientId>) -> Option<Box<Instance>> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let found = take(&mut idle, owner);
        let is_full = self.is_full(idle.len());
        drop(idle);
        if is_full {
            self.make_room();
        }
        found.filter(|instance| self.is_young(instance))
    }

    fn is_young(&self, instance: &Instance) -> bool {
        self.engine.time().saturating_sub(instance.born) < self.reuse.age
    }

    /// Whether there are too many instances, or too large ones, for one more.
    fn is_full(&self, idle: usize) -> bool {
        let Limits {
            instances,
            memory,
            total_memory,
            ..
        } = *self.common.limits;
        let running = instances - self.running.available_permits();
        idle + running > instances
            || self.common.memory.used() + memory.min(total_memory) > total_memory
    }

    /// Retires idle instances, the longest idle one first, until there is room for one more instance and its memory.
    fn make_room(&self) {
        loop {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            let retired = match self.is_full(idle.len()) {
                true => idle.pop_front(),
                false => None,
            };
            drop(idle);
            // Gives its memory back, after the lock is free.
            if retired.is_none() {
                return;
            }
        }
    }
}

/// The most recently used instance of `owner`: its pages are the warmest.
fn take(idle: &mut VecDeque<Idle>, owner: Option<ClientId>) -> Option<Box<Instance>> {
    let index = idle.iter().rposition(|idle| idle.owner == owner)?;
    Some(idle.remove(index)?.instance)
}

/// One of those who wait for a place.
struct Turn<'a>(&'a AtomicUsize);

impl<'a> Turn<'a> {
    fn new(waiting: &'a AtomicUsize, limit: usize) -> Result<Self, Busy> {
        if waiting.fetch_add(1, Ordering::Relaxed) >= limit {
            waiting.fetch_sub(1, Ordering::Relaxed);
            return Err(Busy);
        }
        Ok(Self(waiting))
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
