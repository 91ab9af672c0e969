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
//! # HTTP
//!
//! Requests that are not Socket.IO's go to an HTTP controller, through the same pipeline:
//!
//! ```
//! use stockade_sdk::prelude::*;
//!
//! struct Sockets;
//!
//! #[controller]
//! impl Sockets {}
//!
//! struct Users;
//!
//! #[http_controller]
//! #[session(optional)]
//! impl Users {
//!     #[post("/users")]
//!     #[user_required]
//!     fn create(ctx: &HttpContext, name: String) -> Result<HttpResponse> {
//!         ctx.server().emit("refresh users", ())?;
//!         HttpResponse::created(name)
//!     }
//!
//!     #[get("/users/:id")]
//!     fn show(ctx: &HttpContext) -> Result<HttpResponse> {
//!         let id: u32 = ctx.param("id")?;
//!         HttpResponse::ok(id)
//!     }
//! }
//!
//! stockade_sdk::serve! { Sockets, http = Users }
//! ```
//!
//! # From FoalTS
//!
//! | FoalTS | Stockade |
//! | --- | --- |
//! | `class C extends SocketIOController` | `#[controller] impl C`, [`serve!(C)`](serve!) |
//! | `@EventName('create')` | [`#[event("create")]`](macro@event) |
//! | `@ValidatePayload(schema)` | [`#[validate]`](macro@validate), `#[validate(schema = r#"…"#)]`, `#[validate(file = "…")]` |
//! | `@WebsocketHook((ctx, services) => …)` | [`#[hook(f)]`](macro@hook) with `fn f(ctx: &Context) -> Result<HookOutcome>` |
//! | `return new WebsocketErrorResponse(…)` in a hook | [`HookOutcome::answer(Response::error(…))`](Outcome::answer) |
//! | `return response => { … }` in a hook | [`HookOutcome::post_hook(\|ctx, response\| …)`](Outcome::post_hook) |
//! | `MergeWebsocketHooks(a, b)` | a tuple: `#[hook((a, b))]`, or `fn both() -> impl Hook { (a, b) }` |
//! | `subControllers = [wsController('users ', C)]` | [`#[sub_controller("users ", C)]`](macro@sub_controller) |
//! | `new WebsocketResponse(data)` | [`Response::ok(data)`](Response::ok), without data `Response::ok(())` |
//! | `new WebsocketErrorResponse(error)` | [`Response::error(error)`](Response::error) |
//! | `ctx.eventName`, `ctx.payload` | [`ctx.event_name()`](Context::event_name), the handler's second argument |
//! | Socket.IO's `socket.on('e', (a, b) => …)` | a handler that takes [`Args((a, b)): Args<(A, B)>`](Args), or [`ctx.args::<(A, B)>()`](Context::args) |
//! | Socket.IO's `callback(a, b)` | [`Response::raw(Args((a, b)))`](Response::raw) |
//! | Socket.IO's `socket.onAny`, for events without a handler | [`#[event(any)]`](macro@event) |
//! | Socket.IO's `io.of(/^\/room-\d+$/)` | [`serve! { "/room-:id" => Room }`](serve!), [`ctx.param("id")?`](Context::param) |
//! | Socket.IO's `io.fetchSockets()` | [`ctx.server().fetch_sockets()?`](Server::fetch_sockets) |
//! | `ctx.state`, `ctx.user` | [`ctx.state(key)`](Current::state), [`ctx.user()`](Current::user) |
//! | `ctx.socket.broadcast.emit('e')` | `ctx.socket().broadcast().emit("e", ())?` |
//! | `ctx.socket.to('room').emit('e', a)` | `ctx.socket().to("room").emit("e", a)?` |
//! | `ctx.socket.emit('e', a, b)` | `ctx.socket().emit("e", Args((a, b)))?` |
//! | `wsServer.io.emit('e')` | [`server()`]`.emit("e", ())?`, or from the context: [`ctx.server()`](Current::server) |
//! | `throw new PermissionDenied()` | `Err(PermissionDenied)?`, any `std::error::Error` |
//! | `handleError(error, ctx)` | [`#[handle_error]`](macro@handle_error) |
//! | `error instanceof PermissionDenied` | [`error.is::<PermissionDenied>()`](Error::is) |
//! | `renderWebsocketError(error, ctx)`, `renderError(error, ctx)` | [`render_error(error, ctx)`](render_error), or `Err(error)` |
//! | `onConnection(ctx)` | [`#[on_connection]`](macro@on_connection); also [`#[on_disconnection]`](macro@on_disconnection) |
//! | `error.data` for `connect_error` | [`Error::new("…").with_data(data)`](Error::with_data) |
//! | `options = { connectTimeout: 60000 }` | [`#[options]`](macro@options)` fn options() -> `[`ServerOptions`] |
//! | `class C` with `@Get`, `@Post`, … | [`#[http_controller]`](macro@http_controller)` impl C` with [`#[get("/users")]`](macro@get), [`#[post("/users")]`](macro@post), … |
//! | `controller('/admin', C)` | [`#[sub_controller("/admin", C)]`](macro@sub_controller) |
//! | `Context`, `ctx.request.body` | [`HttpContext`], the handler's second argument |
//! | `ctx.request.params.id`, `.query.q` | [`ctx.param("id")?`](HttpContext::param), [`ctx.query("q")?`](HttpContext::query) |
//! | `ctx.request.get('Host')`, `.cookies` | [`ctx.request().header("host")`](HttpRequest::header), [`.cookie("name")`](HttpRequest::cookie) |
//! | `@ValidateBody(schema)` | [`#[validate]`](macro@validate) |
//! | `@Hook(…)`, `MergeHooks(a, b)` | [`#[hook(f)]`](macro@hook) with `fn f(ctx: &HttpContext) -> Result<HttpHookOutcome>`, `#[hook((a, b))]` |
//! | `new HttpResponseOK(body)`, `HttpResponseCreated`, … | [`HttpResponse::ok(body)`](HttpResponse::ok), [`created`](HttpResponse::created), [`no_content`](HttpResponse::no_content), [`not_found`](HttpResponse::not_found), … |
//! | `response.setHeader(…)`, `setCookie(…)` | [`.header(…)`](HttpResponse::header), [`.cookie(…)`](HttpResponse::cookie) |
//! | `@JWTRequired()`, `@JWTOptional()` | [`#[jwt]`](macro@jwt), `#[jwt(optional)]` |
//! | `@UseSessions({ required: true })`, `@UseSessions()` | [`#[session]`](macro@session), `#[session(optional)]` |
//! | `@UserRequired()` | [`#[user_required]`](macro@user_required) |
//! | `ctx.session = await createSession(store)` | [`ctx.create_session()?`](Current::create_session) |
//! | `ctx.session.get('key')`, `.set('key', value)` | [`session.get("key")?`](Session::get), [`session.set("key", &value)?`](Session::set) of [`ctx.session()?`](Current::session) |
//! | `ctx.session.setUser(user)` | [`session.set_user(&user)?`](Session::set_user) |
//! | `ctx.session.getToken()`, `.regenerateID()`, `.destroy()` | [`session.id()`](Session::id), [`regenerate_id()?`](Session::regenerate_id), [`destroy()?`](Session::destroy) |
//! | `product.save()` | [`store::open("products")?.set(id, &product)?`](store::Bucket::set) |
//! | `new WebsocketContext(eventName, payload, socket)` | `Context::with_socket(event_name, payload, &socket)` |
//! | `new Context({ … })` | `HttpContext::new(HttpRequest::post("/users", body))` |
//! | `Buffer` | [`Binary`], anywhere in a payload; [`Json`] for any value with binary data in it |
//! | `ctx.socket.emit('e', ctx.payload)` | [`Payload`], which is passed on as it came |
//!
//! # Payloads that a handler cannot read
//!
//! A payload, or the body of a request, that is not of the handler's type is the client's fault. The client is answered
//! as if a schema had refused it: `VALIDATION_PAYLOAD_ERROR`, over HTTP status 400 with `{"body":[…]}`. The list has one
//! error, whose `instancePath` says where and whose `message` is serde's. A `#[handle_error]` gets it first, as a
//! [`PayloadError`]. With [`#[validate]`](macro@validate) the host refuses such payloads before a sandbox exists, and
//! tells all that is wrong.
//!
//! # What is different
//!
//! - Controllers keep nothing: their handlers are functions without `self`. By default each event has an instance of its
//!   own, gone afterwards; where the operator lets events share one, nothing may be left in it either. What has to last
//!   belongs to the socket ([`set_data`](Socket::set_data), [`set_user`](Current::set_user)), into a [session](Session) or a
//!   [store].
//! - Handlers are synchronous. A call that waits, such as [`emit_with_ack`](Socket::emit_with_ack), suspends this event
//!   alone.
//! - A client's events run one at a time and in order. One that waits for the client itself, which has to send other events
//!   first, is marked `concurrent`: [`#[event("e", concurrent)]`](macro@event).
//! - A panic ends the event: the client reads the internal error, no post-hook runs. Throw instead, with `?` or [`bail!`].
//!
//! # Features
//!
//! - `log`: records of the [`log`](https://docs.rs/log) crate go to the host's log. Every event then sets a logger, in
//!   any other component as well that cargo builds in the same run.
//!
//! [Stockade]: https://crates.io/crates/stockade

