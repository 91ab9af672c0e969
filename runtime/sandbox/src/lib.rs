//! Runs a component's functions, each event in an instance that it cannot get out of.
//!
//! `dispatch` decides which functions run and in what order; `response` decides what the client sees. Nothing here
//! knows about Socket.IO: a guest reaches its client through `host`.
//!
//! # Invariants
//! - A store serves one tenant. With `isolation = "event"` nothing that an event has left in it reaches another one.
//! - A guest's trap is a value, [`Fault`], never a panic; a store that trapped is dropped.
//! - The CPU budget is armed before instantiation, because start functions run then, and again for every event.
//!
//! Start at [`Sandbox::enter`]; the budgets are in [`limits`].

pub mod bindings;
mod compile;
mod deadline;
mod engine;
mod epoch;
mod exports;
mod fault;
pub mod host;
mod incoming_handler;
mod instance;
pub mod limits;
mod linker;
mod pages;
pub mod payload;
mod permits;
mod pool;
mod resources;
mod snapshot;
mod store;
#[cfg(test)]
mod testing;

pub use bindings::exports::stockade::handler::controller::{
    HookName, HookOutcome, Manifest, NameMatching, Namespace, Requirement, Route, Step,
};
pub use bindings::http_controller::{
    HookOutcome as HttpHookOutcome, Manifest as HttpManifest, Request as HttpRequest,
    Response as HttpResponse, Route as HttpRoute,
};
pub use bindings::stockade::handler::types::{Error as CallError, Payload, Response, Thrown};
pub use deadline::within;

pub use compile::{
    COMPILE_COMMAND, Code, CompileError, MAX_COMPONENT, compile, compile_child, compile_own,
    keep_inherited_files,
};
pub use engine::{AddressSpace, Engine, EngineError};
pub use exports::HttpKind;
pub use fault::{Cause, Fault, FaultKind};
pub use host::StoreCtx;
pub use instance::{Called, Instance};
pub use linker::{LinkError, imports};
pub use permits::Saturated;
pub use pool::{Description, Isolation, Lease, Permit, Pool, Reuse, Sandbox};
pub use stockade_instrument::NotRestorable;
