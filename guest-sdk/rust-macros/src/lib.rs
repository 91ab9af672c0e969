//! The attributes of `stockade-sdk`, which re-exports and documents them.
//!
//! They check what the author wrote, point errors at the author's own tokens, and emit an implementation of
//! `stockade_sdk::Controller`. What that means is in the traits of `stockade-sdk`.
//!
//! Start at `controller::expand`.

mod attribute;
mod controller;
mod flavour;
mod hook_name;
mod method;
mod route;
mod schema;
mod span;
mod step;

use proc_macro::TokenStream;

use flavour::Flavour;

/// Makes a controller of an `impl` block.
///
/// Methods marked with [`macro@event`] are its handlers. On the block, below this attribute: [`macro@hook`] and
/// [`macro@validate`] for all its events, [`macro@sub_controller`] for the events of other controllers.
#[proc_macro_attribute]
pub fn controller(arguments: TokenStream, item: TokenStream) -> TokenStream {
    controller::expand(Flavour::Events, arguments.into(), item.into()).into()
}

/// Makes a controller of HTTP requests of an `impl` block; FoalTS's controllers.
///
/// Methods marked with [`macro@get`], [`macro@post`], [`macro@put`], [`macro@patch`], [`macro@delete`], [`macro@head`] or
/// [`macro@options`] are its handlers. All else is as with [`macro@controller`], the context being an `HttpContext` and
/// responses `HttpResponse`s.
#[proc_macro_attribute]
pub fn http_controller(arguments: TokenStream, item: TokenStream) -> TokenStream {
    controller::expand(Flavour::Http, arguments.into(), item.into()).into()
}

/// Marks the handler of an event: `#[event("create product")]`.
///
/// `#[event(any)]` marks the handler of all events that have no other, much like Socket.IO's `socket.onAny`;
/// `ctx.event_name()` returns the name that the client sent. In a sub-controller these are the events with its prefix.
///
/// The method takes nothing, `ctx: &Context`, or `ctx: &Context` and the payload (or `Args`, for several arguments), and
/// returns `Result<Response>`, a `Response`, or nothing.
///
/// A client's events run one at a time: the next one starts when this one has been answered. `#[event("ask", concurrent)]` lets
/// later events start before it is done, for a handler that waits for the client itself (`emit_with_ack`) where the client has
/// to send other events first. They still start in the order in which they were sent; acknowledgements come as they are done. A
/// client has at most 8 of these under way, unless the operator says otherwise.
#[proc_macro_attribute]
pub fn event(arguments: TokenStream, item: TokenStream) -> TokenStream {
    attribute::stray("event", &arguments.into(), item.into()).into()
}

/// Marks the handler of `GET` requests: `#[get("/users/:id")]`; FoalTS's `@Get`.
///
/// It answers `HEAD` requests, too, without the body.
///
/// A segment `:name` of the path matches any one segment, which `ctx.param("name")` reads; `*name` as the last one matches
/// all the rest. Without path it is that of the sub-controller. The method takes nothing, `ctx: &HttpContext`, or
/// `ctx: &HttpContext` and the body, and returns `Result<HttpResponse>`, an `HttpResponse`, or nothing (204).
#[proc_macro_attribute]
pub fn get(arguments: TokenStream, item: TokenStream) -> TokenStream {
    attribute::stray("get", &arguments.into(), item.into()).into()
}

/// Marks the handler of `POST` requests: `#[post("/users/:id")]`; FoalTS's `@Post`.
///
/// See [`macro@get`].
#[proc_macro_attribute]
pub fn post(arguments: TokenStream, item: TokenStream) -> TokenStream {
    attribute::stray("post", &arguments.into(), item.into()).into()
}

/// Marks the handler of `PUT` requests: `#[put("/users/:id")]`; FoalTS's `@Put`.
///
/// See [`macro@get`].
#[proc_macro_attribute]
pub fn put(arguments: TokenStream, item: TokenStream) -> TokenStream {
    attribute::stray("put", &arguments.into(), item.into()).into()
}

/// Marks the handler of `PATCH` requests: `#[patch("/users/:id")]`; FoalTS's `@Patch`.
///
/// See [`macro@get`].
#[proc_macro_attribute]
pub fn patch(arguments: TokenStream, item: TokenStream) -> TokenStream {
    attribute::stray("patch", &arguments.into(), item.into()).into()
}

/// Marks the handler of `DELETE` requests: `#[delete("/users/:id")]`; FoalTS's `@Delete`.
///
/// See [`macro@get`].
#[proc_macro_attribute]
pub fn delete(arguments: TokenStream, item: TokenStream) -> TokenStream {
    attribute::stray("delete", &arguments.into(), item.into()).into()
}