extern crate self as stockade_sdk;

/// Its code compiles.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/socketio.md")]
struct FromPlainSocketIo;

#[cfg(all(feature = "allocator", target_family = "wasm"))]
mod allocator;
#[cfg(target_family = "wasm")]
mod answers;
mod arguments;
mod binary;
#[cfg(target_family = "wasm")]
#[doc(hidden)]
pub mod bindings;
mod broadcast;
mod component;
mod context;
mod controller;
mod current;
mod error;
mod exchange;
#[cfg(target_family = "wasm")]
mod exports;
mod handshake;
mod hook;
mod host;
mod host_error;
mod http;
mod json;
#[cfg(all(feature = "log", target_family = "wasm"))]
mod logger;
pub mod manifest;
mod options;
mod payload;
mod payload_error;
mod placeholder;
mod post_hooks;
pub mod prelude;
mod remote_socket;
mod response;
mod rooms;
mod serve;
mod server;
mod session;
mod socket;
pub mod store;
mod target;
#[cfg(not(target_family = "wasm"))]
pub mod testing;
mod thrown;
pub mod time;
#[cfg(target_family = "wasm")]
mod wasi;

pub use arguments::{Args, FromArguments, IntoArguments};
pub use binary::Binary;
pub use broadcast::Broadcast;
pub use component::{Component, HttpComponent};
pub use context::Context;
pub use controller::Controller;
pub use current::Current;
pub use error::{Error, Result, render_error};
pub use exchange::Exchange;
pub use handshake::Handshake;
pub use hook::{Hook, HookOutcome, HttpHookOutcome, IntoHookOutcome, Outcome, PostHook};
pub use host_error::HostError;
pub use http::{BadRequest, Cookie, FromBody, HttpContext, HttpRequest, HttpResponse, SameSite};
pub use json::Json;
pub use manifest::Manifest;
pub use options::{
    AffinityCookie, ConnectionStateRecovery, CookiePriority, Cors, CorsOrigin, Parser,
    ServerOptions, Switch, Transport,
};
pub use payload::{FromPayload, Payload};
pub use payload_error::PayloadError;
pub use remote_socket::{FetchedSockets, RemoteSocket};
pub use response::{IntoResponse, Response};
pub use rooms::IntoRooms;
pub use server::{Server, server};
pub use session::Session;
pub use socket::Socket;
pub use stockade_sdk_macros::{
    controller, delete, event, get, handle_error, head, hook, http_controller, jwt, on_connection,
    on_disconnection, options, patch, post, put, session, sub_controller, user_required, validate,
};

/// What the macros expand to. Not for use by hand.
#[doc(hidden)]
pub mod __private {
    pub use crate::component::{serves, serves_http};
    pub use crate::controller::{Controllers, IntoDone, is_outermost};
    pub use crate::manifest::{NameMatching, Requirement, Routes, Step};

    #[cfg(target_family = "wasm")]
    pub use crate::answers::{answer, realloc};
    #[cfg(target_family = "wasm")]
    pub use crate::bindings;
    #[cfg(target_family = "wasm")]
    pub use crate::bindings::__export as export;
    #[cfg(target_family = "wasm")]
    pub use crate::bindings::http::__export_http as export_http;
    #[cfg(target_family = "wasm")]
    pub use crate::exports::Exports;

    /// What `#[options]` returns.
    pub fn options(options: crate::ServerOptions) -> crate::ServerOptions {
        options
    }
}
