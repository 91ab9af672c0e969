//! The attributes of `stockade-sdk`, which re-exports and documents them.
//!
//! They check what the author wrote, point errors at the author's own tokens, and emit an implementation of
//! `stockade_sdk::Controller`. What that means is in the traits of `stockade-sdk`.
//!
//! Start at `controller::expand`.

mod attribute;
mod controller;
mod method;
mod span;
mod step;

use proc_macro::TokenStream;

/// Makes a controller of an `impl` block.
///
/// Methods marked with [`macro@event`] are its handlers. On the block, below this attribute: [`macro@hook`] and
/// [`macro@validate`] for all its events, [`macro@sub_controller`] for the events of other controllers.
#[proc_macro_attribute]
pub fn controller(arguments: TokenStream, item: TokenStream) -> TokenStream {
    controller::expand(arguments.into(), item.into()).into()
}

/// Marks the handler of an event: `#[event("create product")]`.
///
/// The method takes nothing, `ctx: &Context`, or `ctx: &Context` and the payload, and returns `Result<Response>`, a
/// `Response`, or nothing.
#[proc_macro_attribute]
pub fn event(arguments: TokenStream, item: TokenStream) -> TokenStream {
    attribute::stray("event", &arguments.into(), item.into()).into()
}

/// Runs a hook before the handler: `#[hook(logged_in)]`, `#[hook(only("admin"))]`.
///
/// Hooks and validation run in the order in which they are written, those of the controller first.
#[proc_macro_attribute]
pub fn hook(arguments: TokenStream, item: TokenStream) -> TokenStream {
    attribute::stray("hook", &arguments.into(), item.into()).into()
}

/// Validates the payload before the handler, and before any later hook.
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
/// Names are simply concatenated. The hooks of this controller run first.
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
/// `Err(error)` gives the default: the internal error.
#[proc_macro_attribute]
pub fn handle_error(arguments: TokenStream, item: TokenStream) -> TokenStream {
    attribute::stray("handle_error", &arguments.into(), item.into()).into()
}
