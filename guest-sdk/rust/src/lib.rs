//! Write Socket.IO event handlers in Rust and let [Stockade] run each event in a sandbox of its own.

extern crate self as stockade_sdk;

mod arguments;
mod binary;
#[cfg(target_family = "wasm")]
#[doc(hidden)]
pub mod bindings;
mod broadcast;
mod component;
mod context;
mod controller;
mod error;
#[cfg(target_family = "wasm")]
mod exports;
mod handshake;
mod hook;
mod host;
mod host_error;
#[cfg(all(feature = "log", target_family = "wasm"))]
mod logger;
pub mod manifest;
mod payload;
mod post_hooks;
pub mod prelude;
mod response;
mod rooms;
mod serve;
mod server;
mod socket;
mod target;
#[cfg(not(target_family = "wasm"))]
pub mod testing;
mod thrown;

pub use arguments::{Args, FromArguments, IntoArguments};
pub use binary::Binary;
pub use broadcast::Broadcast;
pub use component::Component;
pub use context::Context;
pub use controller::Controller;
pub use error::{Error, Result, render_error};
pub use handshake::Handshake;
pub use hook::{Hook, HookOutcome, IntoHookOutcome, PostHook};
pub use host_error::HostError;
pub use manifest::Manifest;
pub use payload::{FromPayload, Payload};
pub use response::{IntoResponse, Response};
pub use rooms::IntoRooms;
pub use server::{Server, server};
pub use socket::Socket;
pub use stockade_sdk_macros::{
    controller, event, handle_error, hook, on_connection, on_disconnection, sub_controller, validate,
};

/// What the macros expand to. Not for use by hand.
#[doc(hidden)]
pub mod __private {
    pub use crate::controller::{Controllers, IntoDone, serves_a_namespace};
    pub use crate::manifest::Routes;

    #[cfg(target_family = "wasm")]
    pub use crate::bindings;
    #[cfg(target_family = "wasm")]
    pub use crate::bindings::__export as export;
    #[cfg(target_family = "wasm")]
    pub use crate::exports::Exports;

    /// The error of an id that the controller does not have.
    pub fn unknown<T>() -> crate::Result<T> {
        Err(crate::Error::new("the component has no such handler or hook"))
    }

    /// Runs one step of the hook that an attribute names.
    pub fn run_hook(hook: impl crate::Hook, step: u8, ctx: &crate::Context) -> crate::Result<crate::HookOutcome> {
        hook.run(step, ctx)
    }
}
