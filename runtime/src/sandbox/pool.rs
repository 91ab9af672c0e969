//! Who gets an instance, a new one or one that has served before, and who has to wait.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wasmtime::component::Component;

use super::{
    Engine, Fault, Instance, LinkError, Manifest,
    bindings::HandlerPre,
    limits::{Limits, TenantMemory},
    linker,
    store::StoreCtx,
};
use crate::host::{EventCtx, GuestLog, Keyvalue, LogSource, SessionId};

/// Who may share an instance's memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Isolation {
    /// Nobody: each event gets a fresh instance.
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
    pre: HandlerPre<StoreCtx>,
    isolation: Isolation,
    reuse: Reuse,
    limits: Arc<Limits>,
    memory: Arc<TenantMemory>,
    log: LogSource,
    keyvalue: Keyvalue,
    running: Arc<Semaphore>,
    waiting: AtomicUsize,
    /// Instances that wait for their next event, the longest idle one first.
    idle: Mutex<VecDeque<Idle>>,
}

struct Idle {
    /// Whose events it serves; none where that is any of the tenant's.
    owner: Option<SessionId>,
    instance: Instance,
}

/// A place among the instances that run at once.
#[derive(Debug)]
pub struct Place {
    _permit: OwnedSemaphorePermit,
}

/// An instance that works on an event, in its place.
pub struct Entered {
    /// The instance.
    pub instance: Instance,
    owner: Option<SessionId>,
    _place: Place,
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
        Ok(Self {
            engine: engine.clone(),
            pre: linker::link(engine, component)?,
            isolation,
            reuse,
            memory: Arc::default(),
            log,
            keyvalue,
            running: Arc::new(Semaphore::new(limits.instances)),
            waiting: AtomicUsize::new(0),
            idle: Mutex::default(),
            limits,
        })
    }

    /// Asks the component for its manifest, in an instance of its own.
    ///
    /// # Errors
    /// The fault that it ended in; the CPU, wall and memory limits of an event apply.
    pub async fn describe(&self) -> Result<Manifest, Fault> {
        let describe = async { self.instantiate().await?.describe().await };
        tokio::time::timeout(self.limits.wall, describe)
            .await
            .unwrap_or_else(|_| Err(Fault::deadline(self.limits.wall)))
    }

    /// Waits for a place, in turn.
    ///
    /// # Errors
    /// [`Busy`] where too many wait.
    pub async fn place(&self) -> Result<Place, Busy> {
        if let Ok(permit) = self.running.clone().try_acquire_owned() {
            return Ok(Place { _permit: permit });
        }
        let _turn = Turn::new(&self.waiting, self.limits.waiting)?;
        let acquire = self.running.clone().acquire_owned();
        match tokio::time::timeout(self.limits.wall, acquire).await {
            Ok(Ok(permit)) => Ok(Place { _permit: permit }),
            Ok(Err(_)) | Err(_) => Err(Busy),
        }
    }

    /// Gets an instance for `event`. The caller bounds the time: a guest's start function may wait.
    ///
    /// # Errors
    /// The fault of an instantiation.
    pub async fn enter(&self, place: Place, event: EventCtx) -> Result<Entered, Fault> {
        let owner = match self.isolation {
            Isolation::Socket => Some(event.session.id()),
            Isolation::Event | Isolation::Tenant => None,
        };
        let reused = match self.isolation {
            Isolation::Event => None,
            Isolation::Socket | Isolation::Tenant => self.take_idle(owner),
        };
        if self.isolation != Isolation::Event {
            self.make_room();
        }
        let mut instance = match reused {
            Some(instance) => instance,
            None => self.instantiate().await?,
        };
        instance.begin(event, &self.limits);
        Ok(Entered {
            instance,
            owner,
            _place: place,
        })
    }

    /// Ends the event. Keeps the instance for a later one where the isolation allows that.
    pub fn leave(&self, mut entered: Entered) -> Option<EventCtx> {
        let event = entered.instance.end();
        let instance = entered.instance;
        let reusable = self.isolation != Isolation::Event
            && !instance.faulted
            && instance.events < self.reuse.events
            && instance.born.elapsed() < self.reuse.age;
        if reusable {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            idle.push_back(Idle {
                owner: entered.owner,
                instance,
            });
        }
        event
    }

    /// Drops the instance that served a client who has gone.
    pub fn forget(&self, owner: SessionId) {
        if self.isolation == Isolation::Socket {
            drop(self.take_idle(Some(owner)));
        }
    }

    async fn instantiate(&self) -> Result<Instance, Fault> {
        let log = GuestLog::new(&self.log, self.limits.log);
        let memory = self.memory.clone();
        let keyvalue = self.keyvalue.clone();
        Instance::new(&self.engine, &self.pre, &self.limits, memory, log, keyvalue).await
    }

    /// The most recently used instance of `owner`: its pages are the warmest.
    fn take_idle(&self, owner: Option<SessionId>) -> Option<Instance> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let index = idle.iter().rposition(|idle| idle.owner == owner)?;
        let idle = idle.remove(index)?;
        (idle.instance.born.elapsed() < self.reuse.age).then_some(idle.instance)
    }

    /// Retires idle instances, the longest idle one first, until there is room for one more instance and its memory.
    fn make_room(&self) {
        let running = self.limits.instances - self.running.available_permits();
        let memory = self.limits.memory.min(self.limits.total_memory);
        loop {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            let too_many = idle.len() + running > self.limits.instances;
            let too_large = self.memory.used() + memory > self.limits.total_memory;
            let retired = match too_many || too_large {
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
