//! Who gets an instance, a new one or one that has served before, and who has to wait.

use std::{collections::VecDeque, num::NonZero, pin::pin, sync::Arc, thread, time::Duration};

use parking_lot::MutexGuard;

use super::{
    Code, Engine, Fault, HttpKind, HttpManifest, Instance, LinkError, Manifest, Saturated,
    deadline::within,
    exports::Exports,
    limits::Limits,
    linker,
    permits::{self, ComponentId, Idle, Permits},
};
use crate::host::{ClientId, Common, Disconnect, EventCtx, TenantCtx};
use stockade_instrument::NotRestorable;

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

/// The instances of one tenant, which its components share: memory and permits are the tenant's, whatever it runs.
pub struct Pool {
    common: Arc<Common>,
    permits: Permits,
}

/// Runs one component for one tenant.
pub struct Sandbox {
    id: ComponentId,
    engine: Engine,
    exports: Arc<Exports>,
    pool: Arc<Pool>,
    isolation: Isolation,
    reuse: Reuse,
    /// Idle instances to keep at most.
    spare: usize,
}

/// A permit among the instances that run at once, for an event of one client.
pub struct Permit<'a> {
    /// An instance that was idle, if there was one for this client.
    instance: Option<Box<Instance>>,
    owner: Option<ClientId>,
    permit: permits::Permit<'a>,
}

/// What a component says of itself, and what its first instance has shown.
pub struct Description {
    /// Its events.
    pub manifest: Manifest,
    /// Its requests, if it serves any.
    pub http: Option<HttpManifest>,
    /// Why the instance could not be restored, where events get fresh ones and this one could not.
    pub obstacle: Option<NotRestorable>,
}

/// An instance that works on an event, in its permit.
pub struct Lease<'a> {
    /// The instance. Dropped before its permit is free, so that there is room for another one then.
    pub instance: Box<Instance>,
    owner: Option<ClientId>,
    permit: permits::Permit<'a>,
}

impl Pool {
    /// A pool without instances, for the components of `tenant`.
    pub fn new(tenant: TenantCtx) -> Arc<Self> {
        Arc::new(Self {
            permits: Permits::new(tenant.limits.instances, tenant.limits.waiting),
            common: Arc::new(Common::new(tenant)),
        })
    }
}

impl Sandbox {
    /// Links a component, whose instances come from `pool`.
    ///
    /// # Errors
    /// When it does not fit the contract.
    pub fn new(
        engine: &Engine,
        code: &Code,
        isolation: Isolation,
        reuse: Reuse,
        pool: Arc<Pool>,
    ) -> Result<Self, LinkError> {
        let exports = Arc::new(linker::link(engine, code)?);
        Ok(Self {
            engine: engine.clone(),
            isolation,
            reuse,
            spare: match isolation {
                // Any of them will do for any event, and no more than so many run at a time.
                Isolation::Event => thread::available_parallelism().map_or(1, NonZero::get),
                Isolation::Socket | Isolation::Tenant => usize::MAX,
            },
            id: ComponentId::next(),
            exports,
            pool,
        })
    }

    /// How the component serves HTTP requests.
    pub fn http(&self) -> HttpKind {
        self.exports.http_kind()
    }

    /// Asks the component for its manifests, in an instance of its own.
    ///
    /// # Errors
    /// The fault that it ended in; the CPU, wall and memory limits of an event apply.
    pub async fn describe(&self) -> Result<Description, Fault> {
        let describe = pin!(async {
            let mut instance = self.instantiate().await?;
            let manifest = instance.describe().await?;
            let http = match self.http() {
                HttpKind::Controller => Some(instance.describe_http().await?),
                HttpKind::None | HttpKind::IncomingHandler => None,
            };
            Ok(Description {
                manifest,
                http,
                obstacle: instance.obstacle(),
            })
        });
        within(self.pool.common.limits().wall, describe).await
    }