/// Marks the handler of `HEAD` requests: `#[head("/users/:id")]`; FoalTS's `@Head`.
///
/// See [`macro@get`].
#[proc_macro_attribute]
pub fn head(arguments: TokenStream, item: TokenStream) -> TokenStream {
    attribute::stray("head", &arguments.into(), item.into()).into()
}

/// In a [`macro@controller`], marks the server's options, FoalTS's `options`: `fn options() -> ServerOptions`. They belong
/// to the controller of a namespace, and to one only.
///
/// In an [`macro@http_controller`], marks the handler of `OPTIONS` requests: `#[options("/users/:id")]`. See [`macro@get`].
#[proc_macro_attribute]
pub fn options(arguments: TokenStream, item: TokenStream) -> TokenStream {
    attribute::stray("options", &arguments.into(), item.into()).into()
}

/// The host verifies the JSON Web Token that the client brought (as `auth.token` of the handshake, as
/// `Authorization: Bearer` or as a cookie), and makes its claims the current user; FoalTS's `@JWTRequired` and
/// `@JWTOptional`.
///
/// A token that is not valid is answered `UNAUTHORIZED`, over HTTP with status 401; so is a missing one, unless it is
/// `#[jwt(optional)]`. On the controller of a namespace it is also done before a client is let in.
#[proc_macro_attribute]
pub fn jwt(arguments: TokenStream, item: TokenStream) -> TokenStream {
    attribute::stray("jwt", &arguments.into(), item.into()).into()
}

/// The host reads the session whose id the client brought (as `auth.token` of the handshake, as `Authorization: Bearer` or
/// as a cookie), and makes its user the current one; FoalTS's `@UseSessions({ required: true })`.
///
/// Where there is none, the client is answered `UNAUTHORIZED`, over HTTP with status 401, unless it is
/// `#[session(optional)]`. On the controller of a namespace it is also done before a client is let in.
#[proc_macro_attribute]
pub fn session(arguments: TokenStream, item: TokenStream) -> TokenStream {
    attribute::stray("session", &arguments.into(), item.into()).into()
}

/// Answers `UNAUTHORIZED`, over HTTP with status 401, where no user is set; FoalTS's `@UserRequired`.
///
/// On the controller of a namespace it is also done before a client is let in.
#[proc_macro_attribute]
pub fn user_required(arguments: TokenStream, item: TokenStream) -> TokenStream {
    attribute::stray("user_required", &arguments.into(), item.into()).into()
}

/// Runs a hook before the handler: `#[hook(logged_in)]`, `#[hook(only("admin"))]`.
///
/// Hooks and validation run in the order in which they are written, those of the controller first.
#[proc_macro_attribute]
pub fn hook(arguments: TokenStream, item: TokenStream) -> TokenStream {
    attribute::stray("hook", &arguments.into(), item.into()).into()
}

/// Validates the payload, or the body of an HTTP request, before the handler, and before any later hook.
///
/// `#[validate]` takes the schema of the payload's type (`schemars::JsonSchema`),
/// `#[validate(schema = r#"{ "type": "string" }"#)]` one that is written here, and `#[validate(file = "product.json")]`
/// one from a file beside the crate's `Cargo.toml`.
#[proc_macro_attribute]
pub fn validate(arguments: TokenStream, item: TokenStream) -> TokenStream {
    attribute::stray("validate", &arguments.into(), item.into()).into()
}

/// Adds the events of another controller behind a prefix: `#[sub_controller("users ", UserController)]`.
///
/// Names, or the paths of HTTP requests, are simply concatenated. The hooks of this controller run first.
#[proc_macro_attribute]
pub fn sub_controller(arguments: TokenStream, item: TokenStream) -> TokenStream {
    attribute::stray("sub_controller", &arguments.into(), item.into()).into()
}

/// Marks what runs before a client is told that it is connected.
///
/// An error refuses the connection: the client reads its message in `connect_error`. The event name is empty and there
/// is no payload.
#[proc_macro_attribute]
pub fn on_connection(arguments: TokenStream, item: TokenStream) -> TokenStream {
    attribute::stray("on_connection", &arguments.into(), item.into()).into()
}

/// Marks what runs when a client has left. It takes `ctx: &Context` and, if it likes, `reason: &str`.
#[proc_macro_attribute]
pub fn on_disconnection(arguments: TokenStream, item: TokenStream) -> TokenStream {
    attribute::stray("on_disconnection", &arguments.into(), item.into()).into()
}

/// Marks what turns thrown errors into responses: `fn handle_error(error: Error, ctx: &Context) -> Result<Response>`.
///
/// `Err(error)` gives the default: the internal error. Of HTTP requests:
/// `fn handle_error(error: Error, ctx: &HttpContext) -> Result<HttpResponse>`.
#[proc_macro_attribute]
pub fn handle_error(arguments: TokenStream, item: TokenStream) -> TokenStream {
    attribute::stray("handle_error", &arguments.into(), item.into()).into()
}
