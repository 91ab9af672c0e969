//! Write Socket.IO event handlers in Rust; [Stockade] runs each event in a sandbox of its own.
//!
//! ```
//! use schemars::JsonSchema;
//! use serde::{Deserialize, Serialize};
//! use stockade_sdk::prelude::*;
//!
//! #[derive(Serialize, Deserialize, JsonSchema)]
//! struct NewProduct {
//!     name: String,
//! }
//!
//! struct Products;
//!
//! #[controller]
//! impl Products {
//!     #[event("create product")]
//!     #[validate] // with the schema of NewProduct
//!     fn create(ctx: &Context, product: NewProduct) -> Result<Response> {
//!         ctx.socket().broadcast().emit("refresh products", ())?;
//!         Response::ok(product)
//!     }
//! }
//!
//! stockade_sdk::serve!(Products);
//! ```
//!
//! The crate is a library with `crate-type = ["cdylib", "rlib"]`: `cdylib` for the component, `rlib` for its tests.
//! `cargo build --release --target wasm32-wasip2` makes the component, `cargo test` runs unit tests on your own machine,
//! without server and without wasm: see `stockade_sdk::testing`.
//!
//! # From FoalTS
//!
//! | FoalTS | Stockade |
//! | --- | --- |
//! | `class C extends SocketIOController` | `#[controller] impl C`, [`serve!(C)`](serve!) |
//! | `@EventName('create')` | [`#[event("create")]`](macro@event) |
//! | `@ValidatePayload(schema)` | [`#[validate]`](macro@validate), `#[validate(schema = r#"…"#)]`, `#[validate(file = "…")]` |
//! | `@WebsocketHook((ctx, services) => …)` | [`#[hook(f)]`](macro@hook) with `fn f(ctx: &Context) -> Result<HookOutcome>` |
//! | `return new WebsocketErrorResponse(…)` in a hook | [`HookOutcome::answer(Response::error(…))`](HookOutcome::answer) |
//! | `return response => { … }` in a hook | [`HookOutcome::post_hook(\|ctx, response\| …)`](HookOutcome::post_hook) |
//! | `MergeWebsocketHooks(a, b)` | a tuple: `#[hook((a, b))]`, or `fn both() -> impl Hook { (a, b) }` |
//! | `subControllers = [wsController('users ', C)]` | [`#[sub_controller("users ", C)]`](macro@sub_controller) |
//! | `new WebsocketResponse(data)` | [`Response::ok(data)`](Response::ok), without data `Response::ok(())` |
//! | `new WebsocketErrorResponse(error)` | [`Response::error(error)`](Response::error) |
//! | `ctx.eventName`, `ctx.payload` | [`ctx.event_name()`](Context::event_name), the handler's second argument |
//! | `ctx.state`, `ctx.user` | [`ctx.state(key)`](Context::state), [`ctx.user()`](Context::user) |
//! | `ctx.socket.broadcast.emit('e')` | `ctx.socket().broadcast().emit("e", ())?` |
//! | `ctx.socket.to('room').emit('e', a)` | `ctx.socket().to("room").emit("e", a)?` |
//! | `ctx.socket.emit('e', a, b)` | `ctx.socket().emit("e", Args((a, b)))?` |
//! | `wsServer.io.emit('e')` | [`server()`]`.emit("e", ())?`, or from the context: [`ctx.server()`](Context::server) |
//! | `throw new PermissionDenied()` | `Err(PermissionDenied)?`, any `std::error::Error` |
//! | `handleError(error, ctx)` | [`#[handle_error]`](macro@handle_error) |
//! | `error instanceof PermissionDenied` | [`error.is::<PermissionDenied>()`](Error::is) |
//! | `renderWebsocketError(error, ctx)` | [`render_error(error, ctx)`](render_error), or `Err(error)` |
//! | `onConnection(ctx)` | [`#[on_connection]`](macro@on_connection); also [`#[on_disconnection]`](macro@on_disconnection) |
//! | `new WebsocketContext(eventName, payload, socket)` | `Context::with_socket(event_name, payload, &socket)` |
//! | `Buffer` | [`Binary`], anywhere in a payload |
//!
//! # What is different
//!
//! - Controllers keep nothing: their handlers are functions without `self`. By default each event has an instance of its
//!   own, gone afterwards; where the operator lets events share one, nothing may be left in it either. What has to last
//!   belongs to the socket ([`set_data`](Socket::set_data), [`set_user`](Context::set_user)) or into a store.
//! - Handlers are synchronous. A call that waits, such as [`emit_with_ack`](Socket::emit_with_ack), suspends this event
//!   alone.
//! - A panic ends the event: the client reads the internal error, no post-hook runs. Throw instead, with `?` or [`bail!`].
//!
//! # Features
//!
//! - `log`: records of the [`log`](https://docs.rs/log) crate go to the host's log. Every event then sets a logger, and the component
//!   imports `wasi:logging`, as does any other that cargo builds in the same run.
//!
//! [Stockade]: https://crates.io/crates/stockade

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
    controller, event, handle_error, hook, on_connection, on_disconnection, sub_controller,
    validate,
};

/// What the macros expand to. Not for use by hand.
#[doc(hidden)]
pub mod __private {
    pub use crate::component::serves;
    pub use crate::controller::{Controllers, IntoDone, serves_a_namespace};
    pub use crate::manifest::Routes;

    #[cfg(target_family = "wasm")]
    pub use crate::bindings;
    #[cfg(target_family = "wasm")]
    pub use crate::bindings::__export as export;
    #[cfg(target_family = "wasm")]
    pub use crate::exports::Exports;

    /// Runs one step of the hook that an attribute names.
    pub fn run_hook(
        hook: impl crate::Hook,
        step: u8,
        ctx: &crate::Context,
    ) -> crate::Result<crate::HookOutcome> {
        hook.run(step, ctx)
    }
}