    /// A permit for an event of `client`, in turn.
    ///
    /// # Errors
    /// [`Saturated`] where too many wait.
    pub async fn permit(&self, client: ClientId) -> Result<Permit<'_>, Saturated> {
        let owner = (self.isolation == Isolation::Socket).then_some(client);
        if let Some(permit) = self.free_place(owner) {
            return Ok(permit);
        }
        // On the heap, so that those who need not wait do not carry what it takes.
        let permit = Box::pin(self.pool.permits.turn(self.pool.common.limits().wall)).await?;
        Ok(self.with_instance(permit, owner, self.pool.permits.lock()))
    }

    fn free_place(&self, owner: Option<ClientId>) -> Option<Permit<'_>> {
        let mut state = self.pool.permits.lock();
        let permit = self.pool.permits.take(&mut state)?;
        Some(self.with_instance(permit, owner, state))
    }

    /// Takes an instance that may serve another event, if there is one. Whether or not, there is room for it afterwards.
    fn with_instance<'a>(
        &self,
        permit: permits::Permit<'a>,
        owner: Option<ClientId>,
        mut state: MutexGuard<'_, permits::State>,
    ) -> Permit<'a> {
        let found = take(&mut state.idle, self.id, owner);
        let is_full = self.is_full(&state);
        drop(state);
        if is_full {
            self.make_room();
        }
        Permit {
            instance: found.filter(|instance| self.is_young(instance)),
            owner,
            permit,
        }
    }

    /// Gets an instance for `event`. The caller bounds the time: a guest's start function may wait.
    ///
    /// # Errors
    /// The fault of an instantiation.
    pub async fn enter<'a>(
        &self,
        permit: Permit<'a>,
        event: Box<EventCtx>,
    ) -> Result<Lease<'a>, Fault> {
        let mut instance = match permit.instance {
            Some(instance) => instance,
            // A guest starts before it learns of its event. On the heap: few events have to make an instance.
            None => Box::pin(self.instantiate()).await?,
        };
        instance.begin(event);
        Ok(Lease {
            instance,
            owner: permit.owner,
            permit: permit.permit,
        })
    }

    /// Ends the event. Keeps the instance for a later one where the isolation allows that. Gives what the guest wants to
    /// happen to its client.
    pub fn leave(&self, lease: Lease<'_>) -> Option<Disconnect> {
        let Lease {
            mut instance,
            owner,
            permit,
        } = lease;
        let disconnect = instance.end().and_then(|event| event.disconnect);
        if self.is_reusable(&mut instance) {
            // What is too much is dropped where no lock is held.
            drop(permit.give_back_with(
                Idle {
                    component: self.id,
                    owner,
                    instance,
                },
                self.spare,
            ));
        } else {
            drop(instance);
            drop(permit);
        }
        disconnect
    }

    /// Drops the instances that served a client who has gone: more than one, where its events ran at the same time.
    pub fn forget(&self, owner: ClientId) {
        if self.isolation == Isolation::Socket {
            loop {
                let retired = take(&mut self.pool.permits.lock().idle, self.id, Some(owner));
                // Dropped when the lock is free.
                if retired.is_none() {
                    return;
                }
            }
        }
    }

    async fn instantiate(&self) -> Result<Box<Instance>, Fault> {
        tracing::debug!(
            tenant = self.pool.common.tenant.log.tenant(),
            "an instance is made"
        );
        let made = Box::pin(Instance::new(
            &self.engine,
            self.exports.clone(),
            self.pool.common.clone(),
        ))
        .await?;
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
            && (self.isolation != Isolation::Event || instance.restore())
    }

    fn is_young(&self, instance: &Instance) -> bool {
        self.engine.time().saturating_sub(instance.born) < self.reuse.age
    }

    /// Whether there are too many instances, or too large ones, for one more.
    fn is_full(&self, state: &permits::State) -> bool {
        let Limits {
            instances,
            memory,
            total_memory,
            ..
        } = *self.pool.common.limits();
        state.idle.len() + state.taken > instances
            || self.pool.common.memory.used() + memory.min(total_memory) > total_memory
    }

    /// Retires idle instances, the longest idle one first, until there is room for one more instance and its memory.
    fn make_room(&self) {
        loop {
            let mut state = self.pool.permits.lock();
            let retired = match self.is_full(&state) {
                true => state.idle.pop_front(),
                false => None,
            };
            drop(state);
            // Gives its memory back, after the lock is free.
            if retired.is_none() {
                return;
            }
        }
    }
}

/// A component that is replaced leaves no idle instances behind.
impl Drop for Sandbox {
    fn drop(&mut self) {
        let mut state = self.pool.permits.lock();
        let (own, others) = state
            .idle
            .drain(..)
            .partition(|idle| idle.component == self.id);
        state.idle = others;
        drop(state);
        // Dropped when the lock is free.
        drop::<VecDeque<_>>(own);
    }
}

/// The most recently used instance of `owner`: its pages are the warmest.
fn take(
    idle: &mut VecDeque<Idle>,
    component: ComponentId,
    owner: Option<ClientId>,
) -> Option<Box<Instance>> {
    let fits = |idle: &Idle| idle.component == component && idle.owner == owner;
    let index = idle.iter().rposition(fits)?;
    Some(idle.remove(index)?.instance)
}
